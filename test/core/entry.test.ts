import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import {
  ancestorIn, byPath, childOf, depthOf, fromText, inodeOf, isInside, isTemporary, joinPath, nameOf,
  parentOf, samePath,
} from '../../lib/core/entry.ts';

const paths = suite('paths');

paths('are joined and taken apart, the root being the empty one', () => {
  const rows = [
    { folder: '', name: 'a', path: 'a', depth: 1 },
    { folder: 'a', name: 'b', path: 'a/b', depth: 2 },
    { folder: 'a/b', name: '\xff ', path: 'a/b/\xff ', depth: 3 },
  ];
  for (const { folder, name, path, depth } of rows) {
    assert.is(joinPath(folder, name), path);
    assert.is(parentOf(path), folder, path);
    assert.is(nameOf(path), name, path);
    assert.is(depthOf(path), depth, path);
  }
  assert.is(joinPath('a', ''), 'a');
  assert.is(parentOf(''), '');
  assert.is(nameOf(''), '');
  assert.is(depthOf(''), 0);
});

paths('are inside a folder above them, not inside themselves or a like name', () => {
  const rows = [
    { path: 'a', folder: '', expected: true },
    { path: '', folder: '', expected: false },
    { path: 'a', folder: 'a', expected: false },
    { path: 'a/b', folder: 'a', expected: true },
    { path: 'a/b/c', folder: 'a', expected: true },
    { path: 'ab', folder: 'a', expected: false },
    { path: 'a-b/c', folder: 'a', expected: false },
    { path: 'a', folder: 'a/b', expected: false },
    { path: 'b/a', folder: 'a', expected: false },
  ];
  for (const { path, folder, expected } of rows) {
    assert.is(isInside(path, folder), expected, `${path} in ${folder}`);
  }
});

paths('have the nearest folder of a set above them', () => {
  const rows = [
    { path: 'a/b/c', folders: ['a', 'a/b', 'a/b/c'], expected: 'a/b' },
    { path: 'a/b/c', folders: ['a', ''], expected: 'a' },
    { path: 'a', folders: [''], expected: '' },
    { path: 'a', folders: ['a', 'b'], expected: undefined },
    { path: '', folders: [''], expected: undefined },
  ];
  for (const { path, folders, expected } of rows) {
    assert.is(ancestorIn(path, new Set(folders)), expected, `${path}: ${folders}`);
  }
});

paths('sort by their bytes', () => {
  const sorted = ['', 'A', 'a', 'a-b', 'a/b', 'a0', '\xc3\xa9', '\xff'];
  assert.equal(sorted.toReversed().sort(byPath), sorted);
  assert.is(byPath('a', 'a'), 0);
});

paths('are triples, which differ inside a moved folder', () => {
  assert.equal(samePath('a'), { source: 'a', replica: 'a', record: 'a' });
  assert.equal(childOf({ source: 'new', replica: 'old', record: '' }, 'x'),
    { source: 'new/x', replica: 'old/x', record: 'x' });
});

paths('are bytes, one character each', () => {
  assert.is(fromText('caf\u00e9'), 'caf\xc3\xa9');
});

paths.run();

// ---

const temporary = suite('isTemporary');

temporary('knows our pattern and no other', () => {
  const rows = [
    { name: '.fsync-0123456789abcdef', expected: true },
    { name: '.fsync-zzzzzzzzzzzzzzzz', expected: true },
    { name: '.fsync-0123456789abcde', expected: false },
    { name: '.fsync-0123456789abcdefg', expected: false },
    { name: '.fsync-0123456789ABCDEF', expected: false },
    { name: 'x.fsync-0123456789abcdef', expected: false },
    { name: '.fsync-0123456789abcdef\n', expected: false },
    { name: '.fsyncignore', expected: false },
  ];
  for (const { name, expected } of rows) assert.is(isTemporary(name), expected, name);
});

temporary.run();

// ---

const inodes = suite('inodeOf');

inodes('is the number itself where a double holds it', () => {
  for (const raw of [0n, 1n, 2n ** 32n, 2n ** 53n - 1n]) assert.is(inodeOf(raw), raw);
});

inodes('else 53 bits that tell neighbours apart, also where Node gives it a sign', () => {
  const rows = [2n ** 53n, 2n ** 62n, 2n ** 63n, 33n << 48n, 2n ** 64n - 5000n];
  const all = rows.flatMap((first) => Array.from({ length: 5000 }, (_, at) => first + BigInt(at)));
  const mixed = new Set(all.map((raw) => Number(inodeOf(raw))));
  assert.is(mixed.size, all.length);
  assert.ok(Math.max(...mixed) <= Number.MAX_SAFE_INTEGER && Math.min(...mixed) >= 0);
  assert.is(inodeOf(BigInt.asIntN(64, 2n ** 63n + 12n)), inodeOf(2n ** 63n + 12n));
});

inodes.run();
