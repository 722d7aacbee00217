import type { Difference } from '../core/difference.ts';
import { joinPath, parentOf, type Path } from '../core/entry.ts';
import { isInScope } from '../core/scope.ts';
import { lstat } from '../disk/stat.ts';
import type { Work } from '../mirror.ts';
import type { Deletions } from './deletions.ts';

/** A change this much younger than max-wait may simply not have been announced yet. */
const GRACE_MS = 1000;

/**
 * The audit: counts what a full pass found that no event had announced. Not counted are drift of
 * the replica, paths that failed before, deletions that wait, changes too young, and folders that
 * stay in the replica for what is ignored in them; nor full passes that are made because nobody
 * watched, or events were lost, or while the watcher is known not to hear all.
 */
export function countMissed(
  work: Work, differences: readonly Difference[], { entries }: Pick<Deletions, 'entries'>,
): void {
  const { mirror: { memory, options }, trigger, tally } = work;
  const isAudited = (trigger.reason === 'interval' || trigger.reason === 'asked')
    && !trigger.unheard;
  if (!trigger.full || memory.fullPasses === 0 || !options.events || !isAudited) return;
  if (memory.isDeaf) return;
  tally.audited = true;
  const held = new Set(memory.hold?.paths);
  const known = [trigger.changes, work.waiting];
  const sinceMs = work.startedMs - options.maxWaitMs - GRACE_MS;
  for (const one of differences) {
    if (one.kind === 'unknown' || one.kind === 'special' || one.kind === 'extraneous') continue;
    if ('replica' in one && entries.get(one.at.replica) === 0) continue;
    if ('drift' in one || memory.failing.has(one.at.source)) continue;
    if (held.has(one.at.source) || known.some((all) => isInScope(all, one.at.source))) continue;
    if (changedMs(work, one) < sinceMs) tally.missed += 1;
  }
}

/** When the source changed; of what vanished, when its folder did. */
function changedMs(work: Work, one: Difference): number {
  if ('source' in one) return Number(one.source.ctimeNs / 1_000_000n);
  return folderChangedMs(work, parentOf(one.at.source));
}

function folderChangedMs(work: Work, folder: Path): number {
  try {
    const stat = lstat(joinPath(work.context.source, folder));
    return stat === undefined ? Infinity : Number(stat.ctimeNs / 1_000_000n);
  } catch {
    return Infinity;
  }
}
