import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { Path } from '../core/entry.ts';
import { codeOf } from './bytes.ts';
import { ancestorIds, idOf } from './overlap.ts';

/** Held as long as the process lives, or until it is released. */
export interface Lock {
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
 * namespaces. Where the process lacks descriptors it throws: half a lock is none. Elsewhere than on
 * Linux the record's own lock is all there is: it keeps a second process off the same pair only.
 */
export async function lockReplica(replica: Path): Promise<Lock | LockRefusal> {
  const own = idOf(replica);
  if (process.platform !== 'linux' || own === undefined) return { release: async () => {} };

  const above = ancestorIds(replica).filter((id) => id !== own);
  const unique = `${process.pid}-${randomBytes(6).toString('hex')}`;
  const held = await listen([
    `${AT}${own}`, `${BY}${own}:${unique}`, ...above.map((id) => `${IN}${id}:${unique}`),
  ]);
  if (held === undefined) return refuse('same', own);
  try {
    const refusal = findOther(own, above, unique);
    if (refusal !== undefined) await close(held);
    return refusal ?? { release: () => close(held) };
  } catch (error) {
    await close(held);
    throw error;
  }
}

/** Who has a replica in which this folder lies, or which it is: asked before one is made in it. */
export function findAround(folder: Path): LockRefusal | undefined {
  const names = socketNames();
  const around = ancestorIds(folder).find((id) => names.includes(`${AT}${id}`));
  return around === undefined ? undefined : refuse('ancestor', around);
}

const AT = 'fsync:at:';
const BY = 'fsync:by:';
const IN = 'fsync:in:';

/** Others whose locks bar ours. */
function findOther(own: string, above: readonly string[], unique: string): LockRefusal | undefined {
  const names = socketNames();
  const isOther = (name: string): boolean => !name.endsWith(unique);
  // Another version of Node may pad the name in another way, so that both could bind it.
  const same = names.find((name) => name.startsWith(`${BY}${own}:`) && isOther(name));
  if (same !== undefined) return refuse('same', own, same);
  const ancestor = above.find((id) => names.includes(`${AT}${id}`));
  if (ancestor !== undefined) return refuse('ancestor', ancestor);
  const descendant = names.find((name) => name.startsWith(`${IN}${own}:`) && isOther(name));
  return descendant === undefined ? undefined : refuse('descendant', own, descendant);
}

function refuse(heldBy: LockRefusal['heldBy'], id: string, name?: string): LockRefusal {
  const found = name ?? socketNames().find((each) => each.startsWith(`${BY}${id}:`));
  const pid = /:(\d+)-[0-9a-f]+$/.exec(found ?? '')?.[1];
  const who = pid === undefined ? 'another fsync' : `another fsync (process ${pid})`;
  const what = {
    same: 'works on this replica',
    ancestor: 'works on a replica that this one lies inside',
    descendant: 'works on a replica inside this one',
  };
  return { heldBy, text: `${who} ${what[heldBy]}` };
}

/** All abstract sockets of fsync; the kernel shows NUL, also as padding, as '@'. */
function socketNames(): readonly string[] {
  try {
    return readFileSync('/proc/net/unix', 'latin1').split('\n')
      .map((line) => line.slice(line.lastIndexOf(' ') + 1))
      .filter((name) => name.startsWith('@fsync:'))
      .map((name) => name.slice(1).replace(/@+$/, ''));
  } catch (error) {
    if (SCARCE.has(codeOf(error))) throw error;
    return [];
  }
}

/** Binds all names; undefined, and none of them, if the first one is taken. */
async function listen(names: readonly string[]): Promise<readonly Server[] | undefined> {
  const servers: Server[] = [];
  try {
    for (const name of names) {
      const server = await bind(name);
      if (server === 'taken') {
        await close(servers);
        return undefined;
      }
      if (server !== undefined) servers.push(server);
    }
    return servers;
  } catch (error) {
    await close(servers);
    throw error;
  }
}

/** Where sockets are forbidden the record's own lock must do; where they lack, nothing will. */
function bind(name: string): Promise<Server | 'taken' | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once('error', (error) => {
      const code = codeOf(error);
      if (SCARCE.has(code)) reject(error);
      else resolve(code === 'EADDRINUSE' ? 'taken' : undefined);
    });
    server.listen(`\0${name}`, () => {
      // What comes later, as too many open files at a stranger's call, must not end us.
      server.on('error', () => {});
      resolve(server);
    });
  });
}

const SCARCE: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

const close = async (servers: readonly Server[]): Promise<void> => {
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
};
