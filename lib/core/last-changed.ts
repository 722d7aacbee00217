import { byPath, parentOf, type Path } from './entry.ts';

/** A folder, and when an entry last came to it or went. */
export interface ChangedFolder {
  readonly path: Path;
  readonly changedMs: number;
}

/**
 * The folders that changed last, at most so many, each with all folders above it: what becomes of a
 * folder is told by the one above.
 *
 *     lastChanged([at '' 1, at 'a' 2, at 'a/b' 9, at 'c' 5], 3)   // '', 'a', 'a/b'
 *     lastChanged([at '' 1, at 'a' 2, at 'a/b' 9, at 'c' 5], 2)   // '', 'c': 'a/b' needs three
 */
export function lastChanged(folders: readonly ChangedFolder[], most: number): Set<Path> {
  const chosen = new Set<Path>();
  for (const { path } of newestFirst(folders)) {
    if (chosen.size >= most) break;
    const lacking = upTo(path, chosen);
    if (chosen.size + lacking.length <= most) for (const one of lacking) chosen.add(one);
  }
  return chosen;
}

/** The same folders, the one that changed last first. */
export const newestFirst = (folders: readonly ChangedFolder[]): ChangedFolder[] =>
  folders.toSorted((a, b) => b.changedMs - a.changedMs || byPath(a.path, b.path));

/** A folder and those above it, as far as they are not known. */
function upTo(path: Path, known: ReadonlySet<Path>): Path[] {
  const found: Path[] = [];
  for (let at = path; !known.has(at); at = parentOf(at)) {
    found.push(at);
    if (at === '') break;
  }
  return found;
}
