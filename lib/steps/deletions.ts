import { isRemoval } from '../core/blocked.ts';
import type { Difference } from '../core/difference.ts';
import type { Path } from '../core/entry.ts';
import {
  decideHold, entriesOf, EPISODE_MS, heldBy, isCounted, isPending, limitOf,
} from '../core/holds.ts';
import type { Hold, Part, RemoveOperation } from '../core/operation.ts';
import { plannedRemovals, type RemovalFindings } from '../core/plan.ts';
import { addChanges, changeAt, type ChangedPaths } from '../core/scope.ts';
import type { Counted, CountedFolder } from '../disk/job.ts';
import { isSourceBare } from '../disk/listing.ts';
import type { Work } from '../mirror.ts';
import type { Candidates } from './candidates.ts';
import { batches, drain } from './drain.ts';
import { tellLostMounts } from './lost-mounts.ts';
import { protectedBy } from './scope.ts';
import { tellStuck } from './stuck.ts';

/** An incremental pass with more deletions than this lets them wait for the end of the episode. */
const EPISODE_ENTRIES = 100;

/** What is to be done about a pass's deletions. */
export interface Deletions {
  /** Entries in each folder to be removed, itself included, by replica path. */
  readonly entries: ReadonlyMap<Path, number>;
  readonly parts: ReadonlyMap<Path, readonly Part[]>;
  /** Of these folders those that stay themselves, with what is ignored or our own in them. */
  readonly staying: ReadonlySet<Path>;
  /** Replica paths that are kept for now. */
  readonly kept: ReadonlySet<Path>;
  readonly hold?: Hold;
  /** Where to look again when the episode is over. */
  readonly waiting?: ChangedPaths;
}

/** Counts what would be deleted, and decides whether it may be: now, later, or when approved. */
export async function judgeDeletions(
  work: Work, candidates: Candidates, findings: Omit<RemovalFindings, 'entries'>,
): Promise<Deletions> {
  const removals = plannedRemovals({ ...findings, entries: new Map() });
  const counts = await countEntries(work, candidates, removals);
  const entries = new Map([...counts].map(([path, one]) => [path, one.entries]));
  const parts = new Map([...counts].map(([path, one]) => [path, one.parts]));
  const staying = new Set([...counts].flatMap(([path, one]) => (one.ignored > 0 ? [path] : [])));
  const found = { entries, parts, staying };
  const stuck = tellStuck(work, candidates, removals, counts);
  const mounts = await tellLostMounts(work, candidates, findings.differences, removals);
  const stays = new Set([
    ...stuck, ...mounts, ...leftToFullPasses(work, findings.differences)]);
  const counted = plannedRemovals({ ...findings, entries })
    .filter((one) => isCounted(one) && !stays.has(one.path));
  if (counted.length === 0) return { ...found, kept: stays };

  const { mirror: { options, record, memory }, trigger } = work;
  const sourceEmpty = isSourceEmpty(work, candidates);
  // Counting them reads the whole record: only where the decision depends on it.
  const recorded = sourceEmpty || options.maxDelete !== undefined ? await record.entries() : 0;
  const episode = memory.episode;
  // What waited for the end of an episode is still part of it.
  if (!trigger.ripe && work.beganMs - episode.lastMs > EPISODE_MS) episode.deleted = 0;
  const facts = {
    sourceEmpty, recorded,
    replicaEntries: presentEntries(work, candidates, counted, recorded),
    proven: record.meta.proven, full: trigger.full, maxDelete: options.maxDelete,
    deletedBefore: episode.deleted, held: record.meta.held, approved: approvedPaths(work),
    unseen: record.meta.held === undefined ? 0 : await unseenEntries(work, findings.differences),
  };
  const sum = entriesOf(counted);
  const most = Math.min(EPISODE_ENTRIES, limitOf(options.maxDelete, recorded));
  const hold = decideHold(counted, facts);
  // Beside what is held already only a full pass holds more: it has the whole list.
  const decides = trigger.full || (trigger.ripe && memory.hold === undefined);
  if (!decides && (sum + episode.deleted > most || hold !== undefined)) {
    episode.lastMs = work.beganMs;
    const waiting = addChanges(undefined, counted.map((one) => changeAt(one.proof)));
    const kept = pathsOf(findings, counted.map((one) => one.proof));
    return { ...found, kept: new Set([...kept, ...stays]), waiting };
  }
  if (hold !== undefined) {
    const kept = pathsOf(findings, hold.paths);
    return { ...found, kept: new Set([...kept, ...stays]), hold };
  }
  // What somebody approved is no measure for what vanishes next.
  episode.deleted += entriesOf(counted.filter((one) => isPending(one, facts.approved)));
  episode.lastMs = work.beganMs;
  return { ...found, kept: stays };
}

