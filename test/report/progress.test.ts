import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import type { SyncEvent } from '../../lib/core/event.ts';
import { createProgress } from '../../lib/report/progress.ts';
import { textOf, type Part } from '../../lib/report/status-line.ts';

const NINE = new Date(2026, 10, 21, 9).getTime();

/** Tells events, each so many milliseconds after nine; the last one's parts. */
function shown(...told: readonly (readonly [number, SyncEvent])[]): string | undefined {
  let now = NINE;
  const progress = createProgress(() => now);
  let parts: readonly Part[] | undefined;
  for (const [ms, event] of told) {
    now = NINE + ms;
    parts = progress(event);
  }
  return parts === undefined ? undefined : textOf(parts).trimEnd();
}

const WATCH: SyncEvent =
  { kind: 'started', source: 's', replica: 'r', command: 'watch', dryRun: false };
const SYNC: SyncEvent = { ...WATCH, command: 'sync' };
const START: SyncEvent = { kind: 'pass-started', pass: 1, scope: 'full', reason: 'start' };
const CHANGES: SyncEvent =
  { kind: 'pass-started', pass: 1_002, scope: 'incremental', reason: 'changes' };
const WATCHING: SyncEvent = { kind: 'watching', folders: 1_011, intervalMs: 600_000 };
type Finished = Extract<SyncEvent, { kind: 'pass-finished' }>;
const finished = (more: Partial<Finished> = {}): SyncEvent => ({
  kind: 'pass-finished', pass: 1, scope: 'full', reason: 'start', quiet: true, bytes: 0, ms: 1,
  counts: { copied: 0, folders: 0, renamed: 0, linked: 0, set: 0, removed: 0 }, checked: 1,
  problems: 0, held: 0, missed: 0, dryRun: false, ...more,
});
const scanned: SyncEvent = { kind: 'progress', phase: 'scan', files: 12_345, bytes: 0 };
const applied = (files: number, bytes: number): SyncEvent => ({
  kind: 'progress', phase: 'apply', files, bytes, filesTotal: 1_200, bytesTotal: 4_000_000,
});

const progress = suite('createProgress');

progress('keeps a word that is typed apart from the line', () => {
  const parts = createProgress(() => NINE);
  parts(WATCH);
  $.is(textOf(parts(WATCHING)!), 'watching  1,011 folders  next full pass at 09:10:00  ');
  $.is(textOf(parts({ kind: 'paused' })!), 'paused  type "resume" and Enter  ');
});

progress('has no bar for a pass below a second', () => {
  $.is(shown([0, START], [999, applied(10, 10)]), undefined);
});

progress('counts what is scanned, whose total nobody knows', () => {
  $.is(shown([0, START], [1_000, scanned]), 'scanning  12,345 files  pass 1, full');
});

progress('has files, bytes, rate and time left, since the phase began', () => {
  $.is(shown([0, START], [1_000, applied(0, 0)], [3_000, applied(300, 1_000_000)]),
    'copying  [##--------]  25%  300/1,200 files  1 MB/4 MB  500 kB/s  6 s left  pass 1, full');
});

progress('says which pass it is', () => {
  $.is(shown([0, CHANGES], [1_000, scanned]), 'scanning  12,345 files  pass 1,002, incremental');
});

progress('survives totals that are passed', () => {
  $.is(shown([0, START], [0, applied(0, 0)], [2_000, applied(1_300, 8_000_000)]),
    'copying  [##########]  100%  1,300/1,200 files  8 MB/4 MB  4 MB/s  pass 1, full');
});

progress('keeps the bar while other things are told', () => {
  const bar = 'scanning  12,345 files  pass 1, full';
  $.is(shown([0, WATCH], [0, START], [1_000, scanned], [1_100, WATCHING]), bar);
  $.is(shown([0, WATCH], [0, START], [1_000, scanned],
    [1_100, { kind: 'problem', path: 'a', code: 'x', action: 'read' }]), bar);
});

