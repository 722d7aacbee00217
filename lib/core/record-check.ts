import type { Identity } from './difference.ts';
import type { Path, Stat } from './entry.ts';
import {
  BIRTH, COLUMNS, CTIME, INO, MODE, MTIME, RACY, REPLICA, SIZE, sideOfStat,
  type FolderRecord, type Row,
} from './record.ts';

/** The numbers of a plain lstat that the record check compares. */
export interface NumberStat {
  readonly mode: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
}

/**
 * Whether both sides equal what the record last saw of them: the record check, run for every file
 * of every full pass. ctime catches what utimes hides, the inode what ctime hides.
 */
export const isClean = (
  rows: Float64Array, at: number, source: NumberStat, replica: NumberStat,
): boolean => isAsRecorded(rows, at, source) && isAsRecorded(rows, at + REPLICA, replica);

/** One side's half of the record check; `at` is where its columns begin. */
export const isAsRecorded = (rows: Float64Array, at: number, stat: NumberStat): boolean =>
  rows[at + CTIME] === stat.ctimeMs && rows[at + MTIME] === stat.mtimeMs
  && rows[at + SIZE] === stat.size && rows[at + INO] === stat.ino
  && rows[at + MODE] === stat.mode;

/**
 * Whether nothing but the replica's ctime is new, which another name of the file moves: what mode
 * and time still differ in they differed in when they had been set.
 */
export const isAsSet = (rows: Float64Array, at: number, source: Stat, replica: Stat): boolean =>
  isAsRecordedNow(rows, at, source)
    && isAsRecordedNow(rows, at + REPLICA, replica, [MODE, SIZE, MTIME, INO]);

/** One side's half of the record check, of an exact stat; or of some columns of it. */
export function isAsRecordedNow(
  rows: Float64Array, at: number, stat: Stat, columns = [MODE, SIZE, MTIME, INO, CTIME],
): boolean {
  const side = sideOfStat(stat);
  return columns.every((column) => side[column] === rows[at + column]);
}

/**
 * Which source entry the replica's content came from, if the replica still matches its record; in
 * doubt where that knows no change time of it, because it was ours.
 * No evidence are birth times that are only the ctime's copy.
 */
export function identityOf(rows: Float64Array, at: number, replica: Stat): Identity | undefined {
  const side = sideOfStat(replica);
  const isAs = (column: number): boolean => side[column] === rows[at + REPLICA + column];
  if (replica.type === 'folder') {
    const matches = isFolderMode(rows[at + REPLICA + MODE]!) && isAs(INO) && isAs(BIRTH);
    return matches ? recordedIdentity(rows, at) : undefined;
  }
  const doubted = rows[at + REPLICA + CTIME] === RACY;
  if (![MODE, SIZE, MTIME, INO].every(isAs) || !(doubted || isAs(CTIME))) return undefined;
  const identity = recordedIdentity(rows, at);
  return doubted && identity ? { ...identity, doubted } : identity;
}

/** The same without a look at the replica: to be confirmed before anything is done. */
export function recordedIdentity(rows: Float64Array, at: number): Identity | undefined {
  const ino = rows[at + INO]!;
  const birthMs = rows[at + BIRTH]!;
  if (birthMs === 0) return undefined;
  return { ino, birthMs, size: rows[at + SIZE]!, mtimeMs: rows[at + MTIME]! };
}

/** The identity of a source entry as it is now, comparable to a recorded one. */
export function identityNow(source: Stat): Identity | undefined {
  const side = sideOfStat(source);
  const born = source.birthNs !== 0n
    && (source.type === 'folder' || source.birthNs !== source.ctimeNs);
  if (!born) return undefined;
  return { ino: side[INO]!, birthMs: side[BIRTH]!, size: side[SIZE]!, mtimeMs: side[MTIME]! };
}

/**
 * A change as young as the clock's grain may be followed by another with the very same ctime
 * (git's "racily clean"): such an entry is recorded so that it is compared once more.
 */
