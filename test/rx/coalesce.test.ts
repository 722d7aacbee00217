import {
  concatMap, defer, exhaustMap, finalize, map, mergeMap, NEVER, of, range, Subject, switchMap, take,
  tap, throwError, type Observable, type OperatorFunction,
} from 'rxjs';
import { TestScheduler, type RunHelpers } from 'rxjs/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { coalesce } from '../../lib/rx/coalesce.ts';

const marbles = (test: (helpers: RunHelpers) => void): void =>
  new TestScheduler((actual, expected) => assert.equal(actual, expected)).run(test);

type Run = (trigger: string) => Observable<string>;
type Operator = (run: Run) => OperatorFunction<string, string>;

const joining: Operator = (run) => coalesce((waiting, next) => waiting + next, run);

/** A run of four frames: it gives its trigger first, and the same in capitals in the end. */
const fourFrames = ({ cold }: RunHelpers): Run => (trigger) =>
  cold('s---(e|)', { s: trigger, e: trigger.toUpperCase() });

/** What no operator of rxjs does, each as a test of some operator. */
const sentences: Record<string, (operator: Operator) => void> = {
  'what came meanwhile waits, merged, and runs next': (operator) => marbles((helpers) => {
    const source$ = helpers.hot('a-bc---------d-----');
    const expected = '           a---(Ax)X----d---D-';
    helpers.expectObservable(source$.pipe(operator(fourFrames(helpers))))
      .toBe(expected.trim(), { a: 'a', A: 'A', x: 'bc', X: 'BC', d: 'd', D: 'D' });
  }),

  'a burst needs few runs, never two at a time, and loses nothing': (operator) => {
    const seen: string[] = [];
    let running = 0;
    marbles(({ hot, cold, flush }) => {
      const run: Run = (trigger) => defer(() => {
        running += 1;
        seen.push(running === 1 ? trigger : 'two at a time');
        return cold('---|').pipe(finalize(() => { running -= 1; }));
      });
      hot('abcdefghij').pipe(operator(run)).subscribe();
      flush();
    });
    assert.equal(seen, ['a', 'bcd', 'efg', 'hij']);
  },

  'a trigger that a run itself gives runs after it, not inside it': (operator) => {
    const seen: string[] = [];
    const source$ = new Subject<string>();
    const run: Run = (trigger) => defer(() => {
      seen.push(`start ${trigger}`);
      if (trigger === 'a') for (const next of 'bc') source$.next(next);
      seen.push(`end ${trigger}`);
      return of(trigger);
    });
    source$.pipe(operator(run)).subscribe();
    source$.next('a');
    assert.equal(seen, ['start a', 'end a', 'start bc', 'end bc']);
  },
};

const comparing = suite('coalesce, beside the operators of rxjs');

for (const [sentence, test] of Object.entries(sentences)) {
  comparing(sentence, () => test(joining));
}

function fails(test: () => void): boolean {
  try {
    test();
    return false;
  } catch {
    return true;
  }
}

const others: Record<string, Operator> = {
  exhaustMap: (run) => exhaustMap(run),
  concatMap: (run) => concatMap(run),
  switchMap: (run) => switchMap(run),
  mergeMap: (run) => mergeMap(run),
};

for (const [name, operator] of Object.entries(others)) {
  comparing(`${name} would not do`, () => {
    for (const [sentence, test] of Object.entries(sentences)) {
      assert.ok(fails(() => test(operator)), sentence);
    }
  });
}

comparing.run();

// ---

const coalescing = suite('coalesce');

coalescing('completes with the source when nothing runs', () => {
  marbles((helpers) => {
    const source$ = helpers.hot('a-----|');
    helpers.expectObservable(source$.pipe(joining(fourFrames(helpers)))).toBe('a---A-|');
    helpers.expectObservable(helpers.hot('|').pipe(joining(fourFrames(helpers)))).toBe('|');
  });
});

coalescing('waits at completion for the run in hand and for the trigger that waits', () => {
  marbles((helpers) => {
    const inHand$ = helpers.hot('a-|').pipe(joining(fourFrames(helpers)));
    helpers.expectObservable(inHand$).toBe('a---(A|)');

    const waiting$ = helpers.hot('a-b|').pipe(joining(fourFrames(helpers)));
    helpers.expectObservable(waiting$).toBe('a---(Ab)(B|)');
  });
});

coalescing('ends with an error of a run, of the source, of run and of merge', () => {
  marbles((helpers) => {
    const { hot, cold, expectObservable, expectSubscriptions } = helpers;
    const source$ = hot('a-b------');
    expectObservable(source$.pipe(joining(() => cold('--x-#')))).toBe('--x-#');
    expectSubscriptions(source$.subscriptions).toBe('^---!');

    const inner$ = cold('--x-x-x|');
    expectObservable(hot('a--#').pipe(joining(() => inner$))).toBe('--x#');
    expectSubscriptions(inner$.subscriptions).toBe('^--!');

    const thrower = (): never => {
      throw 'error';
    };
    expectObservable(hot('-a-b').pipe(joining(thrower))).toBe('-#');
    expectObservable(hot('-a-b').pipe(joining(() => throwError(() => 'error')))).toBe('-#');
    const merging = coalesce<string, never>(thrower, () => NEVER);
    expectObservable(hot('-a-bc').pipe(merging)).toBe('----#');
  });
});

