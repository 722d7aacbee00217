import { execFile } from 'node:child_process';
import type { SyncEvent } from '../core/event.ts';
import { heldNews } from '../core/holds.ts';
import type { Hold, Operation } from '../core/operation.ts';
import { codeOf, fsPath } from '../disk/bytes.ts';
import { joinBelow, mountsInside } from '../disk/mounts.ts';
import { rootsStand } from '../disk/proof.ts';
import { bootId } from '../disk/roots.ts';
import type { Mirror, PassResult, Refusal, Work } from '../mirror.ts';
import { hasSeenAll, type Deletions } from './deletions.ts';
import { learnMounts } from './mounts.ts';
import { learnPowers } from './powers.ts';
import { reportProblems, toTryAgain } from './retries.ts';
import { addProblem, forgetSpecials } from './tell.ts';
import { emptyTrash } from './trash.ts';

/** Nothing was applied. Told when the reason is another than the last time. */
export function refusePass(
  mirror: Mirror, refusal: Refusal, tell: (event: SyncEvent) => void,
): PassResult {
  tell({ kind: 'pass-failed', ...refusal, exitCode: 3 });
  return { failed: refusal };
}

/** The first word of a pass that can be done. */
export function startPass(work: Work): void {
  const { mirror, trigger, tell } = work;
  mirror.memory.passes = work.number;
  tell({ kind: 'pass-started', pass: work.number, scope: scopeOf(work), reason: trigger.reason });
  // A single one asks for what those before it wrote: it does not stay for what it writes itself.
  if (!mirror.watches && !mirror.options.dryRun) confirmOnDisk(work);
}

/**
 * Before the first change the record says that there are some: after a power cut it is doubted. A
 * period begins where all that was written before is on the disk, or the disk was asked for it.
 */
export async function openPass(
  { mirror: { record, memory } }: Work, operations: readonly Operation[],
): Promise<void> {
  if (operations.length === 0) return;
  const { open, period: was } = record.meta;
  const period = open === undefined ? was + 1 : Math.max(was, memory.since);
  memory.wroteIn = period;
  if (open !== undefined && period === was) return;
  await record.setMeta({ open: open ?? { bootId: bootId(), since: period }, period });
}

/** Tells how the pass went, and what is left for later ones. */
export async function finishPass(work: Work, deletions: Deletions): Promise<PassResult> {
  const { mirror, trigger, tally, tell } = work;
  const { memory, options, record } = mirror;
  reportHold(work, deletions);
  checkRoots(work);
  const retry = reportProblems(work);
  const { full } = trigger;
  if (full && !memory.cancelled) {
    memory.fullPasses += 1;
    memory.sawAll = hasSeenAll(work);
    // What could not be looked at may be what it was never in step with.
    const proves = deletions.hold === undefined && memory.sawAll
      && !options.dryRun && !record.meta.proven;
    if (proves) await record.setMeta({ proven: true });
    if (memory.sawAll) await learnMounts(work);
    await learnPowers(work);
    if (mirror.watches && !options.dryRun) confirmOnDisk(work);
    forgetSpecials(work);
    await emptyTrash(work);
  }
  // Something vanished in it: while it ran more may have, which the next pass finds.
  if (memory.episode.lastMs >= work.beganMs) memory.episode.lastMs = performance.now();
  memory.missed += tally.missed;
  memory.hasLinks ||= tally.linked > 0;
  const ms = Math.round(performance.now() - work.beganMs);
  const { copied, folders, renamed, linked, set, removed, bytes } = tally;
  const counts = { copied, folders, renamed, linked, set, removed };
  const quiet = Object.values(counts).every((count) => count === 0) && tally.problems.size === 0
    && tally.held === 0 && !memory.cancelled;
  tell({
    kind: 'pass-finished', pass: work.number, scope: scopeOf(work), reason: trigger.reason,
    quiet, counts, bytes, ms, checked: tally.checked,
    problems: tally.problems.size, held: tally.held, missed: tally.missed, dryRun: options.dryRun,
    ...(memory.failing.size === 0 ? {} : { failing: memory.failing.size }),
    ...(memory.cancelled ? { interrupted: true } : {}),
    ...(tally.scrubbed === 0 ? {} : { scrubbed: tally.scrubbed }),
  });
  const rearm = trigger.full && needsNewWatcher(work);
  const missed = tally.audited ? tally.missed : undefined;
  return {
    ...(rearm ? { rearm } : {}),
    ...(full ? { full: { ms, missed } } : {}),
    ...(retry === undefined ? {} : { retry }),
    ...(tally.arrived.size === 0 ? {} : { arrived: toTryAgain(tally.arrived) }),
    ...(deletions.waiting === undefined ? {} : { waiting: deletions.waiting }),
  };
}

