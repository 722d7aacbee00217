import { closeSync, constants, existsSync, lstatSync, openSync } from 'node:fs';
import { nameOf, parentOf, type Path } from '../core/entry.ts';
import { failure, fsPath } from './bytes.ts';
import { FOLDER, isInPlace, placeOf } from './in-place.ts';
import { openFolders } from './open-folders.ts';
import { giveWay, withRoom } from './room.ts';
import { lstat } from './stat.ts';

/**
 * A root whose folders are reached from its own descriptor, component by component, never through a
 * symlink (invariant I3), even one planted while we run. Paths are relative to the root.
 *
 * A descriptor follows its folder when someone moves it, so none is kept from pass to pass:
 * Pool.rest() closes the root when one begins, and when it ends.
 */
export interface Pinned {
  readonly root: Path;
  /** Whether entries go through /proc/self/fd, as on Linux; else parents are only checked first. */
  readonly proc: boolean;
  /** Of the replica: where what is replaced or removed is to be kept. */
  readonly trash: Trash | undefined;
  /** The descriptor of a folder. It stays ours: do not close it, nor keep it. */
  folder(path: Path): number;
  /** A path for fs calls that never leads through a link. Valid until the next call of ours. */
  entry(path: Path): string | Buffer;
  /** The same of a name in a folder: for one entry after the other, no path is taken apart. */
  inside(folder: Path, name: string): string | Buffer;
  /** The paths of two entries, for a rename or a link: finding the second keeps the first valid. */
  pair(a: Path, b: Path): [string | Buffer, string | Buffer];
  /** Open an entry. Folders kept open give way when the process has no more of them. */
  open(path: Path, flags: number, mode?: number): number;
  openInside(folder: Path, name: string, flags: number, mode?: number): number;
  /**
   * Whether certainly nothing is at a path, nor a folder that would lead there. False says nothing:
   * it is a first look, without the errors that a missing folder is otherwise told by. It may
   * follow a link on the way: what is behind one is not in this root, be it there or not.
   */
  lacks(path: Path): boolean;
  /** Do something that opens a descriptor, with the same retreat. */
  withRoom<T>(act: () => T): T;
  /** Tell of a folder that was renamed: its descriptors serve under the new path. */
  moved(from: Path, to: Path): void;
  /**
   * Whether what is open of a folder, or on the way to it, is still what its path leads to. If not,
   * it is dropped, so that the name is looked up anew. Where the root was moved: `root-moved`.
   */
  renew(path: Path): boolean;
  /** Throws if not, of an entry's folder, after what took long; what was begun is taken back. */
  mustStand(path: Path): void;
  /** Drop the descriptors of a folder and all below it, or all of them. */
  forget(path?: Path): void;
  close(): void;
}

/** Where what would be deleted or overwritten goes instead: by the pass, then by its path. */
export interface Trash {
  /**
   * Put what is at a path of the replica there too, under that path, or the one it had before it
   * was put aside; the path itself stays as it is.
   */
  keep(replica: Pinned, path: Path, as?: Path): Generator<number, void, void>;
  close(): void;
}

const NOFOLLOW = constants.O_NOFOLLOW ?? 0;
const QUIET = { throwIfNoEntry: false } as const;

/** Open the root, whose path must be real already: it is not followed if it became a symlink. */
export function openRoot(
  root: Path,
  options: { readonly limit?: number; readonly proc?: boolean; readonly trash?: Trash } = {},
): Pinned {
  const proc = options.proc ?? (process.platform === 'linux' && existsSync('/proc/self/fd'));
  const rootFd = openSync(fsPath(root), FOLDER);
  const rootAt = proc ? placeOf(rootFd) : undefined;
  const open = openFolders(options.limit ?? 128);

  const absolute = (path: Path): Path => (path === '' ? root : `${root}/${path}`);

  function folder(path: Path): number {
    if (path === '') return rootFd;
    const known = open.get(path);
    if (known !== undefined) return known;
    let at = open.above(path);
    let fd = folder(at);
    while (at !== path) {
      const slash = path.indexOf('/', at === '' ? 0 : at.length + 1);
      at = slash < 0 ? path : path.slice(0, slash);
      fd = openFolder(at, fd);
      open.add(at, fd);
    }
    return fd;
  }

  function lacks(path: Path): boolean {
    if (!proc) return false;
    const at = open.above(path);
    const rest = at === '' ? path : path.slice(at.length + 1);
    try {
      return lstatSync(fsPath(`/proc/self/fd/${folder(at)}/${rest}`), QUIET) === undefined;
    } catch {
      return false;
    }
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

  function pair(a: Path, b: Path): [string | Buffer, string | Buffer] {
    const first = entry(a);
    open.hold(parentOf(a));
    try {
      return [first, entry(b)];
    } finally {
      open.hold(undefined);
    }
  }

  function stands(path: Path): boolean {
    const at = open.get(path) === undefined ? open.above(path) : path;
    return !proc || isInPlace(at === '' ? rootFd : open.get(at)!, at, root, rootAt);
  }

  function renew(path: Path): boolean {
    if (stands(path)) return true;
    if (!stands('')) throw failure('root-moved', '');
    open.forget(path.split('/')[0]);
    return false;
  }

  const leave = giveWay(open.retreat);
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
    lacks,
    renew,
    mustStand(path) {
      if (!stands(parentOf(path))) throw failure(stands('') ? 'changed' : 'root-moved', path);
    },
    moved: open.moved,
    forget: open.forget,
    close() {
      leave();
      open.forget();
      closeSync(rootFd);
    },
  };
}

/** A name that would lead elsewhere never comes from a listing. */
function check(name: string, path: Path): void {
  if (name === '' || name === '.' || name === '..') throw failure('bad-name', path);
}
