import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  concat, defer, endWith, finalize, ignoreElements, merge, mergeMap, of, ReplaySubject, share,
  takeUntil, type Observable,
} from 'rxjs';
import type { SyncEvent } from './core/event.ts';
import { fromText } from './core/entry.ts';
import type { Options, Word } from './core/options.ts';
import { codeOf } from './disk/bytes.ts';
import { openPool } from './disk/pool.ts';
import { openRecord, type RecordStore } from './disk/record-store.ts';
import { absolute, bootId } from './disk/roots.ts';
import { makePairFolder, stateFolder } from './disk/state.ts';
import { newMemory, type Mirror } from './mirror.ts';
import type { Refusal } from './steps/begin.ts';

/**
 * Opens a mirror, lets it be used, and closes it: when the use is over, or when the stream is
 * unsubscribed from, but never before the pass in hand has ended. The word `quit` lets that pass
 * end at its next file. A refusal is the stream's only event.
 */
export function withMirror(
  options: Options, word$: Observable<Word>,
  use: (mirror: Mirror, said$: Observable<Word>) => Observable<SyncEvent>, compareOnly = false,
): Observable<SyncEvent> {
  return defer(() => {
    const notice$ = new ReplaySubject<SyncEvent>();
    const tell = (event: SyncEvent): void => notice$.next(event);
    const used$ = defer(() => openMirror(options, compareOnly, tell)).pipe(mergeMap((opened) => {
      if ('code' in opened) {
        return of<SyncEvent>({ kind: 'pass-failed', ...opened, exitCode: 3 });
      }
      const said$ = word$.pipe(share());
      const quit = said$.subscribe((word) => heed(opened, word));
      return concat(use(opened, said$), defer(() => closeMirror(opened)).pipe(ignoreElements()))
        .pipe(finalize(() => {
          quit.unsubscribe();
          cancel(opened);
          void closeMirror(opened);
        }));
    }), share());
    const over$ = used$.pipe(ignoreElements(), endWith(true));
    return concat(merge(used$, notice$.pipe(takeUntil(over$))),
      of<SyncEvent>({ kind: 'stopped', reason: 'done' }));
  });
}

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
  options: Options, compareOnly: boolean, tell: (event: SyncEvent) => void,
): Promise<Mirror | Refusal> {
  const source = absolute(fromText(options.source));
  const replica = absolute(fromText(options.replica));
  const folder = compareOnly ? undefined : recordFolder(options, source, replica, tell);
  if (typeof folder === 'object') return folder;
  const record = await openPairRecord(options, folder, { source, replica }, tell);
  if ('text' in record) return record;
  const memory = newMemory();
  const { open } = record.meta;
  if (open !== undefined && open.bootId !== bootId()) {
    memory.distrustSinceMs = open.sinceMs ?? 0;
    tell({ kind: 'notice', level: 'info', code: 'after-restart', text: 'the machine was restarted'
      + ' before the last changes were known to be on disk: they are compared by content' });
  }
  return {
    options, compareOnly, record, memory, source, replica, pool: openPool(options.workers ?? defaultWorkers()),
    stateFolder: folder === undefined ? undefined : fromText(stateFolder(options.stateDir)),
  };
}

/** Where the record is kept; undefined: in memory, for this run only. */
function recordFolder(
  options: Options, source: string, replica: string, tell: (event: SyncEvent) => void,
): string | undefined | Refusal {
  const place = makePairFolder(stateFolder(options.stateDir), source, replica);
  if (place.kind === 'refused') return place;
  if (place.kind === 'ready') return path.join(place.folder, 'record');
  tell({ kind: 'notice', level: 'warn', code: place.code, text: place.text });
  return undefined;
}

/** Ends what openMirror began; what is in hand is finished before. */
async function closeMirror(mirror: Mirror): Promise<void> {
  const { memory, record, pool } = mirror;
  if (memory.closed) return;
  memory.closed = true;
  await memory.inHand;
  await pool.close();
  await record.close();
  await memory.lock?.release();
}

/** A dry run works on a copy: opening the store writes in it. */
async function openPairRecord(
  options: Options, folder: string | undefined, pair: { source: string; replica: string },
  tell: (event: SyncEvent) => void,
): Promise<RecordStore | Refusal> {
  const at = options.dryRun ? copyOf(folder) : folder;
  try {
    const record = await openRecord(at, pair, (notice) =>
      tell({ kind: 'notice', level: 'warn', ...notice }));
    if (record.notice !== undefined && folder !== undefined) tell({ kind: 'notice', level: 'warn', ...record.notice });
    return record;
  } catch (error) {
    return { code: codeOf(error), text: (error as Error).message };
  }
}

/** The record's files copied into a temporary folder that goes with the process. */
function copyOf(folder: string | undefined): string | undefined {
  if (folder === undefined) return undefined;
  const copy = mkdtempSync(path.join(os.tmpdir(), 'fsync-dry-run-'));
  process.once('exit', () => rmSync(copy, { recursive: true, force: true }));
  cpSync(folder, copy, { recursive: true, filter: (from) => path.basename(from) !== 'LOCK' });
  return copy;
}

/** One fewer than the cores, at most three: the main thread works too, and the disk is one. */
const defaultWorkers = (): number => Math.max(0, Math.min(3, os.availableParallelism() - 1));
