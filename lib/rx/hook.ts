import { asyncScheduler, Observable, type OperatorFunction } from 'rxjs';

import type { SyncEvent } from '../core/event.ts';
import { createGatherer, type Changes, type Hook } from '../core/hook.ts';

/** How long a hook may take once all else has ended, told to quit; then it is asked to end … */
const PATIENCE_MS = 5_000;
/** … and left behind so long after that. */
const LAST_MS = 2_000;

/**
 * Passes events on, and runs a hook after passes that changed something: one run at a time, what
 * passes change meanwhile is gathered for the next. It holds up nothing but the end of the stream,
 * which waits for it: after `quit$` for some seconds only.
 *
 * A run is told by two more events, its failures are counted in the answers to `status`. A notice
 * says so where the last changes were told to no run.
 */
export function withHook(
  hook: Hook, quit$: Observable<unknown>, patienceMs = PATIENCE_MS, lastMs = LAST_MS,
): OperatorFunction<SyncEvent, SyncEvent> {
  return (source) => new Observable((out) => {
    const gatherer = createGatherer();
    const ending = new AbortController();
    let isRunning = false;
    let failures = 0;
    let isQuitting = false;
    let isSourceOver = false;
    /** The last word, held back until the hook is done. */
    let stopped: SyncEvent | undefined;

    const run = async (): Promise<void> => {
      isRunning = true;
      const changes = gatherer.take();
      const startedMs = asyncScheduler.now();
      const { passes, operations } = changes;
      out.next({ kind: 'hook-started', passes, changes: operations });
      let text: string | undefined;
      try {
        await hook(changes, ending.signal);
      } catch (error) {
        text = error instanceof Error ? error.message : String(error);
        failures += 1;
      }
      isRunning = false;
      const ms = asyncScheduler.now() - startedMs;
      out.next({ kind: 'hook-finished', ms, failures, ...(text === undefined ? {} : { text }) });
      goOn();
    };

    const goOn = (): void => {
      if (isRunning) return;
      if (gatherer.isDue() && !ending.signal.aborted) void run();
      else if (isSourceOver) end();
    };

    const end = (): void => {
      if (gatherer.isDue()) out.next(untold(gatherer.take()));
      if (stopped !== undefined) out.next(stopped);
      out.complete();
    };

    const hurry = (): void => {
      if (!isQuitting || !isSourceOver || out.closed) return;
      out.add(asyncScheduler.schedule(() => {
        ending.abort();
        out.add(asyncScheduler.schedule(end, lastMs));
      }, patienceMs));
    };

    out.add(() => ending.abort());
    out.add(quit$.subscribe(() => {
      if (isQuitting) return;
      isQuitting = true;
      hurry();
    }));
    out.add(source.subscribe({
      next(event) {
        if (event.kind === 'stopped') stopped = event;
        else out.next(event.kind === 'status' ? { ...event, hookFailures: failures } : event);
        gatherer.add(event);
        goOn();
      },
      error: (error) => out.error(error),
      complete() {
        isSourceOver = true;
        hurry();
        goOn();
      },
    }));
  });
}

const untold = ({ operations }: Changes): SyncEvent => ({
  kind: 'notice', level: 'warn', code: 'hook-untold',
  text: 'the command of --on-sync was not told of the last changes'
    + ` (${operations}), since fsync ends`,
});
