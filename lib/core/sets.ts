import type { Difference } from './difference.ts';
import { byPath, depthOf, parentOf, type Path } from './entry.ts';
import type { Operation, RemoveOperation } from './operation.ts';
import type { Move } from './renames.ts';

/**
 * The last operations of a plan: metadata that differs, and the times of every folder that the
 * operations before will have touched; deepest first, because nothing may be touched after.
 */
export function planSets(
  differences: readonly Difference[], moves: readonly Move[], body: readonly Operation[],
  now: (path: Path) => Path,
): Operation[] {
  const sets = new Map<Path, SetOperation>();
  const touch = (path: Path): void => {
    const known = sets.get(path);
    // A folder whose entries changed has other times: that is no news of its own.
    if (known === undefined || onlyTimesDiffer(known)) {
      sets.set(path, { kind: 'set', path, type: 'folder', touched: true });
    }
  };
  for (const one of differences) {
    if (one.kind !== 'changed' || one.what !== 'meta') continue;
    const { source, replica } = one;
    const path = one.at.source;
    sets.set(path, { kind: 'set', path, type: source.type, touched: false,
      seen: { source, replica, read: true } });
  }
  for (const { gone, wanted, read } of moves.filter(isSetLast)) {
    const { path, stat: source } = wanted;
    const seen = { source, replica: gone.stat, read };
    if (sets.has(path)) continue;
    sets.set(path, { kind: 'set', path, type: source.type, touched: true, seen });
  }
  for (const one of body) {
    if (one.kind === 'mkdir') touch(one.path);
    for (const path of touchedBy(one, now)) touch(path);
  }

  // Whose content is copied gets all else with it, be it of what came since.
  const copied = new Set(body.flatMap((one) => (one.kind === 'copy' ? [one.path] : [])));
  const removed = new Set(body.flatMap((one) =>
    (one.kind === 'remove' && !isMakingRoom(one) ? [one.path] : [])));
  return [...sets.values()]
    .filter((one) => !copied.has(one.path) && !isRemoved(one.path, removed))
    .sort((a, b) => depthOf(b.path) - depthOf(a.path) || byPath(a.path, b.path));
}

/**
 * Whether what moves is set last of all, not with its rename: what follows touches the times of a
 * folder, and of a file with several names some may have to be copied first.
 */
export const isSetLast = ({ gone: { stat } }: Move): boolean =>
  stat.type === 'folder' || stat.nlink > 1;

/** The folders, under their final names, whose entries an operation changes. */
function touchedBy(one: Operation, now: (path: Path) => Path): readonly Path[] {
  switch (one.kind) {
    case 'park':
      return [one.type === 'folder' ? now(parentOf(one.path)) : parentOf(one.path),
        parentOf(one.temporary)];
    case 'rename':
      return [parentOf(one.path),
        one.from === one.was ? now(parentOf(one.was)) : parentOf(one.from)];
    case 'set':
      return [];
    default:
      return [parentOf(one.path)];
  }
}

function onlyTimesDiffer({ type, seen }: SetOperation): boolean {
  if (type !== 'folder' || seen === undefined) return false;
  const { source, replica } = seen;
  return source.mode === replica.mode && source.uid === replica.uid && source.gid === replica.gid;
}

type SetOperation = Extract<Operation, { kind: 'set' }>;

/** A file removed for the folder that takes its name: the path itself goes on. */
const isMakingRoom = (one: RemoveOperation): boolean =>
  one.because === 'replaced' && one.type !== 'folder';

/** Whether a path, or a folder above it, is removed. */
function isRemoved(path: Path, removed: ReadonlySet<Path>): boolean {
  if (removed.has(path)) return true;
  return path !== '' && removed.size > 0 && isRemoved(parentOf(path), removed);
}
