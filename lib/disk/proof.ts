import { parentOf, type Path, type Stat } from '../core/entry.ts';
import type { RemoveOperation } from '../core/operation.ts';
import { codeOf, isAbsent } from './bytes.ts';
import type { JobContext } from './job.ts';
import type { Pinned } from './pinned.ts';
import { lstat, lstatAt } from './stat.ts';

/**
 * Whether both roots are still the folders that this pass began with (I4). Their paths are real: a
 * link in the place of one is none, be it to that very folder. The next pass finds them anew.
 * Throws where that cannot be told.
 */
export function rootsStand(context: JobContext): boolean {
  const { source, replica, sourceId, replicaId } = context;
  return isStill(source, sourceId) && isStill(replica, replicaId);
}

function isStill(root: Path, id: string): boolean {
  const { dev, ino } = lstat(root) ?? {};
  return `${dev}:${ino}` === id;
}

/**
 * Whether the source, asked once more, still has it so that an entry of the replica is to go (I4):
 * `below` is where that is now, and `proof` where it was. Throws where the source cannot say.
 */
export function isProven(
  operation: RemoveOperation, below: Path, proof: Path, source: Pinned,
): boolean {
  switch (operation.because) {
    case 'ignored':
      return true;
    case 'replaced':
      source.renew(parentOf(operation.proof));
      return isAsSeen(sourceOf(source, operation.proof), operation.instead);
    default:
      // Its folder may have been renamed: nor may the source have it where it is now.
      return isGone(source, proof) && (below === proof || isGone(source, below));
  }
}

/** What the plan saw, or another file in its place: a folder is no other than itself. */
const isAsSeen = (now: Stat | undefined, seen: Stat | undefined): boolean =>
  now !== undefined && now.type === seen?.type
    && (now.type !== 'folder' || (now.ino === seen.ino && now.birthNs === seen.birthNs));

/**
 * Only ENOENT proves absence; any other error leaves it unknown, and is thrown. A pinned folder may
 * have another name by now: what has this name is asked.
 */
export function isGone(source: Pinned, path: Path): boolean {
  source.renew(parentOf(path));
  return source.lacks(path) || sourceOf(source, path) === undefined;
}

/** The source of a path; undefined where it is gone, be it with the folder it was in. */
export function sourceOf(source: Pinned, path: Path): Stat | undefined {
  try {
    return lstatAt(source.entry(path));
  } catch (error) {
    if (isAbsent(codeOf(error))) return undefined;
    throw error;
  }
}
