import { placesOf, type Difference } from '../core/difference.ts';
import type { Path } from '../core/entry.ts';
import type { RemoveOperation } from '../core/operation.ts';
import type { Move } from '../core/renames.ts';
import type { Counted, CountedFolder } from '../disk/job.ts';
import type { Work } from '../mirror.ts';
import type { Candidates } from './candidates.ts';
import { aroundOf, protectedBy } from './scope.ts';
import { addProblem } from './tell.ts';

/** Folders that only the replica has, of which nothing may go: they hold what is ignored. */
export async function stayingFolders(
  work: Work, differences: readonly Difference[],
): Promise<ReadonlySet<Path>> {
  const folders = differences.flatMap((one): CountedFolder[] => {
    if (one.kind !== 'vanished' && one.kind !== 'extraneous') return [];
    if (one.replica.type !== 'folder' || one.as !== undefined) return [];
    const { replica: path, source: proof } = one.at;
    return [{ path, proof, chain: protectedBy(work, proof), leaving: new Set() }];
  });
  const counts = await work.mirror.pool.run({ kind: 'count', folders }, work.context);
  return new Set(folders.flatMap(({ proof }, at) => (counts[at]!.entries === 0 ? [proof] : [])));
}

/**
 * Without renames of folders that hold what is ignored by their old name, and not by the new one:
 * it stays where it is, and all else that is in them moves by itself.
 */
export async function withoutExposed(work: Work, moves: readonly Move[]): Promise<readonly Move[]> {
  if (work.context.deleteIgnored) return moves;
  const exposing = new Set<Move>();
  const asked = moves.flatMap((move) => {
    const { gone: { source, replica, reused }, wanted: { path } } = move;
    const [chain, around] = [protectedBy(work, source), aroundOf(work, path)];
    // What took its place may have rules of its own.
    const isFree = (chain.length === 0 && !reused) || around === undefined;
    return isFree ? [] : [{ move, folder:
      { path: replica, from: { path: source, chain }, to: { path, chain: around.chain } } }];
  });
  if (asked.length === 0) return moves;
  const folders = asked.map((one) => one.folder);
  const found = await work.mirror.pool.run({ kind: 'expose', folders }, work.context);
  asked.forEach(({ move }, at) => { if (found[at] === true) exposing.add(move); });
  return moves.filter((one) => !exposing.has(one));
}

/**
 * Without renames into the place of a folder that cannot make room: what is to come there is
 * brought together with what stays, entry by entry. One that moves away itself is in nobody's way.
 */
export async function withoutStuck(
  work: Work, candidates: Candidates, moves: readonly Move[],
): Promise<readonly Move[]> {
  const { mirror: { pool }, context } = work;
  const folders = inTheWay(work, candidates, moves);
  if (folders.length === 0) return moves;
  const mounted = folders.filter(({ path }) => candidates.holdsMount(path));
  const counts = await pool.run({ kind: 'count', folders }, context);
  const holding = folders.filter((_, at) => counts[at]!.ignored > 0);
  const stuck = new Set([...mounted, ...holding].map(({ proof }) => proof));
  return stuck.size === 0 ? moves
    // What was to move there stays as well, and may be in the way of another.
    : withoutStuck(work, candidates, moves.filter(({ wanted }) => !stuck.has(wanted.path)));
}

/** Folders of the replica in whose places others would come. */
function inTheWay(
  work: Work, candidates: Candidates, moves: readonly Move[],
): readonly CountedFolder[] {
  const taken = new Set(moves.filter(({ wanted }) => wanted.occupied)
    .map(({ wanted }) => wanted.path));
  if (taken.size === 0) return [];
  const leaving = new Set(moves.map(({ gone }) => gone.replica));
  return candidates.found.differences.flatMap((one): CountedFolder[] => {
    const { replica: path, source: proof } = one.at;
    if (one.kind !== 'swapped' || !taken.has(proof)) return [];
    return leaving.has(path) || candidates.hasLeft(path) ? []
      : [{ path, proof, chain: protectedBy(work, proof), leaving: new Set() }];
  });
}

/**
 * Folders of the replica that must make room and hold a mount, or something ignored or our own,
 * which nobody said may go: they stay, with what would take their place left undone and told.
 */
export function tellStuck(
  work: Work, candidates: Candidates, removals: readonly RemoveOperation[],
  counts: ReadonlyMap<Path, Counted>,
): ReadonlySet<Path> {
  const stuck = new Set<Path>();
  const places = placesOf(candidates.found.differences);
  for (const { because, type, path, proof } of removals) {
    if ((because !== 'replaced' && !places.has(path)) || type !== 'folder') continue;
    const isMounted = candidates.holdsMount(path);
    if (!isMounted && (counts.get(path)?.ignored ?? 0) === 0) continue;
    const code = isMounted ? 'mount' : 'ignored-inside';
    addProblem(work, { path: proof, code, action: 'replace' });
    stuck.add(path);
  }
  return stuck;
}
