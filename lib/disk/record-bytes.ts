import { crc32 } from 'node:zlib';
import { COLUMNS, MODE, PAGE, SELF_COLUMNS, type FolderRecord } from '../core/record.ts';

/**
 * One folder as bytes, in an ArrayBuffer of their own, which can be handed to another thread:
 * the period in which it was written, and its complement; CRC-32 of all that follows, format,
 * number of names, bytes of the names; the doubles, as this machine writes them; the names, joined
 * by the one character no name can have.
 */
export function encodeFolder({ self, names, rows }: FolderRecord, period = 0): Buffer {
  const joined = names.join('/');
  const bytes = Buffer.allocUnsafeSlow(sizeOf(names.length, joined.length));
  bytes.writeUInt32LE(FORMAT, 12);
  bytes.writeUInt32LE(names.length, 16);
  bytes.writeUInt32LE(joined.length, 20);
  const doubles = new Float64Array(
    bytes.buffer, bytes.byteOffset + HEADER, SELF_COLUMNS + names.length * COLUMNS);
  doubles.set(self.subarray(0, SELF_COLUMNS));
  doubles.set(rows.subarray(0, names.length * COLUMNS), SELF_COLUMNS);
  bytes.write(joined, bytes.length - joined.length, 'latin1');
  bytes.writeUInt32LE(crc32(bytes.subarray(12)), 8);
  return stamp(bytes, period);
}

/** Puts another period in encoded bytes, in their place. */
export function stamp(bytes: Uint8Array, period: number): Buffer {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.writeUInt32LE(period, 0);
  view.writeUInt32LE(~period >>> 0, 4);
  return view;
}

/** The period of encoded bytes that can be decoded. */
export const periodOf = (bytes: Uint8Array): number =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUInt32LE(0);

/**
 * The folder that was encoded, from its value, or from an index and as many pages as are asked for,
 * one after the other. Undefined for bytes that are damaged, or another version's.
 */
export function decodeFolder(bytes: Uint8Array): FolderRecord | undefined {
  const value = decodeValue(bytes);
  if (value === undefined) return isIndex(bytes) ? decodePages(bytes) : undefined;
  return value.rows[MODE] === PAGE ? inOne(value, []) : value;
}

/**
 * One value as it was encoded. The arrays are views of the bytes where these are aligned: it is
 * called for every folder of a pass.
 */
export function decodeValue(bytes: Uint8Array): FolderRecord | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = countNames(view);
  if (count === undefined || view.readUInt32LE(8) !== crc32(view.subarray(12))) return undefined;
  if (view.readUInt32LE(0) !== ~view.readUInt32LE(4) >>> 0) return undefined;

  const first = view.byteOffset + HEADER;
  const length = SELF_COLUMNS + count * COLUMNS;
  const doubles = first % 8 === 0 ? new Float64Array(view.buffer, first, length)
    : new Float64Array(view.buffer.slice(first, first + length * 8));
  const names = count === 0 ? [] : view.toString('latin1', HEADER + length * 8).split('/');
  if (names.length !== count) return undefined;
  return { self: doubles.subarray(0, SELF_COLUMNS), names, rows: doubles.subarray(SELF_COLUMNS) };
}

function decodePages(bytes: Uint8Array): FolderRecord | undefined {
  const values: FolderRecord[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = lengthOf(bytes.subarray(at)) ?? 0;
    const value = decodeValue(bytes.subarray(at, at + length));
    if (value === undefined) return undefined;
    values.push(value);
    at += length;
  }
  return inOne(values[0]!, values.slice(1));
}

function inOne({ self }: FolderRecord, pages: readonly FolderRecord[]): FolderRecord {
  const names = pages.flatMap((page) => page.names);
  const rows = new Float64Array(names.length * COLUMNS);
  let at = 0;
  for (const page of pages) {
    rows.set(page.rows, at);
    at += page.rows.length;
  }
  return { self, names, rows };
}

/** Whether bytes begin with a value that names the pages of a folder. */
export function isIndex(bytes: Uint8Array): boolean {
  const at = HEADER + (SELF_COLUMNS + MODE) * 8;
  if (bytes.length < at + 8) return false;
  return new DataView(bytes.buffer, bytes.byteOffset + at).getFloat64(0, LITTLE) === PAGE;
}

/** How many names a value holds, without reading them all; undefined for what cannot be one. */
export function countNames(bytes: Uint8Array): number | undefined {
  if (lengthOf(bytes) !== bytes.length) return undefined;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUInt32LE(16);
}

/** How long the value is that bytes begin with. */
function lengthOf(bytes: Uint8Array): number | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < HEADER || view.readUInt32LE(12) !== FORMAT) return undefined;
  return sizeOf(view.readUInt32LE(16), view.readUInt32LE(20));
}

const sizeOf = (names: number, joined: number): number =>
  HEADER + (SELF_COLUMNS + names * COLUMNS) * 8 + joined;

const HEADER = 24;
const ORDER = new Uint8Array(new Uint16Array([1]).buffer)[0]!;
const LITTLE = ORDER === 1;
/** 'fsr', the version, and the byte order of the doubles: a record may move to another machine. */
const FORMAT = 0x66_73_72_20 | ORDER;
