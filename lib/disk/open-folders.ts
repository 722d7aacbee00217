import { closeSync } from 'node:fs';
import { isInside, parentOf, type Path } from '../core/entry.ts';

/** Descriptors of folders by their paths; the least recently used are closed for new ones. */
export interface OpenFolders {
  /** The descriptor of a folder, which was used with that. */
  get(path: Path): number | undefined;
  /** The nearest folder above a path that is open: '' where none is. */
  above(path: Path): Path;
  add(path: Path, fd: number): void;
  /** A folder to be spared, until another one or none is named. */
  hold(path: Path | undefined): void;
  /** Gives up half of them, and keeps to that number; how many it closed. */
  retreat(): number;
  /** Close those of a folder and all below it, or all of them. */
  forget(path?: Path): void;
  /** A folder was renamed: its descriptors serve under the new path. */
  moved(from: Path, to: Path): void;
}

/** At most so many are open at a time; fewer, once the process ran out of descriptors. */
export function openFolders(most: number): OpenFolders {
  // From the least to the most recently used.
  const open = new Map<Path, number>();
  let limit = Math.max(2, most);
  let held: Path | undefined;
  /** The folder that was asked for last is asked for again, entry after entry. */
  let last: { readonly path: Path; readonly fd: number } | undefined;

  function get(path: Path): number | undefined {
    if (path === last?.path) return last.fd;
    const fd = open.get(path);
    if (fd === undefined) return undefined;
    open.delete(path);
    open.set(path, fd);
    last = { path, fd };
    return fd;
  }

  function above(path: Path): Path {
    let known = parentOf(path);
    while (known !== '' && !open.has(known)) known = parentOf(known);
    return known;
  }

  /** Never the last one used, which someone has in hand. */
  function evict(count: number): number {
    let closed = 0;
    for (const [path, fd] of open) {
      if (closed >= count || open.size === 1) break;
      if (path === held) continue;
      drop(path);
      closeSync(fd);
      closed += 1;
    }
    return closed;
  }

  /** Takes out what is open of a folder and below. A loop would make an array for all the rest. */
  function takeBelow(path: Path, use: (fd: number, at: Path) => void): void {
    open.forEach((fd, at) => {
      if (at !== path && !isInside(at, path)) return;
      drop(at);
      use(fd, at);
    });
  }

  function drop(path: Path): void {
    open.delete(path);
    if (path === last?.path) last = undefined;
  }

  const forget = (path: Path = ''): void => takeBelow(path, (fd) => closeSync(fd));

  return {
    get,
    above,
    add(path, fd) {
      open.set(path, fd);
      last = { path, fd };
      if (open.size > limit) evict(open.size - limit);
    },
    hold(path) {
      held = path;
    },
    retreat() {
      limit = Math.max(2, open.size >> 1);
      return evict(open.size - (open.size >> 1));
    },
    forget,
    moved(from, to) {
      forget(to);
      takeBelow(from, (fd, at) => open.set(to + at.slice(from.length), fd));
    },
  };
}
