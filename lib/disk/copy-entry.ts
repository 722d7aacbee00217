import { closeSync, fsyncSync } from 'node:fs';
import { joinPath, type Path, type Stat } from '../core/entry.ts';
import type { Problem } from '../core/operation.ts';
import { COARSE_GRAIN_MS, isRacy } from '../core/record-check.ts';
import { COLUMNS, CTIME, RACY, type Row } from '../core/record.ts';
import {
  closingOnError, copied, openSource, pour, WRITE_NEW,
  type CopiedFile, type CopyOptions,
} from './copy-file.ts';
import { discardFile } from './discard-file.ts';
import type { Listed, OpenFile } from './open-pinned.ts';
import type { Pinned } from './pinned.ts';
import { linkRow, placeNewSymlink } from './place.ts';
import { setOpenFile } from './set.ts';

/** How a new folder is copied. */
export interface CopyFolderOptions extends CopyOptions {
  /** Files above this many bytes are left to the caller, who copies them once the folder stands. */
  readonly bigBytes?: number;
  /** Told all names that are in the source, before anything else; may throw, as listing may. */
  readonly listed?: (names: readonly string[]) => void;
  /** Whether an entry is ignored. */
  readonly skip?: (name: string, isFolder: boolean) => boolean;
  /** Asked before anything is made: a code is the reason not to copy this folder. */
  readonly refuse?: (stat: Stat) => string | undefined;
  /** The clock's grain, for the racy rule. */
  readonly grainMs?: number;
}

/** A file left to the caller, as it was when it was passed over. */
interface LeftOut {
  readonly name: string;
  readonly source: Stat;
}

/** What is in a copied folder; its sub-folders are named, and copied by the caller. */
export interface FolderContent {
  /** The files and symlinks that were copied, sorted bytewise, and their rows for the record. */
  readonly names: string[];
  readonly rows: Float64Array;
  readonly folders: string[];
  readonly big: LeftOut[];
  /** Files with several names, which only the caller can bring together. */
  readonly linked: LeftOut[];
  readonly special: string[];
  readonly problems: Problem[];
  bytes: number;
  /** A file that is not whole could not be removed: the folder must not show. */
  torn: boolean;
}

const DEFAULT_BIG = 4 * 1_048_576;

/**
 * Copies one entry of a folder under its own name into one that is still hidden: so that a path
 * does not exist until it is whole, without a rename per file.
 */
export function* copyEntry(
  source: Pinned, from: Path, replica: Pinned, hidden: Path, { name, type }: Listed,
  content: FolderContent, options: CopyFolderOptions,
): Generator<number, void, void> {
  if (type === 'file') {
    const input = openSource(source, from, name);
    const { stat } = input;
    if (stat.nlink > 1 || stat.size > (options.bigBytes ?? DEFAULT_BIG)) {
      closeSync(input.fd);
      (stat.nlink > 1 ? content.linked : content.big).push({ name, source: stat });
    } else {
      const one = yield* copyNew(source, from, replica, hidden, name, input, content, options);
      keep(content, name, one.row);
      content.bytes += one.bytes;
      if (one.unstable) {
        content.problems.push({ path: joinPath(from, name), code: 'never-rests', action: 'copy' });
      }
    }
  } else if (type === 'symlink') {
    const at = joinPath(from, name);
    const placed = placeNewSymlink(source, at, replica, joinPath(hidden, name));
    keep(content, name, linkRow(placed, options.grainMs ?? COARSE_GRAIN_MS));
  } else {
    (type === 'folder' ? content.folders : content.special).push(name);
  }
}

function keep({ names, rows }: FolderContent, name: string, row: Row): void {
  rows.set(row, names.length * COLUMNS);
  names.push(name);
}

/** One file under its final name. Six calls of the system a side, and no more. */
function* copyNew(
  source: Pinned, from: Path, replica: Pinned, hidden: Path, name: string, input: OpenFile,
  content: FolderContent, options: CopyFolderOptions,
): Generator<number, CopiedFile, void> {
  // The folder is private, so that the file may have its mode from the start.
  const out = closingOnError(input.fd,
    () => replica.openInside(hidden, name, WRITE_NEW, input.stat.mode & 0o777));
  let whole = false;
  try {
    const poured = yield* pour(source, joinPath(from, name), input, out, options);
    const one = copied(poured, setOpenFile(out, poured.source));
    if (options.durable === true) fsyncSync(out);
    whole = true;
    if (one.unstable || isRacy(one.source, one.readAtMs, options.grainMs ?? COARSE_GRAIN_MS)) {
      one.row[CTIME] = RACY;
    }
    return one;
  } finally {
    closeSync(out);
    if (!whole && !discardFile(replica, joinPath(hidden, name))) content.torn = true;
  }
}
