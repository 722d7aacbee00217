import type { Path } from '../core/entry.ts';
import { codeOf } from '../disk/bytes.ts';
import { lockReplica } from '../disk/lock.ts';
import type { Mirror, Refusal } from '../mirror.ts';

/**
 * Lets go of a lock whose replica is not there any more, or has become another folder: its number
 * may be another's by now, even that of a folder which the new replica is to be made in.
 */
export async function dropOldLock(
  { memory }: Mirror, replica: Path | undefined,
): Promise<Refusal | undefined> {
  const { lock, asides } = memory;
  if (lock === undefined || (replica !== undefined && lock.holds(replica))) return undefined;
  if (asides > 0) {
    return { code: 'replica-changed', text: 'the replica is not what it was, and a pass is still at'
      + ' work there' };
  }
  memory.lock = undefined;
  await lock.release();
  return undefined;
}

/** No pass works without the lock of the replica that it found. */
export async function takeLock(mirror: Mirror, replica: Path): Promise<Refusal | undefined> {
  const { memory, compareOnly } = mirror;
  if (compareOnly || memory.lock !== undefined) return undefined;
  const isAtRest = (): boolean => memory.plan$.value === 'none' && memory.asides === 0;
  const lock = await lockReplica(replica, isAtRest).catch(codeOf);
  if (lock === 'vanished') {
    return { code: 'replica-gone', text: 'the replica was there a moment ago and is gone' };
  }
  if (typeof lock === 'string') {
    return { code: 'not-locked', text: `the replica cannot be locked (${lock}), so that another`
      + ' fsync could work on it as well' };
  }
  if ('heldBy' in lock) return { code: 'locked', text: lock.text };
  memory.lock = lock;
  return undefined;
}
