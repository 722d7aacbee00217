import { closeSync, fstatSync, readSync } from 'node:fs';
import type { Path, Stat } from '../core/entry.ts';
import { failure } from './bytes.ts';
import { chunkBuffer, openFile, type OpenFile } from './open-pinned.ts';
import type { Pinned } from './pinned.ts';
import { heldStill } from './stat.ts';

/** What a comparison found, and both files as they were before they were read. */
export interface Comparison {
  /** `changed`: one of them moved while it was read, so that nothing is known. */
  readonly result: 'same' | 'different' | 'changed';
  readonly source: Stat;
  readonly replica: Stat;
  /** The clock before the first of the two was opened. */
  readonly readAtMs: number;
}

/** How a file is read. */
export interface ReadOptions {
  readonly chunkBytes?: number;
  /** Asked after each chunk; true ends the reading with the code `cancelled`. */
  readonly cancelled?: () => boolean;
}

/**
 * Compare the content of two files, up to the first difference. They may be of the same root. A
 * step is a chunk, and yields its bytes. What cannot be read is thrown, with `side` where it is the
 * replica's; `changed-type`: it is no file.
 */
export function* sameContent(
  source: Pinned, sourcePath: Path, replica: Pinned, replicaPath: Path, options: ReadOptions = {},
): Generator<number, Comparison, void> {
  const a = openFile(source, sourcePath);
  try {
    const b = inReplica(() => openFile(replica, replicaPath));
    try {
      const equal = a.stat.size === b.stat.size && (yield* compare(a, b, sourcePath, options));
      const result = hasMoved(a) || hasMoved(b) ? 'changed' : equal ? 'same' : 'different';
      return { result, source: a.stat, replica: b.stat, readAtMs: a.readAtMs };
    } finally {
      closeSync(b.fd);
    }
  } finally {
    closeSync(a.fd);
  }
}

/** Whether an open file is not any more what it was when it was opened. */
const hasMoved = (file: OpenFile): boolean => !heldStill(file.stat, fstatSync(file.fd));

function* compare(
  a: OpenFile, b: OpenFile, path: Path, options: ReadOptions,
): Generator<number, boolean, void> {
  const chunk = options.chunkBytes ?? 1_048_576;
  // Both are that long. What came since is no matter: it moves the file, and is seen then.
  let rest = a.stat.size;
  for (;;) {
    // The buffers are shared: they are filled and compared within one step.
    const [left, right] = [chunkBuffer(chunk, 0), chunkBuffer(chunk, 1)];
    const length = fill(a.fd, left, Math.min(chunk, rest));
    if (inReplica(() => fill(b.fd, right, Math.min(chunk, rest))) !== length) return false;
    if (left.compare(right, 0, length, 0, length) !== 0) return false;
    yield length;
    rest -= length;
    if (rest === 0 || length < chunk) return true;
    if (options.cancelled?.() === true) throw failure('cancelled', path);
  }
}

function inReplica<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw Object.assign(error as Error, { side: 'replica' });
  }
}

/** Read until the chunk is full or the file ends: two files may come in different portions. */
function fill(fd: number, buffer: Buffer, chunk: number): number {
  let length = 0;
  while (length < chunk) {
    const read = readSync(fd, buffer, length, chunk - length, null);
    if (read === 0) break;
    length += read;
  }
  return length;
}
