import { fromText } from './core/entry.ts';
import type { Path } from './core/entry.ts';
import type { Options } from './core/options.ts';
import { isWithin } from './disk/mounts.ts';
import { overlap, realOf } from './disk/overlap.ts';
import { absolute } from './disk/absolute.ts';

/** Two folders that are to be kept equal, as they were given, and what they are called. */
export interface NamedPair {
  readonly name: string;
  readonly options: Pick<Options, 'source' | 'replica'> & Partial<Pick<Options, Kept>>;
}

/** Where a pair writes besides. */
type Kept = 'trash' | 'stateDir';

interface Clash {
  readonly code: 'overlap';
  readonly text: string;
}

/**
 * Why these pairs cannot run beside one another: nobody but its own pair may write in a replica,
 * nor any pair in a source, else pairs would mirror what others are at work on, or undo it.
 * Undefined where nothing speaks against it. What is missing yet is judged by its path.
 */
export function clashOf(pairs: readonly NamedPair[]): Clash | undefined {
  const folders = pairs.flatMap((pair) => placesOf(pair, ['source', 'replica']));
  const replicas = folders.filter(({ side }) => side === 'replica');
  for (const replica of replicas) {
    for (const other of folders) {
      if (other === replica) continue;
      const found = overlap(other.at, replica.at, [nameOf(other), nameOf(replica)]);
      if (found === undefined) continue;
      return { code: 'overlap', text: `${found}: choose folders that do not overlap` };
    }
  }
  return keptInside(pairs, folders);
}

/** What a pair keeps in another's folder would be mirrored there, or removed. */
function keptInside(
  pairs: readonly NamedPair[], folders: readonly PairFolder[],
): Clash | undefined {
  const kept = pairs.flatMap((pair) => placesOf(pair, ['trash', 'stateDir']));
  for (const one of kept) {
    const known = new Set(kept.filter(({ at }) => isWithin(one.at, at)).map(({ name }) => name));
    const other = folders.find(({ name, at }) => isWithin(one.at, at) && !known.has(name));
    if (other === undefined) continue;
    return { code: 'overlap', text: `the ${nameOf(one)} lies inside the ${nameOf(other)}: `
      + 'choose a folder elsewhere' };
  }
  return undefined;
}

/** A folder of a pair: what it is there, and its real path. */
interface PairFolder {
  readonly name: string;
  readonly side: 'source' | 'replica' | Kept;
  readonly at: Path;
}

const placesOf = (
  { name, options }: NamedPair, sides: readonly PairFolder['side'][],
): readonly PairFolder[] => sides.flatMap((side) => {
  const at = options[side];
  return at === undefined ? [] : [{ name, side, at: realOf(absolute(fromText(at))) }];
});

const nameOf = ({ name, side, at }: PairFolder): string =>
  `${WORDS[side]} of "${fromText(name)}" (${at})`;

const WORDS = { source: 'source', replica: 'replica', trash: 'trash', stateDir: 'state folder' };
