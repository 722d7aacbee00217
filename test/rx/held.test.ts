import {
  concatWith, EMPTY, interval, map, NEVER, Subscription, take, timer, type Observable,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { SyncEvent } from '../../lib/core/event.ts';
import { DEFAULTS } from '../../lib/core/options.ts';
import { addChanges } from '../../lib/core/scope.ts';
import { later } from '../../lib/later.ts';
import { newMemory } from '../../lib/mirror.ts';
import { fullPasses } from '../../lib/rhythm.ts';
import { coalesce } from '../../lib/rx/coalesce.ts';
import { withHook } from '../../lib/rx/hook.ts';
import { settle } from '../../lib/rx/settle.ts';

/** What a subscription would have to undo, and what hangs on that. */
function held(subscription: Subscription, seen = new Set<unknown>()): number {
  const { _finalizers: own } = subscription as unknown as { _finalizers: unknown[] | null };
  for (const one of own ?? []) {
    if (seen.has(one)) continue;
    seen.add(one);
    if (one instanceof Subscription) held(one, seen);
  }
  return seen.size;
}

type Stream = (element$: Observable<number>) => Observable<unknown>;

/** What a stream holds once so many of its source's elements went through, one every 10 ms. */
function heldAfter(count: number, stream: Stream): number {
  let found = NaN;
  new TestScheduler(() => {}).run(({ flush }) => {
    const subscription = stream(interval(10).pipe(take(count), concatWith(NEVER))).subscribe();
    timer(10 * count + 60_000).subscribe(() => {
      found = held(subscription);
      subscription.unsubscribe();
    });
    flush();
  });
  return found;
}

const holding = suite('what a stream of weeks holds');

const STREAMS: Record<string, Stream> = {
  'settle, of batches': (element$) => element$.pipe(settle(5, 100, (_, next) => next)),
  'settle, of what never rests': (element$) => element$.pipe(settle(15, 100, (_, next) => next)),
  coalesce: (element$) => element$.pipe(coalesce((_, next) => next,
    () => timer(25), () => timer(5))),
  'coalesce, of runs that are over at once': (element$) => element$.pipe(
    coalesce((_, next) => next, () => EMPTY)),
  withHook: (element$) => element$.pipe(
    map((): SyncEvent => ({ kind: 'settling' })), withHook(async () => {}, NEVER)),
  'what is left for later': (element$) => {
    const left = later(1_000,
      { hold: undefined, waiting: new Map(), heardMs: Infinity, isDeaf: false });
    const changes = addChanges(undefined, [{ folder: '', name: 'a' }]);
    element$.subscribe((n) => left.take({
      retry: { changes, afterMs: n % 3 }, arrived: changes, waiting: changes,
      ...(n % 2 === 0 ? { failed: { code: '', text: '' } } : {}),
    }));
    return left.trigger$;
  },
  'full passes': (element$) => {
    const full = fullPasses({ ...DEFAULTS, source: '/s', replica: '/r', intervalMs: 1_000 },
      newMemory(1_000));
    element$.subscribe((n) => full.hear({ kind: 'ready', folders: 1,
      ...(n % 2 === 0 ? { remote: 'nfs' } : {}) }));
    return full.trigger$;
  },
};

for (const [name, stream] of Object.entries(STREAMS)) {
  holding(`${name}: does not grow`, () => {
    assert.is(heldAfter(1_000, stream), heldAfter(10, stream));
  });
}

holding.run();
