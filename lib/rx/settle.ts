import { asyncScheduler, Observable, Subscription, type OperatorFunction } from 'rxjs';

/**
 * Like debounceTime, but nothing is dropped and nothing starves: elements are merged into a batch,
 * which closes when nothing came for `quietMs`, or `maxWaitMs` after its first element.
 *
 *     settle(50, 1000, (batch: string[] = [], next: string) => [...batch, next])
 *
 * A batch opens with the first element after the last batch closed: `merge` gets undefined then.
 * Completion of the source closes the batch at once. An error of the source, or of `merge`, passes
 * through at once, and the batch is lost.
 */
export function settle<T, R>(
  quietMs: number, maxWaitMs: number, merge: (batch: R | undefined, next: T) => R,
): OperatorFunction<T, R> {
  return (source) => new Observable((subscriber) => {
    let batch: { content: R; readonly openedAt: number; lastAt: number } | undefined;

    const take = (element: T): void => {
      const content = merge(batch?.content, element);
      const now = asyncScheduler.now();
      if (batch === undefined) {
        batch = { content, openedAt: now, lastAt: now };
        wait(Math.min(quietMs, maxWaitMs));
      } else {
        batch.content = content;
        batch.lastAt = now;
      }
    };

    // One timer a batch, which looks again when it is due: cheaper in bursts than one an element.
    let timer = Subscription.EMPTY;
    // One that has run stays with whom it was added to: a stream of weeks would keep them all.
    subscriber.add(() => timer.unsubscribe());
    const wait = (delay: number): void => {
      timer.unsubscribe();
      timer = asyncScheduler.schedule(look, delay);
    };
    const look = (): void => {
      if (batch === undefined) return;
      const now = asyncScheduler.now();
      const left = Math.min(batch.lastAt + quietMs, batch.openedAt + maxWaitMs) - now;
      // A clock that was set back would make us wait as long: such a batch closes early instead.
      if (left > 0 && now >= batch.openedAt) wait(left);
      else close();
    };

    const close = (): void => {
      if (batch === undefined) return;
      const { content } = batch;
      batch = undefined;
      subscriber.next(content);
    };

    subscriber.add(source.subscribe({
      next: (element) => {
        try {
          take(element);
        } catch (error) {
          subscriber.error(error);
        }
      },
      error: (error) => subscriber.error(error),
      complete: () => {
        close();
        subscriber.complete();
      },
    }));
  });
}
