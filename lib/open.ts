import {
  existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  concat, defer, endWith, finalize, firstValueFrom, ignoreElements, merge, mergeMap, Observable,
  of, race, ReplaySubject, share, takeUntil, tap, timer,
} from 'rxjs';
import type { SyncEvent } from './core/event.ts';
import { fromText, type Path } from './core/entry.ts';
import type { Options, Word } from './core/options.ts';
import { codeOf, fsPath } from './disk/bytes.ts';
import { defaultWorkers, openPool } from './disk/pool.ts';
import { openRecord, type RecordStore } from './disk/record-store.ts';
import { absolute } from './disk/absolute.ts';
import { makePairFolder, pairFolderName, refusedAsRoot, stateFolder } from './disk/state.ts';
import { newMemory, type Mirror, type Refusal } from './mirror.ts';
import { heldBack } from './rx/held-back.ts';

/**
 * Opens a mirror, lets it be used, and closes it: when the use is over, or when the stream is
 * unsubscribed from, but never before the pass in hand has ended. The word `quit` lets that pass
 * end at its next file. A refusal is the stream's only event.
 */
export function withMirror(
  options: Options, word$: Observable<Word>,
  use: (mirror: Mirror, said$: Observable<Word>) => Observable<SyncEvent>, command: Command,
): Observable<SyncEvent> {
  return defer(() => {
    const notice$ = new ReplaySubject<SyncEvent>();
    /** The last that was told: a running watch waits for what a start is refused for. */
    let failed = false;
    const tell = (event: SyncEvent): void => notice$.next(event);
    const opened$ = opening(() => openMirror(options, command, tell).catch(refuseOrThrow));
    const early = heldBack(word$);
    const used$ = opened$.pipe(mergeMap((opened) => {
      if ('code' in opened) {
        return of<SyncEvent>({ ...opened, kind: 'pass-failed', exitCode: 3 });
      }
      // A "pause" counts before anything is begun; all are answered once somebody listens.
      for (const word of early.waiting) heed(opened, word);
      early.said$.subscribe((word) => heed(opened, word));
      return concat(merge(use(opened, early.said$), early.release$),
        defer(() => closeMirror(opened)).pipe(ignoreElements()))
        .pipe(finalize(() => {
          cancel(opened);
          void closeMirror(opened);
        }));
    }), finalize(early.end), tap((event) => (failed = event.kind === 'pass-failed')), share());
    const over$ = used$.pipe(ignoreElements(), endWith(true));
    return concat(merge(used$, notice$.pipe(takeUntil(over$))),
      defer(() => of<SyncEvent>({ kind: 'stopped', reason: failed ? 'failed' : 'done' })));
  });
}

/** Where the stream was unsubscribed from meanwhile nobody else closes what is open by then. */
const opening = (open: () => Promise<Mirror | Refusal>): Observable<Mirror | Refusal> =>
  new Observable((out) => {
    const take = async (): Promise<void> => {
      const opened = await open();
      if (out.closed && !('code' in opened)) void closeMirror(opened);
      out.next(opened);
      out.complete();
    };
    take().catch((error: unknown) => out.error(error));
  });

type Command = 'watch' | 'sync' | 'check' | 'explain';

function heed(mirror: Mirror, word: Word): void {
  if (word === 'quit') cancel(mirror);
  if (word === 'pause' || word === 'resume') mirror.memory.paused = word === 'pause';
}

/** What is in hand ends at its next file or chunk; nothing more is begun. */
function cancel(mirror: Mirror): void {
  mirror.memory.cancelled = true;
  mirror.pool.cancel();
}

/** Opens what a mirror keeps between passes: the record and the threads. The roots are a pass's. */
async function openMirror(
  options: Options, command: Command, tell: (event: SyncEvent) => void,
): Promise<Mirror | Refusal> {
  const source = absolute(fromText(options.source));
  const replica = absolute(fromText(options.replica));
  const compareOnly = command === 'check' || command === 'explain';
  const state = stateFolder(options.stateDir);
  if (typeof state === 'object') return state;
  const folder = command === 'check' ? undefined
    : recordFolder(options, state, source, replica, tell);
  if (typeof folder === 'object') return folder;
  const record = await openPairRecord(folder, { source, replica }, options.durable, tell);
  if ('text' in record) {
    if (options.dryRun) removeFolder(folder);
    return record;
  }
  return {
    options, compareOnly, watches: command === 'watch', atWork: undefined, record, source, replica,
    memory: newMemory(options.intervalMs),
    pool: openPool(options.workers ?? defaultWorkers()),
    stateFolder: fromText(state),
    recordCopy: options.dryRun ? folder : undefined,
    pairFolder: options.dryRun || folder === undefined ? undefined : path.dirname(folder),
  };
}

