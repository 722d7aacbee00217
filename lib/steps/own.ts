import { fromText, type Path } from '../core/entry.ts';
import type { SyncEvent } from '../core/event.ts';
import type { Options } from '../core/options.ts';
import type { JobContext } from '../disk/job.ts';
import { isBelow, relative } from '../disk/mounts.ts';
import { realOf } from '../disk/overlap.ts';
import { absolute } from '../disk/absolute.ts';
import type { Mirror } from '../mirror.ts';
import { trashesKnown, trashFolder } from './trash.ts';

/**
 * What is neither mirrored nor removed, as paths below the root that holds it: our state folder,
 * all trashes, and in the replica our log.
 */
export function ownPaths(mirror: Mirror, source: Path, replica: Path): readonly Path[] {
  const { stateFolder, options } = mirror;
  const roots = [source, replica];
  const own = [realOf(stateFolder), trashFolder(options)].filter((one) => one !== undefined);
  const inside = own.flatMap((folder) => roots.filter((root) => isBelow(folder, root))
    .map((root) => relative(folder, root)));
  return [...new Set(
    [...inside, ...trashesKnown(mirror, replica), ...logsIn(options, replica)])];
}

/**
 * Tells of them, and of a log in the source: that is mirrored, by full passes only, and the next
 * line makes it different again.
 */
export function tellOwn(
  { options }: Mirror, { own, source }: JobContext, tell: (event: SyncEvent) => void,
): void {
  const text = 'not mirrored, nor removed: fsync keeps its own things there';
  for (const path of own) tell({ kind: 'notice', level: 'info', code: 'own-state', path, text });
  for (const path of logsIn(options, source)) {
    tell({ kind: 'notice', level: 'warn', code: 'log-in-source', path, text: LOG_IN_SOURCE });
  }
}

const LOG_IN_SOURCE = 'the log is written in the source, which is only read but for that, and '
  + 'never stays equal to its copy: choose a place outside for it';

/** Our logs in a root, as paths below it: those whose path is known. */
function logsIn({ outputs }: Options, root: Path): readonly Path[] {
  const logs = outputs().flatMap(({ path }) => (path === undefined ? [] : [path]));
  return logs.map((path) => realOf(absolute(fromText(path))))
    .filter((path) => isBelow(path, root)).map((path) => relative(path, root));
}
