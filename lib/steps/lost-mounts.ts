import type { Difference } from '../core/difference.ts';
import { ancestorIn, type Path } from '../core/entry.ts';
import type { RemoveOperation } from '../core/operation.ts';
import { MOUNT } from '../core/record.ts';
import type { Work } from '../mirror.ts';
import type { Candidates } from './candidates.ts';
import { addProblem } from './tell.ts';

/**
 * Folders of the replica that would go with what was mounted in the source's: who pulls out a disk
 * often takes along the folder that it was shown in, and another one may have that name by now.
 * They stay until it is approved that the mount is gone, which is told. Only mounts of disks and
 * servers that have a name: any subvolume may look like another one, and is removed as a folder.
 */
export async function tellLostMounts(
  work: Work, candidates: Candidates, differences: readonly Difference[],
  removals: readonly RemoveOperation[],
): Promise<ReadonlySet<Path>> {
  const { mirror: { record }, context: { givenUp, wereMounts }, tally } = work;
  const staying = new Set<Path>();
  // Mostly there never was one, and the record need not be searched.
  if (wereMounts?.size === 0) return staying;
  const recorded = new Map(differences.map(({ at }) => [at.replica, at.record]));
  for (const { because, type, path, proof } of removals) {
    const top = recorded.get(path);
    if (type !== 'folder' || top === undefined || !MIRRORED.has(because)) continue;
    for await (const [at, { self }] of record.subtree(top)) {
      const below = at.slice(top.length);
      if (self[MOUNT]! <= UNNAMED || leaves(candidates, path, path + below)) continue;
      if (givenUp === 'all' || givenUp?.has(proof + below) === true) continue;
      addProblem(work, { path: proof + below, code: 'mount-gone', action: 'read' });
      tally.unknown += 1;
      staying.add(path);
    }
  }
  return staying;
}

const UNNAMED = 1;

const MIRRORED: ReadonlySet<RemoveOperation['because']> = new Set(['gone', 'replaced']);

/** Whether something in a folder moves out of it, by itself or with a folder around it. */
function leaves(candidates: Candidates, folder: Path, path: Path): boolean {
  const leaving = candidates.leaving(new Set([folder])).get(folder) ?? new Set<Path>();
  return leaving.has(path) || ancestorIn(path, leaving) !== undefined;
}