/** A shell may stand in a folder that was removed: then relative paths lead nowhere. */
function refuseOrThrow(error: unknown): Refusal {
  if ((error as NodeJS.ErrnoException).syscall !== 'uv_cwd') throw error;
  return { code: 'working-folder-missing', text: 'the working folder does not exist any more: '
    + 'change to another one, or give absolute paths' };
}

/** Where the record is kept; undefined: in memory, for this run only. */
function recordFolder(
  options: Options, state: string, source: Path, replica: Path, tell: (event: SyncEvent) => void,
): string | undefined | Refusal {
  const refused = refusedAsRoot(state, source, replica);
  if (refused !== undefined) return refused;
  if (options.dryRun) return copyOf(path.join(state, pairFolderName(source, replica), 'record'));
  const place = makePairFolder(state, source, replica);
  if (place.kind === 'refused') return place;
  if (place.kind === 'ready') return path.join(place.folder, 'record');
  tell({ kind: 'notice', level: 'warn', code: place.code, text: place.text });
  return undefined;
}

/** However the stream ends, and where both of its ends are met. */
const closeMirror = (mirror: Mirror): Promise<void> => mirror.memory.closing ??= close(mirror);

/** How long the disk may take over what earlier runs wrote: else it is asked again by the next. */
const CONFIRM_MS = 1_000;

/** Ends what openMirror began; what is in hand is finished before. */
async function close(mirror: Mirror): Promise<void> {
  const { memory, record, pool, recordCopy, pairFolder } = mirror;
  await memory.inHand;
  await pool.close();
  const { confirming = of(undefined) } = memory;
  if (!memory.cancelled) await firstValueFrom(race(confirming, timer(CONFIRM_MS)));
  memory.closed = true;
  await record.close();
  removeFolder(recordCopy);
  // Where no pass ever began nothing is known: a name that was mistyped leaves nothing behind.
  if (isBlank(record)) removeFolder(pairFolder);
  removeFolder(memory.standIn && fsPath(memory.standIn));
  await memory.lock?.release();
}

async function openPairRecord(
  folder: string | undefined, pair: { source: string; replica: string }, durable: boolean,
  tell: (event: SyncEvent) => void,
): Promise<RecordStore | Refusal> {
  try {
    const record = await openRecord(folder, pair, (notice) =>
      tell({ kind: 'notice', level: 'warn', ...notice }), durable);
    if (record.notice !== undefined && folder !== undefined) {
      const level = record.notice.code === 'after-restart' ? 'info' : 'warn';
      tell({ kind: 'notice', level, ...record.notice });
    }
    return record;
  } catch (error) {
    return { code: codeOf(error), text: (error as Error).message };
  }
}

/**
 * A dry run works on a copy of the record, since opening the store writes in it. Where there is no
 * record, or another fsync writes in it all the time, there is none: in that case the lock refuses
 * the pass.
 */
function copyOf(folder: string, tries = 3): string | undefined {
  let copy: string | undefined;
  try {
    copy = mkdtempSync(path.join(os.tmpdir(), 'fsync-dry-run-'));
    for (const name of readdirSync(folder).filter((each) => each !== 'LOCK')) {
      writeFileSync(path.join(copy, name), readFileSync(path.join(folder, name)));
    }
    return copy;
  } catch (error) {
    removeFolder(copy);
    // A file that was there a moment ago: the other fsync has put its files in order meanwhile.
    const isTorn = codeOf(error) === 'ENOENT' && existsSync(folder);
    return isTorn && tries > 1 ? copyOf(folder, tries - 1) : undefined;
  }
}

function removeFolder(folder: string | Buffer | undefined): void {
  if (folder === undefined) return;
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch { /* Another fsync of this pair begins in it: it stays. */ }
}

/** One that was damaged or could not be opened is none: it knows at least that. */
const isBlank = ({ meta, notice }: RecordStore): boolean =>
  meta.source === undefined && !meta.careful && notice === undefined;
