import { addChanges, changesOf, type Change, type ChangedPaths } from '../core/scope.ts';

/** What is to be told to another thread, gathered until it can be told. */
export interface Outbox {
  add(change: Change): void;
  /** The receiver has taken what it was sent. */
  taken(): void;
}

/** Between two batches, in ms; the first change after a rest goes out in its own turn. */
const PAUSE_MS = 10;

/** So many are merged at a time, so that a burst takes no more memory than a scope does. */
const MOST_UNMERGED = 4_000;

/**
 * Sends changes in batches, without repetitions. Only one batch is under way: while the receiver
 * is busy, what comes is merged as scopes are, so that it needs little memory, however long it is.
 */
export function outbox(send: (changes: readonly Change[]) => void): Outbox {
  let unmerged: Change[] = [];
  let merged: ChangedPaths | undefined;
  let isUnderWay = false;
  let isScheduled = false;
  let lastAt = -Infinity;

  const schedule = (): void => {
    if (isScheduled || isUnderWay || (unmerged.length === 0 && merged === undefined)) return;
    isScheduled = true;
    const left = lastAt + PAUSE_MS - performance.now();
    if (left > 0) setTimeout(flush, left);
    else setImmediate(flush);
  };

  const flush = (): void => {
    isScheduled = false;
    isUnderWay = true;
    const changes = [...changesOf(addChanges(merged, unmerged))];
    unmerged = [];
    merged = undefined;
    lastAt = performance.now();
    send(changes);
  };

  return {
    add: (change) => {
      unmerged.push(change);
      if (unmerged.length >= MOST_UNMERGED) {
        merged = addChanges(merged, unmerged);
        unmerged = [];
      }
      schedule();
    },
    taken: () => {
      isUnderWay = false;
      schedule();
    },
  };
}
