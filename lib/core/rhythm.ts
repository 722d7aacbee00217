/** What decides how long after the start of a full pass the next one begins. */
export interface Rhythm {
  /** As asked for, or as it has adapted. */
  readonly intervalMs: number;
  /** `--interval auto`. */
  readonly adapts: boolean;
  /** Folders of the source are not watched, or other machines may change it unheard. */
  readonly isDeaf: boolean;
  /** What the last full pass took. */
  readonly passMs: number;
}

/** A full pass that has ended. */
export interface PassTaken {
  readonly ms: number;
  /** What no event had announced; undefined where nobody counted it. */
  readonly missed: number | undefined;
}

/** The bounds of an interval that adapts. */
const SHORTEST_MS = 60_000;
const LONGEST_MS = 3_600_000;

/** Where only full passes find changes they come at least this often, or as often as … */
const DEAF_MS = 30_000;
/** … they take no more than this share of the time. */
const DEAF_SHARE = 1 / 20;

/**
 * How long from the start of a full pass to the start of the next. Where only full passes find
 * changes it is shorter than asked, by doublings, so that a pass that takes a little longer than
 * the last one does not make another interval.
 *
 *     10 min asked, a pass takes 0.2 s:  10 min, and 30 s where the watcher is deaf
 *     10 min asked, a pass takes 5 s:    10 min, and 2 min
 *     10 s asked:                        10 s, and 10 s
 */
export function periodOf({ intervalMs, isDeaf, passMs }: Rhythm): number {
  if (!isDeaf) return intervalMs;
  let period = DEAF_MS;
  while (period < intervalMs && period * DEAF_SHARE < passMs) period *= 2;
  return Math.min(period, intervalMs);
}

/**
 * The rhythm after a full pass. An interval that adapts is a quarter as long where the pass found
 * changes that no event had announced, and half as long again where it found none.
 *
 *     10 min → 2 min 30 s → 1 min → 1 min                        misses each time
 *     10 min → 15 min → 22 min 30 s → 33 min 45 s → … → 1 h      no misses
 */
export function afterPass(rhythm: Rhythm, { ms, missed }: PassTaken): Rhythm {
  const { adapts, intervalMs } = rhythm;
  if (!adapts || missed === undefined) return { ...rhythm, passMs: ms };
  const next = missed > 0 ? intervalMs / 4 : intervalMs * 1.5;
  return {
    ...rhythm, passMs: ms, intervalMs: Math.min(Math.max(next, SHORTEST_MS), LONGEST_MS),
  };
}
