import { withoutBlocked, type Unblocked } from '../core/blocked.ts';
import type { Difference, LinkedName } from '../core/difference.ts';
import type { Operation } from '../core/operation.ts';
import { samePath, type Path } from '../core/entry.ts';
import { planLinks, type LinkPlan } from '../core/links.ts';
import { plan } from '../core/plan.ts';
import type { Move } from '../core/renames.ts';
import { addChanges, changeAt } from '../core/scope.ts';
import { temporaryName } from '../disk/bytes.ts';
import type { Work } from '../mirror.ts';
import type { Candidates } from './candidates.ts';
import { hasSeenAll, judgeDeletions, type Deletions } from './deletions.ts';
import { addProblem, tellSpecial } from './tell.ts';

/** What a pass is to do, and what it is not to delete for now. */
export interface Plan {
  readonly operations: readonly Operation[];
  readonly deletions: Deletions;
}

/** Everything found out becomes the plan; what could not be looked at becomes problems. */
export async function makePlan(work: Work, candidates: Candidates): Promise<Plan> {
  const { expanded, moves, found: { linked } } = candidates;
  const differences = candidates.found.differences.filter((one) => !isLeftAlone(work, one));
  for (const one of differences) {
    if (one.kind === 'special') tellSpecial(work, one.at.source);
    if (one.kind !== 'unknown') continue;
    work.tally.unknown += 1;
    const action = one.side === 'source' ? 'read' : 'read-replica';
    addProblem(work, { path: one.at.source, code: one.code, action });
  }

  const deletions = await judgeDeletions(work, candidates, { differences, moves });
  await rememberHold(work, deletions);
  const open = withoutBlocked(differences, moves, deletions.kept);
  const links = linksOf(open, linked);
  const { entries, parts } = deletions;
  const operations = plan({ ...open, expanded, links, entries, parts, temporary: temporaryName });
  return { operations, deletions: withLeft(deletions, open, linked) };
}

/**
 * Before anything is copied: killed then, the next pass is to judge by what there was. Only a full
 * pass that saw all lifts a hold. An incremental one makes none while one stands: by its measure
 * that might fall.
 */
async function rememberHold(work: Work, { hold }: Deletions): Promise<void> {
  const { record, options, memory } = work.mirror;
  const isNews = hold !== undefined || hasSeenAll(work);
  if (options.dryRun || !isNews) return;
  const deleted = Math.max(memory.episode.deleted, record.meta.held?.deleted ?? 0);
  await record.setMeta({ held: hold && { reason: hold.reason, of: hold.of, deleted } });
}

/** What waits with deletions is looked at again with them: nothing else will tell of it. */
function withLeft(
  deletions: Deletions, { left, waits }: Unblocked, linked: readonly LinkedName[],
): Deletions {
  if (deletions.waiting === undefined) return deletions;
  const names = linked.flatMap(({ at }) => (waits(at.source) ? [at.source] : []));
  const changes = [...left, ...names].map(changeAt);
  return { ...deletions, waiting: addChanges(deletions.waiting, changes) };
}

function linksOf(
  { differences, moves, waits }: Unblocked, linked: readonly LinkedName[],
): LinkPlan {
  const isWritten = (one: Difference): boolean =>
    one.kind === 'new' || (one.kind === 'changed' && one.what !== 'meta');
  const written = new Set(differences.filter(isWritten).map((one) => one.at.source));
  const placed = new Map<Path, string>(moves.flatMap(({ gone: { stat }, wanted }) =>
    (stat.type === 'file' ? [[wanted.path, `${stat.dev}:${stat.ino}`]] : [])));
  const names = [...linked, ...placedNames(moves)].filter((one) => !waits(one.at.source));
  return planLinks(names, written, placed);
}

/** Where renames bring files that have other names in the replica, the source perhaps none. */
const placedNames = (moves: readonly Move[]): LinkedName[] => moves.flatMap(({ gone, wanted }) => {
  const { type, nlink } = gone.stat;
  if (type !== 'file' || nlink < 2) return [];
  const source = `${wanted.stat.dev}:${wanted.stat.ino}`;
  return [{ at: samePath(wanted.path), source, replica: undefined }];
});

/** A file that never rested is not copied again before ten times its copy's time. */
function isLeftAlone(work: Work, one: { kind: string; at: { source: Path } }): boolean {
  const { unstable } = work.mirror.memory;
  const untilMs = unstable.get(one.at.source);
  if (untilMs === undefined) return false;
  if (one.kind === 'changed' && untilMs > performance.now()) return true;
  unstable.delete(one.at.source);
  return false;
}
