import { readFileSync } from 'node:fs';
import os from 'node:os';

import { threadUrl } from '../core/thread-url.ts';
import { CANCELLED, newShared, openHands, READ_KIB } from './hands.ts';
import type { Job, JobContext, ResultOf } from './job.ts';
import { DEPTH, leastLoaded, startLane, type Lane, type Waiting } from './lane.ts';
import { perform } from './perform.ts';

/** Threads that do the disk's work. The main thread takes part, a few milliseconds at a time. */
export interface Pool {
  /**
   * `heavy` jobs, those that read or write much, are left to the workers if there are any; so are
   * all where a call may hang, so that signals and words are heeded all the same.
   */
  run<J extends Job>(job: J, context: JobContext, heavy?: boolean): Promise<ResultOf<J>>;
  /** The same threads, for jobs that go before all that wait. */
  readonly ahead: Pool;
  /** How many jobs it can have in hand at once, so that no thread waits for the next. */
  readonly lanes: number;
  /** How many bytes the jobs in hand have read of big files. */
  inHand(): number;
  /** Drops what threads keep open of the roots; called around a pass, and between its stages. */
  rest(): void;
  /** Lets running copies end at their next chunk; their temporary files are removed. */
  cancel(): void;
  close(): Promise<void>;
}

/** How long the main thread works before it looks at its events again. */
const SLICE_MS = 4;

/** How long workers wait for a job before they are ended, for the memory they hold. */
const IDLE_MS = 5_000;

/**
 * Opens a pool of at most `size` workers. They are started when a second job comes while one runs,
 * so that small trees and incremental passes never pay for a thread, and ended when they idle.
 * Where no thread can be started, the main one does it all.
 */
export function openPool(size: number, { thread = THREAD, idleMs = IDLE_MS } = {}): Pool {
  const shared = newShared();
  const queue: Waiting[] = [];
  const workers = new Set<Lane>();
  const hands = openHands(shared);
  let most = size;
  let mainIsBusy = false;
  let restIsDue = false;
  let idling: NodeJS.Timeout | undefined;

  const runner = (enqueue: (one: Waiting) => void): Pool['run'] => (job, context, heavy = false) =>
    new Promise((resolve, reject) => {
      enqueue({ job, context, heavy, resolve: resolve as Waiting['resolve'], reject });
      dispatch();
    });

  function dispatch(): void {
    while (queue.length > 0) {
      const mine = mainIsBusy ? -1 : queue.findIndex((one) =>
        most === 0 || !(one.heavy || one.context.mayHang));
      if (mine >= 0) {
        mainIsBusy = true;
        void workHere(queue.splice(mine, 1)[0]!).finally(() => {
          mainIsBusy = false;
          if (restIsDue) restHere();
          dispatch();
        });
        continue;
      }
      const lane = leastLoaded(workers);
      if (lane === undefined) {
        if (workers.size < most && !startWorker()) continue;
        return;
      }
      // A heavy job has its worker for itself: what is quickly done does not wait behind it.
      const next = lane.room === DEPTH ? 0 : queue.findIndex((one) => !one.heavy);
      if (next < 0) return;
      lane.start(queue.splice(next, 1)[0]!);
    }
  }

  /** Descriptors are let go of between jobs, as in the workers: a job may be using them. */
  function restHere(): void {
    restIsDue = mainIsBusy;
    if (!mainIsBusy) hands.rest();
  }

  function startWorker(): boolean {
    try {
      workers.add(startLane(thread, shared, dispatch, onDeath));
      idling ??= setTimeout(endIdle, idleMs).unref();
      return true;
    } catch {
      most = workers.size;
      return false;
    }
  }

  /** Those that worked since the last look are looked at once more. */
  function endIdle(): void {
    for (const lane of workers) {
      if (!lane.isIdle()) continue;
      workers.delete(lane);
      void lane.close();
    }
    idling = workers.size === 0 ? undefined : setTimeout(endIdle, idleMs).unref();
  }

  /** One that died before it was ready will do so again. */
  function onDeath(lane: Lane, wasReady: boolean): void {
    workers.delete(lane);
    if (!wasReady) most = workers.size;
    dispatch();
  }

  function workHere(one: Waiting): Promise<void> {
    return drive(perform(one.job, one.context, hands))
      .then((result) => one.resolve(result as never), one.reject);
  }

  const pool: Omit<Pool, 'ahead'> = {
    run: runner((one) => queue.push(one)),
    lanes: size * DEPTH + 1,
    inHand: () => Atomics.load(shared, READ_KIB) * 1_024,
    rest(): void {
      restHere();
      for (const lane of workers) lane.rest();
    },
    cancel: () => void Atomics.store(shared, CANCELLED, 1),
    async close(): Promise<void> {
      clearTimeout(idling);
      hands.rest();
      await Promise.all([...workers].map((lane) => lane.close()));
    },
  };
  const ahead: Pool = {
    ...pool, run: runner((one) => queue.unshift(one)),
    get ahead() {
      return ahead;
    },
  };
  return { ...pool, ahead };
}

/** Runs a job's steps in the main thread, letting its events in between. */
export async function drive<T>(steps: Generator<void, T>): Promise<T> {
  for (;;) {
    if (performance.now() > sliceEndMs) {
      await new Promise(setImmediate);
      sliceEndMs = performance.now() + SLICE_MS;
    }
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** One job after another is one slice: short jobs in a row would keep events waiting as well. */
let sliceEndMs = 0;

/** Where a worker's code is. */
const THREAD = threadUrl('worker', import.meta.url, (what) => import.meta.resolve(what));

/** One fewer than the cores, at most three: the main thread works too, and the disk is one. */
export const defaultWorkers = (): number =>
  Math.max(0, Math.min(3, os.availableParallelism() - 1, Math.floor(spareDescriptors() / 32)));

/** What a process without threads leaves free; a thread needs some, and those of the roots. */
const spareDescriptors = (): number => descriptors() - 48;

/** How many files this process may have open. */
export function descriptors(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1');
    return Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Infinity);
  } catch {
    return Infinity;
  }
}
