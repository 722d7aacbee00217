import { joinPath, type Path } from '../core/entry.ts';
import type { Rules } from '../core/ignore.ts';
import type { Operation, RemoveOperation } from '../core/operation.ts';
import type { Work } from '../mirror.ts';
import { batches, drain } from './drain.ts';
import { aroundOf } from './scope.ts';

/**
 * The ignore rules around folders that are to be removed, and the operations without those of which
 * they are not known: what is protected in them is unknown, so that they stay, told by aroundOf.
 */
export function withRules(
  work: Work, planned: readonly Operation[],
): { chains: ReadonlyMap<Path, readonly Rules[]>; batch: readonly Operation[] } {
  const chains = new Map<Path, readonly Rules[]>();
  const batch = planned.filter((one) => {
    if (one.kind !== 'remove' || one.type !== 'folder' || !RULED.has(one.because)) return true;
    const around = aroundOf(work, one.proof);
    if (around === undefined) return false;
    if (around.chain.length > 0) chains.set(one.path, around.chain);
    return true;
  });
  return { chains, batch };
}

/** What is ignored in such a folder stays; one that makes room has none, else it would stay. */
const RULED: ReadonlySet<string> = new Set(['gone', 'litter']);

/** Small enough for the main thread to take its share. */
const BATCH = 32;
const BATCH_ENTRIES = 256;

/**
 * Removes what big folders hold by the parts that their count made of them, so that all threads
 * have a share in it: a folder by itself is one thread's work. What fails or stays in a part is not
 * told: the folder's own removal, which follows, comes upon it. Returns how many entries went, by
 * folder.
 */
export async function removeParts(
  work: Work, operations: readonly Operation[], chains: ReadonlyMap<Path, readonly Rules[]>,
): Promise<ReadonlyMap<Path, number>> {
  const { pool } = work.mirror;
  const gone = new Map<Path, number>();
  const parts = operations.flatMap((one) => (one.kind === 'remove' ? partsOf(one) : []));
  const queue = batches(parts, BATCH, (one) => one.entries, BATCH_ENTRIES);
  await drain(queue, pool.lanes * 2, (open) => open.splice(0, 1), async ([batch = []]) => {
    const ruled = new Map(batch.flatMap(({ path, within }) => {
      const chain = chains.get(within);
      return chain === undefined ? [] : [[path, chain]];
    }));
    const job = { kind: 'apply', operations: batch, chains: ruled } as const;
    const outcomes = await pool.run(job, work.context);
    batch.forEach(({ within }, at) =>
      gone.set(within, (gone.get(within) ?? 0) + outcomes[at]!.entries));
  });
  return gone;
}

/** What is replaced makes room for what the source has there: it goes at once, or not at all. */
function partsOf(one: RemoveOperation): readonly (RemoveOperation & { within: Path })[] {
  const { parts, ...whole } = one;
  if (parts === undefined || one.because === 'replaced') return [];
  return parts.map(({ below, entries }) => ({
    ...whole, path: joinPath(one.path, below), proof: joinPath(one.proof, below), entries,
    within: one.path,
  }));
}