export const isRacy = (source: Stat, readAtMs: number, grainMs: number): boolean =>
  Number(source.ctimeNs / 1_000_000n) >= readAtMs - grainFor(source, grainMs);

/**
 * The clock's grain as one change time tells it: where that is a whole second no others are kept,
 * as by ext4 with small inodes, by FAT and by HFS, whatever the kind of file system promises.
 */
export const grainFor = ({ ctimeNs }: Stat, grainMs: number): number =>
  (ctimeNs % SECOND_NS === 0n ? Math.max(grainMs, COARSE_GRAIN_MS) : grainMs);

/** Where times are whole seconds, or it is not known how they are kept. */
export const COARSE_GRAIN_MS = 2000;
const SECOND_NS = 1_000_000_000n;

/**
 * The row of a file or symlink. It vouches for no two entries of different type or size: someone
 * wrote to the copy before it was looked at, under its temporary name even, or took its place.
 */
export const rowOf = (source: Stat, replica: Stat, racy: boolean): Row => {
  const differs = source.type !== replica.type
    || (source.type === 'file' && source.size !== replica.size);
  return [...sideOfStat(source, racy || differs), ...sideOfStat(replica)];
};

/** The row that a folder has in its parent's record: only what tells it from another folder. */
export const folderRow = (source: Stat, replica: Stat): Row =>
  folderRowOf(sideOfStat(source), sideOfStat(replica));

/** The same from the columns of both sides. */
export function folderRowOf(source: Row, replica: Row): Row {
  const identity = (side: Row): number[] =>
    side.map((value, column) => (FOLDER_COLUMNS.has(column) ? value : 0));
  return [...identity(source), ...identity(replica)];
}

/** What is mounted on a folder of the source, as MOUNT has it: by name, else by its device. */
export const mountMark = (
  { mounts }: { readonly mounts: ReadonlyMap<Path, number> }, path: Path, dev: number,
  parentDev: number,
): number => mounts.get(path) ?? (parentDev !== -1 && dev !== parentDev ? 1 : 0);

/** A folder's own row, in its own record. `mount`: what is mounted there in the source. */
export const selfRow = (source: Stat, replica: Stat, mount: number, racy = false): Row =>
  [...sideOfStat(source, racy), ...sideOfStat(replica), mount];

/**
 * The record with rows that vouch for nothing any more: what they tell of is compared, also before
 * a rename is believed. Rows of sub-folders stay, since those have no content.
 */
export function doubtFolder({ self, names, rows }: FolderRecord): FolderRecord {
  const doubted = Float64Array.from(rows);
  for (let at = 0; at < doubted.length; at += COLUMNS) {
    if (isFolderMode(doubted[at + MODE]!)) continue;
    doubted[at + CTIME] = RACY;
    doubted[at + REPLICA + CTIME] = RACY;
  }
  return { self, names, rows: doubted };
}

/** Whether a folder is the recorded one: an inode may be used again at once, by another. */
export const isSameFolder = (
  rows: Float64Array, at: number, ino: number, birthMs: number,
): boolean => rows[at + INO] === ino && rows[at + BIRTH] === birthMs;

/** Whether an entry of the source is as it was recorded; of a folder only that it is the same. */
export const isUnchanged = (
  rows: Float64Array, at: number, source: NumberStat & { readonly birthtimeMs: number },
): boolean => (isFolderMode(source.mode) && isFolderMode(rows[at + MODE]!)
  ? isSameFolder(rows, at, source.ino, source.birthtimeMs) : isAsRecorded(rows, at, source));

/** Whether a st_mode is a folder's. */
export const isFolderMode = (mode: number): boolean => (mode & 0o170000) === 0o040000;

/** Whether a st_mode is a symlink's. */
export const isSymlinkMode = (mode: number): boolean => (mode & 0o170000) === 0o120000;

const FOLDER_COLUMNS: ReadonlySet<number> = new Set([MODE, INO, BIRTH]);
