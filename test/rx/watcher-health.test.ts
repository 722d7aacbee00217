import fs from 'node:fs';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { WatcherEvent } from '../../lib/rx/changes.ts';
import { queueProbe } from '../../lib/rx/queue-probe.ts';
import { overflowDetector, troubles } from '../../lib/rx/watcher-health.ts';
import { needs } from '../support/needs.ts';
import { until } from '../support/temp.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const times = (count: number, action: () => void): void => {
  for (let n = 0; n < count; n += 1) action();
};

const overflow = suite('overflowDetector');

const queue = (): number =>
  Number(fs.readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
const onLinux = needs(overflow, { platform: 'linux' });

onLinux('tells when half the queue comes in one turn, where it cannot be probed', async () => {
  const half = Math.ceil(queue() / 2);
  let told = 0;
  const detector = overflowDetector(() => { told += 1; }, () => undefined);

  for (let n = 0; n < 4; n += 1) {
    times(half - 1, detector.count);
    await turn();
    await turn();
  }
  assert.is(told, 0, 'as many in several turns are no overflow');

  times(half, detector.count);
  assert.is(told, 0, 'not before the turn is over');
  await turn();
  assert.is(told, 1);

  for (let n = 0; n < 3; n += 1) {
    times(half, detector.count);
    await turn();
    await turn();
  }
  assert.is(told, 1, 'not again in the same second');
  await until(() => told === 2);
});

/** Eight queues in one turn, each probe answered, or not, after some events. */
async function flooded(after: number): Promise<number> {
  let told = 0;
  let count = 0;
  const due: number[] = [];
  let arrived = (): void => {};
  const detector = overflowDetector(() => { told += 1; }, (hear) => {
    arrived = hear;
    return { send: () => due.push(count + after) };
  });
  times(8 * queue(), () => {
    detector.count();
    count += 1;
    if (due[0]! <= count) answer();
  });
  // The turn goes on until the queue is empty.
  if (after !== Infinity) while (due.length > 0) answer();
  for (let n = 0; n < 3; n += 1) await turn();
  return told;

  function answer(): void {
    due.shift();
    arrived();
  }
}

onLinux('does not tell while its probes come soon, however long the turn is', async () => {
  for (const after of [0, 256, 0.7 * queue()]) assert.is(await flooded(after), 0, `${after}`);
});

onLinux('tells when a probe had most of a queue before it, or never came', async () => {
  assert.is(await flooded(0.75 * queue()), 1);
  assert.is(await flooded(Infinity), 1);
});

onLinux('has a probe that is an event like others', async () => {
  let arrived = 0;
  const probe = queueProbe(() => { arrived += 1; });
  probe?.send();
  await until(() => arrived === 1);
  // Also several in a row, of which the system would keep one where they are equal.
  for (let n = 0; n < 3; n += 1) probe?.send();
  await until(() => arrived === 4);
});

overflow.run();

// ---

const trouble = suite('troubles');

const failing = (code: string, path: string): unknown =>
  Object.assign(new Error(code), { code, path });

trouble('tells each code once, with the number of folders and its limit', async () => {
  const told: WatcherEvent[] = [];
  const some = troubles((event) => told.push(event));
  times(3, () => some.add(failing('ENOSPC', 'a')));
  some.add(failing('ENOSPC', 'b'));
  some.add(failing('EACCES', 'c'));
  some.add(new Error('whatever'));
  assert.equal(told, [], 'not before it begins');
  assert.is(some.count(), 4);

  some.begin();
  const [space, access, other] = told;
  assert.equal({ ...space, limit: 0 }, { kind: 'trouble', code: 'ENOSPC', folders: 2, limit: 0 });
  assert.equal(access, { kind: 'trouble', code: 'EACCES', folders: 1 });
  assert.equal(other, { kind: 'trouble', code: 'unknown', folders: 1 });

  times(1_000, () => some.add(failing('EACCES', 'c')));
  for (let n = 0; n < 1_000; n += 1) some.add(failing('EACCES', `${n}`));
  assert.is(told.length, 3, 'at most once a second');
  await until(() => told.length > 3);
  assert.equal(told.slice(3), [{ kind: 'trouble', code: 'EACCES', folders: 1_001 }]);

  for (let n = 0; n < 1_000; n += 1) some.add(failing('EACCES', `more ${n}`));
  for (let n = 0; n < 2_000; n += 1) some.add(failing('ENOSPC', `${n}`));
  await until(() => told.length > 4);
  assert.equal(told.slice(4).map((event) => 'code' in event && event.code), ['ENOSPC'],
    'not before they are twice as many');
});

trouble('forgets folders that are gone, and all when it is cleared', () => {
  const told: WatcherEvent[] = [];
  const some = troubles((event) => told.push(event));
  some.add(failing('EACCES', 'a'));
  some.add(failing('EACCES', 'b'));
  some.gone('a');
  assert.is(some.count(), 1);
  some.clear();
  some.begin();
  assert.equal(told, []);
});

trouble.run();
