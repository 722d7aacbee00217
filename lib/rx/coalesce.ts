import { Observable, Subject, takeUntil, type OperatorFunction } from 'rxjs';

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
 */
export function coalesce<T, R>(
  merge: (waiting: T, next: T) => T, run: (trigger: T) => Observable<R>,
): OperatorFunction<T, R> {
  return (source) => new Observable((subscriber) => {
    // Also reaches what emits synchronously, whose subscription we do not hold yet.
    const stop$ = new Subject<void>();
    subscriber.add(() => stop$.next());

    let waiting: { readonly trigger: T } | undefined;
    let isRunning = false;
    let isStarting = false;
    let isSourceDone = false;

    // A loop and not a recursion: a thousand synchronous runs must not need a thousand frames.
    const runWaiting = (): void => {
      if (isStarting) return;
      isStarting = true;
      while (waiting !== undefined && !isRunning && !subscriber.closed) {
        const { trigger } = waiting;
        waiting = undefined;
        start(trigger);
      }
      isStarting = false;
      if (isSourceDone && !isRunning) subscriber.complete();
    };

    const start = (trigger: T): void => {
      isRunning = true;
      attempt(() => {
        const running = run(trigger).pipe(takeUntil(stop$)).subscribe({
          next: (result) => subscriber.next(result),
          error: (error) => subscriber.error(error),
        });
        // Not at its completion: what the run holds is released after that, and before this.
        running.add(() => {
          isRunning = false;
          runWaiting();
        });
      });
    };

    const attempt = (action: () => void): void => {
      try {
        action();
      } catch (error) {
        subscriber.error(error);
      }
    };

    source.pipe(takeUntil(stop$)).subscribe({
      next: (next) => attempt(() => {
        waiting = { trigger: waiting === undefined ? next : merge(waiting.trigger, next) };
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
