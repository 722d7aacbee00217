import { reasonOf } from '../core/reasons.ts';
import { openChannel, type Channel, type FileIdentity } from './channel.ts';
import { createLineQueue } from './line-queue.ts';
import { grouped } from './numbers.ts';

/** Where lines go. Nothing here throws, blocks the event loop, or ends the process (I9). */
export interface Sink {
  /** Queues a line. Its end is a line feed, unless it is to be redrawn. */
  write(line: string, end?: string): void;
  /** Whether all that was written has left: whether a redrawn line would be seen now. */
  isIdle(): boolean;
  /** Resolves once all lines have left, none can leave at present, or the time is over. */
  flush(timeoutMs: number): Promise<void>;
  /** Flushes, then gives up what is left. */
  close(timeoutMs: number): Promise<void>;
  /** Of a regular file, else undefined; another one after a log was rotated. */
  identity(): FileIdentity | undefined;
}

/** How a sink behaves in trouble. */
export interface SinkOptions {
  /** Bytes that may wait; what comes then is dropped. */
  readonly limitBytes?: number;
  /** Lines of one turn of the event loop leave together, in few calls of the system. */
  readonly gathers?: boolean;
  /** The line that tells of dropped ones, without its end. */
  readonly dropped?: (lines: number) => string;
  /** Told in plain words why nothing can be written for now, at most once an hour. */
  readonly onTrouble?: (reason: string) => void;
}

/** The sink of an open descriptor. */
export const createSink = (fd: number, options: SinkOptions = {}): Sink =>
  queueSink(openChannel(fd), options);

/** The line that tells of dropped ones, for people. */
export const droppedText = (lines: number): string =>
  `… ${grouped(lines)} line${lines === 1 ? '' : 's'} dropped: the output was not read`;

/** Milliseconds to the next try: of a slow reader, and after an error. Doubled up to the last. */
const READER_MS = [10, 1_000] as const;
const ERROR_MS = [1_000, 30_000] as const;
const TROUBLE_EVERY_MS = 3_600_000;
const LIMIT_BYTES = 8 * 1_048_576;
/** Of lines that are gathered no more wait than that. */
const GATHERED_BYTES = 65_536;

/** A sink that puts its lines through a bounded queue into a channel, each byte once, in order. */
export function queueSink(channel: Channel, options: SinkOptions): Sink {
  const { limitBytes = LIMIT_BYTES, gathers = false, dropped = droppedText, onTrouble } = options;
  const queue = createLineQueue(limitBytes, (lines) => `${dropped(lines)}\n`);
  let state: 'open' | 'in-trouble' | 'lost' = 'open';
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  let waitMs = 0;
  let troubleToldAt = -Infinity;

  const isIdle = (): boolean => queue.isEmpty() && channel.pending() === 0;

  return {
    write(line, end = '\n') {
      if (state === 'lost') return;
      queue.add(line + end);
      if (timer !== undefined) return;
      if (gathers && queue.bytes() < GATHERED_BYTES) turn ??= setImmediate(drain);
      else drain();
    },
    isIdle,
    flush,
    async close(timeoutMs) {
      await flush(timeoutMs);
      if (state !== 'lost') lose();
    },
    identity: () => channel.identity(),
  };

  /** Offers what waits until all has left or the channel takes no more; then a timer goes on. */
  function drain(): void {
    clearTimeout(timer);
    clearImmediate(turn);
    timer = turn = undefined;
    while (state !== 'lost' && !queue.isEmpty()) {
      const taken = put(queue.head(channel.chunkBytes));
      if (taken === 0) return;
      queue.taken(taken);
    }
  }

  function put(bytes: Buffer): number {
    try {
      const taken = channel.put(bytes);
      if (taken > 0) {
        state = 'open';
        waitMs = 0;
      } else tryAgain(READER_MS);
      return taken;
    } catch (error) {
      meet(error as NodeJS.ErrnoException);
      return 0;
    }
  }

  function meet(error: NodeJS.ErrnoException): void {
    const code = error.code ?? '';
    if (code === /* no room in the pipe or terminal now */ 'EAGAIN') tryAgain(READER_MS);
    else if (channel.isLost(code)) lose();
    else {
      state = 'in-trouble';
      tryAgain(ERROR_MS);
      if (performance.now() - troubleToldAt < TROUBLE_EVERY_MS) return;
      troubleToldAt = performance.now();
      onTrouble?.(code === '' ? error.message : reasonOf(code));
    }
  }

  /** Lines that wait are no reason to stay: only flush keeps the process alive, for its time. */
  function tryAgain([first, last]: readonly [number, number]): void {
    waitMs = Math.min(Math.max(waitMs * 2, first), last);
    timer = setTimeout(drain, waitMs).unref();
  }

  /** No byte will leave any more; lines are forgotten as they come. */
  function lose(): void {
    state = 'lost';
    clearTimeout(timer);
    clearImmediate(turn);
    queue.clear();
    try {
      channel.close();
    } catch {
      // What the system did not keep is as lost as the rest.
    }
  }

  function flush(timeoutMs: number): Promise<void> {
    const until = performance.now() + timeoutMs;
    return new Promise((resolve) => {
      const look = (): void => {
        drain();
        if (state !== 'open' || isIdle() || performance.now() >= until) resolve();
        else setTimeout(look, READER_MS[0]);
      };
      look();
    });
  }
}
