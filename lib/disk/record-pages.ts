import type { Path } from '../core/entry.ts';
import {
  COLUMNS, editFolder, MODE, PAGE, type FolderRecord, type Row,
} from '../core/record.ts';
import {
  decodeFolder, decodeValue, encodeFolder, isIndex, periodOf, stamp,
} from './record-bytes.ts';
import { isPageOf, pageAt } from './record-keys.ts';
import type { Bytes, ValueAt, Write } from './write-queue.ts';

/**
 * A folder's record is one value. That of a big folder is an index and pages, so that one changed
 * file costs a page, not the folder: each page has the names from its first one on, up to the next
 * page's, and the index has the folder's own row, and a row named so for each page. Two levels of
 * a B+ tree are enough: an index of a million names is as long as the record of 4,000.
 */

/** More names than this are cut into pages, and so is a page. */
const MOST_NAMES = 512;

/** What an edit comes to. */
export interface Edited {
  readonly writes: readonly Write[];
  /** How many names there are more. */
  readonly added: number;
  /** Something was there that cannot be decoded. */
  readonly isLost: boolean;
}

/**
 * What `decodeFolder` makes a folder's record of, in an ArrayBuffer of its own; of a big folder
 * only the pages that `names` are on, if some are given. Empty where one cannot be had: then it is
 * there, but not to be read.
 */
export function readFolder(valueAt: ValueAt, folder: Path, names?: readonly string[]): Bytes {
  const value = valueAt(folder);
  if (value === undefined || !isIndex(value)) return value;
  const firsts = decodeValue(value)?.names ?? [];
  const asked = names === undefined ? firsts
    : [...new Set(names.map((name) => firsts[pageOf(firsts, name)]!))].sort();
  const pages = asked.map((first) => valueAt(pageAt(folder, first)));
  return pages.every((page): page is Uint8Array => page !== undefined && page.length > 0)
    ? new Uint8Array(Buffer.concat([value, ...pages])) : new Uint8Array();
}

/** The folders of a range of values, in their order; what cannot be decoded is left out. */
export async function* foldersOf(
  values: AsyncIterable<[Path, Uint8Array]> | Iterable<[Path, Uint8Array]>,
): AsyncGenerator<[Path, FolderRecord]> {
  let big: { readonly path: Path; readonly parts: Map<Path, Uint8Array> } | undefined;
  const whole = function* (): Generator<[Path, FolderRecord]> {
    const record = big && decodeFolder(readFolder((at) => big!.parts.get(at), big.path)!);
    if (record !== undefined) yield [big!.path, record];
    big = undefined;
  };
  for await (const [path, bytes] of values) {
    if (big !== undefined && isPageOf(path, big.path)) {
      big.parts.set(path, bytes);
      continue;
    }
    yield* whole();
    // A page whose index is gone: a kill tore a tree that moved or went, or the index was damaged.
    if (path.includes('\0')) continue;
    if (isIndex(bytes)) big = { path, parts: new Map([[path, bytes]]) };
    const record = big === undefined ? decodeFolder(bytes) : undefined;
    if (record !== undefined) yield [path, record];
  }
  yield* whole();
}

/** Where the pages of a folder are, by its own value. */
export const pagesIn = (folder: Path, value: Uint8Array): readonly Path[] =>
  (isIndex(value) ? decodeValue(value)?.names ?? [] : []).map((first) => pageAt(folder, first));

/** The values of a folder anew; none of its pages of before stays. */
export function newFolder(
  valueAt: ValueAt, folder: Path, bytes: Uint8Array, period: number,
): readonly Write[] {
  const old = valueAt(folder);
  const gone = (old === undefined ? [] : pagesIn(folder, old)).map((at): Write => [at, undefined]);
  const record = decodeValue(bytes);
  return [...gone, ...record === undefined || record.names.length <= MOST_NAMES
    ? [[folder, stamp(bytes, period)] as const] : inPages(folder, record, period)];
}

/**
 * Changes some rows; there is nothing to write where that changes nothing. `periodNow` is the
 * period of what is written, given that of what was there. `mends`: all pages are looked at, and
 * those that are lost go, lest the others can never be read again.
 */
