import { BehaviorSubject, map, skip, switchMap, timer, type Observable } from 'rxjs';
import type { SyncEvent } from './core/event.ts';
import type { Options } from './core/options.ts';
import { afterPass, periodOf, type Rhythm } from './core/rhythm.ts';
import { trigger, type Trigger } from './core/scope.ts';
import type { Memory, PassResult } from './mirror.ts';
import type { WatcherEvent } from './rx/changes.ts';

/** The full passes that come by themselves, from start to start. */
export interface FullPasses {
  /** Takes note of what the watcher says. */
  hear(event: WatcherEvent): void;
  /** Takes note of a pass's result. */
  take(result: PassResult): void;
  readonly trigger$: Observable<Trigger>;
  /** From now on they come at another interval. */
  readonly news$: Observable<SyncEvent>;
}

/**
 * Says when full passes are due: at the interval that was asked for, or more often where the
 * watcher is deaf, or, with `--interval auto`, as the audit of each suggests.
 */
export function fullPasses({ intervalMs, intervalAdapts }: Options, memory: Memory): FullPasses {
  let rhythm: Rhythm = { intervalMs, adapts: intervalAdapts, isDeaf: false, passMs: 0 };
  const period$ = new BehaviorSubject({ periodMs: intervalMs, elapsedMs: 0 });

  /** `elapsedMs`: of the new interval so much is over already. */
  const become = (next: Rhythm, elapsedMs: number): void => {
    rhythm = next;
    const periodMs = periodOf(next);
    if (periodMs === period$.value.periodMs) return;
    memory.due = { sinceMs: performance.now() - elapsedMs, periodMs };
    period$.next({ periodMs, elapsedMs });
  };

  return {
    hear(event) {
      if (event.kind === 'ready') memory.isDeaf = event.remote !== undefined;
      else if (event.kind === 'trouble' && SCARCE.has(event.code)) memory.isDeaf = true;
      else return;
      become({ ...rhythm, isDeaf: memory.isDeaf }, 0);
    },
    take({ full }) {
      if (full !== undefined) become(afterPass(rhythm, full), full.ms);
    },
    trigger$: period$.pipe(
      switchMap(({ periodMs, elapsedMs }) => timer(Math.max(0, periodMs - elapsedMs), periodMs)),
      map(() => trigger({ reason: 'interval', full: true })),
    ),
    news$: period$.pipe(skip(1), map(({ periodMs }) =>
      ({ kind: 'interval', intervalMs: periodMs, nextFullAt: nextFullAt(memory) }))),
  };
}

/** When the next full pass is due. */
export function nextFullAt({ due: { sinceMs, periodMs } }: Memory): number {
  const leftMs = periodMs - (performance.now() - sinceMs) % periodMs;
  return Math.round(Date.now() + leftMs);
}

/** What a limit is too low for: some folders are not watched. */
const SCARCE = new Set([/* no watches left */ 'ENOSPC', /* no instances */ 'EMFILE']);
