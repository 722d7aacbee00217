import { parentOf, type Path } from './entry.ts';
import type { Operation } from './operation.ts';

/** Where a plan is at work: what another pass must keep away from meanwhile. */
export interface Places {
  /** Whether an operation is done at this path, or below it. */
  isTouched(path: Path): boolean;
  /** Whether a folder is, or lies in, one that changes its place or goes away. */
  isMoved(folder: Path): boolean;
}

/** The places of a plan. */
export function placesOf(plan: readonly Operation[]): Places {
  const touched = new Set<Path>();
  const moved = new Set<Path>();
  const touch = (path: Path): void => {
    for (let at = path; !touched.has(at); at = parentOf(at)) touched.add(at);
  };
  for (const one of plan) {
    if (one.kind === 'set') continue;
    touch(one.path);
    if (one.kind === 'remove' || one.kind === 'park') moved.add(one.path);
    if (one.kind !== 'rename') continue;
    for (const path of [one.from, one.was]) touch(path);
    for (const path of [one.from, one.was, one.path]) moved.add(path);
  }
  const isIn = (folders: ReadonlySet<Path>, path: Path): boolean => {
    for (let at = path; at !== ''; at = parentOf(at)) if (folders.has(at)) return true;
    return false;
  };
  return {
    isTouched: (path) => touched.has(path),
    isMoved: (folder) => isIn(moved, folder),
  };
}
