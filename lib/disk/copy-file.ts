import {
  closeSync, constants, fstatSync, ftruncateSync, readSync, renameSync, unlinkSync, writeSync,
} from 'node:fs';
import { joinPath, parentOf, type Path, type Stat } from '../core/entry.ts';
import { codeOf, failure, isAbsent, temporaryName } from './bytes.ts';
import { chunkBuffer, openFile, type OpenFile } from './open-pinned.ts';
import type { Pinned } from './pinned.ts';
import { setOpenFile } from './set.ts';
import { isUnmoved, lstatAt, statOf } from './stat.ts';

/** What a copy was taken from and what it became. */
export interface CopiedFile {
  /** The source as it was before its first byte was read. */
  readonly source: Stat;
  readonly replica: Stat;
  readonly bytes: number;
  /** The source never rested while it was read: the copy is the last complete reading. */
  readonly unstable: boolean;
  /** The clock before the source was opened: what the racy rule is measured by. */
  readonly readAtMs: number;
}

export interface CopyOptions {
  readonly chunkBytes?: number;
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
 * name beside it, then renamed, so that the path is its whole old or its whole new content at each
 * moment. A step is a chunk, and yields its bytes.
 *
 * On any error the temporary file is removed and thrown is the error. `vanished` means that the
 * source is gone, `changed-type` that it is no file any more; ENOENT is the replica's.
 */
export function* copyFile(
  source: Pinned, from: Path, replica: Pinned, to: Path, options: CopyOptions = {},
): Generator<number, CopiedFile, void> {
  const input = openSource(source, from);
  const temporary = joinPath(parentOf(to), temporaryName());
  const out = closingOnError(input.fd, () => replica.open(temporary, WRITE_NEW, 0o600));
  let placed = false;
  try {
    const lookAgain = (before: OpenFile): Stat | undefined => {
      const there = lstatAt(source.entry(from));
      return there === undefined ? undefined : isUnmoved(there, before.stat)
        ? statOf(fstatSync(before.fd, { bigint: true })) : there;
    };
    const poured = yield* pour(source, from, input, out, lookAgain, options);
    setOpenFile(out, poured.source);
    renameSync(...replica.pair(temporary, to));
    placed = true;
    return { ...poured, replica: statOf(fstatSync(out, { bigint: true })) };
  } finally {
    closeSync(out);
    if (!placed) discardFile(replica, temporary);
  }
}

/** Open the source of a copy; `vanished` tells its absence from that of the replica's folder. */
export function openSource(source: Pinned, from: Path): OpenFile {
  try {
    return openFile(source, from);
  } catch (error) {
    throw isAbsent(codeOf(error)) ? failure('vanished', from) : error;
  }
}

/**
 * Read a source file into an open file until it held still while it was read, three times at most.
 * Takes over `first`, and closes whatever it opens. `lookAgain` says what the source is afterwards.
 */
export function* pour(
  source: Pinned, from: Path, first: OpenFile, out: number,
  lookAgain: (before: OpenFile) => Stat | undefined, options: CopyOptions,
): Generator<number, Omit<CopiedFile, 'replica'>, void> {
  let input = first;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const bytes = yield* pourOnce(input, from, out, options);
      const after = lookAgain(input);
      if (after === undefined) throw failure('vanished', from);
      if (after.type !== 'file') throw failure('changed-type', from);
      const unstable = !isUnmoved(input.stat, after);
      if (!unstable && bytes > patience(input.stat.size)) throw failure('never-ends', from);
      if (!unstable || attempt === TRIES) {
        return { source: input.stat, bytes, unstable, readAtMs: input.readAtMs };
      }
    } finally {
      closeSync(input.fd);
    }
    ftruncateSync(out, 0);
    input = openSource(source, from);
  }
}

/** Remove a temporary file after an error; what cannot be removed is litter of a known name. */
export function discardFile(replica: Pinned, temporary: Path): void {
  try {
    unlinkSync(replica.entry(temporary));
  } catch {
    // A later pass finds and prunes it; the error that led here is the one to tell.
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

/** One reading, to the end of the file, which its size only hints at (/proc, a growing log). */
function* pourOnce(
  input: OpenFile, from: Path, out: number, options: CopyOptions,
): Generator<number, number, void> {
  const chunk = options.chunkBytes ?? DEFAULT_CHUNK;
  let total = 0;
  for (;;) {
    // The buffer is shared: it is filled and emptied within one step.
    const buffer = chunkBuffer(chunk);
    const read = readSync(input.fd, buffer, 0, chunk, null);
    if (read > 0) {
      if (input.sparse) writeData(out, buffer, read, total);
      else writeAll(out, buffer, 0, read, total);
      total += read;
      yield read;
      if (options.cancelled?.() === true) throw failure('cancelled', from);
    }
    // A short read that ends where the file should end saves the read that would say so: looking
    // at the source again tells if there was more.
    if (read === 0 || (read < chunk && total === input.stat.size)) break;
    if (total > patience(input.stat.size)) break;
  }
  if (input.sparse) ftruncateSync(out, total);
  return total;
}

/** A log may grow faster than it is read: past this many bytes it is tried anew, as changed. */
const patience = (size: number): number => 2 * size + 268_435_456;

/** A full disk makes a short write first, and an error only at the next. */
function writeAll(fd: number, buffer: Buffer, from: number, length: number, at: number): void {
  for (let done = 0; done < length;) {
    const wrote = writeSync(fd, buffer, from + done, length - done, at + done);
    if (wrote === 0) throw failure('EIO', '');
    done += wrote;
  }
}

const PIECE = 4096;
const ZEROS = Buffer.alloc(PIECE);

/** Write what is not zero, in runs; the rest stays a hole, as it probably was in the source. */
function writeData(fd: number, buffer: Buffer, length: number, at: number): void {
  const isZero = (start: number): boolean => {
    const end = Math.min(start + PIECE, length);
    return buffer.compare(ZEROS, 0, end - start, start, end) === 0;
  };
  for (let start = 0; start < length;) {
    const hole = isZero(start);
    let end = start + PIECE;
    while (end < length && isZero(end) === hole) end += PIECE;
    end = Math.min(end, length);
    if (!hole) writeAll(fd, buffer, start, end - start, at + start);
    start = end;
  }
}
