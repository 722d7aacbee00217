import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import type { SyncEvent } from '../../lib/core/event.ts';
import { createProgress, fit, type Part } from '../../lib/report/progress.ts';

const NINE = new Date(2026, 10, 21, 9).getTime();

/** Tells events, each so many milliseconds after nine; the last one's parts, in 200 columns. */
function shown(...told: readonly (readonly [number, SyncEvent])[]): string | undefined {
  let now = NINE;
  const progress = createProgress(() => now);
  let parts: readonly Part[] | undefined;
  for (const [ms, event] of told) {
    now = NINE + ms;
    parts = progress(event);
  }
  return parts === undefined ? undefined : fit(parts, 200);
}

const START: SyncEvent = { kind: 'pass-started', pass: 1, scope: 'full', reason: 'start' };
const WATCHING: SyncEvent = { kind: 'watching', folders: 1_011, intervalMs: 600_000 };
const finished = (held = 0): SyncEvent => ({
  kind: 'pass-finished', pass: 1, scope: 'full', reason: 'start', quiet: true, bytes: 0, ms: 1,
  counts: { copied: 0, folders: 0, renamed: 0, linked: 0, set: 0, removed: 0 }, checked: 1,
  problems: 0, held, missed: 0, dryRun: false,
});
const applied = (files: number, bytes: number): SyncEvent => ({
  kind: 'progress', phase: 'apply', files, bytes, filesTotal: 1_200, bytesTotal: 4_000_000,
});

const progress = suite('createProgress');

progress('has no bar for a pass below a second', () => {
  $.is(shown([0, START], [999, applied(10, 10)]), undefined);
});

progress('counts what is scanned, whose total nobody knows', () => {
  const scanned: SyncEvent = { kind: 'progress', phase: 'scan', files: 12_345, bytes: 0 };
  $.is(shown([0, START], [1_000, scanned]), 'scanning  12,345 files');
});

progress('has files, bytes, rate and time left, since the phase began', () => {
  $.is(shown([0, START], [1_000, applied(0, 0)], [3_000, applied(300, 1_000_000)]),
    'copying  [##--------]  25%  300/1,200 files  1 MB/4 MB  500 kB/s  6 s left');
});

progress('survives totals that are passed', () => {
  $.is(shown([0, START], [0, applied(0, 0)], [2_000, applied(1_300, 8_000_000)]),
    'copying  [##########]  100%  1,300/1,200 files  8 MB/4 MB  4 MB/s');
});

progress('says when idle what is due', () => {
  $.is(shown([0, START], [5_000, WATCHING], [6_000, finished()]),
    'watching  1,011 folders  next full pass at 09:10:00');
});

progress('counts the interval from the start of the last full pass', () => {
  $.is(shown([0, START], [5_000, WATCHING], [60_000, START], [70_000, finished(3)]),
    'watching  1,011 folders  3 deletions held  next full pass at 09:11:00');
});

progress('names the day when that is another one', () => {
  const daily: SyncEvent = { kind: 'watching', folders: 1, intervalMs: 86_400_000 };
  $.is(shown([0, START], [1, daily]),
    'watching  1 folder  next full pass at 2026-11-22 09:00:00');
});

progress('shows nothing below a sync', () => $.is(shown([0, START], [5_000, finished()]), ''));

progress('says that it is paused, or waits', () => {
  $.is(shown([0, { kind: 'paused' }]), 'paused  type "resume" and Enter');
  $.is(shown([0, { kind: 'waiting', code: 'x', text: 'the source is gone\n' }]),
    String.raw`waiting: the source is gone\n`);
});

progress('is gone in the end', () => {
  $.is(shown([0, START], [1, WATCHING], [2, { kind: 'stopped', reason: 'quit' }]), '');
});

progress.run();

// ---

const fitting = suite('fit');

const PARTS: readonly Part[] = [
  { text: 'copying', rank: 0 }, { text: '[##]', rank: 2 }, { text: '25%', rank: 1 },
];

fitting('drops the least important first', () => {
  $.is(fit(PARTS, 18), 'copying  [##]  25%');
  $.is(fit(PARTS, 17), 'copying  25%');
  $.is(fit(PARTS, 11), 'copying');
});

fitting('cuts what is left by columns', () => {
  $.is(fit(PARTS, 4), 'copy');
  $.is(fit(PARTS, -1), '');
  $.is(fit([{ text: '漢字ab', rank: 0 }], 5), '漢字a');
});

fitting.run();
