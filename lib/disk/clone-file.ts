import { closeSync, constants, copyFileSync, fstatSync, type Stats } from 'node:fs';
import type { Path, Stat } from '../core/entry.ts';
import { codeOf } from './bytes.ts';
import { discardFile } from './discard-file.ts';
import type { OpenFile } from './open-pinned.ts';
import type { Pinned } from './pinned.ts';
import { heldStill } from './stat.ts';

/** A temporary file that shares its content with a source file. */
export interface ClonedFile {
  /** Open to be given its times, owner and mode. */
  readonly out: number;
  /** The source once the content was shared. */
  readonly now: Stats;
}

/** Below this many bytes a copy costs no more than asking for a clone. */
const LEAST = 1_048_576;

/** What a file system that cannot share content says, or one that is not the source's. */
const UNABLE = new Set(['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOSYS', 'ENOTTY']);

/** The devices whose files a replica could not share: not asked again while it is open. */
const unable = new WeakMap<Pinned, Set<bigint>>();

/**
 * Make a temporary file that shares the blocks of an open source file (a reflink, ioctl FICLONE, as
 * btrfs and XFS can): no byte is read, and no room taken until one of the two changes. Undefined
 * where that cannot be had, or must not: then nothing is left behind, and the file is to be copied.
 *
 * Node asks for clones by name only. The name is that of the descriptor, so that it is the file
 * that was opened, whatever took its place since.
 */
export function cloneFile(
  input: OpenFile, replica: Pinned, temporary: Path,
): ClonedFile | undefined {
  const { fd, stat } = input;
  if (!replica.proc || stat.size < LEAST || !mayShowAtOnce(stat)) return undefined;
  if (unable.get(replica)?.has(stat.dev) === true) return undefined;
  try {
    replica.withRoom(() => copyFileSync(`/proc/self/fd/${fd}`, replica.entry(temporary), CLONE));
  } catch (error) {
    if (UNABLE.has(codeOf(error))) remember(replica, stat.dev);
    // Whatever else is wrong, the copy meets it too, and tells it better.
    return undefined;
  }
  const out = openOwn(replica, temporary, stat.size);
  const now = fstatSync(fd);
  if (out !== undefined && heldStill(stat, now)) return { out, now };
  if (out !== undefined) closeSync(out);
  discardFile(replica, temporary);
  return undefined;
}

const CLONE = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE;

/**
 * Node gives the clone the source's mode before it can have the source's owner. Nobody may run it
 * as us meanwhile, nor read it who may not read the source.
 */
const mayShowAtOnce = ({ mode, gid }: Stat): boolean =>
  (mode & 0o6000) === 0 && (gid === process.getegid?.() || (mode & 0o070) === 0);

/** What was just made; undefined if something else took its place. */
function openOwn(replica: Pinned, temporary: Path, size: number): number | undefined {
  try {
    // To read: its mode, which is the source's, may not let us write. No FIFO makes us wait.
    const out = replica.open(temporary, constants.O_RDONLY | constants.O_NONBLOCK);
    const is = fstatSync(out);
    if (is.isFile() && is.nlink === 1 && is.size === size) return out;
    closeSync(out);
  } catch {
    // Taken away meanwhile: it is copied like any other.
  }
  return undefined;
}

function remember(replica: Pinned, device: bigint): void {
  const devices = unable.get(replica);
  if (devices === undefined) unable.set(replica, new Set([device]));
  else devices.add(device);
}
