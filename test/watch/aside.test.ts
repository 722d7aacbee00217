import fs from 'node:fs';
import { of, Subject } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { asidePass } from '../../lib/aside.ts';
import type { SyncEvent } from '../../lib/core/event.ts';
import { DEFAULTS } from '../../lib/core/options.ts';
import { addChanges, mergeTriggers, trigger, type Change } from '../../lib/core/scope.ts';
import type { Job } from '../../lib/disk/job.ts';
import type { Mirror } from '../../lib/mirror.ts';
import { withMirror } from '../../lib/open.ts';
import { passOf } from '../../lib/pass-of.ts';
import { coalesce } from '../../lib/rx/coalesce.ts';
import { aroundJobs } from '../support/jobs.ts';
import { contentOf, newPair, syncedPair, syncWell, type Pair } from '../support/pass.ts';
import { differences } from '../support/same.ts';
import { until } from '../support/temp.ts';
import { fifo, makeTree } from '../support/tree.ts';

/** A pass whose work at some path is held up, with changes told meanwhile. */
interface Held {
  readonly events: readonly SyncEvent[];
  change(...changes: readonly Change[]): void;
  /** Lets the pass go on, and waits for the end of all that follows. */
  release(): Promise<void>;
}

/** Starts a pass that stops where it is to copy to `path`, and waits until it is there. */
async function heldAt(
  pair: Pair, path: string, first = trigger({ reason: 'start', full: true }),
): Promise<Held> {
  let [isHeld, isOver] = [false, false];
  let letGo = (): void => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const hold = (mirror: Mirror): Mirror => aroundJobs(mirror, async (job, run) => {
    if (isCopyTo(job, path)) {
      isHeld = true;
      await gate;
    }
    return run();
  });

  const events: SyncEvent[] = [];
  const change$ = new Subject<readonly Change[]>();
  const triggers$ = new Subject<ReturnType<typeof trigger>>();
  change$.subscribe((changes) => triggers$.next(
    trigger({ reason: 'changes', changes: addChanges(undefined, changes) })));
  const { source, replica, state } = pair;
  withMirror({ ...DEFAULTS, source, replica, stateDir: state, workers: 1 }, of(), (opened) => {
    const mirror = hold(opened);
    queueMicrotask(() => triggers$.next(first));
    return triggers$.pipe(coalesce(
      mergeTriggers, (next) => passOf(mirror, next), (news) => asidePass(mirror, news)));
  }, 'watch').subscribe({ next: (event) => events.push(event), complete: () => (isOver = true) });

  await until(() => isHeld, { what: `the copy of ${path}` });
  return {
    events,
    change: (...changes) => change$.next(changes),
    async release() {
      letGo();
      triggers$.complete();
      await until(() => isOver, { what: 'the end of the passes' });
    },
  };
}

const isCopyTo = (job: Job, path: string): boolean =>
  (job.kind === 'apply' && job.operations.some((one) => one.path === path))
    || (job.kind === 'copy-folders' && job.folders.some((one) => one.path === path));

const doneAside = ({ events }: Held): string[] => events.flatMap((event) =>
  (event.kind === 'operation-done' && event.aside && event.operation !== 'set'
    ? [`${event.operation} ${event.path}`] : []));

/** Waits until a pass beside the held one is over. */
const asideOver = ({ events }: Held, count = 1): Promise<void> => until(
  () => events.filter((one) => one.kind === 'pass-finished' && one.aside).length === count,
  { what: 'the end of a pass aside' });

const aside = suite('a pass aside');

aside('carries a saved file over while a long copy runs', async () => {
  const pair = await syncedPair({ saved: 'old', 'd/gone': '', 'd/stays': '' });
  fs.mkdirSync(`${pair.source}/new`);
  fs.writeFileSync(`${pair.source}/new/f`, 'new');
  const held = await heldAt(pair, 'new');

  fs.writeFileSync(`${pair.source}/saved`, 'saved');
  fs.unlinkSync(`${pair.source}/d/gone`);
  held.change({ folder: '', name: 'saved' }, { folder: 'd', name: 'gone' });
  await asideOver(held);
  assert.is(contentOf(pair.replica, 'saved'), 'saved');
  // What is removed may be more than the long pass lets go: it waits for its end.
  assert.equal(doneAside(held), ['copy saved']);
  assert.not(fs.existsSync(`${pair.replica}/new`));

  await held.release();
  assert.equal(differences(pair.source, pair.replica), []);
});

aside('works in what a first copy has finished, and leaves the rest to it', async () => {
  const pair = newPair({
    'a/f': 'old', 'a/deep/f': '', 'y/f': 'old', 'y/deep/er/f': '', 'z/f': 'old', top: 'old',
  });
  const held = await heldAt(pair, 'y/deep/er');
  await until(() => fs.existsSync(`${pair.replica}/a/deep/f`));

  for (const at of ['a/deep/f', 'y/f', 'top']) fs.writeFileSync(`${pair.source}/${at}`, 'saved');
  fs.mkdirSync(`${pair.source}/a/deep/sub`);
  fs.writeFileSync(`${pair.source}/came`, 'saved');
  held.change(
    { folder: 'a/deep', name: 'f' }, { folder: 'a/deep', name: 'sub' },
    { folder: 'y', name: 'f' }, { folder: '', name: 'top' }, { folder: '', name: 'came' });
  await asideOver(held);
  assert.is(contentOf(pair.replica, 'a/deep/f'), 'saved');
  assert.equal(doneAside(held), ['copy a/deep/f', 'copy came']);
  assert.is(contentOf(pair.replica, 'y/f'), 'old');

  await held.release();
  assert.equal(differences(pair.source, pair.replica), []);
});

