import type { Difference } from './difference.ts';
import { ancestorIn, joinPath, nameOf, parentOf, type Path } from './entry.ts';
import type { Move } from './renames.ts';

/** What can be done while some paths of the replica are kept. */
export interface Unblocked {
  readonly differences: readonly Difference[];
  readonly moves: readonly Move[];
  /** Whether a source path must wait: its place, or that of a folder above it, is not free. */
  readonly waits: (path: Path) => boolean;
  /** The source paths of all that was left out. */
  readonly left: readonly Path[];
}

/**
 * Leaves out what cannot be done while some removals are held. What is kept stays as it is, so that
 * nothing may come into its place or into what is there. A rename to such a place waits, and what
 * it would move keeps its own place in turn; and a folder whose content waits is not removed.
 *
 *     d is removed and e renamed to d; kept: d  →  neither happens, nor what changed inside e
 */
export function withoutBlocked(
  differences: readonly Difference[], moves: readonly Move[], kept: ReadonlySet<Path>,
): Unblocked {
  if (kept.size === 0) return { differences, moves, waits: () => false, left: [] };
  const moving = new Set(moves.map((one) => one.gone.replica));
  const removals = differences.filter((one) => isRemoval(one) && !moving.has(one.at.replica));
  const removalsAt = new Map<Path, Path[]>();
  for (const { at: { replica, source } } of removals) {
    removalsAt.set(replica, [...removalsAt.get(replica) ?? [], source]);
  }
  const held = removals.filter((one) => kept.has(one.at.replica));
  const over = differences.filter((one) => one.kind === 'new' && kept.has(one.over ?? ''));
  const blocked = new Set([...held, ...over].map((one) => one.at.source));
  const waits = (path: Path): boolean =>
    blocked.has(path) || ancestorIn(path, blocked) !== undefined;
  const finals = new Map(moves.map(({ gone, wanted }) => [gone.replica, wanted.path]));

  for (let before = -1; before < blocked.size;) {
    before = blocked.size;
    for (const { gone, wanted } of moves) {
      if (!waits(wanted.path)) continue;
      blocked.add(wanted.path);
      // A file whose path the source uses for something else may be written over all the same.
      if (gone.stat.type === 'folder' || !gone.reused) blocked.add(placeOf(gone.replica, finals));
      for (let at = parentOf(gone.replica); at !== ''; at = parentOf(at)) {
        for (const one of removalsAt.get(at) ?? []) blocked.add(one);
      }
    }
  }
  const left = differences.flatMap(({ at }) => (waits(at.source) ? [at.source] : []));
  return {
    differences: differences.filter((one) => !waits(one.at.source)),
    moves: moves.filter((one) => !waits(one.wanted.path)),
    waits, left: [...blocked, ...left],
  };
}

/** Whether a difference makes the plan remove something that was mirrored once. */
export const isRemoval = (one: Difference): boolean =>
  one.kind === 'vanished' || one.kind === 'extraneous' || isFolderInTheWay(one);

/** A folder of the replica where the source has something else. */
export const isFolderInTheWay = (one: Difference): boolean =>
  one.kind === 'changed' && one.what === 'type' && one.replica.type === 'folder';

/** The source path that an entry of the replica stands at, the folders above it moved. */
function placeOf(path: Path, finals: ReadonlyMap<Path, Path>): Path {
  const parent = parentOf(path);
  const above = finals.has(parent) ? parent : ancestorIn(parent, finals);
  return above === undefined ? path
    : joinPath(finals.get(above)! + parent.slice(above.length), nameOf(path));
}
