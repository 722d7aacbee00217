import { readFileSync } from 'node:fs';

import type { WatcherEvent } from './changes.ts';

const PAUSE_MS = 1_000;

/**
 * Tells when the kernel may have dropped events because nobody read them in time. Node says nothing
 * of that; but all that was queued arrives in one turn of the event loop, so as many events in one
 * turn as the queue holds mean that it was full. Half of it is suspicious enough.
 *
 * To be made before the first watch, which takes the limit as it then is. `count` each event.
 */
export function overflowDetector(tell: () => void): { count(): void } {
  const limit = numberIn('/proc/sys/fs/inotify/max_queued_events') ?? Infinity;
  const tellAtMostEverySecond = paced(tell);
  let inThisTurn = 0;

  return {
    count: () => {
      inThisTurn += 1;
      if (inThisTurn > 1) return;
      // When the turn is over: what is lost until then is then lost already.
      setImmediate(() => {
        if (inThisTurn >= limit / 2) tellAtMostEverySecond();
        inThisTurn = 0;
      });
    },
  };
}

/** The folders that could not be watched. */
export interface Troubles {
  add(error: unknown): void;
  /** A folder is gone, and its trouble with it. */
  gone(path: string): void;
  /** Everything is tried anew. */
  clear(): void;
  /** Of those that a later try may mend: a name remains what it is. */
  count(): number;
  /** From now on tell, and first what is known by now. */
  begin(): void;
}

/** The code of folders whose names cannot be given to a watcher. */
export const UNWATCHABLE = 'unwatchable-name';

/** Gathers errors by their code, so that ten thousand folders without a watch are one message. */
export function troubles(tell: (event: WatcherEvent) => void): Troubles {
  const paths = new Map<string, Set<string>>();
  const told = new Map<string, number>();
  let isHeld = true;

  const tellNews = paced(() => {
    for (const [code, { size }] of paths) {
      if (size === (told.get(code) ?? 0)) continue;
      told.set(code, size);
      if (size > 0) tell({ kind: 'trouble', code, folders: size, ...limitOf(code) });
    }
  });

  return {
    add: (error) => {
      const { code = 'unknown', path = '' } = error as { code?: string; path?: string };
      paths.set(code, (paths.get(code) ?? new Set()).add(path));
      if (!isHeld) tellNews();
    },
    gone: (path) => paths.forEach((set) => set.delete(path)),
    clear: () => paths.clear(),
    count: () => [...paths].reduce((sum, [code, { size }]) =>
      sum + (code === UNWATCHABLE ? 0 : size), 0),
    begin: () => {
      isHeld = false;
      tellNews();
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

/** The limit that a code is about. Inside a container the namespace's own may be the lower one. */
function limitOf(code: string): { limit?: number } {
  const about = code === /* no watch left */ 'ENOSPC' ? 'watches'
    : code === /* no watcher left */ 'EMFILE' ? 'instances' : undefined;
  if (about === undefined) return {};

  const limits = [`/proc/sys/fs/inotify/max_user_${about}`, `/proc/sys/user/max_inotify_${about}`]
    .map(numberIn).filter((limit) => limit !== undefined);
  return limits.length === 0 ? {} : { limit: Math.min(...limits) };
}

function numberIn(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
