import { crc32 } from 'node:zlib';
import { byPath, type EntryType, type Stat } from './entry.ts';

/**
 * What was last seen of one folder and of every name in it, right after they were made equal. The
 * numbers are columns in one array, so that a scan compares in place, without an object per entry.
 */
export interface FolderRecord {
  /** The folder's own row, and at MOUNT 1 if its source is on another device than its parent. */
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
 * fingerprints: an inode is rounded above 2^53, a time comes in steps of 243 ns; together with the
 * rule for racy entries that is enough.
 */
export const MODE = 0, SIZE = 1, MTIME = 2, CTIME = 3, INO = 4, BIRTH = 5;
/** Where the replica's columns begin. */
export const REPLICA = 6;
/** How many there are, of both sides. */
export const COLUMNS = 12;
/** A folder's own row only. */
export const MOUNT = 12;
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

/**
 * One folder as bytes, in an ArrayBuffer of their own, which can be handed to another thread:
 * CRC-32 of all that follows, format, number of names, bytes of the names; the doubles, as this
 * machine writes them; the names, joined by the one character no name can have.
 */
export function encodeFolder({ self, names, rows }: FolderRecord): Buffer {
  const joined = names.join('/');
  const bytes = Buffer.allocUnsafeSlow(sizeOf(names.length, joined.length));
  bytes.writeUInt32LE(FORMAT, 4);
  bytes.writeUInt32LE(names.length, 8);
  bytes.writeUInt32LE(joined.length, 12);
  const doubles = new Float64Array(
    bytes.buffer, bytes.byteOffset + HEADER, SELF_COLUMNS + names.length * COLUMNS);
  doubles.set(self.subarray(0, SELF_COLUMNS));
  doubles.set(rows.subarray(0, names.length * COLUMNS), SELF_COLUMNS);
  bytes.write(joined, bytes.length - joined.length, 'latin1');
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

/**
 * The folder that was encoded; undefined for bytes that are damaged, or another version's. The
 * arrays are views of the bytes where these are aligned: it is called for every folder of a pass.
 */
export function decodeFolder(bytes: Uint8Array): FolderRecord | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = countNames(view);
  if (count === undefined || view.readUInt32LE(0) !== crc32(view.subarray(4))) return undefined;

  const first = view.byteOffset + HEADER;
  const length = SELF_COLUMNS + count * COLUMNS;
  const doubles = first % 8 === 0 ? new Float64Array(view.buffer, first, length)
    : new Float64Array(view.buffer.slice(first, first + length * 8));
  const names = count === 0 ? [] : view.toString('latin1', HEADER + length * 8).split('/');
  if (names.length !== count) return undefined;
  return { self: doubles.subarray(0, SELF_COLUMNS), names, rows: doubles.subarray(SELF_COLUMNS) };
}

/** How many names encoded bytes hold, without reading them all; undefined for what cannot be so. */
export function countNames(bytes: Uint8Array): number | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < HEADER || view.readUInt32LE(4) !== FORMAT) return undefined;
  const count = view.readUInt32LE(8);
  return view.length === sizeOf(count, view.readUInt32LE(12)) ? count : undefined;
}

const sizeOf = (names: number, joined: number): number =>
  HEADER + (SELF_COLUMNS + names * COLUMNS) * 8 + joined;

const SELF_COLUMNS = COLUMNS + 1;
const HEADER = 16;
/** 'fsr', the version, and the byte order of the doubles: a record may move to another machine. */
const FORMAT = 0x66_73_72_10 | new Uint8Array(new Uint16Array([1]).buffer)[0]!;
