import { fromText } from './core/entry.ts';
import type { Path } from './core/entry.ts';
import { overlap, realOf } from './disk/overlap.ts';
import { absolute } from './disk/roots.ts';

/** Two folders that are to be kept equal, as they were given, and what they are called. */
export interface NamedPair {
  readonly name: string;
  readonly options: { readonly source: string; readonly replica: string };
}

/**
 * Why these pairs cannot run beside one another: nobody but its own pair may write in a replica,
 * nor any pair in a source, else pairs would mirror what others are at work on, or undo it.
 * Undefined where nothing speaks against it. What is missing yet is judged by its path.
 */
export function clashOf(
  pairs: readonly NamedPair[],
): { readonly code: 'overlap'; readonly text: string } | undefined {
  const folders = pairs.flatMap(({ name, options }) => SIDES.map((side) =>
    ({ name, side, at: realOf(absolute(fromText(options[side]))) })));
  const replicas = folders.filter(({ side }) => side === 'replica');
  for (const replica of replicas) {
    for (const other of folders) {
      if (other === replica) continue;
      const found = overlap(other.at, replica.at, [nameOf(other), nameOf(replica)]);
      if (found === undefined) continue;
      return { code: 'overlap', text: `${found}: choose folders that do not overlap` };
    }
  }
  return undefined;
}

const SIDES = ['source', 'replica'] as const;

const nameOf = (
  { name, side, at }: { readonly name: string; readonly side: string; readonly at: Path },
): string => `${side} of "${fromText(name)}" (${at})`;
