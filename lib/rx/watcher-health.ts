import type { WatcherEvent } from './changes.ts';
import { queueProbe, type QueueProbe } from './queue-probe.ts';
import { limitOn, numberIn } from './watch-limits.ts';

const PAUSE_MS = 1_000;

/** From so many events in one turn on the queue is probed, and then again after as many. */
const STEP = 256;
/** So much of the queue before a probe may have been all of it. */
const SUSPICIOUS = 0.75;

/**
 * Tells when the kernel may have dropped events because nobody read them in time. Node says nothing
 * of that. But one turn of the event loop reads until the queue is empty, and an event of our own,
 * sent in between, tells by its place how many were before it. Had the queue been full since the
 * last one, all but those few read meanwhile would be there still; and one that never arrives was
 * dropped. The rest of the queue is left to events of watches that were closed: they do not count.
 *
 * Where there is no probe, so many events in one turn are: all that was queued comes in one.
 *
 * To be made before the first watch, which takes the limit as it then is. `count` each event.
 */
export function overflowDetector(
  tell: () => void, makeProbe = queueProbe,
): { count(): void } {
  const limit = numberIn('/proc/sys/fs/inotify/max_queued_events') ?? Infinity;
  const tellAtMostEverySecond = paced(tell);
  let inThisTurn = 0;
  /** Of the probes under way, in their order: how many events had been read when it was sent. */
  let sent: number[] = [];
  let sentAt = 0;
  let isLate = false;
  let wasFull = false;
  let probe: QueueProbe | undefined;
  let isAsked = false;

  const arrived = (): void => {
    if (inThisTurn - (sent.shift() ?? Infinity) + STEP >= limit * SUSPICIOUS) wasFull = true;
  };

  const endOfTurn = (): void => {
    // What was sent from elsewhere than the reading of events is read in the next turn.
    if (sent.length > 0 && !isLate) {
      isLate = true;
      setImmediate(endOfTurn);
      return;
    }
    if (probe === undefined ? inThisTurn >= limit / 2 : wasFull || sent.length > 0) {
      tellAtMostEverySecond();
    }
    inThisTurn = sentAt = 0;
    sent = [];
    isLate = wasFull = false;
  };

  return {
    count: () => {
      inThisTurn += 1;
      // When the turn is over: what is lost until then is then lost already.
      if (inThisTurn === 1) setImmediate(endOfTurn);
      if (inThisTurn - sentAt < STEP) return;
      // Not before it is needed: it takes a watch.
      if (!isAsked) probe = makeProbe(arrived);
      isAsked = true;
      sentAt = inThisTurn;
      if (probe === undefined) return;
      sent.push(sentAt);
      probe.send();
    },
  };
}

/** The folders that could not be watched. */
export interface Troubles {
  add(error: unknown): void;
  /** So many folders are not even tried, because of what such an error would say. */
  lack(code: string, folders: number): void;
  /** A folder is gone, and its trouble with it. */
  gone(path: string): void;
  /** Everything is tried anew. */
  clear(): void;
  /** Of those that a later try may mend: a name remains what it is. */
  count(): number;
  /** Whether some were told, and none of them is left. */
  areOver(): boolean;
  /** Whether a folder has this one. */
  has(code: string): boolean;
  /** Whether a folder could not be watched because it is closed to us. */
  isClosed(path: string): boolean;
  /** From now on tell, and first what is known by now, but not the same once more. */
  begin(): void;
  /** What was told holds no more: what is left of it is to be told again. */
  forget(): void;
}

/** The code of folders whose names cannot be given to a watcher. */
export const UNWATCHABLE = 'unwatchable-name';

/** Gathers errors by their code, so that ten thousand folders without a watch are one message. */
export function troubles(tell: (event: WatcherEvent) => void): Troubles {
  const paths = new Map<string, Set<string>>();
  const lacking = new Map<string, number>();
  const told = new Map<string, number>();
  let isHeld = true;
  let isTold = false;

  const folders = (code: string): number =>
    (paths.get(code)?.size ?? 0) + (lacking.get(code) ?? 0);
  const codes = (): Set<string> => new Set([...paths.keys(), ...lacking.keys()]);
  const tellNews = paced(() => {
    for (const code of isHeld ? [] : codes()) {
      const size = folders(code);
      // Not again for each folder more.
      if (size > 0 && size < 2 * (told.get(code) ?? 0)) continue;
      told.set(code, size);
      isTold ||= size > 0 && code !== UNWATCHABLE;
      if (size > 0) tell({ kind: 'trouble', code, folders: size, ...limitOf(code) });
    }
  });

  const count = (): number => [...codes()].reduce((sum, code) =>
    sum + (code === UNWATCHABLE ? 0 : folders(code)), 0);

  return {
    add: (error) => {
      const { code = 'unknown', path = '' } = error as { code?: string; path?: string };
      paths.set(code, (paths.get(code) ?? new Set()).add(path));
      if (!isHeld) tellNews();
    },
    lack: (code, size) => lacking.set(code, size),
    gone: (path) => paths.forEach((set) => set.delete(path)),
    clear: () => {
      paths.clear();
      lacking.clear();
      isHeld = true;
    },
    count,
    areOver: () => isTold && count() === 0,
    has: (code) => folders(code) > 0,
    isClosed: (path) => paths.get('EACCES')?.has(path) === true,
    begin: () => {
      isHeld = false;
      tellNews();
    },
    forget: () => {
      told.clear();
      isTold = false;
    },
  };
}

/** At once when it rested for a second, else once when the second is over. */
function paced(action: () => void): () => void {
  let isResting = true;
  let isAsked = false;

  return function ask(): void {
    isAsked = true;
    if (!isResting) return;
    isAsked = false;
    isResting = false;
    action();
    setTimeout(() => {
      isResting = true;
      if (isAsked) ask();
    }, PAUSE_MS);
  };
}

/** The limit that a code is about. */
function limitOf(code: string): { limit?: number } {
  const limit = code === /* no watch left */ 'ENOSPC' ? limitOn('watches')
    : code === /* no watcher left */ 'EMFILE' ? limitOn('instances') : undefined;
  return limit === undefined ? {} : { limit };
}
