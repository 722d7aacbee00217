import { Worker, type ResourceLimits } from 'node:worker_threads';
import type { Job, JobContext } from './job.ts';

/** A job that waits for a thread. */
export interface Waiting {
  readonly job: Job;
  readonly context: JobContext;
  readonly heavy: boolean;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Jobs a worker has at once: while the main thread works it cannot hand out the next. */
export const DEPTH = 3;

/** A worker as the pool uses it. */
export interface Lane {
  /** How many more jobs it takes: none before it is ready, nor beside a heavy one. */
  readonly room: number;
  start(one: Waiting): void;
  /** Whether it had no job since this was asked last. */
  isIdle(): boolean;
  rest(): void;
  close(): Promise<void>;
}

/** The lane with the most room; undefined where none has any. */
export function leastLoaded(lanes: Iterable<Lane>): Lane | undefined {
  let best: Lane | undefined;
  for (const lane of lanes) if (lane.room > (best?.room ?? 0)) best = lane;
  return best;
}

/**
 * A thread's garbage is collected after two megabytes, not sixteen: it takes no longer, and holds a
 * dozen less. What it may hold besides is not limited: a thread that runs out of it is a pass lost.
 */
const FRUGAL: ResourceLimits = { maxYoungGenerationSizeMb: 6 };

/** One worker thread, which does its jobs in their order. */
export function startLane(
  thread: URL, shared: Int32Array, onRoom: () => void,
  onDeath: (lane: Lane, wasReady: boolean) => void,
): Lane {
  const worker = new Worker(thread, { workerData: { shared }, resourceLimits: FRUGAL });
  const inHand: Waiting[] = [];
  // Referenced until it is ready: a job may wait for it, and nothing else keep the process.
  let ready = false;
  let closing = false;
  let worked = false;

  const lane: Lane = {
    get room() {
      return !ready || inHand.some((one) => one.heavy) ? 0 : DEPTH - inHand.length;
    },
    isIdle(): boolean {
      const idle = ready && !worked && inHand.length === 0;
      worked = false;
      return idle;
    },
    start(one): void {
      worked = true;
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
    const wasReady = ready;
    ready = false;
    for (const one of inHand.splice(0)) finish(one, { error });
    onDeath(lane, wasReady);
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
