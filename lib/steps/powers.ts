import type { ScanContext } from '../core/scan-task.ts';
import type { Mirror, Work } from '../mirror.ts';

/** What a pass knows of who we are. */
export type PowersKnown = Required<Pick<ScanContext, 'powers' | 'owners'>>;

/**
 * Who we are, and whether the record is another's: what we then could not give an owner or a group
 * is recorded as it stayed, and is looked at once more. The record says so until all was.
 */
export async function powersKnown(mirror: Mirror): Promise<PowersKnown> {
  const { record, options, compareOnly, atWork } = mirror;
  const root = process.geteuid?.() === 0;
  const powers = { root, groups: root ? [] : (process.getgroups?.() ?? []).toSorted() };
  const known = record.meta.powers;
  const owners = JSON.stringify(known) !== JSON.stringify(powers);
  if (owners && known !== undefined && !options.dryRun && !compareOnly && !atWork) {
    await record.setMeta({ powers: undefined });
  }
  return { powers, owners };
}

/** After a full pass. What it could not look at is not as recorded once it can be. */
export async function learnPowers({ mirror: { record, options }, context }: Work): Promise<void> {
  if (context.owners !== true || options.dryRun) return;
  await record.setMeta({ powers: context.powers });
}
