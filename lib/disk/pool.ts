import { Worker } from 'node:worker_threads';
import { threadUrl } from '../core/thread-url.ts';
import { openHands } from './hands.ts';
import type { Job, JobContext, ResultOf } from './job.ts';
import { perform } from './perform.ts';

/** Threads that do the disk's work. The main thread takes part, a few milliseconds at a time. */
export interface Pool {
  /** `heavy` jobs, those that read or write much, are left to the workers if there are any. */
  run<J extends Job>(job: J, context: JobContext, heavy?: boolean): Promise<ResultOf<J>>;
  /** How many jobs it can have in hand at once: workers and the main thread. */
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

/**
 * Opens a pool of at most `size` workers. They are started when a second job comes while one runs,
 * so that small trees and incremental passes never pay for a thread.
 */
export function openPool(size: number): Pool {
  const cancelled = new Int32Array(new SharedArrayBuffer(4));
  const queue: Waiting[] = [];
  const idle: Lane[] = [];
  const workers = new Set<Lane>();
  const hands = openHands(cancelled);
  let mainIsBusy = false;

  function run<J extends Job>(job: J, context: JobContext, heavy = false): Promise<ResultOf<J>> {
    return new Promise((resolve, reject) => {
      queue.push({ job, context, heavy, resolve: resolve as Waiting['resolve'], reject });
      dispatch();
    });
  }

  function dispatch(): void {
    while (queue.length > 0) {
      const mine = mainIsBusy ? -1 : queue.findIndex((one) => !one.heavy || size === 0);
      if (mine >= 0) {
        mainIsBusy = true;
        void workHere(queue.splice(mine, 1)[0]!).finally(() => {
          mainIsBusy = false;
          dispatch();
        });
        continue;
      }
      const lane = idle.pop();
      if (lane === undefined) {
        if (workers.size < size) workers.add(startLane(cancelled, onIdle, onDeath));
        return;
      }
      lane.start(queue.shift()!);
    }
  }

  function onIdle(lane: Lane): void {
    idle.push(lane);
    dispatch();
  }

  function onDeath(lane: Lane): void {
    workers.delete(lane);
    const at = idle.indexOf(lane);
    if (at >= 0) idle.splice(at, 1);
    dispatch();
  }

  function workHere(one: Waiting): Promise<void> {
    return drive(perform(one.job, one.context, hands))
      .then((result) => one.resolve(result as never), one.reject);
  }

  return {
    run,
    lanes: size + 1,
    rest(): void {
      hands.rest();
      for (const lane of workers) lane.rest();
    },
    cancel: () => void Atomics.store(cancelled, 0, 1),
    async close(): Promise<void> {
      hands.rest();
      await Promise.all([...workers].map((lane) => lane.close()));
    },
  };
}

/** Runs a job's steps in the main thread, letting its events in between. */
export async function drive<T>(steps: Generator<void, T>): Promise<T> {
  for (;;) {
    const until = performance.now() + SLICE_MS;
    do {
      const step = steps.next();
      if (step.done === true) return step.value;
    } while (performance.now() < until);
    await new Promise(setImmediate);
  }
}

interface Lane {
  start(one: Waiting): void;
  rest(): void;
  close(): Promise<void>;
}

/** One worker thread, with at most one job in hand. */
function startLane(
  cancelled: Int32Array, onIdle: (lane: Lane) => void, onDeath: (lane: Lane) => void,
): Lane {
  const url = threadUrl('worker', import.meta.url, (what) => import.meta.resolve(what));
  const worker = new Worker(url, { workerData: { cancelled } });
  let current: Waiting | undefined;
  // Referenced until it is ready: a job may wait for it, and nothing else keep the process.
  let closing = false;

  const lane: Lane = {
    start(one): void {
      current = one;
      worker.ref();
      worker.postMessage({ job: one.job, context: one.context });
    },
    rest: () => worker.postMessage('rest'),
    async close(): Promise<void> {
      closing = true;
      await worker.terminate();
    },
  };
  worker.on('message', (message: 'ready' | { result?: unknown; error?: unknown }) => {
    if (message !== 'ready') finish(message);
    // One that gets ready while it is closed is waited for: without it the process could end first.
    if (closing) return;
    worker.unref();
    onIdle(lane);
  });
  worker.on('error', (error) => {
    finish({ error });
    onDeath(lane);
  });
  return lane;

  function finish(message: { result?: unknown; error?: unknown }): void {
    const one = current;
    current = undefined;
    if (message.error === undefined) one?.resolve(message.result as never);
    else one?.reject(message.error);
  }
}
