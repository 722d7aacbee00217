import { parentOf, samePath, type Path } from '../core/entry.ts';
import type { Difference, LinkedName } from '../core/difference.ts';
import type { TreeFolder, WalkedEntry } from '../disk/job.ts';
import type { Work } from '../mirror.ts';
import { batches, drain } from './drain.ts';
import { aroundOf } from './scope.ts';

/** What is inside a new folder, by folder, as far as it was walked to find renames in it. */
export type NewTree = Map<Path, readonly WalkedEntry[]>;

/** A folder inside a new one, not listed yet. */
export interface Unlisted extends TreeFolder {
  /** The tree that it is part of. */
  readonly tree: NewTree;
  /** Undefined for the top of a tree. */
  readonly ino: number | undefined;
}

/** New folders of the source, to be listed with `listLevel`. */
export function unlisted(work: Work, path: Path, tree: NewTree): Unlisted[] {
  const around = aroundOf(work, path);
  return around === undefined ? [] : [{ path, chain: around.chain, tree, ino: undefined }];
}

/** Lists folders into their trees; returns the folders in them, the next level. */
export async function listLevel(work: Work, level: readonly Unlisted[]): Promise<Unlisted[]> {
  const { mirror: { pool }, context } = work;
  const next: Unlisted[] = [];
  const queue = batches(level, 64, () => 0, 1);
  await drain(queue, pool.lanes * 2, (open) => open.splice(0, 1), async ([batch]) => {
    const folders = batch!.map(({ path, chain }) => ({ path, chain }));
    const listings = await pool.run({ kind: 'list', side: 'source', folders }, context);
    listings.forEach(({ entries, chain }, at) => {
      const { path, tree } = batch![at]!;
      tree.set(path, entries);
      for (const one of entries) {
        if (one.stat.type !== 'folder') continue;
        next.push({ path: one.path, chain, tree, ino: Number(one.stat.ino) });
      }
    });
  });
  return next;
}

/**
 * Opens up a new folder as far as a rename into it needs: the folders down to the target are made,
 * and what else is in them becomes differences of its own. Folders off that way stay whole.
 */
export function expandTowards(
  root: Path, tree: NewTree, target: Path, expanded: Set<Path>,
): { differences: Difference[]; linked: LinkedName[] } {
  const found: WalkedEntry[] = [];
  for (let at = parentOf(target); !expanded.has(at); at = parentOf(at)) {
    expanded.add(at);
    for (const one of tree.get(at) ?? []) found.push(one);
    if (at === root) break;
  }
  return {
    differences: found.map(({ path, stat }): Difference => (stat.type === 'special'
      ? { kind: 'special', at: samePath(path) }
      : { kind: 'new', at: samePath(path), source: stat })),
    linked: found.filter(({ stat }) => stat.type === 'file' && stat.nlink > 1)
      .map(({ path, stat }) =>
        ({ at: samePath(path), source: `${stat.dev}:${stat.ino}`, replica: undefined })),
  };
}