/**
 * What an incremental pass comes across and may not judge, since it does not see the whole of it:
 * what a full pass holds (all, where that could not look everywhere), and of a pair that is not
 * proven what nobody recorded. A pass aside may judge nothing: the one that it is beside may be
 * about to hold it.
 */
function leftToFullPasses(
  { trigger, mirror: { memory, record, atWork } }: Work, differences: readonly Difference[],
): readonly Path[] {
  if (trigger.full) return [];
  const isListed = memory.hold === undefined ? () => false : heldBy(memory.hold);
  const isBlind = record.meta.held !== undefined && !memory.sawAll;
  return differences.flatMap((one) => {
    if (!isRemoval(one) || ('as' in one && one.as === 'litter')) return [];
    const isForeign = one.kind !== 'vanished' && !record.meta.proven;
    return atWork || isBlind || isForeign || isListed(one.at.source) ? [one.at.replica] : [];
  });
}

/** A full pass that could look everywhere: what it does not hold nobody need hold any more. */
export const hasSeenAll = ({ trigger, tally, mirror: { memory } }: Work): boolean =>
  trigger.full && tally.unknown === 0 && !memory.cancelled;

/** How many entries are recorded where this pass could not look. */
async function unseenEntries(work: Work, differences: readonly Difference[]): Promise<number> {
  let sum = 0;
  for (const one of differences) {
    if (one.kind !== 'unknown') continue;
    sum += 1 + await recordedIn(work, one.at.record);
  }
  return sum;
}

async function recordedIn({ mirror: { record } }: Work, folder: Path): Promise<number> {
  let sum = 0;
  for await (const [, { names }] of record.subtree(folder)) sum += names.length;
  return sum;
}

/** The replica paths of removals that are named by their source paths. */
function pathsOf(findings: Omit<RemovalFindings, 'entries'>, proofs: readonly Path[]): Set<Path> {
  const wanted = new Set(proofs);
  return new Set(findings.differences.flatMap((one) =>
    (isRemoval(one) && wanted.has(one.at.source) ? [one.at.replica] : [])));
}

function approvedPaths(work: Work): 'all' | readonly Path[] {
  const { options, memory } = work.mirror;
  if (options.approveDeletes && memory.fullPasses === 0) return 'all';
  return work.trigger.approve.flatMap(({ paths }) => paths);
}

/** There is nothing in the source that is mirrored; where it cannot be listed, nothing goes. */
function isSourceEmpty(work: Work, candidates: Candidates): boolean {
  // An incremental pass did not list the root.
  return work.trigger.full ? candidates.found.sources === 0
    : isSourceBare(work.context, work.top);
}

/** How many entries the replica has: those scanned, and those inside folders not descended. */
function presentEntries(
  work: Work, candidates: Candidates, removals: readonly RemoveOperation[], recorded: number,
): number {
  if (!work.trigger.full) return recorded;
  return removals.reduce((sum, one) => sum + one.entries - 1, candidates.found.present);
}

/** Entries of each folder to be removed, less what moves out of it or stays. */
async function countEntries(
  work: Work, candidates: Candidates, removals: readonly RemoveOperation[],
): Promise<Map<Path, Counted>> {
  const counts = new Map<Path, Counted>();
  const folders = removals.filter((one) => one.type === 'folder');
  // Only what moves out of them: a folder above that moves takes them with it.
  const leaving = candidates.leaving(new Set(folders.map((one) => one.path)));
  const uncounted = folders.map(({ path, proof }): CountedFolder => ({
    path, proof, chain: protectedBy(work, proof), leaving: leaving.get(path) ?? new Set(),
  }));
  const { pool } = work.mirror;
  const queue = batches(uncounted, 16, () => 0, 1);
  await drain(queue, pool.lanes * 2, (open) => open.splice(0, 1), async ([batch]) => {
    const found = await pool.run({ kind: 'count', folders: batch! }, work.context);
    batch!.forEach((one, at) => counts.set(one.path, found[at]!));
  });
  // What is in folders that are closed to us is counted as it is recorded.
  for (const { at } of candidates.found.differences) {
    const counted = counts.get(at.replica);
    if (counted === undefined || counted.closed.length === 0) continue;
    let sum = counted.entries;
    for (const path of counted.closed) {
      sum += await recordedIn(work, at.record + path.slice(at.replica.length));
    }
    counts.set(at.replica, { ...counted, entries: sum, closed: [] });
  }
  return counts;
}
