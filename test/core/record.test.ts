import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { EntryType, Stat } from '../../lib/core/entry.ts';
import { countNames, decodeFolder, encodeFolder } from '../../lib/core/record-bytes.ts';
import {
  COLUMNS, CTIME, MOUNT, RACY, editFolder, findRow, sideOf, sideOfStat, type FolderRecord,
  type Row,
} from '../../lib/core/record.ts';
import { tempFolder } from '../support/temp.ts';

const name = fc.uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => Buffer.from(bytes).toString('latin1').replace(/[/\0]/g, '.'));
const names = fc.uniqueArray(fc.oneof(name, fc.constantFrom('__proto__', 'a\nb', 'é', 'ÿ')));
const row = fc.array(fc.double({ noNaN: true }), { minLength: COLUMNS, maxLength: COLUMNS });
const self = fc.tuple(row, fc.constantFrom(0, 1)).map(([own, mount]) => [...own, mount]);
const edits = fc.array(fc.tuple(fc.oneof(name, fc.constantFrom('a', 'b', 'a b', '__proto__')),
  fc.option(row, { nil: undefined }))).map((list) => new Map<string, Row | undefined>(list));

const make = (list: readonly string[], own?: Row): FolderRecord =>
  editFolder(undefined, new Map(list.map((each, at) => [each, rowFrom(at)])), own);
const rowFrom = (at: number): Row =>
  Array.from({ length: COLUMNS }, (_, column) => at * 100 + column);

/** A record as a plain value: name to row. */
const plain = (record: FolderRecord | undefined): unknown => record && ({
  self: [...record.self],
  entries: record.names.map((each, at) =>
    [each, ...record.rows.subarray(at * COLUMNS, (at + 1) * COLUMNS)]),
});

// ---

const coding = suite('encodeFolder and decodeFolder');

coding('give back what they were given', () => {
  fc.assert(fc.property(names, fc.array(row), self, (list, rows, own) => {
    const map = new Map(list.map((each, at) => [each, rows[at] ?? rowFrom(at)]));
    const record = editFolder(undefined, map, own);
    const bytes = encodeFolder(record);
    assert.equal(plain(decodeFolder(bytes)), plain(record));
    assert.is(countNames(bytes), list.length);
  }));
});

coding('work at any alignment, and on a plain Uint8Array', () => {
  const record = make(['a', 'b'], rowFrom(7));
  const bytes = encodeFolder(record);
  for (let shift = 0; shift < 8; shift += 1) {
    const moved = new Uint8Array(bytes.length + shift);
    moved.set(bytes, shift);
    assert.equal(plain(decodeFolder(moved.subarray(shift))), plain(record), `shifted by ${shift}`);
  }
});

coding('give bytes with an ArrayBuffer of their own, to be handed over', () => {
  const bytes = encodeFolder(make(['a']));
  assert.is(bytes.buffer.byteLength, bytes.length);
});

coding('know damage at every length', () => {
  const bytes = encodeFolder(make(['a', 'bc', 'def'], rowFrom(3)));
  for (let length = 0; length < bytes.length; length += 1) {
    assert.is(decodeFolder(bytes.subarray(0, length)), undefined, `${length} bytes`);
  }
  assert.is(decodeFolder(Buffer.concat([bytes, Buffer.from('x')])), undefined);
});

coding('know every flipped bit', () => {
  const bytes = encodeFolder(make(['a', 'bc'], rowFrom(3)));
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    assert.is(decodeFolder(damaged), undefined, `bit ${bit}`);
  }
});

coding('take no other bytes for a record', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
    assert.is(decodeFolder(bytes), undefined);
  }));
});

coding.run();

// ---

const editing = suite('editFolder');

