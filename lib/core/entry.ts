/**
 * A path below a root: the bytes of the name as a latin1 string, one character a byte, components
 * joined by '/', without a leading or trailing one. '' is the root itself.
 *
 * Names are bytes (invariant I8): latin1 strings hold any byte, compare fast, and sort bytewise.
 */
export type Path = string;

/** `special` is all that is never mirrored: sockets, devices, FIFOs. */
export type EntryType = 'file' | 'folder' | 'symlink' | 'special';

/** Which of the two folders; the source always comes first. */
export type Side = 'source' | 'replica';

/** What lstat says of an entry, in exact integers. Times are nanoseconds since 1970. */
export interface Stat {
  readonly type: EntryType;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthNs: bigint;
  readonly ino: bigint;
  readonly dev: bigint;
  /** The twelve mode bits, without the type. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
}

/**
 * An inode's number as a Stat has it: of 53 bits, which a double holds. Where file systems join
 * others, or hash, all 64 are in use, and rounded ones would be those of several files: mixed, all
 * bits count.
 */
export const inodeOf = (raw: bigint): bigint => (raw >= 0n && raw <= Number.MAX_SAFE_INTEGER
  ? raw : BigInt.asUintN(64, raw * 0x9e37_79b9_7f4a_7c15n) >> 11n);

/**
 * Where one entry is: equal paths, but inside a folder found to have moved, whose content is still
 * under its old name in the replica and in the record.
 */
export interface Triple {
  readonly source: Path;
  readonly replica: Path;
  readonly record: Path;
}

/** The triple of an entry that is everywhere under the same path. */
export const samePath = (path: Path): Triple => ({ source: path, replica: path, record: path });

/** The triple of an entry in the folder `at`. */
export function childOf({ source, replica, record }: Triple, name: string): Triple {
  const path = joinPath(source, name);
  // Nearly always.
  if (source === replica && source === record) return samePath(path);
  return { source: path, replica: joinPath(replica, name), record: joinPath(record, name) };
}

/** `joinPath('', 'a')` is `'a'`, `joinPath('a', 'b')` is `'a/b'`. */
export const joinPath = (folder: Path, name: string): Path =>
  folder === '' ? name : name === '' ? folder : `${folder}/${name}`;

/** The folder that holds an entry; of the root, the root. */
export function parentOf(path: Path): Path {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** The last component. */
export const nameOf = (path: Path): string => path.slice(path.lastIndexOf('/') + 1);

/** Whether `path` lies below `folder`; a folder is not inside itself. */
export const isInside = (path: Path, folder: Path): boolean =>
  folder === '' ? path !== '' : path.length > folder.length
    && path.charCodeAt(folder.length) === 47 /* '/' */ && path.startsWith(folder);

/** The nearest folder above a path that is in a set; undefined if none is. */
export function ancestorIn(path: Path, folders: { has(path: Path): boolean }): Path | undefined {
  for (let at = path; at !== '';) {
    at = parentOf(at);
    if (folders.has(at)) return at;
  }
  return undefined;
}

/** How many components: 0 for the root. */
export function depthOf(path: Path): number {
  if (path === '') return 0;
  let depth = 1;
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) depth += 1;
  return depth;
}

/** Bytewise order, for sorting. */
export const byPath = (a: Path, b: Path): number => (a < b ? -1 : a > b ? 1 : 0);

/** A JavaScript string as bytes in latin1: how argv, options and watcher events come in. */
export const fromText = (text: string): Path => Buffer.from(text, 'utf8').toString('latin1');

/** Temporary names of ours, in the replica only; a source file named so is like any other. */
export const TEMPORARY_PREFIX = '.fsync-';
/** Whether a name is one of those. */
export const isTemporary = (name: string): boolean => /^\.fsync-[0-9a-z]{16}$/.test(name);

/** The deepest folder that is, or holds, both. */
export function commonOf(a: Path, b: Path): Path {
  return a === b || isInside(b, a) ? a : commonOf(parentOf(a), b);
}
