/**
 * The candidate a person most likely meant, or undefined when none is near: the only one that
 * begins with the word, else the one fewest edits away, at most two and fewer than half its
 * letters. Case and dashes do not count, so that `--maxDelete` finds `--max-delete`.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = bare(word);
  // A single letter is near to everything, and may be a folder's name.
  if (wanted.length < 2 || wanted.length > 40) return undefined;

  const begun = candidates.filter((candidate) => bare(candidate).startsWith(wanted));
  if (begun.length === 1) return begun[0];

  const [best] = candidates
    .map((candidate) => ({ candidate, edits: editsBetween(wanted, bare(candidate)) }))
    .filter(({ candidate, edits }) => edits <= 2 && edits * 2 < bare(candidate).length)
    .toSorted((a, b) => a.edits - b.edits);
  return best?.candidate;
}

const bare = (word: string): string => word.toLowerCase().replaceAll('-', '');

/** Letters to insert, delete, replace or swap with their neighbour to turn one into the other. */
function editsBetween(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);

  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[j - 2] ?? 0) + 1 : Infinity,
      );
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
