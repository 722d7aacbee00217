import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { EntryType, Stat } from '../../lib/core/entry.ts';
import {
  CTIME, MOUNT, RACY, editFolder, findRow, sideOf, sideOfStat, type Row,
} from '../../lib/core/record.ts';
import { name, names, edits, make, rowFrom, plain } from '../support/records.ts';
import { tempFolder } from '../support/temp.ts';

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
