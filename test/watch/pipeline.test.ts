import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { contentOf, newPair, syncedPair, type Pair } from '../support/pass.ts';
import { differences } from '../support/same.ts';
import { until } from '../support/temp.ts';
import { assertNothingLeft, startWatch, withWatch, type Watching } from '../support/watch.ts';

const write = (pair: Pair, at: string, content: string | Buffer): void =>
  fs.writeFileSync(`${pair.source}/${at}`, content);

/** Passes as they began and ended: `start 1`, `end 1`, … */
const beats = ({ events }: Watching): string[] => events.flatMap((event) =>
  ('aside' in event ? [] : event.kind === 'pass-started' ? [`start ${event.pass}`]
    : event.kind === 'pass-finished' ? [`end ${event.pass}`] : []));

/** No pass began before the one before it had ended, but for small ones aside. */
function assertOneAtATime(watching: Watching): void {
  const wanted = beats(watching).map((beat, at, all) =>
    (at % 2 === 0 ? beat : all[at - 1]!.replace('start', 'end')));
  assert.equal(beats(watching), wanted);
  assert.ok(beats(watching).every((beat, at) => beat.startsWith(at % 2 === 0 ? 'start' : 'end')));
}

const passes = suite('watch: passes');

passes('begin with a full one beside the watcher, and another one when that is ready', async () => {
  const pair = newPair({ a: 'A', 'd/b': 'B' });
  await withWatch(pair, {}, async (watching) => {
    const told = watching.events.flatMap((event) =>
      (event.kind === 'pass-started' ? [`${event.scope} ${event.reason}`]
        : event.kind === 'started' || event.kind === 'watching' ? [event.kind] : []));
    assert.equal(told.toSorted(), ['full start', 'full watcher-ready', 'started', 'watching']);
    assert.is(told[0], 'started');
    assert.is(told.at(-1), 'full watcher-ready');
    const [ready] = watching.all('watching');
    assert.equal([ready?.folders, ready?.intervalMs], [2, 86_400_000]);
    assert.equal(differences(pair.source, pair.replica), []);
    assert.equal(watching.all('pass-finished').map(({ quiet }) => quiet), [false, true]);
  });
});

passes('run one at a time, and lose no change that comes meanwhile', async () => {
  const pair = await syncedPair({ a: 'A', 'd/b': 'B' });
  await withWatch(pair, { workers: 1 }, async (watching) => {
    const mark = watching.mark();
    write(pair, 'big', Buffer.alloc(400_000_000, 'x'));
    await until(() => fs.readdirSync(pair.replica).some((name) => name.startsWith('.fsync-')));

    write(pair, 'a', 'changed during the copy');
    write(pair, 'd/new', 'came during the copy');
    fs.unlinkSync(`${pair.source}/d/b`);
    assert.is(contentOf(pair.replica, 'a'), 'A');
    await watching.mirrored();

    // The disk is equal a moment before the pass that made it so is told.
    await until(() => watching.all('pass-finished', mark).length >= 2);
    assertOneAtATime(watching);
    await assertNothingLeft(watching);
  });
});

passes('full and asked for often are merged into one that waits', async () => {
  const pair = await syncedPair({ a: 'A' });
  await withWatch(pair, { workers: 1 }, async (watching) => {
    const mark = watching.mark();
    write(pair, 'big', Buffer.alloc(300_000_000, 'x'));
    await watching.event('pass-started', { since: mark });
    for (let at = 0; at < 20; at += 1) watching.say('sync');
    write(pair, 'a', 'changed');
    await watching.event('pass-finished', { since: mark, where: ({ scope }) => scope === 'full' });
    await watching.mirrored();
    await assertNothingLeft(watching);
    assertOneAtATime(watching);
    const full = watching.all('pass-started', mark).filter(({ scope }) => scope === 'full');
    assert.ok(full.length <= 3, `${full.length} full passes`);
  });
});

passes('come at the interval', async () => {
  const pair = newPair();
  write(pair, 'big', Buffer.alloc(60_000_000, 'x'));
  const watching = startWatch(pair, { events: false, intervalMs: 1000 });
  try {
    for (let pass = 1; pass <= 4; pass += 1) {
      await watching.event('pass-finished', { where: (event) => event.pass === pass });
      write(pair, 'big', Buffer.alloc(60_000_000, `${pass}`));
    }
    await watching.event('pass-started', { where: ({ pass }) => pass === 5 });
  } finally {
    await watching.stop();
  }
  assertOneAtATime(watching);
  assert.equal(watching.all('pass-started').slice(1, 5).map(({ reason }) => reason),
    ['interval', 'interval', 'interval', 'interval']);
});

passes('longer than the interval are followed by the next, never by two', async () => {
  const pair = newPair();
  write(pair, 'big', Buffer.alloc(400_000_000, 'x'));
  const watching = startWatch(pair, { events: false, intervalMs: 40, workers: 1 });
  try {
    const { ms } = await watching.event('pass-finished');
    assert.ok(ms > 100, `the pass took only ${ms} ms`);
    await watching.event('pass-finished', { where: ({ pass }) => pass === 4 });
  } finally {
    await watching.stop();
  }
  assertOneAtATime(watching);
  const at = (kind: 'pass-started' | 'pass-finished', pass: number): number =>
    watching.times[watching.events.findIndex((one) => one.kind === kind && one.pass === pass)]!;
  // The third waits for its own time: one trigger was kept, not one for each interval.
  assert.ok(at('pass-started', 4) - at('pass-started', 2) > 40);
});

