import { unlinkSync } from 'node:fs';
import type { Path } from '../core/entry.ts';
import { codeOf, isAbsent } from './bytes.ts';
import type { Pinned } from './pinned.ts';

/**
 * Remove a temporary file after an error; what cannot be removed is litter of a known name. Says
 * whether it is gone.
 */
export function discardFile(replica: Pinned, temporary: Path): boolean {
  try {
    unlinkSync(replica.entry(temporary));
    return true;
  } catch (error) {
    // A later pass finds and prunes it; the error that led here is the one to tell.
    return isAbsent(codeOf(error));
  }
}
