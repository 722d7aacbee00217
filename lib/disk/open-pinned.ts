import { closeSync, constants, fstatSync, readFileSync, readdirSync } from 'node:fs';
import {
  joinPath, nameOf, parentOf, type EntryType, type Path, type Stat,
} from '../core/entry.ts';
import { codeOf, failure } from './bytes.ts';
import type { Pinned } from './pinned.ts';
import { lstatAt, statOf } from './stat.ts';

/** A regular file open for reading, as it was before the first byte was read. */
export interface OpenFile {
  readonly fd: number;
  readonly stat: Stat;
  /** Fewer blocks than bytes: the file has holes, or its file system compresses. */
  readonly sparse: boolean;
  /** The clock just before the file was opened. */
  readonly readAtMs: number;
}

const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Open a file to read it, and nothing but a file: a symlink is not followed, and a FIFO that took
 * the file's place does not block. Such an entry is the problem `changed-type`.
 */
export function openFile(root: Pinned, path: Path): OpenFile {
  return openFileIn(root, parentOf(path), nameOf(path));
}

/** The same by folder and name: for one file of a folder after the other. */
export function openFileIn(root: Pinned, folder: Path, name: string): OpenFile {
  const readAtMs = Date.now();
  const fd = openEntry(root, folder, name);
  try {
    const raw = fstatSync(fd, EXACT);
    const stat = statOf(raw);
    if (stat.type !== 'file') throw failure('changed-type', joinPath(folder, name));
    return { fd, stat, sparse: stat.size > 4096 && raw.blocks * 512n < raw.size, readAtMs };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** An entry of a folder; the type is the listing's and may be outdated when it is used. */
export interface Listed {
  readonly name: string;
  readonly type: EntryType;
}

/**
 * All entries of a folder that is reached without following a link. It is complete, or it throws:
 * a listing is what deletions are decided by.
 */
export function listPinned(root: Pinned, path: Path): Listed[] {
  const fd = root.folder(path);
  const folder = root.proc ? `/proc/self/fd/${fd}` : root.entry(path);
  try {
    const found = root.withRoom(
      () => readdirSync(folder, { withFileTypes: true, encoding: 'latin1' }),
    );
    return found.map((entry) => ({ name: entry.name, type: typeOf(entry) }));
  } catch {
    // Where listings carry no types Node asks for them, and misses names that are not ASCII.
    const names = root.withRoom(() => readdirSync(folder, 'latin1'));
    return names.flatMap((name) => {
      const stat = lstatAt(root.entry(joinPath(path, name)));
      return stat === undefined ? [] : [{ name, type: stat.type }];
    });
  }
}

/** Buffers shared by all that read: their content is used up before anyone else has a turn. */
const buffers = [Buffer.alloc(0), Buffer.alloc(0)];

/** The buffer to read chunks into, at least `bytes` long; a comparison takes both. */
export function chunkBuffer(bytes: number, which: 0 | 1 = 0): Buffer {
  const buffer = buffers[which]!;
  if (buffer.length >= bytes) return buffer;
  return (buffers[which] = Buffer.allocUnsafeSlow(bytes));
}

const EXACT = { bigint: true } as const;

function openEntry(root: Pinned, folder: Path, name: string): number {
  try {
    return root.openInside(folder, name, READ);
  } catch (error) {
    const code = codeOf(error);
    // ELOOP: a symlink. ENXIO: a socket. Any other code is the system's own word.
    if (code === 'ELOOP' || code === 'ENXIO') throw failure('changed-type', joinPath(folder, name));
    throw error;
  }
}

function typeOf(entry: {
  isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean;
}): EntryType {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'symlink' : 'special';
}

/**
 * What a folder is mounted from. The device tells most mounts; a bind mount of the same device only
 * its mount number, which the kernel tells of a descriptor.
 */
export function mountOf(replica: Pinned, path: Path): string {
  const fd = replica.folder(path);
  const device = String(fstatSync(fd, { bigint: true }).dev);
  if (!replica.proc) return device;
  const info = replica.withRoom(() => readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'));
  return `${device} ${/^mnt_id:\s*(\d+)/m.exec(info)?.[1] ?? ''}`;
}
