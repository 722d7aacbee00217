import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { isInside, nameOf, parentOf, type Path } from '../core/entry.ts';
import { failure, fsPath } from './bytes.ts';
import { giveWay, withRoom } from './room.ts';
import { lstat } from './stat.ts';
import type { Trash } from './trash.ts';

/**
 * A root whose folders are reached from its own descriptor, component by component, never through a
 * symlink (invariant I3), even one planted while we run. Paths are relative to the root.
 *
 * A descriptor follows its folder when someone moves it, so call forget() when a pass begins.
 */
export interface Pinned {
  readonly root: Path;
  /** Whether entries go through /proc/self/fd, as on Linux; else parents are only checked first. */
  readonly proc: boolean;
  /** Of the replica: where what is replaced or removed is to be kept. */
  readonly trash: Trash | undefined;
  /** The descriptor of a folder. It belongs to the cache: do not close it, nor keep it. */
  folder(path: Path): number;
  /** A path for fs calls that never leads through a link. Valid until the next call of ours. */
  entry(path: Path): string | Buffer;
  /** The same of a name in a folder: for one entry after the other, no path is taken apart. */
  inside(folder: Path, name: string): string | Buffer;
  /** The paths of two entries, for a rename or a link: finding the second keeps the first valid. */
  pair(a: Path, b: Path): [string | Buffer, string | Buffer];
  /** Open an entry. Descriptors of the cache give way when the process has no more of them. */
  open(path: Path, flags: number, mode?: number): number;
  openInside(folder: Path, name: string, flags: number, mode?: number): number;
  /** Do something that opens a descriptor, with the same retreat. */
  withRoom<T>(act: () => T): T;
  /** Tell of a folder that was renamed: its descriptors serve under the new path. */
  moved(from: Path, to: Path): void;
  /** Drop the descriptors of a folder and all below it, or all of them. */
  forget(path?: Path): void;
  close(): void;
}

// O_DIRECTORY and O_NOFOLLOW do not exist on Windows.
const NOFOLLOW = constants.O_NOFOLLOW ?? 0;
const FOLDER = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | NOFOLLOW;

/** Open the root, whose path must be real already: it is not followed if it became a symlink. */
export function openRoot(
  root: Path,
  options: { readonly limit?: number; readonly proc?: boolean; readonly trash?: Trash } = {},
): Pinned {
  const proc = options.proc ?? (process.platform === 'linux' && existsSync('/proc/self/fd'));
  const rootFd = openSync(fsPath(root), FOLDER);
  // From the least to the most recently used. The root's own is not in it.
  const cache = new Map<Path, number>();
  let limit = Math.max(2, options.limit ?? 128);
  let held: Path | undefined;
  /** The folder that was asked for last is asked for again, entry after entry. */
  let last: { readonly path: Path; readonly fd: number } | undefined;

  const absolute = (path: Path): Path => (path === '' ? root : `${root}/${path}`);

  function folder(path: Path): number {
    if (path === '') return rootFd;
    if (path === last?.path) return last.fd;
    const cached = cache.get(path);
    if (cached !== undefined) {
      cache.delete(path);
      cache.set(path, cached);
      last = { path, fd: cached };
      return cached;
    }
    let known = parentOf(path);
    while (known !== '' && !cache.has(known)) known = parentOf(known);
    let fd = folder(known);
    while (known !== path) {
      const slash = path.indexOf('/', known === '' ? 0 : known.length + 1);
      known = slash < 0 ? path : path.slice(0, slash);
      fd = openFolder(known, fd);
      cache.set(known, fd);
      last = { path: known, fd };
      if (cache.size > limit) evict(cache.size - limit);
    }
    return fd;
  }

  /** The parent was used last of all, so making room spares it. */
  function openFolder(path: Path, parent: number): number {
    const name = nameOf(path);
    check(name, path);
    return withRoom(() => {
      if (proc) return openSync(fsPath(`/proc/self/fd/${parent}/${name}`), FOLDER);
      checkFolders(path);
      return openSync(fsPath(absolute(path)), FOLDER);
    });
  }

  function entry(path: Path): string | Buffer {
    if (path !== '') return inside(parentOf(path), nameOf(path));
    return proc ? `/proc/self/fd/${rootFd}/.` : fsPath(root);
  }

  function inside(path: Path, name: string): string | Buffer {
    check(name, path);
    if (proc) return fsPath(`/proc/self/fd/${folder(path)}/${name}`);
    checkFolders(path);
    return fsPath(`${absolute(path)}/${name}`);
  }

  const openInside: Pinned['openInside'] = (path, name, flags, mode) =>
    withRoom(() => openSync(inside(path, name), flags | NOFOLLOW, mode));

  /** Without /proc: each component must be a real folder. A race remains, as documented. */
  function checkFolders(path: Path): void {
    let part = '';
    while (part !== path) {
      const slash = path.indexOf('/', part.length + 1);
      part = slash < 0 ? path : path.slice(0, slash);
      check(nameOf(part), part);
      const stat = lstat(absolute(part));
      if (stat?.type !== 'folder') throw failure(stat === undefined ? 'ENOENT' : 'ENOTDIR', part);
    }
  }

  /** Give up half of the cache, and keep it that small. */
  function retreat(): number {
    limit = Math.max(2, cache.size >> 1);
    return evict(cache.size - (cache.size >> 1));
  }

  /** Close the least recently used; never the last one used, which someone has in hand. */
  function evict(count: number): number {
    let closed = 0;
    for (const [path, fd] of cache) {
      if (closed >= count || cache.size === 1) break;
      if (path === held) continue;
      drop(path);
      closeSync(fd);
      closed += 1;
    }
    return closed;
  }

  function pair(a: Path, b: Path): [string | Buffer, string | Buffer] {
    const first = entry(a);
    held = parentOf(a);
    try {
      return [first, entry(b)];
    } finally {
      held = undefined;
    }
  }

  const forget = (path: Path = ''): void => takeBelow(path, (fd) => closeSync(fd));

  function moved(from: Path, to: Path): void {
    forget(to);
    takeBelow(from, (fd, at) => cache.set(to + at.slice(from.length), fd));
  }

  /** Takes out what is open of a folder and below. A loop would make an array for all the rest. */
  function takeBelow(path: Path, use: (fd: number, at: Path) => void): void {
    cache.forEach((fd, at) => {
      if (at !== path && !isInside(at, path)) return;
      drop(at);
      use(fd, at);
    });
  }

  function drop(path: Path): void {
    cache.delete(path);
    if (path === last?.path) last = undefined;
  }

  const leave = giveWay(retreat);
  return {
    root,
    proc,
    trash: options.trash,
    folder,
    entry,
    inside,
    pair,
    openInside,
    open: (path, flags, mode) => (path === ''
      ? withRoom(() => openSync(entry(path), flags | NOFOLLOW, mode))
      : openInside(parentOf(path), nameOf(path), flags, mode)),
    withRoom,
    moved,
    forget,
    close() {
      leave();
      forget();
      closeSync(rootFd);
    },
  };
}

/** A name that would lead elsewhere never comes from a listing. */
function check(name: string, path: Path): void {
  if (name === '' || name === '.' || name === '..') throw failure('bad-name', path);
}
