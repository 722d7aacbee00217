import { fstatSync, readFileSync, rmdirSync, unlinkSync } from 'node:fs';
import { joinPath, parentOf, type EntryType, type Path } from '../core/entry.ts';
import type { Problem } from '../core/operation.ts';
import { codeOf, isAbsent } from './bytes.ts';
import { listPinned, type Listed } from './open-pinned.ts';
import type { Pinned } from './pinned.ts';
import { makeWritable, setMode } from './set.ts';
import { lstatAt } from './stat.ts';

export interface RemoveOptions {
  /** The type the plan expected; an entry of another type is left to the next pass. */
  readonly type?: EntryType;
  /** Whether an entry is protected (ignored): it stays, and its folders with it. */
  readonly keep?: (path: Path, isFolder: boolean) => boolean;
  readonly cancelled?: () => boolean;
}

export interface Removed {
  /** Entries removed, folders too. */
  readonly removed: number;
  /** Entries left standing without a problem: protected, not verified, or cancelled. */
  readonly kept: number;
  readonly problems: readonly Problem[];
}

/** Asked just before something is removed, whether the source still lacks it. */
export type Verify = (path: Path) => boolean;

/**
 * Remove an entry of the replica and all below it (invariant I4): deepest first, each folder
 * verified before its first entry goes and again every few entries, through pinned descriptors,
 * never following a link, never into another mount. A step is a folder, and yields the entries it
 * removed. Nothing is thrown: what fails is a problem, and the rest goes on.
 */
export function* removeEntry(
  replica: Pinned, path: Path, verify: Verify, options: RemoveOptions = {},
): Generator<number, Removed, void> {
  const tally: Tally = { removed: 0, kept: 0, problems: [] };
  const type = typeNow(replica, path, options, tally);
  if (type === undefined) return tally;
  if (yield* removeOne({ replica, verify, options, tally }, path, type, true)) yield 1;
  return tally;
}

interface Tally {
  removed: number;
  kept: number;
  readonly problems: Problem[];
}

interface Context {
  readonly replica: Pinned;
  readonly verify: Verify;
  readonly options: RemoveOptions;
  readonly tally: Tally;
  /** Where what is removed is mounted, once a folder asked. */
  mount?: string;
}

/** How many entries of a folder may go before the source is asked again. */
const BATCH = 64;

/** Undefined when there is nothing to do, or nothing that may be done. */
function typeNow(
  replica: Pinned, path: Path, options: RemoveOptions, tally: Tally,
): EntryType | undefined {
  try {
    const type = lstatAt(replica.entry(path))?.type;
    if (type === undefined || options.type === undefined || type === options.type) return type;
    tally.problems.push({ path, code: 'changed-type', action: 'remove' });
  } catch (error) {
    tell(tally, path, error);
  }
  return undefined;
}

/** True when the entry is gone by our doing. */
function* removeOne(
  context: Context, path: Path, type: EntryType, ask: boolean,
): Generator<number, boolean, void> {
  const { replica, verify, options, tally } = context;
  if (options.cancelled?.() === true || options.keep?.(path, type === 'folder') === true
    || ((ask || type === 'folder') && !verify(path))) {
    tally.kept += 1;
    return false;
  }
  if (type === 'folder') return yield* removeFolder(context, path);
  try {
    withWritableParent(replica, path, () => unlinkSync(replica.entry(path)));
    tally.removed += 1;
    return true;
  } catch (error) {
    tell(tally, path, error);
    return false;
  }
}

function* removeFolder(context: Context, path: Path): Generator<number, boolean, void> {
  const { replica, tally } = context;
  let opened: number | undefined;
  try {
    opened = ownAccess(replica, path);
    context.mount ??= mountOf(replica, parentOf(path));
    if (mountOf(replica, path) !== context.mount) {
      tally.problems.push({ path, code: 'mount', action: 'remove' });
      return false;
    }
    const before = { kept: tally.kept, problems: tally.problems.length };
    yield* removeContent(context, path, listPinned(replica, path));
    if (tally.kept > before.kept || tally.problems.length > before.problems) return false;

    withWritableParent(replica, path, () => rmdirSync(replica.entry(path)));
    replica.forget(path);
    opened = undefined;
    tally.removed += 1;
    return true;
  } catch (error) {
    tell(tally, path, error);
    return false;
  } finally {
    if (opened !== undefined) restore(replica, path, opened);
  }
}

function* removeContent(
  context: Context, path: Path, entries: readonly Listed[],
): Generator<number, void, void> {
  let gone = 0;
  for (const [index, { name, type }] of entries.entries()) {
    const ask = index % BATCH === BATCH - 1;
    if (yield* removeOne(context, joinPath(path, name), type, ask)) gone += 1;
  }
  if (gone > 0) yield gone;
}

/**
 * What a folder is mounted from. The device tells most mounts; a bind mount of the same device only
 * its mount number, which the kernel tells of a descriptor.
 */
function mountOf(replica: Pinned, path: Path): string {
  const fd = replica.folder(path);
  const device = String(fstatSync(fd, { bigint: true }).dev);
  if (!replica.proc) return device;
  const info = replica.withRoom(() => readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'));
  return `${device} ${/^mnt_id:\s*(\d+)/m.exec(info)?.[1] ?? ''}`;
}

/** Open a folder of ours that its mode closes to us. Returns the mode to restore. */
function ownAccess(replica: Pinned, path: Path): number | undefined {
  try {
    replica.folder(path);
    return undefined;
  } catch (error) {
    if (codeOf(error) !== 'EACCES') throw error;
    return makeWritable(replica, path);
  }
}

/** Do something that needs a writable parent, which we open for it if it is ours. */
function withWritableParent(replica: Pinned, path: Path, act: () => void): void {
  try {
    act();
  } catch (error) {
    const parent = parentOf(path);
    const mode = codeOf(error) === 'EACCES' ? makeWritable(replica, parent) : undefined;
    if (mode === undefined) throw error;
    try {
      act();
    } finally {
      restore(replica, parent, mode);
    }
  }
}

function restore(replica: Pinned, path: Path, mode: number): void {
  try {
    setMode(replica, path, mode);
  } catch {
    // The pass sets the mode of every folder that stays.
  }
}

/** Gone already is what was wanted. */
function tell(tally: Tally, path: Path, error: unknown): void {
  const code = codeOf(error);
  if (!isAbsent(code)) tally.problems.push({ path, code, action: 'remove' });
}
