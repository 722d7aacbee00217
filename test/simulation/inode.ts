import type fs from 'node:fs';

/** Something on a disk in memory. Names and link targets are latin1, one character a byte. */
export interface Inode {
  readonly ino: bigint;
  readonly type: 'file' | 'folder' | 'symlink' | 'fifo';
  mode: number;
  uid: number;
  gid: number;
  nlink: number;
  /** Nanoseconds since 1970. */
  atime: bigint;
  mtime: bigint;
  ctime: bigint;
  readonly birth: bigint;
  /** A file's content; never changed in place, so that whoever keeps it keeps what it was. */
  data: Buffer;
  readonly target: string;
  readonly entries: Map<string, Inode>;
  /** Of a folder: what holds it, and how it is called there; undefined when it was removed. */
  parent: Inode | undefined;
  name: string;
  /** When its content last changed, in milliseconds since the run began: a time nobody sets. */
  writtenMs: number;
  /** Until when it is on the disk, by an fsync of its own. */
  syncedMs: number;
  /** How many descriptors hold it. */
  open: number;
}

const TYPES = { file: 0o100000, folder: 0o040000, symlink: 0o120000, fifo: 0o010000 } as const;

const sizeOf = (inode: Inode): number =>
  inode.type === 'folder' ? 4096 : inode.type === 'symlink' ? inode.target.length
  : inode.data.length;

/** What fs.lstat and its kin return, exact. */
export function bigStats(inode: Inode, dev: bigint): fs.BigIntStats {
  const size = sizeOf(inode);
  return Object.assign(Object.create(KINDS) as fs.BigIntStats, {
    dev, ino: inode.ino, mode: BigInt(inode.mode | TYPES[inode.type]), nlink: BigInt(inode.nlink),
    uid: BigInt(inode.uid), gid: BigInt(inode.gid), rdev: 0n, size: BigInt(size),
    blksize: 4096n, blocks: BigInt(Math.ceil(size / 512)),
    atimeNs: inode.atime, mtimeNs: inode.mtime, ctimeNs: inode.ctime, birthtimeNs: inode.birth,
    atimeMs: inode.atime / 1_000_000n, mtimeMs: inode.mtime / 1_000_000n,
    ctimeMs: inode.ctime / 1_000_000n, birthtimeMs: inode.birth / 1_000_000n,
  });
}

/** The same as numbers, rounded as Node rounds them. */
export function numberStats(inode: Inode, dev: bigint): fs.Stats {
  const size = sizeOf(inode);
  return Object.assign(Object.create(KINDS) as fs.Stats, {
    dev: Number(dev), ino: Number(inode.ino), mode: inode.mode | TYPES[inode.type],
    nlink: inode.nlink, uid: inode.uid, gid: inode.gid, rdev: 0, size,
    blksize: 4096, blocks: Math.ceil(size / 512),
    atimeMs: milliseconds(inode.atime), mtimeMs: milliseconds(inode.mtime),
    ctimeMs: milliseconds(inode.ctime), birthtimeMs: milliseconds(inode.birth),
  });
}

function milliseconds(ns: bigint): number {
  const below = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return Number((ns - below) / 1_000_000_000n) * 1000 + Number(below) / 1_000_000;
}

interface HasMode { readonly mode: number | bigint }
const is = (type: keyof typeof TYPES) => function isOfType(this: HasMode): boolean {
  return (Number(this.mode) & 0o170000) === TYPES[type];
};
const KINDS = {
  isFile: is('file'), isDirectory: is('folder'), isSymbolicLink: is('symlink'), isFIFO: is('fifo'),
  isSocket: () => false, isBlockDevice: () => false, isCharacterDevice: () => false,
};

/** What a listing with types tells of an entry. */
export const direntOf = (inode: Inode, name: string | Buffer): object =>
  Object.assign(Object.create(KINDS) as object, { name, mode: TYPES[inode.type] });
