import type { Difference } from './difference.ts';
import type { Gone, Wanted } from './renames.ts';

type New = Extract<Difference, { kind: 'new' }>;
type Changed = Extract<Difference, { kind: 'changed' }>;

/** A folder to be made: where there is nothing, or where something else is in the way. */
export const isMadeFolder = (one: Difference): one is New | Changed =>
  (one.kind === 'new' || (one.kind === 'changed' && one.what === 'type'))
    && one.source.type === 'folder';

/** What a difference tells of content that the replica no longer needs where it is, if it does. */
export function asGone(one: Difference): Gone | undefined {
  const isSurplus = one.kind === 'vanished' || one.kind === 'extraneous';
  if (!('replica' in one) || (isSurplus && one.as !== undefined)) return undefined;
  if (!isSurplus && one.identity === undefined) return undefined;
  const { source, replica, record } = one.at;
  return { source, replica, record, stat: one.replica, identity: one.identity, reused: !isSurplus };
}

/**
 * What a difference tells of an entry that the replica lacks, if it does. A changed one is a
 * candidate only where its source is another file than was recorded.
 */
export function asWanted(one: Difference): Wanted | undefined {
  if (one.kind === 'new') return { path: one.at.source, stat: one.source, occupied: false };
  if (one.kind !== 'changed' && one.kind !== 'unsure' && one.kind !== 'swapped') return undefined;
  const isOther = one.identity !== undefined || (one.kind === 'changed' && one.what === 'type');
  return isOther ? { path: one.at.source, stat: one.source, occupied: true } : undefined;
}
