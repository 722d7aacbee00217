import { fchownSync, fstatSync, mkdirSync, renameSync, rmdirSync, type Stats } from 'node:fs';
import { byPath, joinPath, parentOf, type Path, type Stat } from '../core/entry.ts';
import type { Problem } from '../core/operation.ts';
import { COLUMNS } from '../core/record.ts';
import { codeOf, isAbsent, temporaryName } from './bytes.ts';
import { copyEntry, type CopyFolderOptions, type FolderContent } from './copy-entry.ts';
import { discardFile } from './discard-file.ts';
import { syncFolder } from './durable.ts';
import { listPinned, type Listed } from './open-pinned.ts';
import type { Pinned } from './pinned.ts';
import { makeWritable, setOwner } from './set.ts';
import { quickFstat, statOf } from './stat.ts';

/** Nothing was made where the source could not be listed, or the replica would not have it. */
export type CopiedFolder =
  | { readonly made: false; readonly problems: readonly Problem[] }
  | (Readonly<FolderContent> & {
      readonly made: true;
      /** The source folder before it was listed, and what was made. */
      readonly stat: Stat;
      readonly replica: Stats;
      /** Cancelled before the last entry: the rest is for another pass. */
      readonly cancelled: boolean;
    });

/**
 * Copy a folder that the replica lacks, without its sub-folders: made under a temporary name, its
 * files written under their final names, then renamed (design: hidden folder). So a file's path
 * does not exist until it is whole, without a rename per file. Owner is set; mode (0700 until then)
 * and times are the caller's, last of all, by setMeta(). A step is a chunk, and yields its bytes.
 *
 * An entry that fails is a problem and no more; one that vanished is not even that.
 */
export function* copyFolder(
  source: Pinned, from: Path, replica: Pinned, to: Path, options: CopyFolderOptions = {},
): Generator<number, CopiedFolder, void> {
  const begun = begin(source, from, replica, to, options);
  if (!('hidden' in begun)) return begun;
  const { stat, entries, hidden } = begun;
  const content: FolderContent = {
    names: [], rows: new Float64Array(entries.length * COLUMNS),
    folders: [], big: [], linked: [], special: [], problems: [], bytes: 0,
    torn: false,
  };
  let cancelled = false;
  let placed = false;
  try {
    for (const entry of entries) {
      cancelled ||= options.cancelled?.() === true;
      if (cancelled) break;
      if (options.skip?.(entry.name, entry.type === 'folder') === true) continue;
      try {
        yield* copyEntry(source, from, replica, hidden, entry, content, options);
        yield 0;
      } catch (error) {
        const code = codeOf(error);
        // What was copied so far is whole, and stays.
        if (code === 'cancelled') cancelled = true;
        else if (code !== 'vanished') {
          content.problems.push({ path: joinPath(from, entry.name), code, action: 'copy' });
        }
      }
    }
    if (content.torn) return nothing(...content.problems);
    const made = place(replica, hidden, to, stat, options.durable === true);
    placed = true;
    return { made: true, stat, replica: made, cancelled, ...content };
  } catch (error) {
    return nothing({ path: to, code: codeOf(error), action: 'copy' });
  } finally {
    if (!placed) discardFolder(replica, hidden);
  }
}

interface Begun {
  readonly stat: Stat;
  readonly entries: readonly Listed[];
  readonly hidden: Path;
}

const nothing = (...problems: Problem[]): CopiedFolder => ({ made: false, problems });

/** List the source, then make the hidden folder: a folder that cannot be listed is not made. */
function begin(
  source: Pinned, from: Path, replica: Pinned, to: Path, options: CopyFolderOptions,
): Begun | CopiedFolder {
  let listed: { readonly stat: Stat; readonly entries: readonly Listed[] };
  try {
    source.renew(parentOf(from));
    replica.renew(parentOf(to));
    const stat = statOf(fstatSync(source.folder(from), { bigint: true }));
    const code = options.refuse?.(stat);
    if (code !== undefined) return nothing({ path: from, code, action: 'copy' });
    const entries = listPinned(source, from).sort((a, b) => byPath(a.name, b.name));
    options.listed?.(entries.map((entry) => entry.name));
    listed = { stat, entries };
  } catch (error) {
    const code = codeOf(error);
    return isAbsent(code) ? nothing() : nothing({ path: from, code, action: 'list' });
  }
  const hidden = joinPath(parentOf(to), temporaryName());
  try {
    makeHidden(replica, hidden);
    return { ...listed, hidden };
  } catch (error) {
    return nothing({ path: to, code: codeOf(error), action: 'mkdir' });
  }
}

/** A folder of ours that is closed to us is opened: the plan sets its mode again, last of all. */
function makeHidden(replica: Pinned, hidden: Path): void {
  try {
    mkdirSync(replica.entry(hidden), 0o700);
  } catch (error) {
    if (codeOf(error) !== 'EACCES' || makeWritable(replica, parentOf(hidden)) === undefined) {
      throw error;
    }
    mkdirSync(replica.entry(hidden), 0o700);
  }
}

/** The owner comes last: the folder is private to us while it is filled. */
function place(
  replica: Pinned, hidden: Path, to: Path, stat: Stat, durable: boolean,
): Stats {
  const fd = replica.folder(hidden);
  const made = quickFstat(fd);
  setOwner(made, stat, (uid, gid) => fchownSync(fd, uid, gid));
  if (durable) syncFolder(fd);
  replica.mustStand(to);
  renameSync(...replica.pair(hidden, to));
  replica.moved(hidden, to);
  return made;
}

/** Remove a hidden folder that did not come to stand. It has no sub-folders. */
function discardFolder(replica: Pinned, hidden: Path): void {
  try {
    // By its name: a rename may have been done though it failed, and the descriptor went with it.
    replica.forget(hidden);
    for (const { name } of listPinned(replica, hidden)) {
      discardFile(replica, joinPath(hidden, name));
    }
    replica.forget(hidden);
    rmdirSync(replica.entry(hidden));
  } catch {
    // Litter of a known name: a later pass finds and prunes it.
  }
}
