import { lstatSync, readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';

import { fromText, joinPath, type Path } from '../core/entry.ts';
import type { FolderEntry } from './list-folders.ts';
import type { FolderHandlers } from './tree-watcher.ts';
import type { WatchedRoot } from './watched-root.ts';

/** Whether chokidar can watch a tree: of no more folders than so many, none of them `isOdd`. */
export function suitsChokidar(root: WatchedRoot, on: FolderHandlers, most: number): boolean {
  const base = fromText(root.text!);
  if (isOdd(base)) return false;
  const found: Path[] = [''];
  for (const folder of found) {
    if (found.length > most) return false;
    try {
      for (const path of foldersIn(base, folder, on)) {
        if (isOdd(path)) return false;
        found.push(path);
      }
    } catch { /* The watcher will tell. */ }
  }
  return true;
}

/** chokidar takes a backslash for a slash: it mistakes such a folder for another, and is deaf. */
export const isOdd = (folder: Path): boolean => folder.includes('\\');

/** Where it is, as fs takes names of any bytes; `base` is the root. */
export const bytesOf = (base: Path, path: Path): Buffer =>
  Buffer.from(path === '' ? base : `${base}/${path}`, 'latin1');

/** The folders in a folder that are not ignored. */
export function foldersIn(base: Path, folder: Path, on: FolderHandlers): Path[] {
  return readdirSync(bytesOf(base, folder), { encoding: 'latin1', withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? [joinPath(folder, entry.name)] : []))
    .filter((path) => !on.isIgnored(path));
}

/** No folder is there. */
export const GONE = 'gone';

const YOUNG_MS = 100;

/**
 * Which folder there is now: equal for the same one only. Undefined where that cannot be told, as
 * it is of a young one: its inode was free a moment ago, and birth times have a grain.
 */
export function identityOf(at: Buffer): string | undefined {
  try {
    const stat = lstatSync(at, { throwIfNoEntry: false });
    if (stat?.isDirectory() !== true) return GONE;
    const { dev, ino, birthtimeMs } = stat;
    const isOld = birthtimeMs !== 0 && Date.now() - birthtimeMs > YOUNG_MS;
    return isOld ? `${dev}:${ino}:${birthtimeMs}` : undefined;
  } catch (error) {
    return saysGone(error) ? GONE : undefined;
  }
}

/**
 * Whether an error says that no folder is there. Too many links are met where one on the way became
 * a symlink to itself: the root is its real path, and below it none is followed.
 */
export const saysGone = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '');

/** A name that is not UTF-8 came with U+FFFD in the place of some bytes, and leads nowhere. */
export const isNameable = ({ basename: name, fullPath }: FolderEntry): boolean =>
  !name.includes('\uFFFD') || lstatSync(fullPath, { throwIfNoEntry: false }) !== undefined;

/** What happens to a folder itself is told as if it happened to an entry of its name inside. */
export const isItself = (path: string): boolean => basename(path) === basename(dirname(path));

/** Whether there is a folder, as far as we may know. */
export function maybeFolder(at: string): boolean {
  try {
    return lstatSync(at, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return true;
  }
}
