import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Path } from '../core/entry.ts';
import { fsPath } from './bytes.ts';
import {
  fileSystemOf, isBelow, isWithin, joinBelow, placesIn, placesOf, readMounts, relative, type Mount,
  type Place,
} from './mounts.ts';

/**
 * Says how two folders overlap, or undefined. Absolute real paths; the replica may be missing yet.
 * A name proves nothing: folders are compared by device and inode, and by all their places as well,
 * since a bind mount hides the folders above it, and an overlay or FUSE the folders that it shows.
 */
export function overlap(
  source: Path, replica: Path, [a, b]: readonly [string, string] = ['source', 'replica'],
): string | undefined {
  const mounts = readMounts();
  const [from, to] = [idOf(source), idOf(replica)];
  const [fromPlaces, toPlaces] = [places(source, mounts), places(replica, mounts)];
  const isSame = source === replica || (from !== undefined && from === to);
  if (isSame || areAny(fromPlaces, toPlaces, isSamePlace)) {
    return `the ${a} and the ${b} are the same folder`;
  }
  if (areAny(toPlaces, fromPlaces, isIn) || isAmong(from, idsAbove(replica))) {
    return `the ${b} lies inside the ${a}`;
  }
  if (areAny(fromPlaces, toPlaces, isIn) || isAmong(to, idsAbove(source))) {
    return `the ${a} lies inside the ${b}`;
  }
  return mountedBelow(source, toPlaces, mounts, b, a)
    ?? mountedBelow(replica, fromPlaces, mounts, a, b);
}

/**
 * `device:inode` of every folder above an absolute real path, by every way that leads to it: a bind
 * mount of a folder in between shows only some of them.
 */
export function ancestorIds(folder: Path): readonly string[] {
  return [...new Set(aliases(folder).flatMap(idsAbove))];
}

/** `device:inode` of what is at a path; undefined where nothing can be known of it. */
export function idOf(at: Path): string | undefined {
  try {
    const { dev, ino } = statSync(fsPath(at), { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** Something of `other` is mounted in `folder`, or the folder that holds it. */
function mountedBelow(
  folder: Path, other: readonly Place[], mounts: readonly Mount[], inner: string, outer: string,
): string | undefined {
  const mount = mounts.filter(({ point }) => isBelow(point, folder)).find((each) => {
    const mounted = placesIn(each, each.root, mounts);
    return areAny(mounted, other, isSamePlace) || areAny(other, mounted, isIn)
      || areAny(mounted, other, isIn);
  });
  return mount && `the ${inner}, or a part of it, is mounted inside the ${outer}, `
    + `at ${Buffer.from(mount.point, 'latin1').toString()}`;
}

/** All paths at which this very folder can be seen. */
function aliases(folder: Path): readonly Path[] {
  const mounts = readMounts();
  const [at] = places(folder, mounts);
  const id = idOf(folder);
  const others = mounts.flatMap((mount) => {
    if (at === undefined || fileSystemOf(mount) !== at.fileSystem) return [];
    if (!isWithin(at.path, mount.root)) return [];
    const alias = joinBelow(mount.point, relative(at.path, mount.root));
    // A later mount may hide it.
    return alias !== folder && id !== undefined && idOf(alias) === id ? [alias] : [];
  });
  return [folder, ...others];
}

function idsAbove(folder: Path): readonly string[] {
  const ids: string[] = [];
  for (let at = folder; at !== path.dirname(at);) {
    at = path.dirname(at);
    const id = idOf(at);
    if (id !== undefined) ids.push(id);
  }
  return ids;
}

/** A missing folder is placed by its parent. */
function places(folder: Path, mounts: readonly Mount[]): readonly Place[] {
  const id = idOf(folder) ?? idOf(path.dirname(folder));
  return placesOf(folder, mounts, id === undefined ? undefined : BigInt(id.split(':')[0]!));
}

const isSamePlace = (a: Place, b: Place): boolean =>
  a.fileSystem === b.fileSystem && a.path === b.path;

const isIn = (inner: Place, outer: Place): boolean =>
  inner.fileSystem === outer.fileSystem && isBelow(inner.path, outer.path);

const areAny = (
  some: readonly Place[], others: readonly Place[], areSo: (one: Place, other: Place) => boolean,
): boolean => some.some((one) => others.some((other) => areSo(one, other)));

const isAmong = (id: string | undefined, ids: readonly string[]): boolean =>
  id !== undefined && ids.includes(id);

/** The real path of something that may be missing: of what is there of it, and the rest. */
export function realOf(at: Path): Path {
  try {
    return realpathSync.native(fsPath(at), 'latin1');
  } catch {
    const parent = path.dirname(at);
    return parent === at ? at : joinBelow(realOf(parent), path.basename(at));
  }
}
