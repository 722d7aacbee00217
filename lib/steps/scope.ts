import {
  isTemporary, joinPath, nameOf, parentOf, samePath, type Path, type Stat,
} from '../core/entry.ts';
import { isIgnored, type Rules } from '../core/ignore.ts';
import { isSameFolder } from '../core/record-check.ts';
import { COLUMNS, findRow, INO, millisOf, type FolderRecord } from '../core/record.ts';
import { oneFolder, type Around, type Siblings } from '../core/scan-task.ts';
import { addChanges, type Change, type ChangedPaths } from '../core/scope.ts';
import { codeOf } from '../disk/bytes.ts';
import { withOwnRules } from '../disk/ignore-files.ts';
import { lists, lstat } from '../disk/stat.ts';
import type { Work } from '../mirror.ts';
import { addProblem } from './tell.ts';

/**
 * What an incremental pass looks at, from what changed. A folder that is gone, on either side, is
 * its parent's news; one that is unknown or another than recorded brings its whole tree; what is
 * ignored, or below something ignored, is nobody's business.
 */
export async function findScope(work: Work, changes: ChangedPaths): Promise<Siblings[]> {
  const standingChanges: Change[] = [];
  for (const [folder, what] of changes) {
    const found = await standing(work, folder, what);
    // A pass aside may remove nothing: a folder that it took as it is would never be looked into.
    const isWider = work.mirror.atWork && found.some((one) =>
      one.folder !== folder || 'whole' in one);
    if (!isWider) standingChanges.push(...found);
  }

  const visits: Siblings[] = [];
  for (const [folder, what] of addChanges(undefined, standingChanges)) {
    const around = aroundOf(work, folder);
    if (around === undefined) continue;
    const names = typeof what === 'string' ? undefined : [...what].sort();
    visits.push(oneFolder(samePath(folder), names, what === 'tree', around));
  }
  return visits;
}

type What = 'tree' | 'listing' | ReadonlySet<string>;

/** The same change, told of a folder that both sides have. */
async function standing(work: Work, folder: Path, what: What): Promise<Change[]> {
  const { record } = work.mirror;
  const source = look(work, 'source', folder);
  const replica = source && look(work, 'replica', folder);
  if (folder !== '' && (source?.type !== 'folder' || replica?.type !== 'folder')) {
    return standing(work, parentOf(folder), new Set([nameOf(folder)]));
  }
  const known = await record.get(folder, []);
  const isOwn = known === undefined ? await isListed(work, folder)
    : folder === '' || known.self[INO] === 0 || await isRecorded(work, folder, known, source!);
  if (!isOwn) return standing(work, parentOf(folder), new Set([nameOf(folder)]));
  if (known === undefined) return [{ folder, whole: 'tree' }];
  return typeof what === 'string'
    ? [{ folder, whole: what }] : [...what].map((name) => ({ folder, name }));
}

/**
 * Whether a folder is the recorded one. Its parent's row says so, by which the scan of the parent
 * goes; only where there is none, its own. Its own may be that of a folder which took its place
 * while its times were set: believed, one pass would look into it as the recorded one, and move it
 * away as another.
 */
async function isRecorded(
  work: Work, folder: Path, { self }: FolderRecord, now: Stat,
): Promise<boolean> {
  const name = nameOf(folder);
  const above = await work.mirror.record.get(parentOf(folder), [name]);
  const row = above === undefined ? -1 : findRow(above, name);
  const [rows, at] = row < 0 ? [self, 0] : [above!.rows, row * COLUMNS];
  return isSameFolder(rows, at, Number(now.ino), millisOf(now.birthNs));
}

/** Whether the replica has a folder by just that name: where case does not count, others answer. */
async function isListed(work: Work, folder: Path): Promise<boolean> {
  if (folder === '' || await work.mirror.record.get(folder, []) !== undefined) return true;
  const parent = parentOf(folder);
  return lists(joinPath(work.context.replica, parent), nameOf(folder)) && isListed(work, parent);
}

function look(work: Work, side: 'source' | 'replica', path: Path): Stat | undefined {
  try {
    return lstat(joinPath(work.context[side], path));
  } catch {
    // What cannot be looked at is told by the scan of its parent.
    return undefined;
  }
}

/**
 * What the scan of a folder needs to know of those above it; undefined where it is ignored, and
 * where its parent or an ignore file cannot be read: then nothing may be done there, and it is
 * told.
 */
export function aroundOf(work: Work, folder: Path): Around | undefined {
  const { source } = work.context;
  try {
    const parent = folder === '' ? undefined : lstat(joinPath(source, parentOf(folder)));
    const chain = inheritedRules(work, folder);
    return chain && { chain, parentDev: Number(parent?.dev ?? -1) };
  } catch (error) {
    work.tally.unknown += 1;
    addProblem(work, { path: folder, code: codeOf(error), action: 'list' });
    return undefined;
  }
}

/** The rules by which something in a folder of the replica stays: all, where they are unknown. */
export const protectedBy = (work: Work, folder: Path): readonly Rules[] =>
  (work.context.deleteIgnored ? [] : aroundOf(work, folder)?.chain ?? ALL);

const ALL: readonly Rules[] = [{ base: '', text: '*' }];

/** The rules that a folder inherits, from the root down; undefined: one of them ignores it. */
function inheritedRules(work: Work, folder: Path): readonly Rules[] | undefined {
  const { top, context: { source, gitignore, own }, rules } = work;
  if (folder === '') return top;
  const parent = parentOf(folder);
  if (!rules.has(parent)) {
    const above = inheritedRules(work, parent);
    rules.set(parent, above && withOwnRules(above, source, parent, gitignore, undefined));
  }
  const chain = rules.get(parent);
  if (chain === undefined || own.includes(folder)) return undefined;
  if (!isIgnored(chain, folder, true)) return chain;
  // What a kill left in the replica is removed, but for what is protected in it.
  const isLeft = isTemporary(nameOf(folder)) && lstat(joinPath(source, folder)) === undefined;
  return isLeft ? chain : undefined;
}
