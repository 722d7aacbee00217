import { randomBytes } from 'node:crypto';
import type { Server } from 'node:net';
import type { Path } from '../core/entry.ts';
import { failure } from './bytes.ts';
import { closeAll, knock, listen, socketNames } from './lock-sockets.ts';
import { ancestorIds, idOf } from './overlap.ts';
import { lstat } from './stat.ts';

/** Held as long as the process lives, until it is released, or given up to one who knocked. */
export interface Lock {
  /** Whether it is held still, and the lock of the folder that is at a path now. */
  holds(replica: Path): boolean;
  release(): Promise<void>;
}

/** Another fsync has this replica, one above it, or one inside it. */
export interface LockRefusal {
  readonly heldBy: 'same' | 'ancestor' | 'descendant';
  readonly text: string;
}

/**
 * Keeps every other fsync off a replica, an existing folder, and off all above and below it (I7).
 *
 * A lock is a set of abstract unix sockets, which the kernel takes away with the process: no stale
 * lock, no reused process number. `at` names the replica; `in` names each folder above it, since
 * one who comes for such a folder cannot know what lies below. Each binds first and looks then, so
 * that of two at the same moment at least one sees the other. It does not reach across network
 * namespaces. Where the process lacks descriptors it throws: half a lock is none. So it does, with
 * `vanished`, where the replica is gone: an fsync at work around it may have removed it. Elsewhere
 * than on Linux the record's own lock is all there is: it keeps a second process off the same pair
 * only.
 *
 * Another folder may get the number of one that is gone. So who is refused knocks, and a holder who
 * is `atRest` gives up the lock of a folder that is not where it was. Two never work on one replica
 * all the same: a holder is not at rest from before a pass looks for its lock until that pass ends.
 */
export async function lockReplica(
  replica: Path, atRest: () => boolean = () => false,
): Promise<Lock | LockRefusal> {
  const ids = idsOf(replica);
  if (ids[0] === '') throw failure('vanished', replica);
  if (process.platform === 'linux') {
    return persistently(() => tryLock(replica, ids, atRest));
  }
  return { holds: (at) => at === replica && isStill(replica, ids), release: async () => {} };
}

/** Who has a replica in which this folder lies, or which it is: asked before one is made in it. */
export function findAround(folder: Path): Promise<LockRefusal | undefined> {
  return persistently(async (): Promise<Bar | undefined> => {
    const names = socketNames();
    const around = idsOf(folder).find((id) => names.includes(`${AT}${id}`));
    return around === undefined ? undefined : { heldBy: 'ancestor', socket: `${AT}${around}` };
  });
}

const AT = 'fsync:at:';
const BY = 'fsync:by:';
const IN = 'fsync:in:';

/** Somebody's socket that bars us. */
interface Bar {
  readonly heldBy: LockRefusal['heldBy'];
  readonly socket: string;
}

/** Each who bars us is asked once whether he still has what he locked; then it is tried anew. */
async function persistently<T extends object | undefined>(
  attempt: () => Promise<T | Bar>,
): Promise<T | LockRefusal> {
  const asked = new Set<string>();
  for (;;) {
    const found = await attempt();
    if (found === undefined || !('socket' in found)) return found;
    if (asked.has(found.socket)) return refuse(found);
    asked.add(found.socket);
    await knock(found.socket);
  }
}

async function tryLock(
  replica: Path, ids: readonly string[], atRest: () => boolean,
): Promise<Lock | Bar> {
  const [own = '', ...above] = ids;
  const unique = `${process.pid}-${randomBytes(6).toString('hex')}`;
  let held: readonly Server[] | undefined;
  const giveUp = (): void => {
    if (held === undefined || !atRest() || isStill(replica, ids)) return;
    // The sockets are gone at once; what is awaited elsewhere are the ends of their connections.
    void closeAll(held);
    held = undefined;
  };
  const bound = await listen([
    `${AT}${own}`, `${BY}${own}:${unique}`, ...above.map((id) => `${IN}${id}:${unique}`),
  ], giveUp);
  if (bound === undefined) return { heldBy: 'same', socket: `${AT}${own}` };
  try {
    const bar = findOther(own, above, unique);
    if (bar !== undefined) {
      await closeAll(bound);
      return bar;
    }
  } catch (error) {
    await closeAll(bound);
    throw error;
  }
  held = bound;
  return {
    holds: (at) => held !== undefined && at === replica && isStill(replica, ids),
    release: () => closeAll(bound),
  };
}

/** Others whose locks bar ours. */
function findOther(own: string, above: readonly string[], unique: string): Bar | undefined {
  const names = socketNames();
  const isOther = (name: string): boolean => !name.endsWith(unique);
  // Another version of Node may pad the name in another way, so that both could bind it.
  const same = names.find((name) => name.startsWith(`${BY}${own}:`) && isOther(name));
  if (same !== undefined) return { heldBy: 'same', socket: same };
  const ancestor = above.find((id) => names.includes(`${AT}${id}`));
  if (ancestor !== undefined) return { heldBy: 'ancestor', socket: `${AT}${ancestor}` };
  const descendant = names.find((name) => name.startsWith(`${IN}${own}:`) && isOther(name));
  return descendant === undefined ? undefined : { heldBy: 'descendant', socket: descendant };
}

function refuse({ heldBy, socket }: Bar): LockRefusal {
  const named = socket.startsWith(AT)
    ? socketNames().find((each) => each.startsWith(`${BY}${socket.slice(AT.length)}:`)) : socket;
  const pid = /:(\d+)-[0-9a-f]+$/.exec(named ?? '')?.[1];
  const who = pid === undefined ? 'another fsync' : `another fsync (process ${pid})`;
  const what = {
    same: 'works on this replica',
    ancestor: 'works on a replica that this one lies inside',
    descendant: 'works on a replica inside this one',
  };
  return { heldBy, text: `${who} ${what[heldBy]}` };
}

/** `device:inode` of a folder, '' where it is not known, and of all above it. */
function idsOf(folder: Path): readonly string[] {
  const own = idOf(folder) ?? '';
  return [own, ...ancestorIds(folder).filter((id) => id !== own)];
}

/** Whether the folder at a path, and all above it, are what they were; so also where in doubt. */
function isStill(folder: Path, ids: readonly string[]): boolean {
  try {
    return lstat(folder) !== undefined && idsOf(folder).join() === ids.join();
  } catch {
    return true;
  }
}
