import type { Path } from './entry.ts';

/** One of the slices that all files are cut into by their paths, numbered from 0. */
export interface Slice {
  readonly number: number;
  readonly count: number;
}

/**
 * The slice of a full pass: one in a hundred for 1 %, the next in the next pass. `start`, from 0 up
 * to 1, is where a process begins: nothing of it is kept, since a pass with nothing to do writes
 * nothing.
 */
export function sliceOf(percent: number, start: number, pass: number): Slice {
  const count = Math.max(1, Math.ceil(100 / percent));
  return { number: (Math.floor(start * count) + pass) % count, count };
}

/** Whether a name in a folder is in a slice: each is in one, whatever else there is. */
export function inSlice(slice: Slice | undefined, folder: Path): (name: string) => boolean {
  if (slice === undefined) return () => false;
  const seed = hashed(FNV_BASIS, `${folder}/`);
  return (name) => (hashed(seed, name) >>> 0) % slice.count === slice.number;
}

const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a, which is quick and spreads names well. */
function hashed(seed: number, text: string): number {
  let hash = seed;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  }
  return hash;
}
