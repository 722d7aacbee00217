import { mkdirSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fromText, type EntryType, type Path } from '../core/entry.ts';
import type { Options } from '../core/options.ts';
import { reasonOf } from '../core/reasons.ts';
import { codeOf, fsPath } from '../disk/bytes.ts';
import { syncFolderAt } from '../disk/durable.ts';
import type { JobContext } from '../disk/job.ts';
import { isBelow, isWithin, joinBelow, relative } from '../disk/mounts.ts';
import { realOf } from '../disk/overlap.ts';
import { absolute } from '../disk/absolute.ts';
import { lstat } from '../disk/stat.ts';
import type { Mirror, Refusal, Work } from '../mirror.ts';

/** Where the trash is, by real path, be it made already or not. */
export const trashFolder = ({ trash }: Options): Path | undefined =>
  (trash === undefined ? undefined : realOf(absolute(fromText(trash))));

/** Why the trash that was asked for cannot be used: known before anything is made or written. */
export function refuseTrash(options: Options, source: Path, replica: Path): Refusal | undefined {
  const root = trashFolder(options);
  if (root === undefined) return undefined;
  if (isWithin(root, source)) {
    return refusal(root, 'lies in the source, which is only read: choose a folder elsewhere');
  }
  if (root === replica) return refusal(root, 'is the replica: choose another folder');
  const there = kindOf(root);
  if (there !== 'nothing') {
    return there === 'folder' || there === 'unknown' ? undefined : refusal(root, 'is no folder');
  }
  const above = dirname(root);
  // The replica itself is made before the trash in it.
  const kind = above === replica ? 'folder' : kindOf(above);
  if (kind === 'folder' || kind === 'unknown') return undefined;
  return refusal(root, kind === 'nothing'
    ? `cannot be made: ${above} does not exist: make it first`
    : `cannot be made: ${above} is no folder`);
}

/** The trash of a pass that was not refused, made if need be; or why it cannot be. */
export function makeTrash(options: Options): JobContext['trash'] | Refusal {
  const root = trashFolder(options);
  if (root === undefined || options.dryRun) return undefined;
  try {
    mkdirSync(fsPath(root), 0o700);
    if (options.durable) syncFolderAt(dirname(root));
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'EEXIST') return refusal(root, `cannot be made: ${reasonOf(code)}`);
  }
  return { root, passAt: momentOf(new Date()) };
}

/** Those of this pair that are in the replica, as far as can be seen: as paths below it. */
export const trashesKnown = ({ record }: Mirror, replica: Path): readonly Path[] =>
  (record.meta.trashes ?? []).filter((at) => /folder|unknown/.test(kindOf(joinBelow(replica, at))));

/** A later pass that is given no trash, or another one, would take this one for extraneous. */
export async function rememberTrash(
  mirror: Mirror, trash: JobContext['trash'], replica: Path,
): Promise<void> {
  if (trash === undefined || !isBelow(trash.root, replica)) return;
  const trashes = [...new Set([...trashesKnown(mirror, replica), relative(trash.root, replica)])];
  await mirror.record.setMeta({ trashes });
}

function kindOf(path: Path): 'nothing' | 'unknown' | EntryType {
  try {
    return lstat(path)?.type ?? 'nothing';
  } catch {
    return 'unknown';
  }
}

const refusal = (root: Path, why: string): Refusal =>
  ({ code: 'trash-unusable', text: `the trash ${root} ${why}` });

/** `2026-11-21/13.05.22.123`, in local time: a folder a day, in it one a pass. */
function momentOf(date: Date): Path {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString();
  return `${local.slice(0, 10)}/${local.slice(11, 23).replaceAll(':', '.')}`;
}

const DAY = /^\d{4}-\d\d-\d\d$/;

/**
 * After a full pass: days that are kept no longer go. What is not named as a day is not ours, nor
 * what is not named as a pass in it.
 */
export async function emptyTrash(
  { context, mirror: { options, pool, memory }, tell }: Work,
): Promise<void> {
  if (context.trash === undefined || options.trashKeepMs === undefined) return;
  const { root } = context.trash;
  const [oldest] = momentOf(new Date(Date.now() - options.trashKeepMs)).split('/');
  const days = namesIn(root).filter((name) => DAY.test(name) && name < oldest!);
  const removed = days.length === 0 ? []
    : await pool.run({ kind: 'empty-trash', days }, context);
  const stuck = removed.flatMap(({ problems }) => problems);
  const [first] = stuck;
  if (first !== undefined && stuck.length !== memory.stuckInTrash) {
    const others = stuck.length === 1 ? '' : `, and ${stuck.length - 1} more`;
    const text = 'the trash keeps longer than --trash-keep says what cannot be removed: '
      + `${joinBelow(root, first.path)} (${first.code})${others}`;
    tell({ kind: 'notice', level: 'warn', code: 'trash-stuck', text });
  }
  memory.stuckInTrash = stuck.length;
}

/** What cannot be listed now is emptied by a later pass. */
function namesIn(folder: Path): readonly string[] {
  try {
    return readdirSync(fsPath(folder), 'latin1');
  } catch {
    return [];
  }
}
