import { depthOf, isInside, type Path } from './entry.ts';
import type { Operation } from './operation.ts';
import type { Move } from './renames.ts';

/** Folder renames as operations, and where every path of the replica is after them. */
export interface PlannedMoves {
  /** Deepest first: put folders aside whose place or whose target is needed by another. */
  readonly parks: readonly Operation[];
  readonly renames: readonly Operation[];
  /** The path that something at this path has once the folder renames are done. */
  readonly now: (path: Path) => Path;
}

/**
 * Renames folders into place. A move that meets nothing else is one rename; moves that touch each
 * other (swaps, cycles, a child that becomes its parent's parent) are all parked under temporary
 * names first, deepest first, so that none can pull another's path from under it.
 *
 * `blockers` are folders where the source has something else: parked too, and removed at the end.
 */
export function planMoves(
  moves: readonly Move[], blockers: readonly Path[], temporary: () => string,
): PlannedMoves {
  const parked: { from: Path; temporary: Path }[] = [];
  const finals = new Map<Path, Path>();
  const renames: Operation[] = [];
  for (const path of blockers) {
    const name = temporary();
    parked.push({ from: path, temporary: name });
    finals.set(path, name);
  }
  for (const move of moves) {
    const was = move.gone.replica;
    const path = move.wanted.path;
    finals.set(was, path);
    let from = was;
    if (!isDirect(move, moves, blockers)) {
      from = temporary();
      parked.push({ from: was, temporary: from });
    }
    renames.push({ kind: 'rename', from, path, type: 'folder', was, stat: move.gone.stat });
  }
  parked.sort((a, b) => depthOf(b.from) - depthOf(a.from));
  const parks = parked.map(({ from, temporary: name }): Operation =>
    ({ kind: 'park', path: from, temporary: name, type: 'folder' }));
  return { parks, renames, now: (path) => finalPath(path, finals) };
}

function isDirect(move: Move, moves: readonly Move[], blockers: readonly Path[]): boolean {
  if (move.gone.reused || move.wanted.occupied) return false;
  if (blockers.some((path) => isInside(move.gone.replica, path))) return false;
  const own = [move.gone.replica, move.wanted.path];
  return moves.every((other) => other === move
    || [other.gone.replica, other.wanted.path].every((theirs) =>
      own.every((mine) => mine !== theirs && !isInside(mine, theirs) && !isInside(theirs, mine))));
}

/** The innermost moved folder above a path decides; each was moved on its own. */
function finalPath(path: Path, finals: ReadonlyMap<Path, Path>): Path {
  if (finals.size === 0) return path;
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
    const to = finals.get(path.slice(0, end));
    if (to !== undefined) return to + path.slice(end);
  }
  return path;
}
