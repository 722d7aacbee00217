import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { COLUMNS, editFolder, findRow, type Row } from '../../lib/core/record.ts';
import { decodeFolder, encodeFolder } from '../../lib/disk/record-bytes.ts';
import { openDatabase } from '../../lib/disk/record-database.ts';
import { newFolder, readFolder } from '../../lib/disk/record-pages.ts';
import { openRecord, type RecordStore } from '../../lib/disk/record-store.ts';
import { plain, rowFrom } from '../support/records.ts';
import { tempFolder, until } from '../support/temp.ts';

const pair = { source: '/a', replica: '/b' };

type Rows = Map<string, Row | undefined>;

/** Rows for as many names, beginning with one of them. */
const rowsFor = (first: number, count: number, seed: number): Rows => new Map(
  Array.from({ length: count }, (_, at) => [`n${first + at}`, rowFrom(seed + at)]));

/** What is to be remembered, as plain as can be. */
const model = (known: Rows, self?: Row): unknown => plain(editFolder(undefined, known, self));

async function keysOf(folder: string): Promise<string[]> {
  const { database } = await openDatabase(folder, pair);
  const keys = await keysIn(database!);
  await database!.close();
  return keys;
}

async function keysIn(database: { keys(): AsyncIterable<Buffer> }): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of database.keys()) keys.push(key.toString('latin1'));
  return keys;
}

const sizeOf = (folder: string, name: string): number =>
  fs.statSync(path.join(folder, name)).size;

const paging = suite('the record of a big folder');

/** One of them on the way from below a page to several, and back. */
const aChange = fc.record({
  first: fc.nat(2_000), count: fc.oneof(fc.constant(1), fc.nat(1_500)),
  seed: fc.nat(9), removes: fc.boolean(), self: fc.option(fc.nat(9)), flush: fc.boolean(),
});

for (const at of ['', 'd', 'd/e f']) {
  paging(`is what its edits add up to, at '${at}', however big`, () =>
    fc.assert(fc.asyncProperty(fc.array(aChange, { maxLength: 8 }), async (changes) => {
      const store = await openRecord(path.join(tempFolder(), 'r'), pair);
      const known: Rows = new Map();
      let own: Row | undefined;
      await store.edit(`${at}0`, rowsFor(0, 2, 0));
      for (const { first, count, seed, removes, self, flush } of changes) {
        const edits = rowsFor(first, count, seed);
        if (removes) for (const name of edits.keys()) edits.set(name, undefined);
        if (self !== null) own = rowFrom(self);
        await store.edit(at, edits, self === null ? undefined : own);
        for (const [name, row] of edits) known.set(name, row);
        if (flush) await store.flush();

        assert.equal(plain(await store.get(at)), model(known, own));
        const some = [...edits.keys()].slice(0, 3);
        const part = (await store.get(at, some))!;
        for (const name of some) {
          const row = findRow(part, name);
          assert.equal(row < 0 ? undefined
            : [...part.rows.subarray(row * COLUMNS, (row + 1) * COLUMNS)], known.get(name));
        }
        const living = [...known.values()].filter((row) => row !== undefined).length;
        assert.is(await store.entries(), living + 2);
      }
      if (changes.length > 0) assert.equal(await listed(store, at), [[at, model(known, own)]]);
      await store.close();
    }), { numRuns: 25 }));
}

async function listed(store: RecordStore, at: string): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const [folder, record] of store.subtree(at)) {
    if (folder !== `${at}0`) all.push([folder, plain(record)]);
  }
  return all;
}

paging('moves and goes as a whole, and leaves nothing behind', async () => {
  const folder = path.join(tempFolder(), 'r');
  const store = await openRecord(folder, pair);
  const rows = rowsFor(0, 2_000, 1);
  for (const at of ['', 'a', 'b', 'c']) await store.edit(at, rows);
  await store.flush();
  await store.renameTree('a', 'b/x');
  await store.renameTree('b/x', 'b');
  await store.removeTree('c');
  assert.equal(plain(await store.get('b')), model(rows));
  assert.is(await store.entries(), 4_000);
  await store.close();
  const folders = new Set((await keysOf(folder)).map((key) => key.split('\0')[0]));
  assert.equal([...folders], ['f', 'fb', 'm']);
  const next = await openRecord(folder, pair);
  assert.equal(plain(await next.get('')), model(rows));
  await next.close();
});

paging('is cut into pages where it is put, and one value again when all are gone', async () => {
  const folder = path.join(tempFolder(), 'r');
  const store = await openRecord(folder, pair);
  const rows = rowsFor(0, 600, 1);
  store.put('d', encodeFolder(editFolder(undefined, rows)));
  assert.equal(plain(await store.get('d')), model(rows));
  await store.close();
  assert.is((await keysOf(folder)).length, 4);

  const next = await openRecord(folder, pair);
  await next.edit('d', new Map([...rows.keys()].map((name) => [name, undefined])));
  await next.close();
  assert.equal(await keysOf(folder), ['fd', 'm']);
});

