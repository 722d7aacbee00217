import { constants, copyFileSync, fchmodSync, ftruncateSync, type Stats } from 'node:fs';
import type { Stat } from '../core/entry.ts';
import { codeOf } from './bytes.ts';
import type { OpenFile } from './open-pinned.ts';
import type { Pinned } from './pinned.ts';
import { heldStill, quickFstat } from './stat.ts';

/** Below this many bytes a copy costs no more than asking for a clone. */
const LEAST = 1_048_576;

/** What a file system that cannot share content says, or one that is not the source's. */
const UNABLE = new Set(['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOSYS', 'ENOTTY']);

/** The devices whose files a replica could not share: not asked again while it is open. */
const unable = new WeakMap<Pinned, Set<bigint>>();

/**
 * Let a new file of ours share the blocks of an open source file (a reflink, ioctl FICLONE, as
 * btrfs and XFS can): no byte is read, and no room taken until one of the two changes. Returns the
 * source once that was done; undefined where it cannot be had, or must not: then the file of ours
 * is as empty and as private as before, and is to be written.
 *
 * Node asks for clones by name only. The names are those of the descriptors, so that both are the
 * files that were opened, whatever took their places since.
 */
export function cloneFile(input: OpenFile, replica: Pinned, out: number): Stats | undefined {
  const { fd, stat } = input;
  if (!replica.proc || stat.size < LEAST || !mayShowAtOnce(stat)) return undefined;
  if (unable.get(replica)?.has(stat.dev) === true) return undefined;
  try {
    replica.withRoom(() => copyFileSync(nameOf(fd), nameOf(out), CLONE));
    const now = quickFstat(fd);
    if (heldStill(stat, now)) return now;
  } catch (error) {
    if (UNABLE.has(codeOf(error))) remember(replica, stat.dev);
    // Whatever else is wrong, the copy meets it too, and tells it better.
  }
  ftruncateSync(out, 0);
  fchmodSync(out, 0o600);
  return undefined;
}

/** Without the clone nothing is copied: what Node does then is none of the safe ways. */
const CLONE = constants.COPYFILE_FICLONE_FORCE;

const nameOf = (fd: number): string => `/proc/self/fd/${fd}`;

/**
 * Node gives the clone the source's mode before it can have the source's owner. Nobody may run it
 * as us meanwhile, nor read it who may not read the source.
 */
const mayShowAtOnce = ({ mode, gid }: Stat): boolean =>
  (mode & 0o6000) === 0 && (gid === process.getegid?.() || (mode & 0o070) === 0);

function remember(replica: Pinned, device: bigint): void {
  const devices = unable.get(replica);
  if (devices === undefined) unable.set(replica, new Set([device]));
  else devices.add(device);
}
