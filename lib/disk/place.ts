import {
  lchownSync, linkSync, lutimesSync, mkdirSync, readlinkSync, renameSync, symlinkSync, unlinkSync,
} from 'node:fs';
import { joinPath, parentOf, type EntryType, type Path, type Stat } from '../core/entry.ts';
import { isRacy, rowOf } from '../core/record-check.ts';
import type { Row } from '../core/record.ts';
import { codeOf, failure, fsPath, runThrough, temporaryName } from './bytes.ts';
import { discardFile } from './discard-file.ts';
import type { Pinned } from './pinned.ts';
import { setOwner } from './set.ts';
import { isUnmoved, lstatAt } from './stat.ts';
import { timeArgument } from './time-argument.ts';

/** A symlink as it was read, and as it stands in the replica. */
export interface PlacedSymlink {
  readonly source: Stat;
  readonly replica: Stat;
  /** Another is at its name by now, or its time is not what was set. */
  readonly touched: boolean;
  /** Where it leads, as latin1. */
  readonly target: string;
  /** The clock before it was looked at: what the racy rule is measured by. */
  readonly readAtMs: number;
}

type ReadSymlink = Omit<PlacedSymlink, 'replica' | 'touched'>;

/** Its row for the record. Another may have come to its name with its inode, and its times. */
export const linkRow = (
  { source, replica, touched, readAtMs }: PlacedSymlink, grainMs: number,
): Row => rowOf(source, replica, touched || isRacy(source, readAtMs, grainMs));

/**
 * Mirror a symlink as the link it is, over what the replica has there: made under a temporary name,
 * given owner and time, then renamed.
 */
export function placeSymlink(source: Pinned, from: Path, replica: Pinned, to: Path): PlacedSymlink {
  const read = readSteadily(source, from);
  const temporary = joinPath(parentOf(to), temporaryName());
  const made = makeSymlink(replica, temporary, read);
  try {
    keep(replica, to);
    renameSync(...replica.pair(temporary, to));
  } catch (error) {
    discardFile(replica, temporary);
    throw error;
  }
  const is = lstatAt(replica.entry(to)) ?? made;
  return { ...read, replica: is, touched: is.ino !== made.ino || is.mtimeNs !== made.mtimeNs };
}

/** The same where nothing can be in the way: inside a hidden folder, without the rename. */
export function placeNewSymlink(
  source: Pinned, from: Path, replica: Pinned, to: Path,
): PlacedSymlink {
  const read = readSteadily(source, from);
  return { ...read, replica: makeSymlink(replica, to, read), touched: false };
}

/**
 * Make `to` a hard link of the file `target`, over what is there. Both are the replica's paths.
 * Returns the file as it was before, and as it is with its new name.
 */
export function placeLink(
  replica: Pinned, target: Path, to: Path,
): { readonly before: Stat; readonly placed: Stat } {
  const wanted = lstatAt(replica.entry(target));
  if (wanted?.type !== 'file') throw failure(wanted ? 'changed-type' : 'ENOENT', target);
  const temporary = joinPath(parentOf(to), temporaryName());
  replica.mustStand(target);
  linkSync(...replica.pair(target, temporary));
  try {
    keep(replica, to);
    renameSync(...replica.pair(temporary, to));
  } finally {
    // Where `to` was such a link already, the rename did nothing and left the temporary name.
    discardFile(replica, temporary);
  }
  const placed = lstatAt(replica.entry(to));
  if (placed?.ino !== wanted.ino || placed.dev !== wanted.dev) throw failure('changed', to);
  return { before: wanted, placed };
}

