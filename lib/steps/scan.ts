import { samePath } from '../core/entry.ts';
import {
  countOf, emptyScan, oneFolder, recordPaths, type ScanResult, type Siblings,
} from '../core/scan-task.ts';
import type { ChangedPaths } from '../core/scope.ts';
import type { Work } from '../mirror.ts';
import { drain } from './drain.ts';
import { tellProgress } from './progress.ts';
import { findScope } from './scope.ts';

/** Folders a batch at least: some milliseconds of work, and one read of the record. */
const BATCH = 64;

/** Everything in the trigger's scope that is not as it should be. */
export async function scanScope(work: Work): Promise<ScanResult> {
  const { trigger, top } = work;
  if (!trigger.full) return scanChanges(work, trigger.changes);
  const around = { chain: top, parentDev: -1 };
  return scanFolders(work, [oneFolder(samePath(''), undefined, true, around)]);
}

/** The differences where something changed. */
export async function scanChanges(work: Work, changes: ChangedPaths): Promise<ScanResult> {
  return scanFolders(work, await findScope(work, changes));
}

/** Scans folders, and those found inside them, on all lanes. */
export async function scanFolders(work: Work, visits: readonly Siblings[]): Promise<ScanResult> {
  const { mirror: { pool, record, memory }, context, tally } = work;
  const all = emptyScan();
  const queue = [...visits];

  await drain(queue, pool.lanes * 2, firstFolders, async (folders) => {
    if (memory.cancelled) return;
    const records = (await Promise.all(folders.map((one) =>
      record.getMany(recordPaths(one), one.names)))).flat();
    // The record may have been found to be damaged just now.
    const careful = record.meta.careful === true;
    const found = await pool.run({ kind: 'scan', folders, records }, { ...context, careful });
    append(all, found);
    for (const siblings of found.inside) queue.push(siblings);
    tally.checked += found.checked;
    tellProgress(work, 'scan', { files: tally.checked, bytes: 0 });
  });
  return all;
}

/** Takes about a batch: siblings stay together, there are at most as many. */
function firstFolders(queue: Siblings[]): Siblings[] {
  let count = 0;
  let taken = 0;
  while (taken < queue.length && count < BATCH) count += countOf(queue[taken++]!);
  return queue.splice(0, taken);
}

/** Adds what a scan found; without spreading, since a scan may find a hundred thousand things. */
export function append(all: ScanResult, found: ScanResult): void {
  for (const one of found.differences) all.differences.push(one);
  for (const one of found.linked) all.linked.push(one);
  for (const one of found.edits) all.edits.push(one);
  all.checked += found.checked;
  all.present += found.present;
  all.sources += found.sources;
}

/** Puts other findings in the place of all; without spreading, too. */
export function replaceAll<T>(all: T[], others: readonly T[]): void {
  all.length = 0;
  for (const one of others) all.push(one);
}
