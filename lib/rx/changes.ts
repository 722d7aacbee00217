import { Worker, type ResourceLimits } from 'node:worker_threads';

import { defer, EMPTY, from, Observable, race, repeat, switchMap, take, timer } from 'rxjs';

import type { Path } from '../core/entry.ts';
import type { Rules } from '../core/ignore.ts';
import type { Change } from '../core/scope.ts';
import { threadUrl } from '../core/thread-url.ts';

/** What is watched, and what of it is left out. */
export interface WatchOptions {
  /** Absolute. */
  readonly source: Path;
  /** Patterns with gitignore semantics, relative to the source. */
  readonly ignore: readonly string[];
  /** Honour .gitignore files too, beside .fsyncignore. */
  readonly gitignore: boolean;
  /** Rules from elsewhere than the source, which all others overrule. */
  readonly above?: readonly Rules[];
}

/** What the watcher tells. */
export type WatcherEvent =
  | { readonly kind: 'changes'; readonly changes: readonly Change[] }
  /**
   * From now on changes are told. `folders`: how many are watched. `remote`: the kind of file
   * system, where other machines may have it too, of whose changes nothing is told.
   */
  | { readonly kind: 'ready'; readonly folders: number; readonly remote?: string }
  /** Changes may have been lost: everything is to be looked at. */
  | { readonly kind: 'overflow' }
  /**
   * Some folders are not watched. The code is the system's (ENOSPC: there is a limit, and it is too
   * low for all the folders that there are), or `watcher-died` (the thread is started again), or
   * `unwatchable-name`.
   */
  | { readonly kind: 'trouble'; readonly code: string; readonly folders: number;
      readonly limit?: number; readonly of?: number }
  /** The last word: the root was deleted, renamed or replaced. Subscribe again when it is back. */
  | { readonly kind: 'root-lost' };

/**
 * What changes in the source, as it happens: starts a thread that watches, and ends it when
 * unsubscribed. A thread of its own, because the kernel drops events when its queue is not emptied
 * while the main thread works, and nobody says so.
 *
 * Completes after `root-lost`, and never fails: a thread that dies is told as trouble and started
 * again, and once that one is ready an `overflow` follows.
 */
export function changes(options: WatchOptions, thread = THREAD): Observable<WatcherEvent> {
  return defer(() => {
    const state: State = { deaths: 0, isOver: false, limits: FRUGAL };

    return race(from(ended), timer(PATIENCE_MS)).pipe(
      take(1),
      switchMap(() => watcher(options, thread, state)),
      repeat({ delay: () => (state.isOver ? EMPTY : timer(pauseAfter(state.deaths))) }),
    );
  });
}

/**
 * The end of the threads before: until then their watches count, and where those of the system are
 * nearly used up, the next one would have to do with the rest.
 */
let ended: Promise<unknown> = Promise.resolve();
/** One that hangs in a call of the system does not end. */
const PATIENCE_MS = 2_000;

const THREAD = threadUrl('watcher-thread', import.meta.url, (what) => import.meta.resolve(what));

/** Milliseconds before the next start: 1 s, doubled after each death without getting ready. */
const pauseAfter = (deaths: number): number => Math.min(1_000 * 2 ** (deaths - 1), 60_000);

/** What outlives a thread. */
interface State {
  /** Since one was ready. */
  deaths: number;
  isOver: boolean;
  limits: ResourceLimits;
}

/**
 * Told that memory is scarce, a thread collects garbage earlier: 140 MB for 10,000 folders instead
 * of 160. This is enough for some 200,000 folders; beyond, the thread is ended and the next one
 * has no limits.
 */
const FRUGAL: ResourceLimits = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 1_024 };

/** One thread's life. Completes when the root was lost, or, told as trouble, the thread died. */
function watcher(
  options: WatchOptions, thread: URL, state: State,
): Observable<WatcherEvent> {
  return new Observable((subscriber) => {
    const isFirst = state.deaths === 0;
    const die = (error?: unknown): void => {
      if (subscriber.closed) return;
      const { code } = Object(error) as { code?: string };
      if (code === 'ERR_WORKER_OUT_OF_MEMORY') state.limits = {};
      state.deaths += 1;
      subscriber.next({ kind: 'trouble', code: 'watcher-died', folders: 0 });
      subscriber.complete();
    };

    let worker: Worker;
    try {
      worker = new Worker(thread, { workerData: options, resourceLimits: state.limits });
    } catch (error) {
      // No more threads, or descriptors, are to be had for now.
      die(error);
      return undefined;
    }

    worker.on('message', (event: WatcherEvent) => {
      subscriber.next(event);
      if (event.kind === 'changes') worker.postMessage('taken');
      if (event.kind === 'ready') {
        state.deaths = 0;
        if (!isFirst) subscriber.next({ kind: 'overflow' });
      }
      if (event.kind === 'root-lost') {
        state.isOver = true;
        subscriber.complete();
      }
    });

    worker.on('error', die);
    worker.on('exit', () => die());

    return () => {
      ended = Promise.allSettled([ended, worker.terminate()]);
    };
  });
}