/** Make a folder, private until setMeta() gives it its mode. One that is there already will do. */
export function placeFolder(replica: Pinned, path: Path): Stat {
  const at = replica.entry(path);
  // A descriptor of a folder that was here before would lead into the one that is gone.
  replica.forget(path);
  try {
    mkdirSync(at, 0o700);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const made = lstatAt(replica.entry(path));
  if (made?.type !== 'folder') throw failure(made ? 'EEXIST' : 'ENOENT', path);
  return made;
}

/**
 * Rename an entry that was just looked at; a file or symlink replaces a file or symlink. `spares`:
 * what it replaces has another name by now, and moves elsewhere, as all do in a cycle.
 */
export function rename(
  replica: Pinned, from: Path, moving: Stat, to: Path, spares = false,
): Stat {
  const there = lstatAt(replica.entry(to));
  const isSpared = there?.nlink !== 1 && (spares || isSame(moving, there));
  if (!isSpared) keep(replica, to, from);
  renameSync(...replica.pair(from, to));
  if (moving.type === 'folder') replica.moved(from, to);
  else if (isSecondName(moving, there, from, to)) unlinkSync(replica.entry(from));

  const placed = lstatAt(replica.entry(to));
  if (placed?.ino !== moving.ino || placed.dev !== moving.dev) throw failure('changed', to);
  return placed;
}

/**
 * Put an entry aside. A file gets a second name, so that its path is there at each moment until
 * another is renamed over it; a folder, or a file that cannot have two names, is renamed.
 */
export function park(replica: Pinned, path: Path, temporary: Path, type: EntryType): Stat {
  const away = (): Stat => rename(replica, path, entryAt(replica, path), temporary);
  if (type === 'folder') return away();
  try {
    linkSync(...replica.pair(path, temporary));
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(codeOf(error))) throw error;
    return away();
  }
  return entryAt(replica, temporary);
}

function entryAt(replica: Pinned, path: Path): Stat {
  const stat = lstatAt(replica.entry(path));
  if (stat === undefined) throw failure('ENOENT', path);
  return stat;
}

/** What has little to copy, or nothing, is kept at once. */
function keep(replica: Pinned, path: Path, from = path): void {
  if (replica.trash === undefined) return;
  runThrough(replica.trash.keep(replica, path));
  for (const at of [path, from]) replica.mustStand(at);
}

/** Target and stat of one and the same link: retargeting makes a new one, so looks differ. */
function readSteadily(source: Pinned, from: Path): ReadSymlink {
  const at = source.entry(from);
  for (let attempt = 1; ; attempt += 1) {
    const readAtMs = Date.now();
    const before = lstatAt(at);
    if (before === undefined) throw failure('vanished', from);
    if (before.type !== 'symlink') throw failure('changed-type', from);
    const target = readTarget(at, from);
    const after = target === undefined ? undefined : lstatAt(at);
    if (target !== undefined && after && isUnmoved(before, after)) {
      return { source: before, target, readAtMs };
    }
    if (attempt === 3) throw failure('never-rests', from);
  }
}

/** Undefined when the entry was replaced since it was looked at. */
function readTarget(at: string | Buffer, from: Path): string | undefined {
  try {
    return readlinkSync(at, 'latin1');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw failure('vanished', from);
    if (codeOf(error) === 'EINVAL') return undefined;
    throw error;
  }
}

function makeSymlink(replica: Pinned, path: Path, read: ReadSymlink): Stat {
  const at = replica.entry(path);
  symlinkSync(fsPath(read.target), at);
  try {
    const made = lstatAt(at);
    if (made === undefined) throw failure('ENOENT', path);
    setOwner(made, read.source, (uid, gid) => lchownSync(at, uid, gid));
    lutimesSync(at, Date.now() / 1000, timeArgument(read.source.mtimeNs));
    return lstatAt(at) ?? made;
  } catch (error) {
    discardFile(replica, path);
    throw error;
  }
}

const isSame = (moving: Stat, there: Stat | undefined): boolean =>
  there !== undefined && there.ino === moving.ino && there.dev === moving.dev;

/**
 * Whether a rename was one between two names of the same file, which does nothing: the old name is
 * still to be removed. A name that differs only in case may be the same name.
 */
const isSecondName = (moving: Stat, there: Stat | undefined, from: Path, to: Path): boolean =>
  isSame(moving, there) && moving.nlink > 1 && from.toLowerCase() !== to.toLowerCase();
