import { isInside, type Path } from '../core/entry.ts';
import { asksOwner, type ScanContext } from '../core/scan-task.ts';
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
  const { powers: known, ownersDue = [] } = record.meta;
  if (JSON.stringify(known) === JSON.stringify(powers)) return { powers, owners: ownersDue };
  if (known !== undefined && !options.dryRun && !compareOnly && !atWork) {
    await record.setMeta({ powers: undefined, ownersDue: undefined });
  }
  return { powers, owners: ALL };
}

/** The root, and all below. */
const ALL: readonly Path[] = [''];

/**
 * After a full pass. What it could not look at, or failed to set, is as recorded, and would pass
 * for clean from now on: it stays due until a full pass meets no problem there.
 */
export async function learnPowers(
  { mirror: { record, options }, context, tally }: Work,
): Promise<void> {
  const { powers, owners = [] } = context;
  if (owners.length === 0 || options.dryRun) return;
  const due = [...tally.problems.keys()].filter((path) =>
    asksOwner(context, path) || owners.some((one) => isInside(one, path))).toSorted();
  // So many would take longer to look up than all takes to look at.
  const ownersDue = due.length > MOST_DUE ? ALL : due;
  await record.setMeta({ powers, ownersDue: due.length === 0 ? undefined : ownersDue });
}

const MOST_DUE = 100;
