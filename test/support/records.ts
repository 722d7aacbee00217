import fc from 'fast-check';

import { COLUMNS, editFolder, PAGE, type FolderRecord, type Row } from '../../lib/core/record.ts';

/** Any name that an entry may have. */
export const name = fc.uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => Buffer.from(bytes).toString('latin1').replace(/[/\0]/g, '.'));
/** Names without twins, odd ones among them. */
export const names = fc.uniqueArray(
  fc.oneof(name, fc.constantFrom('__proto__', 'a\nb', 'é', 'ÿ')),
);
/** Any row of an entry. */
export const row = fc.array(fc.double({ noNaN: true }), { minLength: COLUMNS, maxLength: COLUMNS })
  .filter(([mode]) => mode !== PAGE);
/** Any folder's own row. */
export const self = fc.tuple(row, fc.constantFrom(0, 1)).map(([own, mount]) => [...own, mount]);
/** Changes of rows, and names that go. */
export const edits = fc.array(fc.tuple(
  fc.oneof(name, fc.constantFrom('a', 'b', 'a b', '__proto__')),
  fc.option(row, { nil: undefined }),
)).map((list) => new Map<string, Row | undefined>(list));

/** A record with these names. */
export const make = (list: readonly string[], own?: Row): FolderRecord =>
  editFolder(undefined, new Map(list.map((each, at) => [each, rowFrom(at)])), own);
/** A row that is like no other. */
export const rowFrom = (at: number): Row =>
  Array.from({ length: COLUMNS }, (_, column) => at * 100 + column);

/** A record as a plain value: name to row. */
export const plain = (record: FolderRecord | undefined): unknown => record && ({
  self: [...record.self],
  entries: record.names.map((each, at) =>
    [each, ...record.rows.subarray(at * COLUMNS, (at + 1) * COLUMNS)]),
});
