import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { NEVER, Observable, filter } from 'rxjs';
import {
  fromText, joinPath, nameOf, parentOf, type Path, type Side, type Stat,
} from './core/entry.ts';
import type { SyncEvent } from './core/event.ts';
import { recordedOtherwise, verdictOf } from './core/explain.ts';
import { decidingLine, type Deciding, type Rules } from './core/ignore.ts';
import type { Options } from './core/options.ts';
import type { NumberStat } from './core/record-check.ts';
import { COLUMNS, REPLICA, findRow, sideOfStat } from './core/record.ts';
import { addChanges, changeAt, trigger } from './core/scope.ts';
import { codeOf, fsPath } from './disk/bytes.ts';
import { withOwnRules } from './disk/ignore-files.ts';
import { isWithin, joinBelow, relative } from './disk/mounts.ts';
import { absolute } from './disk/absolute.ts';
import { pairFolderName } from './disk/state.ts';
import { lstat } from './disk/stat.ts';
import type { Mirror, Work } from './mirror.ts';
import { withMirror } from './open.ts';
import { beginPass } from './steps/begin.ts';
import { scanChanges } from './steps/scan.ts';
import { protectedBy } from './steps/scope.ts';

/**
 * What is known of one path, and what a pass would do about it, a line each: the rules, the record
 * and the scan of a pass, asked about it alone. Changes nothing, and works on a copy of the record,
 * so that it runs beside a watch. `held` are paths whose removal waits there.
 */
export const explainPath = (
  options: Options, asked: string, held: readonly Path[],
): Observable<SyncEvent> =>
  withMirror({ ...options, dryRun: true, workers: 0 }, NEVER, (mirror) => new Observable((out) => {
    mirror.memory.inHand = explain(mirror, asked, held, (event) => out.next(event))
      .then(() => out.complete(), (error: unknown) => out.error(error));
  }), 'explain').pipe(
    filter(({ kind }) => kind.startsWith('explained') || kind === 'pass-failed'));

async function explain(
  mirror: Mirror, asked: string, held: readonly Path[], tell: (event: SyncEvent) => void,
): Promise<void> {
  const work = await beginPass(mirror, trigger({ reason: 'asked' }), () => {});
  if ('code' in work) return tell({ kind: 'pass-failed', ...work, exitCode: 3 });
  const at = pathInside(asked, mirror, work);
  if (at === undefined) {
    const text = `${fromText(asked)} lies neither in ${mirror.source} nor in ${mirror.replica}`;
    return tell({ kind: 'pass-failed', code: 'outside', text, exitCode: 2 });
  }

  const source = look(work.context.source, at);
  const replica = look(work.context.replica, at);
  const rule = ruleOf(work, at, source.stat ?? replica.stat);
  tell(rule);
  tell(sideOf('source', at, source));
  tell(sideOf('replica', at, replica));
  const record = await recordOf(mirror, at, source.stat, replica.stat);
  tell(record);

  const { whose, mirrored, why } = rule;
  const { differences } = await scanChanges(work, addChanges(undefined, [changeAt(whose)]));
  tell({ kind: 'explained-pass', path: at, ...verdictOf(at, differences, {
    powers: work.context.powers, held, special: source.stat?.type === 'special',
    ignored: !mirrored && why !== 'link' && why !== 'special',
    deleteIgnored: work.context.deleteIgnored && why === 'ignored',
    stays: replica.stat?.type === 'folder' ? await staysOf(work, at) : 'nothing',
    recorded: record.says !== 'never', clean: record.says === 'equal',
    there: source.stat !== undefined || replica.stat !== undefined,
  }) });
}

/** How much of a folder of the replica stays where the source has it no more. */
async function staysOf(work: Work, at: Path): Promise<'all' | 'some' | 'nothing'> {
  const folder = { path: at, proof: at, chain: protectedBy(work, at), leaving: new Set<Path>() };
  const [counted] = await work.mirror.pool.run({ kind: 'count', folders: [folder] }, work.context);
  const { entries, ignored } = counted!;
  return ignored === 0 ? 'nothing' : entries === 0 ? 'all' : 'some';
}

/** As the user wrote it: absolute, or as seen from the working folder, else from the source. */
function pathInside(asked: string, mirror: Mirror, { context }: Work): Path | undefined {
  const full = absolute(fromText(asked));
  const roots = [mirror.source, context.source, mirror.replica, context.replica];
  for (const at of [full, realOf(full)]) {
    const root = roots.find((each) => isWithin(at, each));
    if (root !== undefined) return relative(at, root);
  }
  const below = absolute(fromText(asked), context.source);
  return isWithin(below, context.source) ? relative(below, context.source) : undefined;
}

