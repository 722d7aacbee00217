import { parentPort, workerData } from 'node:worker_threads';
import { openHands } from './hands.ts';
import type { Job, JobContext } from './job.ts';
import { perform } from './perform.ts';

/** A pool's thread: performs one job after another, without pause. */
const { shared } = workerData as { shared: Int32Array };
const hands = openHands(shared);
const port = parentPort!;

port.on('message', (message: 'rest' | { job: Job; context: JobContext }) => {
  if (message === 'rest') hands.rest();
  else port.postMessage(answer(message.job, message.context));
});
port.postMessage('ready');

function answer(job: Job, context: JobContext): { result: unknown } | { error: unknown } {
  try {
    const steps = perform(job, context, hands);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return { result: step.value };
    }
  } catch (error) {
    return { error };
  }
}
