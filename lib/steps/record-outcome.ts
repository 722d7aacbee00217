import { isTemporary, nameOf } from '../core/entry.ts';
import type { Operation } from '../core/operation.ts';
import { CTIME, millisOf, RACY, REPLICA } from '../core/record.ts';
import type { Outcome } from '../disk/job.ts';
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
      await keeper.putAside(path, operation.temporary, operation.type);
      return;
    case 'rename':
      if (!isTemporary(nameOf(operation.from))) keeper.note(operation.from, undefined);
      keeper.aside.delete(operation.from);
      if (operation.type === 'folder') await keeper.renameTree(operation.from, path);
      keeper.note(path, outcome.row);
      return;
    case 'remove':
      if (!isTemporary(nameOf(path))) keeper.note(path, undefined);
      keeper.aside.delete(path);
      if (operation.type === 'folder') await keeper.removeTree(path);
      return;
    case 'set':
      if (outcome.row !== undefined) {
        keeper.note(path, await isAsSeen(operation, outcome, keeper)
          ? outcome.row : outcome.row.with(CTIME, RACY));
      }
      return;
    default:
      if (outcome.row !== undefined) keeper.note(path, outcome.row);
  }
}

/**
 * Whether nobody did anything to an entry of the replica between our look at it, or our rename, and
 * what was set: that hides it. Then it is to be compared.
 */
async function isAsSeen(
  { path, seen }: Extract<Operation, { kind: 'set' }>, { foundMs }: Outcome, keeper: RecordKeeper,
): Promise<boolean> {
  if (seen === undefined || foundMs === millisOf(seen.replica.ctimeNs)) return true;
  return (await keeper.rowOf(path))?.[REPLICA + CTIME] === foundMs;
}