/** The folder's real path; the last part may be a link, which is mirrored as one. */
function realOf(full: Path): Path {
  try {
    const folder = realpathSync.native(fsPath(path.dirname(full)), 'latin1');
    return joinBelow(folder, path.basename(full));
  } catch {
    return full;
  }
}

interface Seen {
  readonly stat?: Stat | undefined;
  readonly code?: string;
}

/** What is at a path of a root: nothing, where a link above it leads to it. */
function look(root: Path, at: Path): Seen {
  try {
    return linkAbove(root, at) === undefined ? { stat: lstat(joinPath(root, at)) } : {};
  } catch (error) {
    return { code: codeOf(error) };
  }
}

/** The topmost link among the folders above a path; the root itself may be one. */
function linkAbove(root: Path, at: Path): Path | undefined {
  const folder = parentOf(at);
  if (folder === '') return undefined;
  return linkAbove(root, folder)
    ?? (lstat(joinPath(root, folder))?.type === 'symlink' ? folder : undefined);
}

function sideOf(side: Side, at: Path, { stat, code }: Seen): SyncEvent {
  const base = { kind: 'explained-entry', path: at, side } as const;
  if (code !== undefined) return { ...base, type: 'unknown', code };
  if (stat === undefined) return { ...base, type: 'nothing' };
  const { type, mode, size, mtimeNs } = stat;
  return { ...base, type, mode, changedAt: Number(mtimeNs / 1_000_000n),
    ...(type === 'file' ? { bytes: size } : {}) };
}

type Rule = Extract<SyncEvent, { kind: 'explained-rule' }>;

function ruleOf(work: Work, at: Path, stat: Stat | undefined): Rule {
  const { top, context: { source, gitignore, own } } = work;
  const base = { kind: 'explained-rule', path: at, whose: at } as const;
  const ours = own.find((each) => isWithin(at, each));
  if (ours !== undefined) return { ...base, mirrored: false, why: 'own', whose: ours };

  const chainOf = (folder: Path): readonly Rules[] =>
    withOwnRules(folder === '' ? top : chainOf(parentOf(folder)), source, folder, gitignore,
      undefined);
  try {
    const link = linkAbove(source, at);
    if (link !== undefined) {
      const rule = ruleOf(work, link, lstat(joinPath(source, link)));
      return rule.mirrored ? { ...base, whose: link, mirrored: false, why: 'link' }
        : { ...rule, path: at };
    }
    const line = decidingLine(chainOf, at, stat?.type === 'folder');
    if (line?.ignored === true) return { ...base, ...named(line), mirrored: false, why: 'ignored' };
    if (stat?.type === 'special') return { ...base, mirrored: false, why: 'special' };
    return line === undefined ? { ...base, mirrored: true, why: 'no-rule' }
      : { ...base, ...named(line), mirrored: true, why: 'taken-back' };
  } catch {
    return { ...base, mirrored: false, why: 'unreadable' };
  }
}

const named = ({ whose, line, pattern, file }: Deciding) =>
  ({ whose, line, pattern, ...(file === undefined ? {} : { file }) });

async function recordOf(
  mirror: Mirror, at: Path, source: Stat | undefined, replica: Stat | undefined,
): Promise<Extract<SyncEvent, { kind: 'explained-record' }>> {
  const base = { kind: 'explained-record', path: at } as const;
  const { record } = mirror;
  const own = (await record.get(at))?.self;
  const folder = at === '' ? undefined : await record.get(parentOf(at));
  const row = folder === undefined ? -1 : findRow(folder, nameOf(at)) * COLUMNS;
  const rows = own ?? (row < 0 ? undefined : folder!.rows.subarray(row));
  if (rows === undefined) {
    return { ...base, says: isReadable(mirror) ? 'never' : 'unreadable', differs: [] };
  }
  const differs = [
    ...recordedOtherwise(rows, 0, numbers(source)).map((what) => `source ${what}`),
    ...recordedOtherwise(rows, REPLICA, numbers(replica)).map((what) => `replica ${what}`),
  ];
  return { ...base, says: differs.length === 0 ? 'equal' : 'differs', differs };
}

function numbers(stat: Stat | undefined): NumberStat | undefined {
  if (stat === undefined) return undefined;
  const [mode = 0, size = 0, mtimeMs = 0, ctimeMs = 0, ino = 0] = sideOfStat(stat);
  return { mode, size, mtimeMs, ctimeMs, ino };
}

/** The copy may be torn where another fsync wrote meanwhile: then it says nothing. */
function isReadable({ source, replica, stateFolder, record, recordCopy }: Mirror): boolean {
  const folder = joinPath(stateFolder, `${pairFolderName(source, replica)}/record`);
  return recordCopy === undefined ? !existsSync(fsPath(folder))
    : record.notice?.code !== 'record-afresh';
}
