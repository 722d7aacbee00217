import { closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';
import type { Path } from '../core/entry.ts';
import { fsPath } from './bytes.ts';

/** How a folder is opened, and never over a link. Windows knows neither of both flags. */
export const FOLDER = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0)
  | (constants.O_NOFOLLOW ?? 0);

/** Where an open folder is now; undefined where that path is too long to be told. */
export function placeOf(fd: number): Path | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`, 'latin1');
  } catch {
    return undefined;
  }
}

/**
 * Whether an open folder is still what its path below a root leads to, be it the root itself: a
 * descriptor follows its folder when someone moves it. `rootAt` is where the root was when it was
 * opened.
 *
 * That the kernel tells another path is no proof: where case does not count it tells a name as it
 * was spelt by who asked for it first.
 */
export function isInPlace(fd: number, path: Path, root: Path, rootAt?: Path): boolean {
  const now = placeOf(fd);
  const expected = path === '' ? rootAt : `${rootAt === '/' ? '' : rootAt}/${path}`;
  return now === undefined || now === expected || leadsTo(fd, path, root);
}

/** Follows the names of a path anew, and no link. */
function leadsTo(fd: number, path: Path, root: Path): boolean {
  let at: number | undefined;
  try {
    at = openSync(fsPath(root), FOLDER);
    for (const name of path === '' ? [] : path.split('/')) {
      const next = openSync(fsPath(`/proc/self/fd/${at}/${name}`), FOLDER);
      closeSync(at);
      at = next;
    }
    const [is, was] = [at, fd].map((each) => fstatSync(each, { bigint: true }));
    return is!.ino === was!.ino && is!.dev === was!.dev;
  } catch {
    return false;
  } finally {
    if (at !== undefined) closeSync(at);
  }
}
