import { Worker } from 'node:worker_threads';
import { threadUrl } from '../core/thread-url.ts';
import { openHands } from './hands.ts';
import type { Job, JobContext, ResultOf } from './job.ts';
import { perform } from './perform.ts';

/** Threads that do the disk's work. The main thread takes part, a few milliseconds at a time. */
export interface Pool {
  /** `heavy` jobs, those that read or write much, are left to the workers if there are any. */
  run<J extends Job>(job: J, context: JobContext, heavy?: boolean): Promise<ResultOf<J>>;
  /** The same threads, for jobs that go before all that wait. */
  readonly ahead: Pool;
  /** How many jobs it can have in hand at once, so that no thread waits for the next. */
  readonly lanes: number;
  /** Drops what threads keep open of the roots; called between the stages of a pass. */
  rest(): void;
  /** Lets running copies end at their next chunk; their temporary files are removed. */
  cancel(): void;
  close(): Promise<void>;
}

interface Waiting {
  readonly job: Job;
  readonly context: JobContext;
  readonly heavy: boolean;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** How long the main thread works before it looks at its events again. */
const SLICE_MS = 8;

/** Jobs a worker has at once: while the main thread works it cannot hand out the next. */
const DEPTH = 3;

/**
 * Opens a pool of at most `size` workers. They are started when a second job comes while one runs,
 * so that small trees and incremental passes never pay for a thread.
 */
export function openPool(size: number): Pool {
  const cancelled = new Int32Array(new SharedArrayBuffer(4));
  const queue: Waiting[] = [];
  const workers = new Set<Lane>();
  const hands = openHands(cancelled);
  let mainIsBusy = false;
  let restIsDue = false;

  const runner = (enqueue: (one: Waiting) => void): Pool['run'] => (job, context, heavy = false) =>
    new Promise((resolve, reject) => {
      enqueue({ job, context, heavy, resolve: resolve as Waiting['resolve'], reject });
      dispatch();
    });

  function dispatch(): void {
    while (queue.length > 0) {
      const mine = mainIsBusy ? -1 : queue.findIndex((one) => !one.heavy || size === 0);
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
        if (workers.size < size) workers.add(startLane(cancelled, dispatch, onDeath));
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

  function onDeath(lane: Lane): void {
    workers.delete(lane);
    dispatch();
  }

  function workHere(one: Waiting): Promise<void> {
    return drive(perform(one.job, one.context, hands))
      .then((result) => one.resolve(result as never), one.reject);
  }

  const pool: Omit<Pool, 'ahead'> = {
    run: runner((one) => queue.push(one)),
    lanes: size * DEPTH + 1,
    rest(): void {
      restHere();
      for (const lane of workers) lane.rest();
    },
    cancel: () => void Atomics.store(cancelled, 0, 1),
    async close(): Promise<void> {
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

interface Lane {
  /** How many more jobs it takes: none before it is ready, nor beside a heavy one. */
  readonly room: number;
  start(one: Waiting): void;
  rest(): void;
  close(): Promise<void>;
}

/** The lane with the most room; undefined where none has any. */
function leastLoaded(lanes: Iterable<Lane>): Lane | undefined {
  let best: Lane | undefined;
  for (const lane of lanes) if (lane.room > (best?.room ?? 0)) best = lane;
  return best;
}

/** One worker thread, which does its jobs in their order. */
function startLane(
  cancelled: Int32Array, onRoom: () => void, onDeath: (lane: Lane) => void,
): Lane {
  const url = threadUrl('worker', import.meta.url, (what) => import.meta.resolve(what));
  const worker = new Worker(url, { workerData: { cancelled } });
  const inHand: Waiting[] = [];
  // Referenced until it is ready: a job may wait for it, and nothing else keep the process.
  let ready = false;
  let closing = false;

  const lane: Lane = {
    get room() {
      return !ready || inHand.some((one) => one.heavy) ? 0 : DEPTH - inHand.length;
    },
    start(one): void {
      if (inHand.push(one) === 1) worker.ref();
      worker.postMessage({ job: one.job, context: one.context });
    },
    rest: () => worker.postMessage('rest'),
    async close(): Promise<void> {
      closing = true;
      await worker.terminate();
    },
  };
  worker.on('message', (message: 'ready' | Answer) => {
    if (message === 'ready') ready = true;
    else finish(inHand.shift(), message);
    // One that gets ready while it is closed is waited for: without it the process could end first.
    if (closing) return;
    if (inHand.length === 0) worker.unref();
    onRoom();
  });
  worker.on('error', (error) => {
    ready = false;
    for (const one of inHand.splice(0)) finish(one, { error });
    onDeath(lane);
  });
  return lane;
}

interface Answer {
  readonly result?: unknown;
  readonly error?: unknown;
}

function finish(one: Waiting | undefined, answer: Answer): void {
  if (answer.error === undefined) one?.resolve(answer.result as never);
  else one?.reject(answer.error);
}