aside('keeps away from where the plan is at work', async () => {
  const pair = await syncedPair({ 'from/f': 'a file that moves', 'x': 'x', 'held/f': '',
    'moves/f': '' });
  fs.mkdirSync(`${pair.source}/new`);
  fs.renameSync(`${pair.source}/from`, `${pair.source}/to`);
  fs.writeFileSync(`${pair.source}/x`, 'changed by hand');
  const held = await heldAt(pair, 'x');

  fs.writeFileSync(`${pair.source}/to/f`, 'saved');
  fs.writeFileSync(`${pair.source}/x`, 'saved');
  held.change({ folder: 'to', name: 'f' }, { folder: '', name: 'x' });
  fs.renameSync(`${pair.source}/moves`, `${pair.source}/moved`);
  held.change({ folder: '', name: 'moves' }, { folder: '', name: 'moved' });
  fs.writeFileSync(`${pair.source}/held/f`, 'saved');
  held.change({ folder: 'held', name: 'f' });
  await asideOver(held);
  assert.equal(doneAside(held), ['copy held/f']);

  await held.release();
  assert.equal(differences(pair.source, pair.replica), []);
});

aside("gives up where another name of a file is the plan's", async () => {
  const pair = newPair({ 'a': 'one', 'e/f': 'E', 'd/keep': '', 'x': 'x' });
  fs.linkSync(`${pair.source}/a`, `${pair.source}/d/l`);
  await syncWell(pair);
  fs.rmSync(`${pair.source}/d/l`);
  fs.linkSync(`${pair.source}/e/f`, `${pair.source}/d/l`);
  fs.writeFileSync(`${pair.source}/x`, 'held');
  const changes = addChanges(undefined,
    [{ folder: '', name: 'x' }, { folder: 'd', name: 'l' }, { folder: 'e', name: 'f' }]);
  const held = await heldAt(pair, 'x', trigger({ reason: 'changes', changes }));

  fs.writeFileSync(`${pair.source}/a`, 'saved');
  held.change({ folder: '', name: 'a' });
  await held.release();
  // Nor is it told that one began: none would end.
  assert.equal(held.events.filter((one) => 'aside' in one), []);
  assert.equal(differences(pair.source, pair.replica), []);
});

aside('keeps away from a recorded folder that the replica lost', async () => {
  const pair = await syncedPair({ 'lost/f': 'old', 'stays/f': '' });
  fs.rmSync(`${pair.replica}/lost`, { recursive: true });
  const held = await heldAt(pair, 'lost');

  for (const at of ['lost/f', 'stays/f']) fs.writeFileSync(`${pair.source}/${at}`, 'saved');
  held.change({ folder: 'lost', name: 'f' }, { folder: 'stays', name: 'f' });
  await asideOver(held);
  assert.equal(doneAside(held), ['copy stays/f']);

  await held.release();
  assert.equal(differences(pair.source, pair.replica), []);
});

aside('leaves a folder that is another one by now to the next pass, with all in it', async () => {
  const pair = await syncedPair({ 'd/surplus': 'old', 'd/f': 'old', 'e/f': 'E' });
  makeTree(pair.source, { 'new/f': 'new' });
  const changes = addChanges(undefined, [{ folder: '', name: 'new' }]);
  const held = await heldAt(pair, 'new', trigger({ reason: 'changes', changes }));

  fs.renameSync(`${pair.source}/d`, `${pair.dir}/away`);
  makeTree(pair.source, { 'd/f': 'another', 'e/f': 'saved' });
  held.change({ folder: 'd', name: 'f' }, { folder: 'e', name: 'f' });
  await asideOver(held);
  assert.equal(doneAside(held), ['copy e/f']);

  await held.release();
  assert.equal(differences(pair.source, pair.replica), []);
});

aside('is for the folders of the long pass only', async () => {
  const pair = await syncedPair({ 'saved': 'old', 'd/f': 'D' });
  makeTree(pair.source, { 'new/f': 'new' });
  const held = await heldAt(pair, 'new');
  fs.renameSync(pair.source, `${pair.dir}/old`);
  makeTree(pair.source, { 'saved': 'another', 'd/f': 'D' });
  held.change({ folder: '', name: 'saved' });
  await held.release();

  assert.equal(doneAside(held), []);
  const full = held.events.filter((one) => one.kind === 'pass-started' && one.scope === 'full');
  assert.equal(full.map((one) => 'aside' in one), [false, false]);
  assert.equal(differences(pair.source, pair.replica), []);
});

aside('leaves it to the next pass to tell of a FIFO that came', async () => {
  const pair = await syncedPair({ saved: 'old' });
  makeTree(pair.source, { 'new/f': 'new' });
  const changes = addChanges(undefined, [{ folder: '', name: 'new' }]);
  const held = await heldAt(pair, 'new', trigger({ reason: 'changes', changes }));

  fs.writeFileSync(`${pair.source}/saved`, 'saved');
  makeTree(pair.source, { p: fifo() });
  held.change({ folder: '', name: 'saved' }, { folder: '', name: 'p' });
  await asideOver(held);
  assert.equal(doneAside(held), ['copy saved']);
  await held.release();
  assert.equal(held.events.flatMap((one) => (one.kind === 'notice' ? [one.path] : [])), ['p']);
});

aside.run();
