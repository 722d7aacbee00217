import type { Path } from '../core/entry.ts';
import type { Operation } from '../core/operation.ts';
import type { TreeFolder } from '../disk/job.ts';
import type { Work } from '../mirror.ts';
import type { Amount } from '../tally.ts';
import { amountOf } from './progress.ts';
import { aroundOf } from './scope.ts';

/** Folders a batch: some milliseconds, so that copying does not wait for long. */
const BATCH = 128;

/**
 * Finds out how much a plan comes to, so that its bar has an end. What is in new folders is counted
 * while they are copied: that costs a look at each file, so it is for those who see a bar. Nothing
 * depends on it. `end` is called when the plan is carried out.
 */
export function measure(
  work: Work, operations: readonly Operation[],
): { end(): Promise<void> } {
  const { tally, mirror: { options } } = work;
  const trees = operations.filter((one) => one.kind === 'copy-tree').map(({ path }) => path);
  let isOver = false;
  tally.planned = amountOf(operations);
  tally.inTrees = trees.length === 0 ? { files: 0, bytes: 0 } : undefined;

  const measured = trees.length === 0 || !options.measure ? undefined
    : measureTrees(work, trees, () => isOver)
      .then((amount) => (tally.inTrees = amount), () => undefined);
  return {
    async end() {
      isOver = true;
      await measured;
    },
  };
}

/** Adds up what is in folders of the source; undefined where it was over first. */
async function measureTrees(
  work: Work, trees: readonly Path[], isOver: () => boolean,
): Promise<Amount | undefined> {
  const { mirror: { pool }, context } = work;
  const queue: TreeFolder[] = [];
  for (const path of trees) {
    const around = aroundOf(work, path);
    if (around !== undefined) queue.push({ path, chain: around.chain });
  }
  let files = 0;
  let bytes = 0;
  while (queue.length > 0) {
    if (isOver()) return undefined;
    const folders = queue.splice(-BATCH);
    for (const one of await pool.ahead.run({ kind: 'measure', folders }, context)) {
      files += one.files;
      bytes += one.bytes;
      for (const folder of one.folders) queue.push(folder);
    }
  }
  return { files, bytes };
}
