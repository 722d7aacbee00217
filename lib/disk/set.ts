import {
  chmodSync, chownSync, closeSync, constants, fchmodSync, fchownSync, fstatSync, futimesSync,
  lchownSync, lutimesSync, utimesSync, type Stats,
} from 'node:fs';
import { sameTime } from '../core/difference.ts';
import type { Path, Stat } from '../core/entry.ts';
import { codeOf, failure } from './bytes.ts';
import type { Pinned } from './pinned.ts';
import { lstatAt, quickFstat, statOf } from './stat.ts';
import { timeArgument } from './time-argument.ts';

// An O_PATH descriptor names an inode without any permission on it, and is never a FIFO's reader.
const NAME_ONLY = 0o10000000 | (constants.O_NOFOLLOW ?? 0);

/**
 * Give an entry of the replica its source's owner, mode and times, as far as they differ, without
 * following a link; a mode of 000 does not matter. Returns what the entry was and is. What somebody
 * wrote to since it was `seen` is the problem `changed`: with the time of the source it would pass
 * for a copy, should the record of this be lost.
 */
export function setMeta(replica: Pinned, path: Path, source: Stat, seen?: Stat): Changed {
  return onInode(replica, path, (at, is, follow) => {
    if (is.type !== source.type) throw failure('changed-type', path);
    const isTimed = sameTime(is, source);
    if (seen !== undefined && !isAsSeen(is, seen, isTimed)) throw failure('changed', path);
    const chown = follow ? chownSync : lchownSync;
    const owned = setOwner(is, source, (uid, gid) => chown(at, uid, gid));
    // A change of owner clears the set-uid bits. Symlinks have no mode of their own.
    const modeDiffers = owned || is.mode !== source.mode;
    if (modeDiffers && is.type !== 'symlink') chmodSync(at, source.mode);
    if (!isTimed) {
      (follow ? utimesSync : lutimesSync)(at, Date.now() / 1000, timeArgument(source.mtimeNs));
    }
    return modeDiffers || !isTimed;
  });
}

/** One of several names may have another time, or inode, by what was done to the others. */
const isAsSeen = (is: Stat, seen: Stat, isTimed: boolean): boolean =>
  is.nlink > 1 || (is.ino === seen.ino
    ? is.size === seen.size && (is.mtimeNs === seen.mtimeNs || isTimed) : isTimed);

/**
 * The same for a file or folder of ours that is still open, all differences expected. Returns what
 * it is afterwards, as the numbers that the record remembers.
 */
export function setOpenFile(fd: number, source: Stat): Stats {
  futimesSync(fd, Date.now() / 1000, timeArgument(source.mtimeNs));
  const is = quickFstat(fd);
  const owned = setOwner(is, source, (uid, gid) => fchownSync(fd, uid, gid));
  if (!owned && (is.mode & 0o7777) === source.mode) return is;
  fchmodSync(fd, source.mode);
  return quickFstat(fd);
}

/**
 * Let us write into a folder of ours that its mode closes to us. Returns the mode to restore, or
 * undefined where nothing was changed (the folder is open to us already, or is not ours).
 */
export function makeWritable(replica: Pinned, folder: Path): number | undefined {
  let previous: number | undefined;
  onInode(replica, folder, (at, is) => {
    if (is.type !== 'folder' || is.uid !== process.geteuid?.() || (is.mode & 0o700) === 0o700) {
      return false;
    }
    chmodSync(at, is.mode | 0o700);
    previous = is.mode;
    return false;
  });
  return previous;
}

/** Change a mode, of what makeWritable() opened for example. */
export function setMode(replica: Pinned, path: Path, mode: number): void {
  onInode(replica, path, (at, is) => {
    if (is.type !== 'symlink') chmodSync(at, mode);
    return false;
  });
}

/**
 * Change the owner where it differs: both user and group as root, else only the group. What we are
 * not permitted is left: the file system, or our not being root, has no other owner to offer.
 */
export function setOwner(
  is: Owned, wanted: Owned, change: (uid: number, gid: number) => void,
): boolean {
  // Asking who we are is a system call: not for each file that is copied.
  if (wanted.uid === is.uid && wanted.gid === is.gid) return false;
  const user = process.geteuid?.();
  if (user === undefined) return false;
  const uid = user === 0 ? wanted.uid : is.uid;
  if (uid === is.uid && wanted.gid === is.gid) return false;
  try {
    change(uid === is.uid ? -1 : uid, wanted.gid === is.gid ? -1 : wanted.gid);
    return true;
  } catch (error) {
    if (['EPERM', 'EINVAL', 'ENOTSUP', 'ENOSYS'].includes(codeOf(error))) return false;
    throw error;
  }
}

type Owned = Pick<Stat, 'uid' | 'gid'>;

interface Changed {
  readonly before: Stat;
  readonly after: Stat;
}

/**
 * Act on one inode whatever happens to its name: through an O_PATH descriptor, which `follow` says
 * that `at` leads to; a symlink by its pinned name. `act` tells whether it changed anything.
 */
function onInode(
  root: Pinned, path: Path,
  act: (at: string | Buffer, is: Stat, follow: boolean) => boolean,
): Changed {
  if (!root.proc) return onName(root, path, act);
  const fd = root.open(path, NAME_ONLY);
  try {
    const is = statOf(fstatSync(fd, { bigint: true }));
    const link = is.type === 'symlink';
    const changed = act(link ? root.entry(path) : `/proc/self/fd/${fd}`, is, !link);
    return { before: is, after: changed ? statOf(fstatSync(fd, { bigint: true })) : is };
  } finally {
    closeSync(fd);
  }
}

/** Where there is no /proc: by the name, the parents checked. */
function onName(
  root: Pinned, path: Path,
  act: (at: string | Buffer, is: Stat, follow: boolean) => boolean,
): Changed {
  const at = root.entry(path);
  const is = lstatAt(at);
  if (is === undefined) throw failure('ENOENT', path);
  return { before: is, after: act(at, is, false) ? lstatAt(at) ?? is : is };
}
