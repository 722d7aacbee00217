import type { Path } from '../core/entry.ts';

/** The keys of folders begin with another byte than the key of the meta object. */
export const keyOf = (folder: Path): Buffer => Buffer.from(`f${folder}`, 'latin1');
/** The folder whose key this is. */
export const folderOf = (key: Buffer): Path => key.toString('latin1', 1);
/** The key of what is known of the pair as a whole. */
export const META_KEY = Buffer.from('m');

/** A path that no folder can have, nor a page, for what is on its way from one to another. */
export const MOVING = '\0';

/** Where a page of a folder is kept: right after the folder, before all that is in it. */
export const pageAt = (folder: Path, first: string): Path => `${folder}\0${first}`;

/** Whether this is where a page of the folder is kept. */
export const isPageOf = (path: Path, folder: Path): boolean => path.startsWith(`${folder}\0`);

/** The folder that a value at a path belongs to: its own, or a page of it. */
export function ownerOf(path: Path): Path {
  const end = path.lastIndexOf('\0');
  // A folder that is being moved begins with one.
  return end <= 0 ? path : path.slice(0, end);
}

/** The keys of a folder and of all below it. Two ranges: 'a b' sorts between 'a' and 'a/b'. */
export const rangesOf = (folder: Path): readonly KeyRange[] => [
  { gte: keyOf(folder), lt: keyOf(`${folder}\x01`) },
  folder === '' ? { gte: keyOf('\x01'), lt: Buffer.from('g') }
    : { gte: keyOf(`${folder}/`), lt: keyOf(`${folder}0`) },
];

/** From a key on, up to but without another. */
export interface KeyRange {
  readonly gte: Buffer;
  readonly lt: Buffer;
}
