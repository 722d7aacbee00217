import { ancestorIn, depthOf, parentOf, type Path } from './entry.ts';
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

/** What is under a temporary name: where it was, and of a folder where it was to go. */
export interface PutAside {
  readonly temporary: Path;
  readonly from: Path;
  readonly to?: Path;
}

/** The folders that a plan puts aside, in its order; where they are asked for the files, too. */
export function putAsides(
  operations: readonly Operation[], withFiles: boolean,
): readonly PutAside[] {
  const targets = new Map(operations.flatMap((one): [Path, Path][] =>
    (one.kind === 'rename' && one.type === 'folder' ? [[one.from, one.path]] : [])));
  return operations.flatMap((one): PutAside[] => {
    if (one.kind !== 'park' || (one.type !== 'folder' && !withFiles)) return [];
    const to = targets.get(one.temporary);
    return [{ temporary: one.temporary, from: one.path, ...(to === undefined ? {} : { to }) }];
  });
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
  const touches = touching(moves, blockers);
  for (const move of moves) {
    const was = move.gone.replica;
    const path = move.wanted.path;
    finals.set(was, path);
    let from = was;
    if (touches(move)) {
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

/**
 * Whether a move meets something else: its place is needed, its target taken, or one of the two is
 * the same as, inside of or around one of another move. Told from sets of all paths and of all
 * folders above them, lest many moves are compared each with each.
 */
function touching(moves: readonly Move[], blockers: readonly Path[]): (move: Move) => boolean {
  const around = new Set(blockers);
  const paths = new Map<Path, Move | undefined>();
  const above = new Map<Path, Move | undefined>();
  /** A path of several moves belongs to none. */
  const claim = (of: Map<Path, Move | undefined>, path: Path, move: Move): void =>
    void of.set(path, of.has(path) && of.get(path) !== move ? undefined : move);
  for (const move of moves) {
    for (const path of pathsOf(move)) {
      claim(paths, path, move);
      for (let at = parentOf(path); at !== ''; at = parentOf(at)) claim(above, at, move);
    }
  }
  return (move) => {
    const isOther = (of: Map<Path, Move | undefined>, path: Path): boolean =>
      of.has(path) && of.get(path) !== move;
    if (move.gone.reused || move.wanted.occupied) return true;
    if (ancestorIn(move.gone.replica, around) !== undefined) return true;
    return pathsOf(move).some((path) => {
      if (isOther(paths, path) || isOther(above, path)) return true;
      for (let at = parentOf(path); at !== ''; at = parentOf(at)) {
        if (isOther(paths, at)) return true;
      }
      return false;
    });
  };
}

const pathsOf = ({ gone, wanted }: Move): readonly Path[] => [gone.replica, wanted.path];

/** The innermost moved folder above a path decides; each was moved on its own. */
function finalPath(path: Path, finals: ReadonlyMap<Path, Path>): Path {
  if (finals.size === 0) return path;
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
    const to = finals.get(path.slice(0, end));
    if (to !== undefined) return to + path.slice(end);
  }
  return path;
}
