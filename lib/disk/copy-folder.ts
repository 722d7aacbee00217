import { closeSync, fchownSync, fstatSync, mkdirSync, renameSync, rmdirSync } from 'node:fs';
import { joinPath, parentOf, type Path, type Stat } from '../core/entry.ts';
import type { Problem } from '../core/operation.ts';
import { codeOf, isAbsent, temporaryName } from './bytes.ts';
import {
  closingOnError, discardFile, openSource, pour, WRITE_NEW, type CopiedFile, type CopyOptions,
} from './copy-file.ts';
import { listPinned, type Listed, type OpenFile } from './open-pinned.ts';
import type { Pinned } from './pinned.ts';
import { placeNewSymlink, type PlacedSymlink } from './place.ts';
import { setOpenFile, setOwner } from './set.ts';
import { statOf } from './stat.ts';

export interface CopyFolderOptions extends CopyOptions {
  /** Files above this many bytes are left to the caller, who copies them once the folder stands. */
  readonly bigBytes?: number;
  /** Told all names that are in the source, before anything else; may throw, as listing may. */
  readonly listed?: (names: readonly string[]) => void;
  /** Whether an entry is ignored. */
  readonly skip?: (name: string, isFolder: boolean) => boolean;
  /** Asked before anything is made: a code is the reason not to copy this folder. */
  readonly refuse?: (stat: Stat) => string | undefined;
}

/** A file left to the caller, as it was when it was passed over. */
export interface LeftOut {
  readonly name: string;
  readonly source: Stat;
}

/** What is in a copied folder; its sub-folders are named, and copied by the caller. */
export interface FolderContent {
  readonly files: (CopiedFile & { readonly name: string })[];
  readonly symlinks: (PlacedSymlink & { readonly name: string })[];
  readonly folders: string[];
  readonly big: LeftOut[];
  /** Files with several names, which only the caller can bring together. */
  readonly linked: LeftOut[];
  readonly special: string[];
  readonly problems: Problem[];
  bytes: number;
}

/** Nothing was made where the source could not be listed, or the replica would not have it. */
export type CopiedFolder =
  | { readonly made: false; readonly problems: readonly Problem[] }
  | (Readonly<FolderContent> & {
      readonly made: true;
      /** The source folder before it was listed. */
      readonly stat: Stat;
      /** Cancelled before the last entry: the rest is for another pass. */
      readonly cancelled: boolean;
    });

const DEFAULT_BIG = 4 * 1_048_576;

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
    files: [], symlinks: [], folders: [], big: [], linked: [], special: [], problems: [], bytes: 0,
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
      } catch (error) {
        const code = codeOf(error);
        // What was copied so far is whole, and stays.
        if (code === 'cancelled') cancelled = true;
        else if (code !== 'vanished') {
          content.problems.push({ path: joinPath(from, entry.name), code, action: 'copy' });
        }
      }
    }
    place(replica, hidden, to, stat);
    placed = true;
    return { made: true, stat, cancelled, ...content };
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
    const stat = statOf(fstatSync(source.folder(from), { bigint: true }));
    const code = options.refuse?.(stat);
    if (code !== undefined) return nothing({ path: from, code, action: 'copy' });
    const entries = listPinned(source, from);
    options.listed?.(entries.map((entry) => entry.name));
    listed = { stat, entries };
  } catch (error) {
    const code = codeOf(error);
    return isAbsent(code) ? nothing() : nothing({ path: from, code, action: 'list' });
  }
  const hidden = joinPath(parentOf(to), temporaryName());
  try {
    mkdirSync(replica.entry(hidden), 0o700);
    return { ...listed, hidden };
  } catch (error) {
    return nothing({ path: to, code: codeOf(error), action: 'mkdir' });
  }
}

function* copyEntry(
  source: Pinned, from: Path, replica: Pinned, hidden: Path, { name, type }: Listed,
  content: FolderContent, options: CopyFolderOptions,
): Generator<number, void, void> {
  const at = joinPath(from, name);
  const into = joinPath(hidden, name);
  if (type === 'file') {
    yield* copyNew(source, at, replica, into, name, content, options);
  } else if (type === 'symlink') {
    content.symlinks.push({ name, ...placeNewSymlink(source, at, replica, into) });
  } else {
    (type === 'folder' ? content.folders : content.special).push(name);
  }
}

/**
 * One file under its final name. Six calls of the system a side, and no more: looking again is one
 * fstat, for a file that was renamed over meanwhile is another inode than the one recorded.
 */
function* copyNew(
  source: Pinned, from: Path, replica: Pinned, to: Path, name: string,
  content: FolderContent, options: CopyFolderOptions,
): Generator<number, void, void> {
  const input = openSource(source, from);
  const { stat } = input;
  if (stat.nlink > 1 || stat.size > (options.bigBytes ?? DEFAULT_BIG)) {
    closeSync(input.fd);
    (stat.nlink > 1 ? content.linked : content.big).push({ name, source: stat });
    return;
  }
  // The folder is private, so that the file may have its mode from the start.
  const out = closingOnError(input.fd, () => replica.open(to, WRITE_NEW, stat.mode & 0o777));
  let whole = false;
  try {
    const lookAgain = (before: OpenFile): Stat => statOf(fstatSync(before.fd, { bigint: true }));
    const poured = yield* pour(source, from, input, out, lookAgain, options);
    content.files.push({ name, ...poured, replica: setOpenFile(out, poured.source) });
    content.bytes += poured.bytes;
    whole = true;
  } finally {
    closeSync(out);
    if (!whole) discardFile(replica, to);
  }
}

/** The owner comes last: the folder is private to us while it is filled. */
function place(replica: Pinned, hidden: Path, to: Path, stat: Stat): void {
  const fd = replica.folder(hidden);
  const made = statOf(fstatSync(fd, { bigint: true }));
  setOwner(made, stat, (uid, gid) => fchownSync(fd, uid, gid));
  renameSync(...replica.pair(hidden, to));
  replica.moved(hidden, to);
}

/** Remove a hidden folder that did not come to stand. It has no sub-folders. */
function discardFolder(replica: Pinned, hidden: Path): void {
  try {
    for (const { name } of listPinned(replica, hidden)) {
      discardFile(replica, joinPath(hidden, name));
    }
    replica.forget(hidden);
    rmdirSync(replica.entry(hidden));
  } catch {
    // Litter of a known name: a later pass finds and prunes it.
  }
}