export function editValues(
  valueAt: ValueAt, folder: Path, edits: ReadonlyMap<string, Row | undefined>,
  self: Row | undefined, periodNow: (was: number) => number, mends: boolean,
): Edited {
  const old = valueAt(folder);
  const record = old && decodeValue(old);
  if (old !== undefined && record !== undefined && isIndex(old)) {
    return editPages(valueAt, folder, { old, index: record, edits, self, periodNow, mends });
  }
  const next = editFolder(record, edits, self);
  const added = next.names.length - (record?.names.length ?? 0);
  const known = record && old;
  const writes = next.names.length > MOST_NAMES
    ? inPages(folder, next, periodNow(known === undefined ? 0 : periodOf(known)))
    : written(folder, next, known, periodNow);
  return { writes, added, isLost: old !== undefined && record === undefined };
}

/** An index, and what is to change. */
interface IndexEdits {
  readonly old: Uint8Array;
  readonly index: FolderRecord;
  readonly edits: ReadonlyMap<string, Row | undefined>;
  readonly self: Row | undefined;
  readonly periodNow: (was: number) => number;
  readonly mends: boolean;
}

function editPages(
  valueAt: ValueAt, folder: Path, { old, index, edits, self, periodNow, mends }: IndexEdits,
): Edited {
  const firsts = [...index.names];
  const writes: Write[] = [];
  let added = 0;
  let isLost = false;
  // From the last page to the first: what is cut shifts only pages that are done.
  for (const [at, some] of byPage(firsts, edits, mends)) {
    const path = pageAt(folder, firsts[at]!);
    const value = valueAt(path);
    const page = value && decodeValue(value);
    isLost ||= page === undefined;
    const next = editFolder(page, some);
    added += next.names.length - (page?.names.length ?? 0);
    if (next.names.length > 0 && next.names.length <= MOST_NAMES) {
      writes.push(...written(path, next, page && value, periodNow));
    } else {
      const pages = pagesOf(folder, next, periodNow(page === undefined ? 0 : periodOf(value!)));
      firsts.splice(at, 1, ...pages.firsts);
      writes.push([path, undefined], ...pages.writes);
    }
  }
  writes.push(...written(folder, indexOf(self ?? [...index.self], firsts), old, periodNow));
  return { writes, added, isLost };
}

/** The edits by the page that they are on, the last page first; `all`: also pages without any. */
function byPage(
  firsts: readonly string[], edits: ReadonlyMap<string, Row | undefined>, all: boolean,
): (readonly [number, ReadonlyMap<string, Row | undefined>])[] {
  const pages = new Map(firsts.map((_, at) => [at, new Map<string, Row | undefined>()]));
  for (const [name, row] of edits) pages.get(pageOf(firsts, name))!.set(name, row);
  return [...pages].filter(([, some]) => all || some.size > 0).toReversed();
}

/** The page that a name is on, or would be: the first one has all names before its own, too. */
function pageOf(firsts: readonly string[], name: string): number {
  let low = 0;
  let high = firsts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (firsts[middle]! <= name) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

function inPages(folder: Path, record: FolderRecord, period: number): readonly Write[] {
  const { firsts, writes } = pagesOf(folder, record, period);
  return [[folder, encodeFolder(indexOf([...record.self], firsts), period)], ...writes];
}

/** Pages of about the same length, with room to grow; none for no names. */
function pagesOf(
  folder: Path, { self, names, rows }: FolderRecord, period: number,
): { readonly firsts: readonly string[]; readonly writes: readonly Write[] } {
  const count = Math.ceil(names.length / (MOST_NAMES * 0.75));
  const size = Math.ceil(names.length / count);
  const firsts = Array.from({ length: count }, (_, page) => names[page * size]!);
  return { firsts, writes: firsts.map((first, page): Write => [pageAt(folder, first),
    encodeFolder({
      self, names: names.slice(page * size, (page + 1) * size),
      rows: rows.subarray(page * size * COLUMNS, (page + 1) * size * COLUMNS),
    }, period)]) };
}

function indexOf(self: Row, firsts: readonly string[]): FolderRecord {
  const rows = new Float64Array(firsts.length * COLUMNS);
  firsts.forEach((_, at) => { rows[at * COLUMNS + MODE] = PAGE; });
  return editFolder({ self: new Float64Array(self), names: firsts, rows }, new Map());
}

/** A value that is to be written, unless it is there already. */
function written(
  at: Path, next: FolderRecord, old: Bytes, periodNow: (was: number) => number,
): readonly Write[] {
  const bytes = encodeFolder(next, old && periodOf(old));
  if (old !== undefined && bytes.equals(old)) return [];
  return [[at, stamp(bytes, periodNow(periodOf(bytes)))]];
}
