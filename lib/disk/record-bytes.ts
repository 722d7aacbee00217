import { crc32 } from 'node:zlib';
import { COLUMNS, SELF_COLUMNS, type FolderRecord } from '../core/record.ts';

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
 * The folder that was encoded; undefined for bytes that are damaged, or another version's. The
 * arrays are views of the bytes where these are aligned: it is called for every folder of a pass.
 */
export function decodeFolder(bytes: Uint8Array): FolderRecord | undefined {
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

/** How many names encoded bytes hold, without reading them all; undefined for what cannot be so. */
export function countNames(bytes: Uint8Array): number | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < HEADER || view.readUInt32LE(12) !== FORMAT) return undefined;
  const count = view.readUInt32LE(16);
  return view.length === sizeOf(count, view.readUInt32LE(20)) ? count : undefined;
}

const sizeOf = (names: number, joined: number): number =>
  HEADER + (SELF_COLUMNS + names * COLUMNS) * 8 + joined;

const HEADER = 24;
/** 'fsr', the version, and the byte order of the doubles: a record may move to another machine. */
const FORMAT = 0x66_73_72_20 | new Uint8Array(new Uint16Array([1]).buffer)[0]!;