paging('that is put over another leaves no page of that one behind', async () => {
  const folder = path.join(tempFolder(), 'r');
  const store = await openRecord(folder, pair);
  for (const count of [2_000, 900, 3]) {
    const rows = rowsFor(0, count, count);
    store.put('d', encodeFolder(editFolder(undefined, rows)));
    await store.flush();
    assert.equal(plain(await store.get('d')), model(rows));
    assert.is(await store.entries(), count);
  }
  await store.close();
  assert.equal(await keysOf(folder), ['fd', 'm']);
});

paging('writes one page for one name', async () => {
  const store = await openRecord(undefined, pair);
  await store.edit('d', rowsFor(0, 100_000, 1));
  const whole = (await store.getMany(['d']))[0]!.length;
  const part = (await store.getMany(['d'], ['n77']))[0]!.length;
  assert.ok(part < whole / 100, `${part} of ${whole} bytes`);
  await store.close();
});

paging('of which a page is gone is not read, and not written over without a mark', async () => {
  const folder = path.join(tempFolder(), 'r');
  const store = await openRecord(folder, pair);
  await store.edit('d', rowsFor(1_000, 2_000, 1));
  await store.close();
  const { database } = await openDatabase(folder, pair);
  await database!.del(Buffer.from((await keysIn(database!)).at(-2)!, 'latin1'));
  await database!.close();

  const next = await openRecord(folder, pair);
  assert.is((await next.getMany(['d']))[0]!.length, 0);
  assert.is(await next.get('d'), undefined);
  assert.is(next.meta.careful, undefined);
  await next.edit('d', rowsFor(2_999, 1, 1));
  assert.is(next.meta.careful, true);
  await next.close();
});

paging('of which a page is gone, and all its names, is whole again once it is mended', async () => {
  const folder = path.join(tempFolder(), 'r');
  const store = await openRecord(folder, pair);
  await store.edit('d', rowsFor(1_000, 2_000, 1));
  await store.close();
  const { database } = await openDatabase(folder, pair);
  const [, , , lost] = await keysIn(database!);
  await database!.del(Buffer.from(lost!, 'latin1'));
  await database!.close();

  const next = await openRecord(folder, pair);
  assert.is((await next.getMany(['d']))[0]!.length, 0);
  // What a scan then finds: all is as it was, on the other pages.
  await next.edit('d', rowsFor(1_000, 1, 1), rowFrom(7), true);
  assert.ok((await next.get('d'))!.names.length > 1_000);
  assert.is(next.meta.careful, true);
  await next.close();
});

paging('is written whole or not at all, however much one edit writes', async () => {
  const folder = path.join(tempFolder(), 'r');
  const store = await openRecord(folder, pair);
  const rows = rowsFor(100_000, 1_000, 1);
  await store.edit('d', rows);
  await store.flush();
  // All on one page: what is cut from it is some MiB, of which one is written as soon as it waits.
  const between = [...rowsFor(0, 30_000, 2)].map(([name, row]) => [`n100000${name}`, row] as const);
  await store.edit('d', new Map(between));
  const left = path.join(tempFolder(), 'r');
  await until(() => fs.readdirSync(folder).some((name) => sizeOf(folder, name) > 1 << 20));
  fs.cpSync(folder, left, { recursive: true });
  await store.close();

  // What a kill would have left.
  const next = await openRecord(left, pair);
  const names = new Set((await next.get('d'))?.names);
  assert.equal([...rows.keys()].filter((name) => !names.has(name)), []);
  await next.close();
});

paging('of which a page could not be read just now is not read as one of fewer names', async () => {
  const bytes = encodeFolder(editFolder(undefined, rowsFor(0, 1_000, 1)));
  const values = new Map<string, Uint8Array | undefined>(
    newFolder(() => undefined, 'd', bytes, 1));
  const index = values.get('d')!;
  for (const names of [undefined, ['n7']]) {
    // As it is where the index still waits to be written.
    const read = readFolder((at) => (at === 'd' ? index : new Uint8Array()), 'd', names)!;
    assert.is(decodeFolder(read), undefined);
  }
});

paging('of which the index is gone is no folder any more, nor are its pages', async () => {
  const folder = path.join(tempFolder(), 'r');
  const store = await openRecord(folder, pair);
  for (const at of ['', 'c', 'd', 'd/e']) await store.edit(at, rowsFor(0, 600, 1));
  await store.close();
  const { database } = await openDatabase(folder, pair);
  for (const key of ['f', 'fd']) await database!.del(Buffer.from(key));
  await database!.close();

  const next = await openRecord(folder, pair);
  assert.is(await next.get('d'), undefined);
  assert.is(await next.entries(), 1_200);
  const folders: string[] = [];
  for await (const [at] of next.subtree('')) folders.push(at);
  assert.equal(folders, ['c', 'd/e']);
  await next.close();
});

paging.run();
