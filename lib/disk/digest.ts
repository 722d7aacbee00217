import { createHash } from 'node:crypto';
import { closeSync, readSync } from 'node:fs';
import type { Path } from '../core/entry.ts';
import { failure } from './bytes.ts';
import type { ReadOptions } from './compare.ts';
import { chunkBuffer, openFile } from './open-pinned.ts';
import type { Pinned } from './pinned.ts';

/**
 * Hash one regular file, in hex; guards, steps and errors are those of sameContent(). The digest of
 * a file that is written meanwhile is of no content that ever was: it only says what to read.
 */
export function* digest(
  root: Pinned, path: Path, algorithm: 'md5' | 'sha1' | 'sha256', options: ReadOptions = {},
): Generator<number, string, void> {
  const file = openFile(root, path);
  try {
    const chunk = options.chunkBytes ?? 1_048_576;
    const hash = createHash(algorithm);
    // As long as it was when it was opened: one that grows meanwhile would never end.
    for (let rest = file.stat.size; rest > 0;) {
      const buffer = chunkBuffer(chunk);
      const read = readSync(file.fd, buffer, 0, Math.min(chunk, rest), null);
      if (read === 0) break;
      hash.update(buffer.subarray(0, read));
      rest -= read;
      yield read;
      if (options.cancelled?.() === true) throw failure('cancelled', path);
    }
    return hash.digest('hex');
  } finally {
    closeSync(file.fd);
  }
}
