import { parentOf, samePath, type Path } from '../core/entry.ts';
import type { Difference, LinkedName } from '../core/difference.ts';
import type { TreeFolder, WalkedEntry } from '../disk/job.ts';
import type { Work } from '../mirror.ts';
import { aroundOf } from './scope.ts';

/** What is inside a new folder, by folder, walked to find renames in it. */
export type NewTree = ReadonlyMap<Path, readonly WalkedEntry[]>;

/** Lists a new folder of the source, everything below it. */
export async function walkNewTree(work: Work, path: Path): Promise<NewTree> {
  const around = aroundOf(work, path);
  if (around === undefined) return new Map();
  const byFolder = new Map<Path, WalkedEntry[]>();
  for (const one of await walkTree(work, 'source', { path, chain: around.chain })) {
    const folder = parentOf(one.path);
    const known = byFolder.get(folder);
    if (known === undefined) byFolder.set(folder, [one]);
    else known.push(one);
  }
  return byFolder;
}

/** Lists a folder of one side, everything below it that is not ignored. */
export async function walkTree(
  work: Work, side: 'source' | 'replica', folder: TreeFolder,
): Promise<readonly WalkedEntry[]> {
  const { mirror, context } = work;
  const walked = await mirror.pool.run({ kind: 'walk', side, folders: [folder] }, context);
  return walked.entries;
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
