import { linkSync, unlinkSync } from 'node:fs';
import { isTemporary, joinPath, nameOf, parentOf, type Path, type Stat } from '../core/entry.ts';
import { codeOf, failure } from './bytes.ts';
import { copyFile } from './copy-file.ts';
import { syncFolder } from './durable.ts';
import { openRoot, type Pinned, type Trash } from './pinned.ts';
import { placeFolder, placeSymlink } from './place.ts';
import { lstatAt } from './stat.ts';

/**
 * Open the folder `root`, whose path must be real, for a pass that keeps things below its folder
 * `at`. A file gets a second name, which costs nothing and leaves no moment in which its first one
 * is absent (rsync's --backup-dir renames it away); on another file system it is copied. `durable`:
 * it is on the disk before it loses its name in the replica.
 */
export function openTrash(root: Path, at: Path, durable = false): Trash {
  const trash = openRoot(root);
  return {
    close: () => trash.close(),
    *keep(replica, path, as = path) {
      if (isTemporary(nameOf(as))) return;
      const stat = lstatAt(replica.entry(path));
      if (stat === undefined || stat.type === 'special') return;
      makeDay(trash, parentOf(at), path, durable);
      // Kept twice in a pass, or a file where a folder is needed: the next folder beside it.
      for (let n = 0; n < MOST_BESIDE; n += 1) {
        const to = joinPath(n === 0 ? at : `${at}.${n}`, as);
        if (yield* keepAs(replica, path, stat, trash, to, durable)) return;
      }
      throw failure('trash-unusable', path);
    },
  };
}

/**
 * Whether a path of the trash is what passes have kept there, by its name: `2026-11-21`, in it
 * `13.05.22.123` or `13.05.22.123.1`, and all below. What else is in a day's folder was put there
 * by somebody else, who keeps photos by their days say.
 */
export function isOfPass(path: Path, isFolder: boolean): boolean {
  const found = OF_PASS.exec(path);
  return found !== null && (isFolder || found[1] !== undefined);
}

const OF_PASS = /^\d{4}-\d\d-\d\d(?:$|\/\d\d\.\d\d\.\d\d\.\d{3}(?:\.\d+)?(?:$|(\/)))/;

/** So often nothing is kept in one pass: what is in the way is in the way of all. */
const MOST_BESIDE = 100;

/** In the place of a day's folder something else would be in the way of each folder tried in it. */
function makeDay(trash: Pinned, day: Path, path: Path, durable: boolean): void {
  try {
    makeFolders(trash, day, durable);
  } catch (error) {
    if (IN_THE_WAY.has(codeOf(error))) throw failure('trash-unusable', path);
    throw lackOr(error, path);
  }
}

/** Something has that name, or has a name on the way to it. */
const IN_THE_WAY = new Set(['EEXIST', 'ENOTDIR']);

/** What the trash lacks is not what the replica lacks. */
function lackOr(error: unknown, path: Path): unknown {
  const lack = LACKS[codeOf(error)];
  return lack === undefined ? error : failure(lack, path);
}

const LACKS: Readonly<Record<string, string>> =
  { ENOENT: 'trash-gone', ENOSPC: 'trash-full', EDQUOT: 'trash-full' };

/** False where something has that name, or has a name on the way to it. */
function* keepAs(
  replica: Pinned, path: Path, stat: Stat, trash: Pinned, to: Path, durable: boolean,
): Generator<number, boolean, void> {
  try {
    makeFolders(trash, stat.type === 'folder' ? to : parentOf(to), durable);
    if (stat.type !== 'folder') yield* keepFile(replica, path, stat, trash, to, durable);
    if (durable) syncFolder(trash.folder(parentOf(to)));
    return true;
  } catch (error) {
    if (IN_THE_WAY.has(codeOf(error))) return false;
    throw lackOr(error, path);
  }
}

/** Most are there already: the deepest is looked for first. */
function makeFolders(trash: Pinned, folder: Path, durable: boolean): void {
  if (folder === '') return;
  try {
    trash.folder(folder);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    makeFolders(trash, parentOf(folder), durable);
    placeFolder(trash, folder);
    if (durable) syncFolder(trash.folder(parentOf(folder)));
  }
}

/** What a link may not do: over file systems, or for some kinds of entries and file systems. */
const NO_LINK = new Set(['EXDEV', 'EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK']);

function* keepFile(
  replica: Pinned, path: Path, stat: Stat, trash: Pinned, to: Path, durable: boolean,
): Generator<number, void, void> {
  try {
    linkSync(replica.entry(path), trash.entry(to));
  } catch (error) {
    if (!NO_LINK.has(codeOf(error))) throw error;
    if (lstatAt(trash.entry(to)) !== undefined) throw failure('EEXIST', to);
    if (stat.type === 'symlink') placeSymlink(replica, path, trash, to);
    else yield* copyFile(replica, path, trash, to, { durable });
    return;
  }
  const kept = lstatAt(trash.entry(to));
  if (kept?.ino === stat.ino && kept.dev === stat.dev) return;
  unlinkSync(trash.entry(to));
  throw failure('changed', path);
}
