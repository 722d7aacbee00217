import { merge, of, Subject, tap, toArray } from 'rxjs';
import { TestScheduler, type RunHelpers } from 'rxjs/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { settle } from '../../lib/rx/settle.ts';

const marbles = (test: (helpers: RunHelpers) => void): void =>
  new TestScheduler((actual, expected) => assert.equal(actual, expected)).run(test);

/** Strings joined: a batch shows what it was merged from, and that it began with undefined. */
const joined = settle<string, string>(3, 8, (batch, next) => (batch ?? '') + next);

const settling = suite('settle');

settling('closes a batch when nothing came for the quiet time', () => {
  marbles(({ hot, expectObservable }) => {
    const source$ = hot('  a-b-----c---------');
    const expected = '     -----x-----y------';
    expectObservable(source$.pipe(joined)).toBe(expected, { x: 'ab', y: 'c' });
  });
});

settling('closes a batch of what never rests the maximal wait after its first element', () => {
  marbles(({ hot, expectObservable }) => {
    const source$ = hot('  abcdefghijklmn-----');
    const expected = '     --------x-------y--';
    expectObservable(source$.pipe(joined)).toBe(expected, { x: 'abcdefghi', y: 'jklmn' });
  });
});

settling('does not wait for quiet beyond the maximal wait', () => {
  marbles(({ hot, expectObservable }) => {
    const source$ = hot('  a--b--c------------');
    const long = settle<string, string>(100, 5, (batch, next) => (batch ?? '') + next);
    expectObservable(source$.pipe(long)).toBe('-----x-----y', { x: 'ab', y: 'c' });
  });
});

settling('opens the next batch with nothing', () => {
  const given: (string | undefined)[] = [];
  const recording = settle<string, string>(3, 8, (batch, next) => {
    given.push(batch);
    return next;
  });
  marbles(({ hot, expectObservable }) => {
    expectObservable(hot('a----bc---d---').pipe(recording)).toBe('---a-----c---d');
  });
  assert.equal(given, [undefined, undefined, 'b', undefined]);
});

settling('merges into a batch whose content is undefined or null', () => {
  marbles(({ hot, expectObservable }) => {
    const source$ = hot('  ab-----');
    const nothing = settle<string, undefined>(3, 8, () => undefined);
    expectObservable(source$.pipe(nothing)).toBe('----x--', { x: undefined });
  });
});

settling('closes the batch when the source completes', () => {
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const source$ = hot('  ab|');
    expectObservable(source$.pipe(joined)).toBe('--(x|)', { x: 'ab' });
    expectObservable(hot('|').pipe(joined)).toBe('|');
    expectSubscriptions(source$.subscriptions).toBe('^-!');
  });
});

settling('passes an error through at once, and the batch is lost', () => {
  marbles(({ hot, expectObservable }) => {
    expectObservable(hot('a-#').pipe(joined)).toBe('--#');
  });
});

settling('passes an error of merge on', () => {
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const source$ = hot('-a--b');
    const failing = settle<string, string>(3, 8, () => {
      throw 'error';
    });
    expectObservable(source$.pipe(failing)).toBe('-#');
    expectSubscriptions(source$.subscriptions).toBe('^!');
  });
});

settling('stops at once when unsubscribed, its timer too', () => {
  marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const source$ = hot('  a--------a-----');
    const until = '        ^-!';
    expectObservable(source$.pipe(joined), until).toBe('---');
    expectSubscriptions(source$.subscriptions).toBe(until);
  });
});

settling('takes what its own batch causes into the next batch', () => {
  marbles(({ hot, expectObservable }) => {
    const caused$ = new Subject<string>();
    const result$ = merge(hot('a------'), caused$)
      .pipe(joined, tap((batch) => batch === 'a' && caused$.next('b')));
    expectObservable(result$).toBe('---a--b');
  });
});

settling('gives a batch of a synchronous source once', () => {
  marbles(({ expectObservable }) => {
    expectObservable(of('a', 'b').pipe(joined, toArray())).toBe('(x|)', { x: ['ab'] });
  });
});

settling('closes a batch early when the clock was set back', () => {
  const realNow = Date.now;
  let isBack = false;
  return new Promise<void>((resolve, reject) => {
    const guard = setTimeout(() => reject(new Error('the batch did not close')), 5_000);
    const source$ = new Subject<string>();
    Date.now = () => realNow() - (isBack ? 3_600_000 : 0);
    source$.pipe(settle<string, string>(20, 100, (batch, next) => (batch ?? '') + next))
      .subscribe((batch) => {
        clearTimeout(guard);
        assert.is(batch, 'a');
        resolve();
      });
    source$.next('a');
    isBack = true;
  }).finally(() => {
    Date.now = realNow;
  });
});

settling('closes a batch early also where more comes after the clock was set back', () => {
  const realNow = Date.now;
  let backMs = 0;
  let timer: NodeJS.Timeout;
  return new Promise<void>((resolve, reject) => {
    const guard = setTimeout(() => reject(new Error('the batch did not close')), 5_000);
    const source$ = new Subject<string>();
    Date.now = () => realNow() - backMs;
    source$.pipe(settle<string, number>(1_000, 1_000, (batch, next) => (batch ?? 0) + next.length))
      .subscribe(() => {
        clearTimeout(guard);
        resolve();
      });
    source$.next('a');
    backMs = 3_600_000;
    // It never rests.
    timer = setInterval(() => source$.next('b'), 5);
  }).finally(() => {
    clearInterval(timer);
    Date.now = realNow;
  });
});

settling.run();