/** After a single pass nobody looks again: that a root went is told where nothing else is. */
function checkRoots(work: Work): void {
  if (work.mirror.watches || work.tally.problems.size > 0) return;
  const code = troubleOfRoots(work);
  if (code !== undefined) addProblem(work, { path: '', code, action: 'read' });
}

function troubleOfRoots({ context }: Work): string | undefined {
  try {
    return rootsStand(context) ? undefined : 'root-moved';
  } catch (error) {
    return codeOf(error);
  }
}

/** The watcher is deaf somewhere, or listens in a folder that is not the source any more. */
function needsNewWatcher({ mirror: { memory, options }, context, tally, trigger }: Work): boolean {
  if (!options.events) return false;
  const moved = memory.watchedId !== '' && memory.watchedId !== context.sourceId;
  memory.watchedId = context.sourceId;
  return moved || tally.missed > 0 || trigger.reason === 'root-changed';
}

const scopeOf = (work: Work): 'full' | 'incremental' =>
  (work.trigger.full ? 'full' : 'incremental');

/** Held deletions are told when the list is another than the one last told. */
function reportHold(work: Work, { hold }: Deletions): void {
  const { mirror: { memory }, tally, tell, trigger } = work;
  if (hold === undefined) {
    if (trigger.full) memory.hold = undefined;
    return;
  }
  tally.held = hold.entries;
  const isKnown = memory.hold !== undefined && keyOf(memory.hold) === keyOf(hold);
  memory.hold = hold;
  if (!isKnown) tell(heldNews(hold));
}

const keyOf = ({ reason, entries, paths }: Hold): string =>
  `${reason}\n${entries}\n${paths.join('\n')}`;

/**
 * Lets the replica's file systems write out what they have, beside the work; once they have, what
 * was recorded before that need not be doubted after a power cut.
 */
function confirmOnDisk(work: Work): void {
  const { record, memory } = work.mirror;
  if (record.meta.open === undefined || process.platform !== 'linux') return;
  // What a pass aside has yet to write would not be seen: a later full pass confirms it all. So it
  // does where the disk still hangs over the question before: they would pile up.
  if (memory.asides > 0 || memory.confirming !== undefined) return;
  const { replica } = work.context;
  const roots = [replica, ...mountsInside(replica).map((path) => joinBelow(replica, path))];
  const since = record.meta.period + 1;
  memory.since = since;
  const paths = roots.map((path) => fsPath(path).toString());
  const confirm = async (): Promise<void> => {
    const isDone = await written(paths);
    memory.confirming = undefined;
    if (!isDone || memory.closed) return;
    const open = memory.wroteIn < since ? undefined : { bootId: bootId(), since };
    void record.setMeta({ open });
  };
  memory.confirming = confirm();
}

/** Has file systems written out; false where that failed, or no process for it could be begun. */
async function written(paths: readonly string[]): Promise<boolean> {
  try {
    return await new Promise((resolve) => {
      execFile('sync', ['-f', ...paths], (error) => resolve(error === null)).unref();
    });
  } catch {
    return false;
  }
}
