import { writeSync } from 'node:fs';
import { failure } from './bytes.ts';

/** A full disk makes a short write first, and an error only at the next. */
export function writeAll(
  fd: number, buffer: Buffer, from: number, length: number, at: number,
): void {
  for (let done = 0; done < length;) {
    const wrote = writeSync(fd, buffer, from + done, length - done, at + done);
    if (wrote === 0) throw failure('EIO', '');
    done += wrote;
  }
}

const PIECE = 4096;
const ZEROS = Buffer.alloc(PIECE);

/** Write what is not zero, in runs; the rest stays a hole, as it probably was in the source. */
export function writeData(fd: number, buffer: Buffer, length: number, at: number): void {
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
