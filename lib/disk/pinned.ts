import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { isInside, nameOf, parentOf, type Path } from '../core/entry.ts';
import { codeOf, failure, fsPath } from './bytes.ts';
import { lstat } from './stat.ts';

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
  /** The descriptor of a folder. It belongs to the cache: do not close it, nor keep it. */
  folder(path: Path): number;
  /** A path for fs calls that never leads through a link. Valid until the next call of ours. */
  entry(path: Path): string | Buffer;
  /** The paths of two entries, for a rename or a link: finding the second keeps the first valid. */
  pair(a: Path, b: Path): [string | Buffer, string | Buffer];
  /** Open an entry. Descriptors of the cache give way when the process has no more of them. */
  open(path: Path, flags: number, mode?: number): number;
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

/** All roots that are open in this thread: they share what descriptors the process has. */
const retreats = new Set<() => number>();

/** Open the root, whose path must be real already: it is not followed if it became a symlink. */
export function openRoot(
  root: Path, options: { readonly limit?: number; readonly proc?: boolean } = {},
): Pinned {
  const proc = options.proc ?? (process.platform === 'linux' && existsSync('/proc/self/fd'));
  const rootFd = openSync(fsPath(root), FOLDER);
  // From the least to the most recently used. The root's own is not in it.
  const cache = new Map<Path, number>();
  let limit = Math.max(2, options.limit ?? 128);
  let held: Path | undefined;

  const absolute = (path: Path): Path => (path === '' ? root : `${root}/${path}`);

  function folder(path: Path): number {
    if (path === '') return rootFd;
    const cached = cache.get(path);
    if (cached !== undefined) {
      cache.delete(path);
      cache.set(path, cached);
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
      if (cache.size > limit) evict(cache.size - limit);
    }
    return fd;
  }

  /** The parent was used last of all, so making room spares it. */
  function openFolder(path: Path, parent: number): number {
    const name = checked(path);
    return withRoom(() => {
      if (proc) return openSync(fsPath(`/proc/self/fd/${parent}/${name}`), FOLDER);
      checkFolders(path);
      return openSync(fsPath(absolute(path)), FOLDER);
    });
  }

  function entry(path: Path): string | Buffer {
    if (proc) {
      if (path === '') return `/proc/self/fd/${rootFd}/.`;
      return fsPath(`/proc/self/fd/${folder(parentOf(path))}/${checked(path)}`);
    }
    if (path !== '') checked(path);
    checkFolders(parentOf(path));
    return fsPath(absolute(path));
  }

  /** Without /proc: each component must be a real folder. A race remains, as documented. */
  function checkFolders(path: Path): void {
    let part = '';
    while (part !== path) {
      const slash = path.indexOf('/', part.length + 1);
      part = slash < 0 ? path : path.slice(0, slash);
      checked(part);
      const stat = lstat(absolute(part));
      if (stat?.type !== 'folder') throw failure(stat === undefined ? 'ENOENT' : 'ENOTDIR', part);
    }
  }

  function withRoom<T>(act: () => T): T {
    for (;;) {
      try {
        return act();
      } catch (error) {
        const code = codeOf(error);
        if (code !== 'EMFILE' && code !== 'ENFILE') throw error;
        let freed = 0;
        for (const giveWay of retreats) freed += giveWay();
        if (freed === 0) throw error;
      }
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
      cache.delete(path);
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

  function forget(path: Path = ''): void {
    for (const [at, fd] of cache) {
      if (at !== path && !isInside(at, path)) continue;
      cache.delete(at);
      closeSync(fd);
    }
  }

  function moved(from: Path, to: Path): void {
    forget(to);
    for (const [at, fd] of cache) {
      if (at !== from && !isInside(at, from)) continue;
      cache.delete(at);
      cache.set(to + at.slice(from.length), fd);
    }
  }

  retreats.add(retreat);
  return {
    root,
    proc,
    folder,
    entry,
    pair,
    open: (path, flags, mode) => withRoom(() => openSync(entry(path), flags | NOFOLLOW, mode)),
    withRoom,
    moved,
    forget,
    close() {
      retreats.delete(retreat);
      forget();
      closeSync(rootFd);
    },
  };
}

/** The last component; one that would lead elsewhere never comes from a listing. */
function checked(path: Path): string {
  const name = nameOf(path);
  if (name === '' || name === '.' || name === '..') throw failure('bad-name', path);
  return name;
}
