import type { LinkedName } from '../core/difference.ts';
import type { Path } from '../core/entry.ts';
import type { Operation } from '../core/operation.ts';
import { runsOf, type Run } from '../core/runs.ts';
import type { Outcome } from '../disk/job.ts';
import type { Work } from '../mirror.ts';
import { copyTrees } from './copy-trees.ts';
import { allOf, batches, drain } from './drain.ts';
import { tellApplied, whileTelling } from './progress.ts';
import { leaveAside, noteAside, putBack } from './put-aside.ts';
import { withLink, type Linked, type RecordKeeper } from './record-keeper.ts';
import { recordOutcome } from './record-outcome.ts';
import { removeParts, withRules } from './removals.ts';
import { tellOutcome, withoutFailed } from './tell.ts';

/** Operations a batch: a few milliseconds, so that no thread waits long for another's last one. */
const BATCH = 32;

/** What is bigger is copied alone, by a worker. */
const BIG_BYTES = 4 * 1_048_576;

/**
 * Performs a plan in its order. Where the order allows it operations are performed side by side:
 * renames of files, copies, removes, and sets of one depth. Decides nothing. Returns the names of
 * files that have several, found while new trees were copied: placed by `placeLinked`.
 */
export const applyPlan = (
  work: Work, operations: readonly Operation[], keeper: RecordKeeper,
): Promise<readonly LinkedName[]> =>
  whileTelling(work, () => tellApplied(work), () => applyInOrder(work, operations, keeper));

async function applyInOrder(
  work: Work, operations: readonly Operation[], keeper: RecordKeeper,
): Promise<readonly LinkedName[]> {
  await noteAside(work, operations);
  const linked: LinkedName[] = [];
  let again = false;
  for (const run of runsOf(operations)) {
    if (work.mirror.memory.cancelled) break;
    if (run.operations[0]?.kind === 'set' && !again) {
      again = true;
      await copyAgain(work, operations, keeper);
      // It gives folders another time, too.
      await putBack(work, keeper);
    }
    // There may be more than a call takes arguments.
    for (const one of await applyRun(work, run, keeper)) linked.push(one);
  }
  await putBack(work, keeper);
  await leaveAside(work, operations, keeper);
  return linked;
}

async function applyRun(
  work: Work, { way, operations }: Run, keeper: RecordKeeper,
): Promise<readonly LinkedName[]> {
  switch (way) {
    case 'copies': return applyCopies(work, operations, keeper);
    case 'links': await applyLinks(work, withoutFailed(work, operations), keeper); break;
    case 'side by side': await applySideBySide(work, operations, keeper); break;
    case 'one by one': await applyOneByOne(work, operations, keeper); break;
  }
  return [];
}

async function applyOneByOne(
  work: Work, run: readonly Operation[], keeper: RecordKeeper,
): Promise<void> {
  for (const batch of batches(run, 64, () => 0, 1)) {
    await applyBatch(work, batch, keeper, false);
    // Folders got other names: no thread is to keep a descriptor over that.
    work.mirror.pool.rest();
  }
  await putBack(work, keeper, sourcesOf(run));
}

/** The names from which something was to be renamed. */
const sourcesOf = (run: readonly Operation[]): ReadonlySet<Path> =>
  new Set(run.flatMap((one) => (one.kind === 'rename' ? [one.from] : [])));

/** Copies that found the disk full are tried once more when the removes have made room. */
async function copyAgain(
  work: Work, operations: readonly Operation[], keeper: RecordKeeper,
): Promise<void> {
  const { problems, removed } = work.tally;
  if (problems.size === 0 || removed === 0) return;
  const crowded = operations.filter((one) =>
    one.kind === 'copy' && NO_ROOM.has(problems.get(one.path)?.code ?? ''));
  for (const one of crowded) problems.delete(one.path);
  await applySideBySide(work, crowded, keeper);
}

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT']);

/** Files and whole folders beside one another, so that no folder waits for a big file. */
async function applyCopies(
  work: Work, run: readonly Operation[], keeper: RecordKeeper,
): Promise<readonly LinkedName[]> {
  const trees = run.filter((one) => one.kind === 'copy-tree').map((one) => one.path);
  const files = run.filter((one) => one.kind !== 'copy-tree');
  let copying = trees.length > 0;
  // It may take long: whatever looks at the record meanwhile finds what was done before.
  const flush = (): Promise<void> => (copying ? keeper.flush() : Promise.resolve());
  const [linked] = await allOf([
    copyTrees(work, trees, keeper).finally(() => { copying = false; }),
    flush().then(() => applySideBySide(work, files, keeper)).then(flush),
  ]);
  return linked;
}

async function applySideBySide(
  work: Work, run: readonly Operation[], keeper: RecordKeeper,
): Promise<void> {
  const small = run.filter((one) => weightOf(one) <= BIG_BYTES);
  const big = run.filter((one) => weightOf(one) > BIG_BYTES);
  // Small ones do not wait for big ones: the queue begins with one big one, for a worker.
  const queue = [...batches(small, BATCH, weightOf, BIG_BYTES), ...big.map((one) => [one])];
  if (big.length > 0) queue.unshift(queue.pop()!);
  const { pool, memory } = work.mirror;
  await drain(queue, pool.lanes * 2, (open) => open.splice(0, 1), async ([batch]) => {
    if (memory.cancelled || batch === undefined) return;
    await applyBatch(work, batch, keeper, batch.some((one) => weightOf(one) > BIG_BYTES));
  });
}

/** How long an operation takes, as bytes of copying; removing an entry takes as long as 16 KiB. */
function weightOf(one: Operation): number {
  switch (one.kind) {
    case 'copy': return one.size;
    case 'remove': return one.entries * 16_384;
    default: return 0;
  }
}

async function applyBatch(
  work: Work, planned: readonly Operation[], keeper: RecordKeeper, heavy: boolean,
): Promise<readonly Outcome[]> {
  const { chains, batch } = withRules(work, planned);
  const gone = await removeParts(work, batch, chains);
  const job = { kind: 'apply', operations: batch, chains } as const;
  const outcomes = await work.mirror.pool.run(job, work.context, heavy);
  for (const [at, operation] of batch.entries()) {
    const its = outcomes[at]!;
    const before = gone.get(operation.path) ?? 0;
    const outcome = before === 0 ? its : { ...its, entries: its.entries + before };
    tellOutcome(work, operation, outcome);
    await recordOutcome(operation, outcome, keeper);
  }
  tellApplied(work);
  return outcomes;
}

/** Links of one target after the other, so that the last outcome tells its final state. */
async function applyLinks(
  work: Work, run: readonly Operation[], keeper: RecordKeeper,
): Promise<void> {
  const outcomes = await applyBatch(work, run, keeper, false);
  const all = new Map<Path, Linked>();
  run.forEach((one, at) => {
    const { replicaSide: side, foundMs = NaN } = outcomes[at]!;
    if (one.kind !== 'link' || side === undefined) return;
    all.set(one.target, withLink(all.get(one.target), one.path, side, foundMs));
  });
  for (const [target, linked] of all) await keeper.noteLinks(target, linked);
}
