import {
  fstatSync, lstatSync, readdirSync, readlinkSync, type BigIntStats, type Stats,
} from 'node:fs';
import { inodeOf, type EntryType, type Path, type Stat } from '../core/entry.ts';
import { millisOf } from '../core/record.ts';
import { codeOf, fsPath, isAbsent } from './bytes.ts';

/** What is at an absolute path, or undefined if certainly nothing is. Any other error is thrown. */
export function lstat(path: Path): Stat | undefined {
  return lstatAt(fsPath(path));
}

/** The same for a path that is ready for fs, such as a pinned one. */
export function lstatAt(path: string | Buffer): Stat | undefined {
  try {
    const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? undefined : statOf(stat);
  } catch (error) {
    if (isAbsent(codeOf(error))) return undefined;
    throw error;
  }
}

/**
 * A number stat, which costs less than an exact one; undefined if nothing is there. Its inode is
 * that one's, which is asked for where the number was rounded.
 */
export function quickLstat(path: string | Buffer): Stats | undefined {
  const stat = lstatSync(path, QUIETLY);
  if (stat !== undefined && isRounded(stat)) stat.ino = Number(lstatAt(path)?.ino);
  return stat;
}

/** The same of what is open. */
export function quickFstat(fd: number): Stats {
  const stat = fstatSync(fd);
  if (isRounded(stat)) stat.ino = Number(statOf(fstatSync(fd, { bigint: true })).ino);
  return stat;
}

const isRounded = ({ ino }: Stats): boolean => ino > Number.MAX_SAFE_INTEGER;
const QUIETLY = { throwIfNoEntry: false } as const;

/** What is there, as far as it can be seen at all. */
export function looked(path: Path): Stat | undefined {
  try {
    return lstat(path);
  } catch {
    return undefined;
  }
}

/** Whether a folder's listing has a name; not where it cannot be listed. */
export function lists(folder: Path, name: string): boolean {
  try {
    return readdirSync(fsPath(folder), 'latin1').includes(name);
  } catch {
    return false;
  }
}

/** Node's exact stat as ours. */
export function statOf(stat: BigIntStats): Stat {
  const mode = Number(stat.mode);
  return {
    type: typeOf(mode),
    size: Number(stat.size),
    mtimeNs: stat.mtimeNs,
    ctimeNs: stat.ctimeNs,
    birthNs: stat.birthtimeNs,
    ino: inodeOf(stat.ino),
    dev: stat.dev,
    mode: mode & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    nlink: Number(stat.nlink),
  };
}

/** Where a symlink leads, byte for byte, as latin1. */
export function readLink(path: Path): string {
  return readlinkSync(fsPath(path), 'latin1');
}

/**
 * Whether an entry is still what it was: the same inode with the same content. The change time
 * tells what a writer hid by setting the modification time back.
 */
export const isUnmoved = (before: Stat, after: Stat): boolean =>
  before.ino === after.ino && before.dev === after.dev && before.size === after.size
    && before.mtimeNs === after.mtimeNs && before.ctimeNs === after.ctimeNs;

/**
 * The same of a file that is still open, looked at again with a number stat, which costs less. Its
 * times come in steps of 243 ns; no two changes of one file are that close.
 */
export const heldStill = (before: Stat, now: Stats): boolean =>
  now.size === before.size && now.ctimeMs === millisOf(before.ctimeNs)
    && now.mtimeMs === millisOf(before.mtimeNs);

function typeOf(mode: number): EntryType {
  switch (mode & 0o170000) {
    case 0o100000: return 'file';
    case 0o040000: return 'folder';
    case 0o120000: return 'symlink';
    default: return 'special';
  }
}
