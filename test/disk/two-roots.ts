import { mkdirSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isTemporary } from '../../lib/core/entry.ts';
import { openRoot, type Pinned } from '../../lib/disk/pinned.ts';
import { removeTree, tempFolder } from '../support/temp.ts';

/** A source and a replica in a fresh temporary folder, removed when the test is over. */
export interface TwoRoots {
  readonly base: string;
  /** Absolute paths. */
  readonly s: string;
  readonly d: string;
  readonly source: Pinned;
  readonly replica: Pinned;
}

/** A uvu test with two roots. */
export function withRoots(
  act: (roots: TwoRoots) => void,
  options: { readonly proc?: boolean; readonly limit?: number } = {},
): () => void {
  return () => {
    const base = tempFolder();
    const [s, d] = [join(base, 's'), join(base, 'd')];
    mkdirSync(s);
    mkdirSync(d);
    const [source, replica] = [openRoot(s, options), openRoot(d, options)];
    try {
      act({ base, s, d, source, replica });
    } finally {
      source.close();
      replica.close();
      removeTree(base);
    }
  };
}

/** Temporary names of ours in a folder: what no operation may leave behind. */
export const litterIn = (folder: string): string[] => readdirSync(folder).filter(isTemporary);

/** How many descriptors this process has open in the tests' folders: Node's own come and go. */
export const descriptors = (): number => readdirSync('/proc/self/fd').filter(isOurs).length;

function isOurs(descriptor: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`).includes('/fsync-test-');
  } catch {
    return false; // Closed since it was listed, as the listing's own is.
  }
}

/** The code an action throws, or 'nothing'. */
export function codeThrown(act: () => unknown): string {
  try {
    act();
    return 'nothing';
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error);
  }
}
