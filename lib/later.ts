import {
  asyncScheduler, delay, map, merge, of, Subject, switchMap, timer, type Observable,
} from 'rxjs';
import { EPISODE_MS } from './core/holds.ts';
import { trigger, uniteChanges, type ChangedPaths, type Trigger } from './core/scope.ts';
import type { Memory, PassResult } from './mirror.ts';

/** What passes leave for later ones: the only place where the pipeline feeds on itself. */
export interface Later {
  /** Takes note of a pass's result. */
  take(result: PassResult): void;
  readonly trigger$: Observable<Trigger>;
  /** The watcher is to be set up anew. */
  readonly rearm$: Observable<void>;
  /** The very first pass was refused: there is nothing to watch. */
  readonly end$: Observable<void>;
}

/** An episode of deletions ends after a minute, too, whatever vanishes then. */
const EPISODE_LONGEST_MS = 60_000;

/** Events cause the next pass sooner than this: it is for those that are lost. */
const ARRIVED_MS = 1000;

/** How long a watch waits before it looks again for a root that it cannot use. */
const ROOT_LONGEST_MS = 10_000;

/** How a watch keeps what its passes left, until it is time for it. */
export function later(
  intervalMs: number, memory: Pick<Memory, 'hold' | 'waiting' | 'heardMs' | 'isDeaf'>,
): Later {
  const retry$ = new Subject<NonNullable<PassResult['retry']>>();
  const arrived$ = new Subject<ChangedPaths>();
  const waiting$ = new Subject<void>();
  const failed$ = new Subject<number>();
  const rearm$ = new Subject<void>();
  const end$ = new Subject<void>();
  let failures = 0;
  let episodeBeganMs = 0;

  return {
    take(result): void {
      failures = result.failed === undefined ? 0 : failures + 1;
      if (result.retry !== undefined) retry$.next(result.retry);
      if (result.arrived !== undefined) arrived$.next(result.arrived);
      if (result.waiting !== undefined) {
        if (memory.waiting.size === 0) episodeBeganMs = asyncScheduler.now();
        memory.waiting = uniteChanges(memory.waiting, result.waiting);
        waiting$.next();
      }
      if (result.isRefusedStart === true) end$.next();
      else if (result.failed !== undefined) failed$.next(failures);
      if (result.rearm === true) rearm$.next();
    },
    trigger$: merge(
      retry$.pipe(switchMap(({ afterMs, changes }) =>
        timer(afterMs).pipe(map(() => trigger({ reason: 'retry', changes }))))),
      arrived$.pipe(
        delay(ARRIVED_MS), map((changes) => trigger({ reason: 'retry', changes }))),
      waiting$.pipe(
        switchMap(() => episodeOver(memory, episodeBeganMs)),
        map(() => {
          const changes = memory.waiting;
          memory.waiting = new Map();
          // If they are to be held it is beside what is held already: only a full pass has it all.
          return trigger({ reason: 'deletions-settled', changes, ripe: true,
            full: memory.hold !== undefined });
        })),
      failed$.pipe(switchMap((times) =>
        timer(Math.min(1000 * 2 ** (times - 1), ROOT_LONGEST_MS, intervalMs)).pipe(
          map(() => trigger({ reason: 'root-changed', full: true }))))),
    ),
    rearm$,
    end$,
  };
}

/**
 * An episode is over when nothing vanished for a second, or after a minute. Where nothing at all
 * was heard for that second, by a watcher that hears all, it is over at once: a pass that was busy
 * meanwhile has not to be followed by another second.
 */
function episodeOver(
  { heardMs, isDeaf }: Pick<Memory, 'heardMs' | 'isDeaf'>, beganMs: number,
): Observable<unknown> {
  const quietMs = isDeaf ? 0 : Math.max(0, performance.now() - heardMs);
  const leftMs = Math.min(EPISODE_MS - quietMs,
    beganMs + EPISODE_LONGEST_MS - asyncScheduler.now());
  return leftMs > 0 ? timer(leftMs) : of(undefined);
}
