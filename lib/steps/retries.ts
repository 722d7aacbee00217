import { joinPath, type Path } from '../core/entry.ts';
import { addChanges, changeAt, isInScope, isWhole, type ChangedPaths } from '../core/scope.ts';
import { looked } from '../disk/stat.ts';
import type { PassResult, Work } from '../mirror.ts';

/**
 * Tells what failed. Each failing path is tried again after 1, 2, 4 … seconds, at the latest with
 * the interval, whatever else fails meanwhile; a file that never rests when it has been left alone
 * for long enough. Returns which come next, of this pass or of earlier ones, and when.
 */
export function reportProblems(work: Work): PassResult['retry'] {
  const { mirror, tally, tell } = work;
  const { memory, options } = mirror;
  const nowMs = performance.now();
  forgetMended(work, nowMs);
  forgetRested(work);
  for (const problem of tally.problems.values()) {
    const before = memory.failing.get(problem.path);
    const times = (before?.times ?? 0) + 1;
    const was = tally.renaming.get(problem.path) ?? before?.was;
    const retryMs = problem.code === 'never-rests'
      ? Math.max(LEAST_RETRY_MS, restingMs(work, problem.path))
      : backOff(times, options.intervalMs);
    memory.failing.set(problem.path, { code: problem.code, times, was, dueMs: nowMs + retryMs });
    tell({ kind: 'problem', ...problem, ...(mirror.watches ? { retryMs } : {}) });
  }
  let nextMs = Infinity;
  for (const { dueMs } of memory.failing.values()) nextMs = Math.min(nextMs, dueMs);
  if (nextMs === Infinity) return undefined;
  const next = [...memory.failing].flatMap(([path, { dueMs, was }]) =>
    (dueMs > nextMs ? [] : was === undefined ? [path] : [path, was]));
  return { changes: toTryAgain(next), afterMs: Math.max(0, nextMs - nowMs) };
}

/**
 * What was looked at and did not fail. Of a folder that is not enough: what changed below it, while
 * it could not be looked into, was told then. Nor is it of what was to be renamed: it may be gone,
 * and the replica have it by its former name. Such is tried again at once.
 */
function forgetMended(work: Work, nowMs: number): void {
  const { mirror: { memory }, tally, trigger: { full, changes }, context } = work;
  for (const [path, failing] of memory.failing) {
    // What is left alone was not looked at: it still waits for its next try.
    if (tally.problems.has(path) || restingMs(work, path) > 0) continue;
    if (!full && !isInScope(changes, path)) continue;
    const { was = path } = failing;
    const isSeen = full || (isInScope(changes, was) && (isWhole(changes, path)
      || looked(joinPath(context.source, path))?.type !== 'folder'));
    if (isSeen) memory.failing.delete(path);
    else memory.failing.set(path, { ...failing, dueMs: nowMs });
  }
}

/** What need be left alone no longer: it may be gone, and then no pass meets it again. */
function forgetRested({ mirror: { memory: { unstable } } }: Work): void {
  const nowMs = performance.now();
  for (const [path, untilMs] of unstable) if (untilMs <= nowMs) unstable.delete(path);
}

/** As if somebody had changed these paths, and all that is below them. */
export const toTryAgain = (paths: Iterable<Path>): ChangedPaths =>
  addChanges(undefined, [...paths].flatMap((path) =>
    [changeAt(path), { folder: path, whole: 'tree' as const }]));

const LEAST_RETRY_MS = 1000;

const backOff = (times: number, intervalMs: number): number =>
  Math.min(LEAST_RETRY_MS * 2 ** Math.min(times - 1, 20), intervalMs);

const restingMs = (work: Work, path: Path): number =>
  (work.mirror.memory.unstable.get(path) ?? -Infinity) - performance.now();
