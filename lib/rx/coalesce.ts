import { EMPTY, Observable, Subject, takeUntil, type OperatorFunction } from 'rxjs';

/**
 * Like exhaustMap, but what comes during a run is not lost: at most one run at a time, at most one
 * trigger waits, merged from all that came meanwhile, and runs next.
 *
 *     triggers$.pipe(coalesce(mergeTriggers, (trigger) => pass(trigger)))
 *
 * The next run starts once all the last one held is released. Completion of the source waits for
 * the run in hand and the trigger that waits. An error, of the source, a run, `merge` or `run`
 * itself, ends all. A run may cause triggers, and may be over the moment it is subscribed: neither
 * nests runs.
 *
 * What waits is also offered to `aside`, which may do some of it beside the run in hand, one such
 * at a time: a run starts when both are over, and gets all that waited, whatever was done aside.
 */
export function coalesce<T, R>(
  merge: (waiting: T, next: T) => T, run: (trigger: T) => Observable<R>,
  aside: (news: T) => Observable<R> = () => EMPTY,
): OperatorFunction<T, R> {
  return (source) => new Observable((subscriber) => {
    // Also reaches what emits synchronously, whose subscription we do not hold yet.
    const stop$ = new Subject<void>();
    subscriber.add(() => stop$.next());

    let waiting: { readonly trigger: T } | undefined;
    /** What came during the run in hand and was not offered aside yet. */
    let news: { readonly trigger: T } | undefined;
    let isRunning = false;
    let isAside = false;
    let isStarting = false;
    let isSourceDone = false;

    // A loop and not a recursion: a thousand synchronous runs must not need a thousand frames.
    const runWaiting = (): void => {
      if (isStarting) return;
      isStarting = true;
      while (waiting !== undefined && !isRunning && !isAside && !subscriber.closed) {
        const { trigger } = waiting;
        waiting = undefined;
        start(trigger);
      }
      isStarting = false;
      if (isSourceDone && !isRunning && !isAside) subscriber.complete();
    };

    const start = (trigger: T): void => {
      isRunning = true;
      news = undefined;
      follow(() => run(trigger), () => {
        isRunning = false;
        runWaiting();
      });
    };

    const offerNews = (): void => {
      if (news === undefined || !isRunning || isAside || subscriber.closed) return;
      const { trigger } = news;
      news = undefined;
      isAside = true;
      follow(() => aside(trigger), () => {
        isAside = false;
        offerNews();
        runWaiting();
      });
    };

    // `over` not at the completion: what the run holds is released after that, and before this.
    const follow = (begin: () => Observable<R>, over: () => void): void => attempt(() => {
      const running = begin().pipe(takeUntil(stop$)).subscribe({
        next: (result) => subscriber.next(result),
        error: (error) => subscriber.error(error),
      });
      running.add(over);
    });

    const attempt = (action: () => void): void => {
      try {
        action();
      } catch (error) {
        subscriber.error(error);
      }
    };

    source.pipe(takeUntil(stop$)).subscribe({
      next: (next) => attempt(() => {
        if (isRunning) news = { trigger: news === undefined ? next : merge(news.trigger, next) };
        waiting = { trigger: waiting === undefined ? next : merge(waiting.trigger, next) };
        offerNews();
        runWaiting();
      }),
      error: (error) => subscriber.error(error),
      complete: () => {
        isSourceDone = true;
        runWaiting();
      },
    });
  });
}