passes.run();

// ---

const words = suite('watch: the word');

words('sync makes a full pass', async () => {
  const pair = await syncedPair({ a: 'A' });
  await withWatch(pair, {}, async (watching) => {
    fs.writeFileSync(`${pair.replica}/a`, 'drifted');
    fs.writeFileSync(`${pair.replica}/extra`, 'extra');
    const { reason, missed } = await watching.fullPass();
    assert.equal([reason, missed], ['asked', 0]);
    assert.equal(differences(pair.source, pair.replica), []);
  });
});

words('sync waits for nothing to settle', async () => {
  const pair = await syncedPair({ a: 'A' });
  await withWatch(pair, { settleMs: 3_600_000, maxWaitMs: 3_600_000 }, async (watching) => {
    write(pair, 'a', 'changed');
    await watching.fullPass();
    assert.is(contentOf(pair.replica, 'a'), 'changed');
  });
});

words('pause lets changes be, resume makes a full pass', async () => {
  const pair = await syncedPair({ a: 'A' });
  await withWatch(pair, {}, async (watching) => {
    watching.say('pause');
    await watching.event('paused');
    for (const word of ['sync', 'approve'] as const) {
      const since = watching.mark();
      watching.say(word);
      await watching.event('paused', { since });
    }
    const mark = watching.mark();
    write(pair, 'a', 'changed');
    watching.say('sync');
    watching.say('status');
    assert.is((await watching.event('status', { since: mark })).state, 'paused');
    // Long enough for the change to be told, settled, and carried over, if it were.
    const since = performance.now();
    await until(() => performance.now() - since > 500);
    assert.equal(watching.all('pass-started', mark), []);
    assert.is(contentOf(pair.replica, 'a'), 'A');

    const { reason } = await watching.fullPass('resume');
    assert.is(reason, 'resumed');
    assert.is(watching.all('resumed').length, 1);
    assert.equal(differences(pair.source, pair.replica), []);
    write(pair, 'a', 'changed again');
    await watching.mirrored();
  });
});

words('status is answered, in the middle of a pass too', async () => {
  const startedAt = Date.now();
  const pair = await syncedPair({ a: 'A' });
  await withWatch(pair, { intervalMs: 3_600_000, workers: 1 }, async (watching) => {
    watching.say('status');
    const { state, passes: count, problems, held, missed, nextFullAt, lastPassAt } =
      await watching.event('status');
    assert.equal({ state, count, problems, held, missed },
      { state: 'watching', count: 2, problems: 0, held: 0, missed: 0 });
    assert.ok(nextFullAt > startedAt + 3_599_000 && nextFullAt <= Date.now() + 3_600_000);
    assert.ok(lastPassAt! > startedAt && lastPassAt! <= Date.now());

    const mark = watching.mark();
    write(pair, 'big', Buffer.alloc(300_000_000, 'x'));
    await watching.event('pass-started', { since: mark });
    watching.say('status');
    assert.is((await watching.event('status', { since: mark })).state, 'passing');
    await watching.mirrored();
  });
});

words('pause leaves a pass that waits for the one in hand to resume', async () => {
  const pair = await syncedPair({ a: 'A' });
  await withWatch(pair, { workers: 1 }, async (watching) => {
    const mark = watching.mark();
    write(pair, 'big', Buffer.alloc(300_000_000, 'x'));
    await watching.event('pass-started', { since: mark });
    watching.say('sync');
    watching.say('pause');
    await watching.event('pass-finished', { since: mark });
    watching.say('resume');
    await watching.event('pass-started',
      { since: mark, where: ({ reason }) => reason === 'resumed' });
    assert.equal(watching.all('pass-started', mark).map(({ reason }) => reason),
      ['changes', 'resumed']);
  });
});

words('are heard from the start: paused then, it does not even begin', async () => {
  const pair = newPair({ a: 'A' });
  const watching = startWatch(pair);
  watching.say('status');
  watching.say('pause');
  await watching.event('paused');
  assert.is((await watching.event('status')).state, 'paused');
  await watching.event('watching');
  assert.equal([watching.all('pass-started'), fs.existsSync(pair.replica)], [[], false]);
  assert.is((await watching.fullPass('resume')).reason, 'resumed');
  assert.is(contentOf(pair.replica, 'a'), 'A');
  await watching.stop();
});

words('quit ends the watch, also in the middle of a copy, and leaves nothing', async () => {
  const pair = await syncedPair({ a: 'A' });
  const watching = startWatch(pair, { workers: 1 });
  await watching.ready();
  const mark = watching.mark();
  write(pair, 'big', '');
  fs.truncateSync(`${pair.source}/big`, 6_000_000_000);
  await watching.event('pass-started', { since: mark });
  await until(() => fs.readdirSync(pair.replica).some((name) => name.startsWith('.fsync-')));
  await watching.stop();

  assert.is(watching.events.at(-1)?.kind, 'stopped');
  assert.equal(fs.readdirSync(pair.replica), ['a']);
  assert.equal(watching.all('problem'), []);

  fs.truncateSync(`${pair.source}/big`, 1_000_000);
  await withWatch(pair, {}, (again) => again.mirrored());
});

words.run();