progress('says when idle what is due', () => {
  $.is(shown([0, WATCH], [0, START], [5_000, WATCHING], [6_000, finished()]),
    'watching  1,011 folders  next full pass at 09:10:00');
});

progress('counts the interval from the start of the watch, whatever was asked for between', () => {
  $.is(shown([0, WATCH], [0, START], [5_000, WATCHING], [60_000, START], [70_000, finished()]),
    'watching  1,011 folders  next full pass at 09:10:00');
  $.is(shown([0, WATCH], [5_000, WATCHING], [600_000, START], [600_001, finished()]),
    'watching  1,011 folders  next full pass at 09:20:00');
});

progress('counts another interval from when it is told', () => {
  const sooner: SyncEvent = { kind: 'interval', intervalMs: 150_000, nextFullAt: NINE + 750_000 };
  $.is(shown([0, WATCH], [5_000, WATCHING], [600_000, START], [600_001, finished()],
    [600_002, sooner]), 'watching  1,011 folders  next full pass at 09:12:30');
});

progress('names the day when that is another one', () => {
  const daily: SyncEvent = { kind: 'watching', folders: 1, intervalMs: 86_400_000 };
  $.is(shown([0, WATCH], [0, START], [1, finished()], [2, daily]),
    'watching  1 folder  next full pass at 2026-11-22 09:00:00');
});

progress('says that it only begins to watch', () => {
  $.is(shown([0, WATCH], [0, START], [1, finished()]), 'starting to watch');
});

progress('says what is held or fails until a pass has looked at it again', () => {
  const idle = 'watching  1,011 folders';
  const after = (event: SyncEvent) => shown([0, WATCH], [5, WATCHING],
    [6, finished({ held: 3, failing: 1 })], [7, event])?.replace(/ {2}next.*/, '');
  const small = { scope: 'incremental', reason: 'changes' } as const;
  // Of what fails each pass knows whether it still does.
  $.is(after(finished({ ...small, failing: 1 })), `${idle}  3 deletions held  1 path failing`);
  $.is(after(finished({ ...small, failing: 2 })), `${idle}  3 deletions held  2 paths failing`);
  $.is(after(finished(small)), `${idle}  3 deletions held`);
  $.is(after(finished()), idle);
});

progress('says that not all of the source is watched', () => {
  const notice: SyncEvent = { kind: 'notice', level: 'warn', code: 'unwatched', text: '8 …' };
  $.is(shown([0, WATCH], [5, WATCHING], [6, notice], [7, finished()]),
    'watching in part  1,011 folders  next full pass at 09:10:00');
});

progress('says that changes settle, until the pass', () => {
  const settling = [[0, WATCH], [5, WATCHING], [6, { kind: 'settling' }]] as const;
  $.is(shown(...settling), 'changes settling  1,011 folders  next full pass at 09:10:00');
  $.is(shown(...settling, [7, CHANGES], [8, finished({ scope: 'incremental' })]),
    'watching  1,011 folders  next full pass at 09:10:00');
});

progress('says that it is paused, also when a pass ends', () => {
  $.is(shown([0, WATCH], [1, { kind: 'paused' }]), 'paused  type "resume" and Enter');
  $.is(shown([0, WATCH], [1, START], [2, { kind: 'paused' }], [3, finished()]),
    'paused  type "resume" and Enter');
});

progress('says what it waits for', () => {
  $.is(shown([0, WATCH], [1, { kind: 'waiting', code: 'x', text: 'the source is gone\n' }]),
    String.raw`waiting: the source is gone\n`);
});

progress('shows nothing below a sync', () => {
  $.is(shown([0, SYNC], [0, START], [5_000, finished()]), '');
});

progress('is gone in the end', () => {
  $.is(shown([0, WATCH], [0, START], [1, WATCHING], [2, { kind: 'stopped', reason: 'quit' }]), '');
});

progress.run();
