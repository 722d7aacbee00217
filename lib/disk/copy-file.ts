import {
  closeSync, constants, fsyncSync, ftruncateSync, readSync, renameSync, type Stats,
} from 'node:fs';
import { joinPath, nameOf, parentOf, type Path, type Stat } from '../core/entry.ts';
import { sideOf } from '../core/record.ts';
import { codeOf, failure, isAbsent, temporaryName } from './bytes.ts';
import { cloneFile } from './clone-file.ts';
import { discardFile } from './discard-file.ts';
import { chunkBuffer, openFileIn, type OpenFile } from './open-pinned.ts';
import type { Pinned } from './pinned.ts';
import { setOpenFile } from './set.ts';
import { heldStill, quickFstat } from './stat.ts';
import { writeAll, writeData } from './write-data.ts';

/** What a copy was taken from and what it became. */
export interface CopiedFile {
  /** The source as it was before its first byte was read. */
  readonly source: Stat;
  /** Its row for the record, the racy rule not yet applied. */
  readonly row: number[];
  readonly bytes: number;
  /** The source never rested while it was read: the copy is the last complete reading. */
  readonly unstable: boolean;
  /** The clock before the source was opened: what the racy rule is measured by. */
  readonly readAtMs: number;
}

/** How a file is copied. */
export interface CopyOptions {
  readonly chunkBytes?: number;
  /** Content, mode, owner and times are to be on the disk before the name is. */
  readonly durable?: boolean;
  /** Asked after each chunk; true ends the copy with the code `cancelled`. */
  readonly cancelled?: () => boolean;
}

/** How a file of ours is opened to be written: it must be new, and no link is followed. */
export const WRITE_NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
  | (constants.O_NOFOLLOW ?? 0);

const DEFAULT_CHUNK = 1_048_576;
const TRIES = 3;

/**
 * Copy one file over what the replica has under that path (invariant I2): written under a temporary
 * name beside it, or cloned where the file system can, then renamed, so that the path is its whole
 * old or its whole new content at each moment. A step is a chunk, and yields its bytes.
 *
 * On any error the temporary file is removed and thrown is the error. `vanished` means that the
 * source is gone, `changed-type` that it is no file any more; ENOENT is the replica's.
 */
export function* copyFile(
  source: Pinned, from: Path, replica: Pinned, to: Path, options: CopyOptions = {},
): Generator<number, CopiedFile, void> {
  const input = openSource(source, parentOf(from), nameOf(from));
  const temporary = joinPath(parentOf(to), temporaryName());
  const out = closingOnError(input.fd, () => replica.open(temporary, WRITE_NEW, 0o600));
  let placed = false;
  try {
    const cloned = closingOnError(input.fd, () => cloneFile(input, replica, out));
    const poured = cloned === undefined
      ? yield* pour(source, from, input, out, options) : yield* shared(input, cloned);
    const set = setOpenFile(out, poured.source);
    if (options.durable === true) fsyncSync(out);
    if (replica.trash !== undefined) yield* replica.trash.keep(replica, to);
    replica.mustStand(to);
    renameSync(...replica.pair(temporary, to));
    placed = true;
    return copied(poured, set, quickFstat(out));
  } finally {
    closeSync(out);
    if (!placed) discardFile(replica, temporary);
  }
}

/** Open the source of a copy; `vanished` tells its absence from that of the replica's folder. */
export function openSource(source: Pinned, folder: Path, name: string): OpenFile {
  try {
    return openFileIn(source, folder, name);
  } catch (error) {
    throw isAbsent(codeOf(error)) ? failure('vanished', joinPath(folder, name)) : error;
  }
}

/** A source that was read to its end. */
export interface Poured extends Omit<CopiedFile, 'row'> {
  /** The source after its last byte was read. */
  readonly now: Stats;
}

/** A file that was cloned counts as read. */
function* shared({ fd, stat, readAtMs }: OpenFile, now: Stats): Generator<number, Poured, void> {
  closeSync(fd);
  yield stat.size;
  return { source: stat, now, bytes: stat.size, unstable: false, readAtMs };
}

/**
 * The reading with what became of it: as it was set, and as it is under its name. Where someone
 * wrote to the copy since, the record is to vouch for neither side.
 */
export function copied(
  { source, now, bytes, unstable, readAtMs }: Poured, set: Stats, is: Stats = set,
): CopiedFile {
  const touched = now.size !== is.size || set.mtimeMs !== is.mtimeMs || set.mode !== is.mode;
  const row = [...sideOf(now, touched), ...sideOf(is, touched)];
  return { source, bytes, unstable, readAtMs, row };
}

/**
 * Read a source file into an open file until it held still while it was read, three times at most.
 * Takes over `first`, and closes whatever it opens. Looking again is one fstat: a file that was
 * renamed over or removed meanwhile has another ctime, and is opened anew by its name.
 */
export function* pour(
  source: Pinned, from: Path, first: OpenFile, out: number, options: CopyOptions,
): Generator<number, Poured, void> {
  const chunk = options.chunkBytes ?? DEFAULT_CHUNK;
  let input = first;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const bytes = pourWhole(input, out, chunk) ?? (yield* pourChunks(input, from, out, options));
      const now = quickFstat(input.fd);
      const unstable = !heldStill(input.stat, now);
      if (!unstable && bytes > patience(input.stat.size)) throw failure('never-ends', from);
      if (!unstable || attempt === TRIES) {
        return { source: input.stat, now, bytes, unstable, readAtMs: input.readAtMs };
      }
    } finally {
      closeSync(input.fd);
    }
    ftruncateSync(out, 0);
    input = openSource(source, parentOf(from), nameOf(from));
  }
}

/** Run something that must not leave a descriptor open when it throws. */
export function closingOnError<T>(fd: number, act: () => T): T {
  try {
    return act();
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** A file smaller than a chunk, in one step: nearly every file. Undefined: it is none. */
function pourWhole(input: OpenFile, out: number, chunk: number): number | undefined {
  const { size } = input.stat;
  if (size >= chunk || input.sparse) return undefined;
  const buffer = chunkBuffer(chunk);
  let total = 0;
  for (;;) {
    const read = readSync(input.fd, buffer, total, chunk - total, total);
    total += read;
    // Where the file should end, the read that would say so is saved: looking at the source again
    // tells if there was more.
    if (read === 0 || total === size) break;
    if (total === chunk) return undefined;
  }
  writeAll(out, buffer, 0, total, 0);
  return total;
}

/** One reading, to the end of the file, which its size only hints at (/proc, a growing log). */
function* pourChunks(
  input: OpenFile, from: Path, out: number, options: CopyOptions,
): Generator<number, number, void> {
  const chunk = options.chunkBytes ?? DEFAULT_CHUNK;
  let total = 0;
  for (;;) {
    // The buffer is shared: it is filled and emptied within one step.
    const buffer = chunkBuffer(chunk);
    const read = readSync(input.fd, buffer, 0, chunk, total);
    if (read > 0) {
      if (input.sparse) writeData(out, buffer, read, total);
      else writeAll(out, buffer, 0, read, total);
      total += read;
      yield read;
      if (options.cancelled?.() === true) throw failure('cancelled', from);
    }
    if (read === 0 || (read < chunk && total === input.stat.size)) break;
    if (total > patience(input.stat.size)) break;
  }
  if (input.sparse) ftruncateSync(out, total);
  return total;
}

/** A log may grow faster than it is read: past this many bytes it is tried anew, as changed. */
const patience = (size: number): number => 2 * size + 268_435_456;