editing('does as a map would, sorted bytewise, and leaves the old record alone', () => {
  fc.assert(fc.property(fc.array(edits, { maxLength: 5 }), (batches) => {
    const model = new Map<string, Row>();
    let record = make([]);
    for (const batch of batches) {
      const before = JSON.stringify(plain(record));
      const next = editFolder(record, batch);
      assert.is(JSON.stringify(plain(record)), before);
      record = next;
      for (const [each, value] of batch) {
        if (value === undefined) model.delete(each);
        else model.set(each, value);
      }
    }
    const expected = [...model].sort(([a], [b]) =>
      Buffer.compare(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1')));
    const entries = (plain(record) as { entries: unknown }).entries;
    assert.equal(entries, expected.map(([each, value]) => [each, ...value]));
  }));
});

editing('keeps the own row unless another is given', () => {
  const mount = [...rowFrom(1), 1];
  const record = make(['a'], mount);
  const edit = new Map([['b', rowFrom(2)]]);
  assert.equal([...editFolder(record, edit).self], mount);
  assert.is(editFolder(record, edit, rowFrom(5)).self[MOUNT], 0);
  assert.equal([...editFolder(undefined, edit).self], Array(13).fill(0));
});

editing.run();

// ---

const finding = suite('findRow');

finding('finds each name at its place, and no other', () => {
  fc.assert(fc.property(names, name, (list, other) => {
    const record = make(list);
    record.names.forEach((each, at) => assert.is(findRow(record, each), at));
    assert.is(findRow(record, other), record.names.indexOf(other));
  }));
});

finding.run();

// ---

const sides = suite('sideOf and sideOfStat');

const typeOf = (stat: fs.BigIntStats): EntryType =>
  stat.isFile() ? 'file' : stat.isDirectory() ? 'folder'
    : stat.isSymbolicLink() ? 'symlink' : 'special';

function exactStat(at: string): Stat {
  const stat = fs.lstatSync(at, { bigint: true });
  return {
    type: typeOf(stat), size: Number(stat.size), mtimeNs: stat.mtimeNs, ctimeNs: stat.ctimeNs,
    birthNs: stat.birthtimeNs, ino: stat.ino, dev: stat.dev, mode: Number(stat.mode & 0o7777n),
    uid: Number(stat.uid), gid: Number(stat.gid), nlink: Number(stat.nlink),
  };
}

sides('are the same six numbers for real files of any time', () => {
  const folder = tempFolder();
  const file = path.join(folder, 'file');
  fs.writeFileSync(file, 'content');
  fs.chmodSync(file, 0o4751);
  const times = fc.tuple(fc.integer({ min: -2_000_000_000, max: 4_000_000_000 }),
    fc.integer({ min: 0, max: 999_999 }));
  fc.assert(fc.property(times, ([seconds, micros]) => {
    const text = `${seconds}.${String(micros).padStart(6, '0')}5`;
    fs.utimesSync(file, text, text);
    assert.equal(sideOfStat(exactStat(file)), sideOf(fs.lstatSync(file)));
  }), { numRuns: 3_000 });
});

sides('are the same for folders, links and files as they come', () => {
  const folder = tempFolder();
  fs.symlinkSync('nowhere', path.join(folder, 'link'));
  fs.mkdirSync(path.join(folder, 'sub'), { mode: 0o2750 });
  for (let at = 0; at < 500; at += 1) fs.writeFileSync(path.join(folder, `f${at}`), 'x');
  for (const each of [...fs.readdirSync(folder), '.']) {
    const at = path.join(folder, each);
    assert.equal(sideOfStat(exactStat(at)), sideOf(fs.lstatSync(at)), each);
  }
});

sides('compute times as Node does, for every nanosecond', () => {
  // msFromTimeSpec of Node's lib/internal/fs/utils.js.
  const asNode = (seconds: number, nanos: number): number => seconds * 1000 + nanos / 1e6;
  const stat = exactStat('.');
  fc.assert(fc.property(fc.integer({ min: -(2 ** 33), max: 2 ** 34 }),
    fc.integer({ min: 0, max: 999_999_999 }), (seconds, nanos) => {
      const mtimeNs = BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
      assert.is(sideOfStat({ ...stat, mtimeNs })[2], asNode(seconds, nanos));
    }), { numRuns: 5_000 });
});

sides('of a racy entry have a ctime that equals none', () => {
  const stat = fs.lstatSync('.');
  assert.is(sideOf(stat, true)[CTIME], RACY);
  assert.is(sideOfStat(exactStat('.'), true)[CTIME], RACY);
});

sides.run();
