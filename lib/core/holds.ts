import { ancestorIn, isInside, parentOf, type Path } from './entry.ts';
import type { Hold, RemoveOperation, StandingHold } from './operation.ts';
import type { MaxDelete } from './options.ts';

/** What the decision on an episode's deletions is made from. */
export interface DeletionFacts {
  /** The source's listing is complete and empty. */
  readonly sourceEmpty: boolean;
  /** Entries recorded before the pass; 0 without a record. */
  readonly recorded: number;
  /** Entries that the replica has, as far as this pass knows. */
  readonly replicaEntries: number;
  /** A full pass of this pair once saw all and held nothing, or was approved. */
  readonly proven: boolean;
  readonly full: boolean;
  readonly maxDelete: MaxDelete | undefined;
  /** Entries already deleted in this episode, by earlier passes. */
  readonly deletedBefore: number;
  /** The hold that stands from earlier passes. */
  readonly held: StandingHold | undefined;
  /** Entries recorded where the pass could not look: they may have to go as well. */
  readonly unseen: number;
  /** The paths whose deletion a person approved; `all` for --approve-deletes. */
  readonly approved: 'all' | readonly Path[];
}

/**
 * An episode of deletions is over when nothing vanished for this long: they are counted together,
 * and those that wait for its end are looked at again then.
 */
export const EPISODE_MS = 1000;

/** From this many entries on a first contact may be a mistake: swapped arguments, a home folder. */
const FIRST_CONTACT_ENTRIES = 10;

/**
 * Whether the deletions of an episode are held: all of them that nobody approved, and only they.
 * Undefined: they may be carried out. Litter of ours is never counted nor held.
 */
export function decideHold(
  removals: readonly RemoveOperation[], facts: DeletionFacts,
): Hold | undefined {
  const pending = removals.filter((one) => isPending(one, facts.approved));
  const entries = entriesOf(pending);
  if (entries === 0) return undefined;

  const paths = pending.map((one) => one.proof);
  const standing = standingHold(entries, facts);
  if (standing !== undefined) return { ...standing, entries, paths };
  if (facts.sourceEmpty) {
    return { reason: 'source-emptied', entries, of: facts.replicaEntries, limit: 0, paths };
  }
  if (facts.full && !facts.proven && facts.replicaEntries >= FIRST_CONTACT_ENTRIES
    && entries * 2 > facts.replicaEntries) {
    const limit = Math.floor(facts.replicaEntries / 2);
    return { reason: 'first-contact', entries, of: facts.replicaEntries, limit, paths };
  }
  const of = facts.recorded > 0 ? facts.recorded : facts.replicaEntries;
  const limit = limitOf(facts.maxDelete, of);
  return entries + facts.deletedBefore > limit
    ? { reason: 'max-delete', entries, of, limit, paths } : undefined;
}

/**
 * A hold stands for as long as most of what it was measured against would still go, or more than
 * the limit then, with what its episode had deleted: else what is copied meanwhile, one new file,
 * or a second that passes would lift it. What could not be looked at now is no sign that it came
 * back.
 */
function standingHold(
  entries: number, { held, full, maxDelete, deletedBefore, unseen }: DeletionFacts,
): Pick<Hold, 'reason' | 'of' | 'limit'> | undefined {
  if (!full || held === undefined) return undefined;
  const { reason, of, deleted = 0 } = held;
  const [limit, before] = reason === 'max-delete'
    ? [limitOf(maxDelete, of), Math.max(deletedBefore, deleted)] : [Math.floor(of / 2), 0];
  return entries + before + unseen > limit ? { reason, of, limit } : undefined;
}

/** The most entries an episode may delete; Infinity unless asked. */
export function limitOf(maxDelete: MaxDelete | undefined, of: number): number {
  if (maxDelete === undefined) return Infinity;
  return 'entries' in maxDelete ? maxDelete.entries : Math.floor(of * maxDelete.percent / 100);
}

/**
 * What is told of a hold: what it was measured against is fewer than what waits by now, where more
 * was copied and vanished since.
 */
export const heldNews = (hold: Hold): Hold & { readonly kind: 'held' } =>
  ({ kind: 'held', ...hold, of: Math.max(hold.of, hold.entries) });

/** Whether a removal counts as a deletion: not our litter, not a file replaced by a folder. */
export const isCounted = (removal: RemoveOperation): boolean =>
  removal.because !== 'litter'
  && (removal.because !== 'replaced' || removal.type === 'folder');

/** Whether a removal counts, and nobody approved it. */
export const isPending = (one: RemoveOperation, approved: DeletionFacts['approved']): boolean =>
  isCounted(one) && !isApproved(one.proof, approved);

/** How many entries go with some removals. */
export const entriesOf = (removals: readonly RemoveOperation[]): number =>
  removals.reduce((sum, one) => sum + one.entries, 0);

/** Approved are the paths of the list last reported, and what is below them. */
const isApproved = (path: Path, approved: 'all' | readonly Path[]): boolean =>
  approved === 'all' || approved.some((one) => one === path || isInside(path, one));

/**
 * Which removals a hold is about: those of its paths, and of what is below or around one of them,
 * be it told under another path by now.
 */
export function heldBy({ paths }: Hold): (proof: Path) => boolean {
  const held = new Set(paths);
  const around = new Set<Path>();
  for (const path of paths) {
    for (let at = parentOf(path); at !== '' && !around.has(at); at = parentOf(at)) around.add(at);
  }
  return (proof) => held.has(proof) || around.has(proof) || ancestorIn(proof, held) !== undefined;
}
