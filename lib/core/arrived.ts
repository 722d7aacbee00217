import type { Stat } from './entry.ts';

/** What is new under its name but older than this was probably moved there. */
const YOUNG_MS = 2000;

/** Whether something was born long enough before a moment that it did not come to be just then. */
export const wasBornBefore = (birthMs: number, momentMs: number): boolean =>
  birthMs < momentMs - YOUNG_MS;

/**
 * Whether a folder probably came to its name since a moment by a rename, which changes its ctime.
 * A ctime that is yet to come is another machine's, and says nothing.
 */
export function hasArrived({ birthNs, ctimeNs }: Stat, sinceMs: number, nowMs: number): boolean {
  const changedMs = Number(ctimeNs / 1_000_000n);
  const birthMs = Number(birthNs / 1_000_000n);
  return birthNs !== 0n && changedMs >= sinceMs && changedMs <= nowMs
    && wasBornBefore(birthMs, changedMs);
}
