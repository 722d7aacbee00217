import { byPath, type EntryType, type Stat } from './entry.ts';

/**
 * What was last seen of one folder and of every name in it, right after they were made equal. The
 * numbers are columns in one array, so that a scan compares in place, without an object per entry.
 */
export interface FolderRecord {
  /** The folder's own row, and at MOUNT what is mounted on its source. */
  readonly self: Float64Array;
  /** Sorted bytewise. */
  readonly names: readonly string[];
  /**
   * COLUMNS numbers a name, in the order of the names. The row of a sub-folder has only its mode,
   * inode and birth time, else 0: the rest is in the sub-folder's own record.
   */
  readonly rows: Float64Array;
}

/** COLUMNS numbers: the source's, then the replica's. A folder's own row may have MOUNT as well. */
export type Row = readonly number[];

/**
 * The columns of a side: Node's number stats as they are, with the whole st_mode. They are
 * fingerprints: a time comes in steps of 243 ns; together with the rule for racy entries that is
 * enough.
 */
export const MODE = 0, SIZE = 1, MTIME = 2, CTIME = 3, INO = 4, BIRTH = 5;
/** Where the replica's columns begin. */
export const REPLICA = 6;
/** How many there are, of both sides. */
export const COLUMNS = 12;
/** A folder's own row only: 0, or a number for what is mounted there, 1 where it has no name. */
export const MOUNT = 12;
/** The mode of a row that stands for a page of a big folder's record, named by its first name. */
export const PAGE = -1;
/** How many numbers a folder's own row has. */
export const SELF_COLUMNS = COLUMNS + 1;
/** The ctime of a racy entry: equal to none, so that the entry is not clean. */
export const RACY = -1;

/** The six columns of a number stat. `racy`: compare the entry once more, clean as it may look. */
export const sideOf = (stat: NumberStat, racy = false): number[] => [
  stat.mode, stat.size, stat.mtimeMs, racy ? RACY : stat.ctimeMs, stat.ino, stat.birthtimeMs,
];

interface NumberStat {
  readonly mode: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  readonly birthtimeMs: number;
}

/** The same six numbers, to the last bit, from an exact stat. */
export const sideOfStat = (stat: Stat, racy = false): number[] => [
  TYPE_BITS[stat.type] | stat.mode, stat.size, millisOf(stat.mtimeNs),
  racy ? RACY : millisOf(stat.ctimeNs), Number(stat.ino), millisOf(stat.birthNs),
];

const TYPE_BITS: Readonly<Record<EntryType, number>> = {
  file: 0o100000, folder: 0o040000, symlink: 0o120000, special: 0,
};

/** As Node computes it: the seconds rounded down, also before 1970, plus the nanoseconds. */
export function millisOf(ns: bigint): number {
  const rest = ((ns % SECOND) + SECOND) % SECOND;
  return Number((ns - rest) / SECOND) * 1000 + Number(rest) / 1e6;
}

const SECOND = 1_000_000_000n;

/** The index of a name, or -1. */
export function findRow({ names }: FolderRecord, name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (names[middle]! < name) low = middle + 1;
    else high = middle;
  }
  return names[low] === name ? low : -1;
}

/**
 * The record with some names changed, or removed where the row is undefined, and perhaps another
 * row of its own. Without a record it makes one.
 */
export function editFolder(
  record: FolderRecord | undefined, edits: ReadonlyMap<string, Row | undefined>, self?: Row,
): FolderRecord {
  const own = new Float64Array(SELF_COLUMNS);
  own.set(self ?? record?.self ?? []);
  const old = record ?? { names: [], rows: new Float64Array(0) };
  if (edits.size === 0) return { self: own, names: old.names, rows: old.rows };

  const changed = [...edits.keys()].sort(byPath);
  const names: string[] = [];
  const rows = new Float64Array((old.names.length + changed.length) * COLUMNS);
  let at = 0;
  /** What is kept between two changed names moves in one piece. */
  const keepUntil = (end: number): void => {
    rows.set(old.rows.subarray(at * COLUMNS, end * COLUMNS), names.length * COLUMNS);
    for (; at < end; at += 1) names.push(old.names[at]!);
  };

  for (const name of changed) {
    let end = at;
    while (end < old.names.length && old.names[end]! < name) end += 1;
    keepUntil(end);
    if (old.names[at] === name) at += 1;

    const row = edits.get(name);
    if (row !== undefined) {
      rows.set(row, names.length * COLUMNS);
      names.push(name);
    }
  }
  keepUntil(old.names.length);
  return { self: own, names, rows: rows.slice(0, names.length * COLUMNS) };
}
