import { isTemporary, nameOf } from '../core/entry.ts';
import type { Operation } from '../core/operation.ts';
import type { Outcome } from '../disk/job.ts';
import type { Work } from '../mirror.ts';
import type { RecordKeeper } from './record-keeper.ts';

/** What the record is to remember of an operation that was done. */
export async function recordOutcome(
  operation: Operation, outcome: Outcome, keeper: RecordKeeper,
): Promise<void> {
  const { path } = operation;
  if (!outcome.done) return;
  if (outcome.self !== undefined) keeper.noteSelf(path, outcome.self);
  switch (operation.kind) {
    case 'park':
      if (operation.type === 'folder') await keeper.putAside(path, operation.temporary);
      return;
    case 'rename':
      if (!isTemporary(nameOf(operation.from))) keeper.note(operation.from, undefined);
      keeper.aside.delete(operation.from);
      if (operation.type === 'folder') await keeper.renameTree(operation.from, path);
      keeper.note(path, outcome.row);
      return;
    case 'remove':
      if (!isTemporary(nameOf(path))) keeper.note(path, undefined);
      if (operation.type === 'folder') await keeper.removeTree(path);
      return;
    default:
      if (outcome.row !== undefined) keeper.note(path, outcome.row);
  }
}

/**
 * Folders that were put aside and could not be renamed go back to where they were, if that place is
 * still free: else they would be litter until the next full pass.
 */
export async function putBack(
  work: Work, run: readonly Operation[], keeper: RecordKeeper,
): Promise<void> {
  const { mirror: { pool }, context } = work;
  const stuck = new Set(run.flatMap((one) =>
    (one.kind === 'rename' && keeper.aside.has(one.from) ? [one.from] : [])));
  // Outer folders were put aside last, and go back first.
  for (const one of run.toReversed()) {
    if (one.kind !== 'park' || !stuck.has(one.temporary)) continue;
    const [there] = await pool.run({ kind: 'stat', paths: [one.path] }, context);
    if (there !== undefined) continue;
    const back: Operation =
      { kind: 'park', path: one.temporary, temporary: one.path, type: 'folder' };
    const job = { kind: 'apply', operations: [back], chains: new Map() } as const;
    const [outcome] = await pool.run(job, context);
    if (outcome?.done === true) await keeper.putBack(one.temporary);
  }
}
