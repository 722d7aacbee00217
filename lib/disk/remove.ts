import { rmdirSync, unlinkSync } from 'node:fs';
import { joinPath, parentOf, type EntryType, type Path } from '../core/entry.ts';
import type { Problem } from '../core/operation.ts';
import { codeOf, failure, isAbsent } from './bytes.ts';
import { listPinned, mountOf, type Listed } from './open-pinned.ts';
import type { Pinned } from './pinned.ts';
import type { Removed, RemoveOptions, Verify } from './removal.ts';
import { lstatAt } from './stat.ts';
import { ownAccess, restoreMode, withWritableParent } from './writable-parent.ts';

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
  const context = { replica, verify, options, tally };
  const type = typeNow(replica, path, options, tally);
  if (type === undefined || !mayGo(context, path, type, true)) return tally;
  const isGone = yield* type === 'folder' ? removeFolder(context, path) : unlink(context, path);
  if (isGone) yield 1;
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
    replica.renew(parentOf(path));
    const type = lstatAt(replica.entry(path))?.type;
    if (type === undefined || options.type === undefined || type === options.type) return type;
    tally.problems.push({ path, code: 'changed-type', action: 'remove' });
  } catch (error) {
    tell(tally, path, error);
  }
  return undefined;
}

/** Whether nothing speaks for an entry's staying; the source is asked for each folder, too. */
function mayGo(context: Context, path: Path, type: EntryType, ask: boolean): boolean {
  const { verify, options, tally } = context;
  const may = options.cancelled?.() !== true && options.keep?.(path, type === 'folder') !== true;
  try {
    if (may && (!(ask || type === 'folder') || verify(path))) return true;
    tally.kept += 1;
  } catch (error) {
    tally.problems.push({ path, code: codeOf(error), action: 'remove' });
  }
  return false;
}

/** True when the entry is gone by our doing. */
function* unlink(context: Context, path: Path): Generator<number, boolean, void> {
  const { replica, tally, options } = context;
  try {
    if (options.before !== undefined) {
      yield* options.before(path);
      replica.mustStand(path);
    }
    withWritableParent(replica, path, () => unlinkSync(replica.entry(path)));
    tally.removed += 1;
    return true;
  } catch (error) {
    tell(tally, path, error);
    return false;
  }
}

/** A folder that is being emptied. */
interface Emptied {
  readonly path: Path;
  readonly entries: readonly Listed[];
  /** The mode to restore, if it was closed to us. */
  readonly mode: number | undefined;
  /** What had been kept, and had failed, before it was opened. */
  readonly before: { readonly kept: number; readonly problems: number };
  next: number;
  gone: number;
}

/** With a stack of its own: folders may be nested deeper than calls can be. */
function* removeFolder(context: Context, path: Path): Generator<number, boolean, void> {
  const open: Emptied[] = [];
  enter(context, path, open);
  let done = false;
  for (let folder = open.at(-1); folder !== undefined; folder = open.at(-1)) {
    const entry = folder.entries[folder.next];
    if (entry === undefined) {
      open.pop();
      if (folder.gone > 0) yield 0;
      done = yield* leave(context, folder);
      const parent = open.at(-1);
      if (done && parent !== undefined) parent.gone += 1;
      continue;
    }
    // A folder in between may have taken long; where one entry is back, so may others be.
    const ask = folder.next % BATCH === BATCH - 1 || context.tally.kept > folder.before.kept
      || folder.entries[folder.next - 1]?.type === 'folder';
    folder.next += 1;
    const below = joinPath(folder.path, entry.name);
    if (!mayGo(context, below, entry.type, ask)) continue;
    if (ask && !isInPlace(context, folder)) folder.next = folder.entries.length;
    else if (entry.type === 'folder') enter(context, below, open);
    else if (yield* unlink(context, below)) folder.gone += 1;
  }
  return done;
}

function enter(context: Context, path: Path, open: Emptied[]): void {
  const { replica, tally } = context;
  let mode: number | undefined;
  try {
    // What was opened before may have been moved: emptied is what has the name now.
    replica.forget(path);
    replica.renew(parentOf(path));
    mode = ownAccess(replica, path);
    context.mount ??= mountOf(replica, parentOf(context.options.within ?? path));
    if (mountOf(replica, path) === context.mount) {
      const before = { kept: tally.kept, problems: tally.problems.length };
      open.push({ path, entries: listPinned(replica, path), mode, before, next: 0, gone: 0 });
      return;
    }
    tally.problems.push({ path, code: 'mount', action: 'remove' });
  } catch (error) {
    tell(tally, path, error);
  }
  if (mode !== undefined) restoreMode(replica, path, mode);
}

/** Whether nobody moved what is being emptied: else the rest of it stays, wherever that is. */
function isInPlace({ replica, tally }: Context, { path }: Emptied): boolean {
  try {
    if (replica.renew(path)) return true;
    if (lstatAt(replica.entry(path)) !== undefined) throw failure('changed', path);
  } catch (error) {
    tell(tally, path, error);
  }
  return false;
}

/** True when the emptied folder could go too: while it was emptied it may have come back. */
function* leave(
  { replica, tally, options, verify }: Context, { path, mode, before, entries }: Emptied,
): Generator<number, boolean, void> {
  try {
    const isEmpty = tally.kept === before.kept && tally.problems.length === before.problems;
    if (isEmpty && entries.length > 0 && !verify(path)) tally.kept += 1;
    else if (isEmpty) {
      if (options.before !== undefined) yield* options.before(path);
      withWritableParent(replica, path, () => rmdirSync(replica.entry(path)));
      replica.forget(path);
      tally.removed += 1;
      return true;
    }
  } catch (error) {
    tell(tally, path, error);
  }
  if (mode !== undefined) restoreMode(replica, path, mode);
  return false;
}

/** Gone already is what was wanted. */
function tell(tally: Tally, path: Path, error: unknown): void {
  const code = codeOf(error);
  if (!isAbsent(code)) tally.problems.push({ path, code, action: 'remove' });
}
