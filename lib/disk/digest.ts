import { createHash } from 'node:crypto';
import { closeSync, readSync } from 'node:fs';
import type { Path, Stat } from '../core/entry.ts';
import { failure } from './bytes.ts';
import { hasMoved, type ReadOptions } from './compare.ts';
import { chunkBuffer, openFile } from './open-pinned.ts';
import type { Pinned } from './pinned.ts';

/** The digest of a file's content, and the file as it was before it was read. */
export interface Digest {
  readonly hex: string;
  readonly stat: Stat;
  /** It moved while it was read: the digest is of no content that existed. */
  readonly changed: boolean;
  readonly readAtMs: number;
}

/** Hash one regular file; guards, steps and errors are those of sameContent(). */
export function* digest(
  root: Pinned, path: Path, algorithm: 'md5' | 'sha1' | 'sha256', options: ReadOptions = {},
): Generator<number, Digest, void> {
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
    return {
      hex: hash.digest('hex'), stat: file.stat, changed: hasMoved(file), readAtMs: file.readAtMs,
    };
  } finally {
    closeSync(file.fd);
  }
}
