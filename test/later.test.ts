import { take, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { addChanges, type ChangedPaths, type Trigger } from '../lib/core/scope.ts';
import { later, type Later } from '../lib/later.ts';
import type { PassResult } from '../lib/mirror.ts';

const left = suite('what passes leave for later');

const change = (name: string): ChangedPaths => addChanges(undefined, [{ folder: '', name }]);
const vanished = (name: string): PassResult => ({ waiting: change(name) });
const failed: PassResult = { failed: { code: 'source-missing', text: '' } };

const nothing = (): Parameters<typeof later>[1] =>
  ({ hold: undefined, waiting: new Map(), heardMs: Infinity, isDeaf: false });

interface Told {
  readonly ms: number;
  readonly trigger: Trigger;
}

/** The triggers of a minute and a half in virtual time, and when they come. */
function triggersOf(
  act: (left: Later) => void, intervalMs = 600_000, memory = nothing(),
): readonly Told[] {
  const told: Told[] = [];
  const scheduler = new TestScheduler(assert.equal);
  scheduler.run(() => {
    const all = later(intervalMs, memory);
    all.trigger$.subscribe((trigger) => told.push({ ms: scheduler.now(), trigger }));
    act(all);
  });
  return told;
}

/** Takes a result of a pass every so often. */
const every = (all: Later, ms: number, times: number, result: (at: number) => PassResult): void =>
  void timer(0, ms).pipe(take(times)).subscribe((at) => all.take(result(at)));

left('deletions wait until nothing vanished for a second', () => {
  const told = triggersOf((all) => every(all, 400, 5, (at) => vanished(`${at}`)));
  assert.equal(told.map(({ ms }) => ms), [2_600]);
  const { trigger } = told[0]!;
  assert.equal([trigger.ripe, trigger.full, [...trigger.changes.get('') ?? []]],
    [true, false, ['0', '1', '2', '3', '4']]);
});

left('an episode in which nothing was heard for a second is over with the pass', () => {
  const memory = { ...nothing(), waiting: change('before'), heardMs: performance.now() - 1_000 };
  const told = triggersOf((all) => {
    all.take(vanished('a'));
    assert.is(memory.waiting.size, 0, 'at once: what else waits for a pass is merged with it');
  }, 600_000, memory);
  assert.equal(told.map(({ ms, trigger }) => [ms, [...trigger.changes.get('') ?? []]]),
    [[0, ['before', 'a']]]);
});

left('but for a watcher that does not hear of all', () => {
  const memory = { ...nothing(), heardMs: performance.now() - 5_000, isDeaf: true };
  const told = triggersOf((all) => all.take(vanished('a')), 600_000, memory);
  assert.equal(told.map(({ ms }) => ms), [1_000]);
});

left('one in which something was heard since is over a second after that', () => {
  const memory = { ...nothing(), heardMs: performance.now() - 400 };
  const told = triggersOf((all) => all.take(vanished('a')), 600_000, memory);
  assert.is(told.length, 1);
  assert.ok(told[0]!.ms > 0 && told[0]!.ms <= 600, `${told[0]!.ms}`);
});

left('where some are held already a full pass looks at them: only that has the whole list', () => {
  const hold = { reason: 'max-delete', entries: 1, of: 9, limit: 0, paths: ['a'] } as const;
  const told = triggersOf((all) => all.take(vanished('b')), 600_000,
    { ...nothing(), hold });
  assert.equal(told.map(({ trigger }) => [trigger.full, trigger.ripe]), [[true, true]]);
});

left('deletions wait a minute at most', () => {
  const told = triggersOf((all) => every(all, 500, 180, (at) => vanished(`${at % 50}`)));
  assert.equal(told.map(({ ms }) => ms)[0], 60_000);
});

left('a root that is away is looked for after 1, 2, 4, 8, 10, 10 … seconds', () => {
  const told = triggersOf((all) => {
    all.trigger$.pipe(take(6)).subscribe(() => all.take(failed));
    all.take(failed);
  });
  assert.equal(told.map(({ ms }) => ms), [1, 3, 7, 15, 25, 35, 45].map((s) => s * 1000));
  assert.ok(told.every(({ trigger }) => trigger.full));
});

left('and never less often than the interval', () => {
  const told = triggersOf((all) => {
    all.trigger$.pipe(take(3)).subscribe(() => all.take(failed));
    all.take(failed);
  }, 1_500);
  assert.equal(told.map(({ ms }) => ms), [1_000, 2_500, 4_000, 5_500]);
});

left('paths that failed are tried again when the pass says', () => {
  const told = triggersOf((all) => all.take({ retry: { afterMs: 4_000, changes: change('a') } }));
  assert.equal(told.map(({ ms, trigger }) => [ms, trigger.reason, trigger.full]),
    [[4_000, 'retry', false]]);
});

left('what moved is looked at again, whatever passes end meanwhile', () => {
  const told = triggersOf((all) => {
    all.take({ arrived: change('a') });
    all.take({ arrived: change('b') });
    all.take({});
  });
  assert.equal(told.map(({ ms, trigger }) => [ms, [...trigger.changes.get('') ?? []]]),
    [[1_000, ['a']], [1_000, ['b']]]);
});

left.run();
