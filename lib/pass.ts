import type { LinkedName } from './core/difference.ts';
import type { SyncEvent } from './core/event.ts';
import type { Operation } from './core/operation.ts';
import type { Trigger } from './core/scope.ts';
import type { Mirror, PassResult, Work } from './mirror.ts';
import { applyPlan } from './steps/apply.ts';
import { countMissed } from './steps/audit.ts';
import { beginPass } from './steps/begin.ts';
import { compareSettled, compareUnsure } from './steps/contents.ts';
import { allOf } from './steps/drain.ts';
import { tellPlan } from './steps/dry-run.ts';
import { finishPass, openPass, refusePass, startPass } from './steps/finish.ts';
import { noteLinks, placeLinked, scanMates, scanMatesInside } from './steps/links.ts';
import { measure } from './steps/measure.ts';
import { scanOtherHalves } from './steps/other-halves.ts';
import { makePlan, type Plan } from './steps/plan.ts';
import { takeUpAside } from './steps/put-aside.ts';
import { keepRecord, learn } from './steps/record-keeper.ts';
import { detectRenames } from './steps/renames.ts';
import { scanScope } from './steps/scan.ts';

/**
 * One pass, full or incremental: the same sentences over another scope. It reads the disk anew,
 * whatever announced it. One failing path never stops the others; what a pass leaves undone it
 * returns, for the pipeline to try again. `planned` is told the plan just before it is carried out.
 */
export async function pass(
  mirror: Mirror, trigger: Trigger, tell: (event: SyncEvent) => void,
  planned: (plan: readonly Operation[]) => void = () => {},
): Promise<PassResult> {
  const begun = await beginPass(mirror, trigger, tell);
  if ('code' in begun) return refusePass(mirror, begun, tell);

  startPass(begun);
  const work = await takeUpAside(begun);
  const plan = await findOut(work);
  if (mirror.options.dryRun) await tellPlan(work, plan, plan.linked);
  else await carryOut(work, plan.operations, plan.linked, planned);
  return finishPass(work, plan.deletions);
}

/** What is to be done. All else that is found on the way is let go of: it may be much. */
async function findOut(work: Work): Promise<Plan & { linked: readonly LinkedName[] }> {
  const found = await scanScope(work);
  await scanOtherHalves(work, found);
  const mates = await scanMates(work, found);
  const [candidates, compared] = await allOf(
    [detectRenames(work, found), compareSettled(work, found)]);
  await scanMatesInside(work, candidates, mates);
  await compareUnsure(work, found, compared);
  const plan = await makePlan(work, candidates);
  countMissed(work, found.differences, plan.deletions);
  noteLinks(work, found);
  await learn(work.mirror.record, found.edits);
  return { ...plan, linked: found.linked };
}

/** Performs the plan, and remembers what both sides look like then. */
async function carryOut(
  work: Work, operations: readonly Operation[], linked: readonly LinkedName[],
  planned: (plan: readonly Operation[]) => void,
): Promise<void> {
  const keeper = keepRecord(work.mirror.record);
  await openPass(work, operations);
  planned(operations);
  const measuring = measure(work, operations);
  try {
    const left = await applyPlan(work, operations, keeper);
    await placeLinked(work, left, linked, keeper);
    await keeper.flush();
  } finally {
    await measuring.end();
  }
}
