import type { SyncEvent } from '../core/event.ts';
import type { Operation } from '../core/operation.ts';
import type { Work } from '../mirror.ts';
import type { Amount } from '../tally.ts';

type Progress = Extract<SyncEvent, { kind: 'progress' }>;

/** At most ten words a second. */
const EVERY_MS = 100;

/** Says how far a pass is, unless it said so just now. */
export function tellProgress(
  { tally, tell }: Work, phase: Progress['phase'], done: Amount, total?: Amount,
): void {
  const nowMs = performance.now();
  if (nowMs - tally.toldMs < EVERY_MS) return;
  tally.toldMs = nowMs;
  const totals = total === undefined ? {} : { filesTotal: total.files, bytesTotal: total.bytes };
  tell({ kind: 'progress', phase, ...done, ...totals });
}

/**
 * Does something that may have a big file in hand, and says meanwhile how far it is: what ends with
 * a file says nothing for minutes.
 */
export async function whileTelling<T>(
  { mirror: { pool } }: Work, tell: () => void, act: () => Promise<T>,
): Promise<T> {
  const timer = setInterval(() => {
    if (pool.inHand() > 0) tell();
  }, EVERY_MS);
  try {
    return await act();
  } finally {
    clearInterval(timer);
  }
}

/** Says how much of the plan is carried out. */
export function tellApplied(work: Work): void {
  const { copied, renamed, linked, set, removed, bytes, planned, inTrees } = work.tally;
  const done = { files: copied + renamed + linked + set + removed,
    bytes: bytes + work.mirror.pool.inHand() };
  const total = inTrees === undefined ? undefined : sum(planned, inTrees);
  tellProgress(work, 'apply', done, total);
}

/** How much is to be done by a plan, but for what is in new folders. */
export function amountOf(operations: readonly Operation[]): Amount {
  let files = 0;
  let bytes = 0;
  for (const one of operations) {
    switch (one.kind) {
      case 'copy':
        files += 1;
        bytes += one.size;
        break;
      case 'symlink': case 'link': case 'rename': files += 1; break;
      case 'set': if (!one.touched) files += 1; break;
      case 'remove': if (one.because !== 'litter') files += one.entries; break;
      default: break;
    }
  }
  return { files, bytes };
}

/** Both together. */
export const sum = (a: Amount, b: Amount): Amount =>
  ({ files: a.files + b.files, bytes: a.bytes + b.bytes });
