import { closeSync, constants, futimesSync, openSync, watch } from 'node:fs';

/** An event of our own among those of the system's queue. */
export interface QueueProbe {
  /** Queues it behind all that is there; where the queue is full, it is lost as all others. */
  send(): void;
}

/** A file without a name (Linux, open(2)): nobody sees it, and nothing is left of it. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;

/**
 * A probe of the queue that all watches of this thread share, which Node does not let us ask how
 * full it is: `arrived` is called when it has been sent and is read. Undefined where there is none.
 */
export function queueProbe(arrived: () => void): QueueProbe | undefined {
  if (process.platform !== 'linux') return undefined;
  for (const folder of ['/dev/shm', '/tmp']) {
    try {
      // Two in turn: of equal events in a row the system keeps one.
      const [one, other] = [probeIn(folder, arrived), probeIn(folder, arrived)];
      let sent = 0;
      return { send: () => (sent++ % 2 === 0 ? one : other).send() };
    } catch {
      // Not every file system has such files.
    }
  }
  return undefined;
}

function probeIn(folder: string, arrived: () => void): QueueProbe {
  const fd = openSync(folder, O_TMPFILE | constants.O_RDWR, 0o600);
  try {
    const watcher = watch(`/proc/self/fd/${fd}`, { persistent: false }, arrived);
    watcher.on('error', () => {});
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  // Times that are set are an event, whatever they were.
  return { send: () => futimesSync(fd, 0, 0) };
}
