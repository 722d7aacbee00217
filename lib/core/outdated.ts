import { ancestorIn, type Path, type Triple } from './entry.ts';

/**
 * What was found, without that in folders that prove to have moved: found under their old paths
 * before, it is out of date. Their own scan finds what there is, under three paths. `left` are the
 * replica paths of all moved folders: what is in one of them inside a folder in hand is its own.
 *
 *     d is found to be e now: without what was found of d/a, with d itself
 */
export function withoutOutdated<T extends { readonly at: Triple }>(
  found: readonly T[], moved: ReadonlySet<Path>, left: { has(path: Path): boolean },
): T[] {
  return found.filter(({ at }) => {
    const folder = ancestorIn(at.replica, left);
    return folder === undefined || !moved.has(folder);
  });
}
