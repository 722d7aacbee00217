import type { Path, Side } from '../core/entry.ts';
import { isRacy, rowOf } from '../core/record-check.ts';
import { metaDiffers, type Difference } from '../core/difference.ts';
import { nameOf, parentOf, type Stat } from '../core/entry.ts';
import type { ScanResult } from '../core/scan-task.ts';
import { isAbsent } from '../disk/bytes.ts';
import type { Compared } from '../disk/job.ts';
import type { Work } from '../mirror.ts';
import type { Amount } from '../tally.ts';
import { batches, drain } from './drain.ts';
import { sum, tellProgress, whileTelling } from './progress.ts';
import { replaceAll } from './scan.ts';
import { noteScrubbed } from './scrub.ts';

/**
 * Files and bytes a batch of reading; what is bigger than that goes to a worker alone. Small, so
 * that in the end no thread waits long for another's last one.
 */
const BATCH_FILES = 64;
const BATCH_BYTES = 4 * 1_048_576;

interface Pair {
  readonly source: Path;
  readonly replica: Path;
  readonly bytes: number;
}

/**
 * Reads pairs of files up to their first difference. What `keep` makes of each result is returned,
 * in the order of the pairs: nothing else of it stays in memory. Undefined is what was cancelled.
 */
export async function comparePairs<Kept>(
  work: Work, pairs: readonly Pair[], keep: (compared: Compared, at: number) => Kept,
): Promise<readonly (Kept | undefined)[]> {
  const results: (Kept | undefined)[] = Array.from({ length: pairs.length });
  const numbered = pairs.map((pair, at) => ({ ...pair, at }));
  await inBatches(work, numbered, async (batch, heavy) => {
    const { mirror, context } = work;
    const compared = await mirror.pool.run({ kind: 'compare', pairs: batch }, context, heavy);
    batch.forEach(({ at }, inBatch) => { results[at] = keep(compared[inBatch]!, at); });
  });
  return results;
}

/** Digests of files, by path; without one is what could not be read. */
export async function digestPaths(
  work: Work, side: Side, files: readonly { readonly path: Path; readonly bytes: number }[],
): Promise<ReadonlyMap<Path, string>> {
  const digests = new Map<Path, string>();
  await inBatches(work, files, async (batch, heavy) => {
    const { mirror, context } = work;
    const paths = batch.map((one) => one.path);
    const found = await mirror.pool.run({ kind: 'digest', side, paths }, context, heavy);
    found.forEach((hex, at) => { if (hex !== undefined) digests.set(paths[at]!, hex); });
  });
  return digests;
}

/**
 * Reads those pairs that only reading can judge and no rename can have part in: beside rename
 * detection, so that all threads have work.
 */
export async function compareSettled(work: Work, found: ScanResult): Promise<Judged> {
  const settled = found.differences.filter(isUnsure).filter((one) => one.identity === undefined);
  return compareAll(work, settled);
}

/** What reading said of a difference. */
type Judged = ReadonlyMap<Difference, Compared | undefined>;

async function compareAll(work: Work, unsure: readonly Unsure[]): Promise<Judged> {
  const compared = await comparePairs(work, unsure.map(({ at, source }) =>
    ({ source: at.source, replica: at.replica, bytes: source.size })), (one) => one);
  return new Map(unsure.map((one, at) => [one, compared[at]]));
}

/**
 * Reads every pair that only reading can judge, unless it was read already. Equal ones become rows
 * for the record, or changes of metadata; the others changes of content. What moved or vanished
 * before it was read is copied, which looks again, closer.
 */
export async function compareUnsure(
  work: Work, found: ScanResult, known: Judged = new Map(),
): Promise<void> {
  const unsure = found.differences.filter(isUnsure);
  if (unsure.length === 0) return;
  const judged = await compareAll(work, unsure.filter((one) => !known.has(one)));
  const verdicts = new Map<Difference, Difference | undefined>(unsure.map((one) =>
    [one, verdict(work, one, known.has(one) ? known.get(one) : judged.get(one), found)]));
  const settled = found.differences.flatMap((one) => {
    const now = verdicts.has(one) ? verdicts.get(one) : one;
    return now === undefined ? [] : [now];
  });
  replaceAll(found.differences, settled);
}

type Unsure = Extract<Difference, { kind: 'unsure' }>;

const isUnsure = (one: Difference): one is Unsure => one.kind === 'unsure';

function verdict(
  work: Work, one: Unsure, compared: Compared | undefined, found: ScanResult,
): Difference | undefined {
  // Cancelled before it was read: nothing is known of it, and nothing is done.
  if (compared === undefined) return undefined;
  noteScrubbed(work, one, compared);
  // What cannot be read in the replica is copied anew, which needs no look into it.
  if ('code' in compared && compared.side === 'source' && !isAbsent(compared.code)) {
    return { kind: 'unknown', at: one.at, side: 'source', code: compared.code };
  }
  if ('code' in compared || compared.result !== 'same') {
    return { ...one, kind: 'changed', what: 'content' };
  }
  const { source, replica, readAtMs } = compared;
  const isKept = one.kept === true
    && sameMeta(one.source, source) && sameMeta(one.replica, replica);
  if (metaDiffers(source, replica, work.context.powers, isKept)) {
    return { ...one, kind: 'changed', what: 'meta', source, replica };
  }
  const row = rowOf(source, replica, isRacy(source, readAtMs, work.context.grainMs));
  const { record } = one.at;
  found.edits.push({ folder: parentOf(record), rows: [[nameOf(record), row]] });
  return undefined;
}

/** Nobody changed them since the scan. */
const sameMeta = (then: Stat, now: Stat): boolean =>
  then.mode === now.mode && then.mtimeNs === now.mtimeNs;

async function inBatches<T extends { readonly bytes: number }>(
  work: Work, items: readonly T[], act: (batch: T[], heavy: boolean) => Promise<void>,
): Promise<void> {
  const { mirror: { pool, memory }, tally } = work;
  tally.toRead = sum(tally.toRead, amountOf(items));
  const queue = batches(items, BATCH_FILES, (one) => one.bytes, BATCH_BYTES);
  const tell = (): void => tellProgress(work, 'compare',
    sum(tally.read, { files: 0, bytes: pool.inHand() }), tally.toRead);
  const read = async ([batch]: T[][]): Promise<void> => {
    if (memory.cancelled || batch === undefined) return;
    await act(batch, batch.some((one) => one.bytes > BATCH_BYTES));
    tally.read = sum(tally.read, amountOf(batch));
    tell();
  };
  await whileTelling(work, tell, () =>
    drain(queue, pool.lanes * 2, (open) => open.splice(0, 1), read));
}

const amountOf = (items: readonly { readonly bytes: number }[]): Amount =>
  ({ files: items.length, bytes: items.reduce((all, { bytes }) => all + bytes, 0) });