coalescing('unsubscribes from the source and from the run, and runs nothing more', () => {
  marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const source$ = hot('a-b-------');
    const inner$ = cold('x--x--x--x|');
    const until = '      ^---!';
    expectObservable(source$.pipe(joining(() => inner$)), until).toBe('x--x-');
    expectSubscriptions(source$.subscriptions).toBe(until);
    expectSubscriptions(inner$.subscriptions).toBe(until);
  });
});

coalescing('stops what emits without a pause as soon as nobody listens', () => {
  let produced = 0;
  const endless$ = range(0, 1e9).pipe(tap(() => { produced += 1; }));

  const first: string[] = [];
  of('a', 'b').pipe(joining(() => endless$.pipe(map(String))), take(3))
    .subscribe((value) => first.push(value));
  assert.is(first.length, 3);
  assert.is(produced, 3);

  produced = 0;
  endless$.pipe(coalesce((_, next) => next, (n) => of(n)), take(3)).subscribe();
  assert.is(produced, 3);
});

coalescing('needs no deeper stack for runs that are over at once', () => {
  const source$ = new Subject<number>();
  let runs = 0;
  source$.pipe(coalesce((_, next) => next, (n) => defer(() => {
    runs += 1;
    if (n > 0) source$.next(n - 1);
    return of(n);
  }))).subscribe();
  source$.next(50_000);
  assert.is(runs, 50_001);
});

coalescing('starts the next run after the last one has released what it held', () => {
  const source$ = new Subject<string>();
  const hold$ = new Subject<string>();
  const seen: string[] = [];
  source$.pipe(joining((trigger) => defer(() => {
    seen.push(`start ${trigger}`);
    return trigger === 'a' ? hold$ : of(trigger);
  }).pipe(finalize(() => seen.push(`released ${trigger}`))))).subscribe();
  source$.next('a');
  source$.next('b');
  hold$.complete();
  assert.equal(seen, ['start a', 'released a', 'start b', 'released b']);
});

coalescing('merges in the order of time', () => {
  const source$ = new Subject<string>();
  const hold$ = new Subject<string>();
  const seen: string[] = [];
  source$.pipe(joining((trigger) => {
    seen.push(trigger);
    return seen.length === 1 ? hold$ : of(trigger);
  })).subscribe();
  for (const trigger of 'abcd') source$.next(trigger);
  assert.equal(seen, ['a']);
  hold$.complete();
  assert.equal(seen, ['a', 'bcd']);
});

coalescing.run();

// ---

const offering = suite('coalesce, with work aside');

/** Runs last eight frames; what is done aside says so after three, in brackets. */
const withAside = ({ cold }: RunHelpers): OperatorFunction<string, string> =>
  coalesce((waiting, next) => waiting + next,
    (trigger) => cold('s-------(e|)', { s: trigger, e: trigger.toUpperCase() }),
    (news) => cold('---(n|)', { n: `(${news})` }));

const VALUES = { x: '(b)', y: '(cd)', r: 'bcd', R: 'BCD' };

offering('offers what comes during a run once, one at a time, and runs all of it after', () => {
  marbles((helpers) => {
    const out$ = helpers.hot('a-bcd---------------').pipe(withAside(helpers));
    helpers.expectObservable(out$).toBe('a----x--(Ayr)---R', { ...VALUES, a: 'a', A: 'A' });
  });
});

offering('starts the next run only when nothing is done aside any more', () => {
  marbles((helpers) => {
    const out$ = helpers.hot('a------b-|').pipe(withAside(helpers));
    helpers.expectObservable(out$).toBe('a-------A-(xb)----(B|)',
      { ...VALUES, a: 'a', A: 'A', b: 'b', B: 'B' });
  });
});

offering('offers nothing that no run is in the way of', () => {
  marbles((helpers) => {
    const out$ = helpers.hot('a-----------b').pipe(withAside(helpers));
    helpers.expectObservable(out$).toBe('a-------A---b-------B');
  });
});

offering('stops with its subscriber', () => {
  marbles((helpers) => {
    const aside$ = helpers.cold('------x|');
    const out$ = helpers.hot('a-b').pipe(coalesce((_, next) => next, () => NEVER, () => aside$));
    helpers.expectObservable(out$, '^----!').toBe('');
    helpers.expectSubscriptions(aside$.subscriptions).toBe('--^--!');
  });
});

offering.run();
