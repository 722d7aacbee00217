import { Subject } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { Counts, SyncEvent } from '../../lib/core/event.ts';
import type { Changes } from '../../lib/core/hook.ts';
import { withHook } from '../../lib/rx/hook.ts';
import { until } from '../support/temp.ts';

const COUNTS: Counts = { copied: 1, folders: 0, renamed: 0, linked: 0, set: 0, removed: 0 };
const copied = (path: string): SyncEvent =>
  ({ kind: 'operation-done', operation: 'copy', path, type: 'file', bytes: 1 });
const PASSED: SyncEvent = {
  kind: 'pass-finished', pass: 1, scope: 'full', reason: 'start', quiet: false, bytes: 5, ms: 1,
  counts: COUNTS, checked: 1, problems: 0, held: 0, missed: 0, dryRun: false,
};
const STOPPED: SyncEvent = { kind: 'stopped', reason: 'done' };
const STATUS: SyncEvent = { kind: 'status', pid: 1, state: 'watching', passes: 1, problems: 0,
  held: 0, missed: 0, nextFullAt: 0, paths: [] };

interface Run {
  readonly changes: Changes;
  readonly signal: AbortSignal;
  readonly end: () => void;
  readonly fail: (error: Error) => void;
}

/** A hook whose runs end when the test says so. */
function start(patienceMs = 60_000, lastMs = 60_000) {
  const event$ = new Subject<SyncEvent>();
  const quit$ = new Subject<void>();
  const told: SyncEvent[] = [];
  const runs: Run[] = [];
  const world = { event$, quit$, told, runs, isOver: false,
    kinds: () => told.map(({ kind }) => kind) };
  const hooked = withHook((changes, signal) => new Promise((resolve, reject) => {
    runs.push({ changes, signal, end: resolve, fail: reject });
  }), quit$, patienceMs, lastMs);
  const subscription = event$.pipe(hooked).subscribe({
    next: (event) => told.push(event),
    complete: () => (world.isOver = true),
  });
  return { ...world, subscription, isOver: () => world.isOver,
    tell: (...events: SyncEvent[]) => events.forEach((event) => event$.next(event)) };
}

const pathsOf = ({ changes }: Run): string[] =>
  changes.events.flatMap((event) => (event.kind === 'operation-done' ? [event.path] : []));

const hook = suite('withHook');

hook('runs after a pass that changed something, and holds up nothing', async () => {
  const { tell, runs, told, kinds } = start();
  tell(copied('a'), PASSED, copied('b'));
  assert.equal(runs.map(pathsOf), [['a']]);
  assert.equal(kinds(), ['operation-done', 'pass-finished', 'hook-started', 'operation-done']);
  assert.equal(told[2], { kind: 'hook-started', passes: 1, changes: 1 });
  runs[0]!.end();
  await until(() => kinds().includes('hook-finished'));
  assert.ok(!('text' in told.at(-1)!));
});

hook('never runs twice at a time: what changes meanwhile is told to the next run', async () => {
  const { tell, runs } = start();
  tell(copied('a'), PASSED, copied('b'), PASSED, copied('c'), PASSED, copied('d'));
  assert.is(runs.length, 1);
  runs[0]!.end();
  await until(() => runs.length === 2);
  assert.equal(pathsOf(runs[1]!), ['b', 'c']);
  assert.is(runs[1]!.changes.counts.copied, 2);
});

hook('tells of its failure, counts it in status, and runs again', async () => {
  const { tell, runs, told, kinds } = start();
  tell(copied('a'), PASSED);
  runs[0]!.fail(new Error('exit code 7'));
  await until(() => kinds().includes('hook-finished'));
  const { ms: _, ...rest } = told.at(-1) as Extract<SyncEvent, { kind: 'hook-finished' }>;
  assert.equal(rest, { kind: 'hook-finished', failures: 1, text: 'exit code 7' });
  tell(STATUS, copied('b'), PASSED);
  assert.equal(told.find(({ kind }) => kind === 'status'), { ...STATUS, hookFailures: 1 });
  assert.is(runs.length, 2);
});

hook('is waited for at the end', async () => {
  const { tell, runs, event$, kinds, isOver } = start();
  tell(copied('a'), PASSED, copied('b'), PASSED, STOPPED);
  event$.complete();
  runs[0]!.end();
  await until(() => runs.length === 2);
  assert.is(isOver(), false);
  runs[1]!.end();
  await until(isOver);
  assert.equal(kinds().slice(-2), ['hook-finished', 'stopped']);
});

hook('is asked to end some time after quit, and has a last moment for it', async () => {
  const { tell, runs, told, event$, quit$, kinds, isOver } = start(1);
  tell(copied('a'), PASSED, copied('b'), PASSED);
  quit$.next();
  tell(STOPPED);
  event$.complete();
  await until(() => runs[0]!.signal.aborted);
  assert.is(isOver(), false);
  runs[0]!.fail(new Error('ended'));
  await until(isOver);
  assert.is(runs.length, 1);
  assert.equal(kinds().slice(-3), ['hook-finished', 'notice', 'stopped']);
  assert.match((told.at(-2) as { text: string }).text, /not told of the last changes \(1\)/);
});

hook('is left behind where it does not end at all', async () => {
  const { tell, event$, quit$, kinds, isOver } = start(1, 1);
  tell(copied('a'), PASSED, STOPPED);
  event$.complete();
  quit$.next();
  await until(isOver);
  assert.is(kinds().at(-1), 'stopped');
});

hook('is asked to end when nobody listens any more', () => {
  const { tell, runs, subscription } = start();
  tell(copied('a'), PASSED);
  subscription.unsubscribe();
  assert.is(runs[0]!.signal.aborted, true);
});

hook('does not run for a pass that did nothing', () => {
  const { tell, runs } = start();
  tell({ ...PASSED, counts: { ...COUNTS, copied: 0 } }, STATUS);
  assert.is(runs.length, 0);
});

hook.run();
