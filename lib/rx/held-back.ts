import { defer, EMPTY, Subject, type Observable } from 'rxjs';

/** What is said, held back until somebody listens. */
export interface HeldBack<T> {
  /** What has been said so far, and was not passed on yet. */
  readonly waiting: readonly T[];
  readonly said$: Observable<T>;
  /** Once subscribed to, what waits is passed on, and from then on all as it comes. */
  readonly release$: Observable<never>;
  /** Nobody listens any more. */
  end(): void;
}

/** Listens at once for those who will: nothing that is said meanwhile is lost. */
export function heldBack<T>(source$: Observable<T>): HeldBack<T> {
  const said$ = new Subject<T>();
  const waiting: T[] = [];
  let isReleased = false;
  const hearing = source$.subscribe((said) =>
    (isReleased ? said$.next(said) : void waiting.push(said)));

  return {
    waiting, said$,
    release$: defer(() => {
      isReleased = true;
      for (const said of waiting.splice(0)) said$.next(said);
      return EMPTY;
    }),
    end: () => hearing.unsubscribe(),
  };
}
