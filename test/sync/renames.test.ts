import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { changeAt } from '../../lib/core/scope.ts';
import { CHANGING, watchingCalls } from '../support/faults.ts';
import {
  assertMirrored, contentOf, inodeOf, isThere, newPair, passOver, syncedPair, syncNow, syncWell,
  type Pair,
} from '../support/pass.ts';
import { removeTree } from '../support/temp.ts';
import { file, link, makeTree, setTime, type TreeSpec } from '../support/tree.ts';

/** Renames in the source, one after the other. */
function move(pair: Pair, ...moves: readonly [string, string][]): void {
  for (const [from, to] of moves) fs.renameSync(`${pair.source}/${from}`, `${pair.source}/${to}`);
}

/** Entries change places in a circle: the first takes the second's name. */
function rotate(pair: Pair, ...at: readonly string[]): void {
  move(pair, [at[0]!, '.aside']);
  for (let from = at.length - 1; from > 0; from -= 1) {
    move(pair, [at[from]!, at[(from + 1) % at.length]!]);
  }
  move(pair, ['.aside', at[1]!]);
}

interface Case {
  readonly spec: TreeSpec;
  readonly act: (pair: Pair) => void;
  /** From the path before to the path after: the replica's entry must be the same one. */
  readonly kept: Readonly<Record<string, string>>;
  /** All that is done besides `set`. */
  readonly moved: readonly string[];
}

const big = Buffer.alloc(1_200_000, 'x');

const cases: Readonly<Record<string, Case>> = {
  'a file gets another name': {
    spec: { a: 'A' }, act: (pair) => move(pair, ['a', 'b']),
    kept: { a: 'b' }, moved: ['rename a -> b'],
  },
  'a big file gets another name': {
    spec: { a: big }, act: (pair) => move(pair, ['a', 'b']),
    kept: { a: 'b' }, moved: ['rename a -> b'],
  },
  'a file moves to another folder': {
    spec: { 'd/a': 'A', 'e/x': 'X' }, act: (pair) => move(pair, ['d/a', 'e/a']),
    kept: { 'd/a': 'e/a' }, moved: ['rename d/a -> e/a'],
  },
  'a file moves into a new folder, deep': {
    spec: { a: 'A', b: 'B' },
    act(pair) {
      makeTree(pair.source, { 'n/e/w/': null, 'n/other': 'x', 'n/e/more/f': 'x' });
      move(pair, ['a', 'n/e/w/a']);
    },
    kept: { a: 'n/e/w/a' },
    moved: ['copy n/other', 'copy-tree n/e/more', 'mkdir n', 'mkdir n/e', 'mkdir n/e/w',
      'rename a -> n/e/w/a'],
  },
  'a file moves out of a folder that goes': {
    spec: { 'd/e/a': 'A', 'd/b': 'B' },
    act(pair) {
      move(pair, ['d/e/a', 'a']);
      removeTree(`${pair.source}/d`);
    },
    kept: { 'd/e/a': 'a' }, moved: ['remove d (3)', 'rename d/e/a -> a'],
  },
  'a file moves over another': {
    spec: { a: 'A', b: 'BB' }, act: (pair) => move(pair, ['a', 'b']),
    kept: { a: 'b' }, moved: ['rename a -> b'],
  },
  'two files of equal size change places': {
    spec: { a: 'A', b: 'B' }, act: (pair) => rotate(pair, 'a', 'b'),
    kept: { a: 'b', b: 'a' }, moved: ['rename a -> b', 'rename b -> a'],
  },
  'two files of other size change places': {
    spec: { a: 'A', b: 'BBB' }, act: (pair) => rotate(pair, 'a', 'b'),
    kept: { a: 'b', b: 'a' }, moved: ['rename a -> b', 'rename b -> a'],
  },
  'three files change places in a circle': {
    spec: { a: 'A', b: 'B', 'd/c': 'C' }, act: (pair) => rotate(pair, 'a', 'b', 'd/c'),
    kept: { a: 'b', b: 'd/c', 'd/c': 'a' },
    moved: ['rename a -> b', 'rename b -> d/c', 'rename d/c -> a'],
  },
  'files move up in a chain': {
    spec: { 'log': '0', 'log.1': '1', 'log.2': '2' },
    act(pair) {
      fs.unlinkSync(`${pair.source}/log.2`);
      move(pair, ['log.1', 'log.2'], ['log', 'log.1']);
      makeTree(pair.source, { log: 'new' });
    },
    kept: { 'log': 'log.1', 'log.1': 'log.2' },
    moved: ['copy log', 'rename log -> log.1', 'rename log.1 -> log.2'],
  },
  'a folder gets another name': {
    spec: { 'd/a': 'A', 'd/e/b': 'B', 'd/e/f/': null }, act: (pair) => move(pair, ['d', 'x']),
    kept: { 'd': 'x', 'd/e/b': 'x/e/b', 'd/e/f': 'x/e/f' }, moved: ['rename d -> x'],
  },
  'a folder becomes its parent\'s parent': {
    spec: { 'a/b/f': 'F', 'a/g': 'G' }, act: (pair) => move(pair, ['a/b', 'b'], ['a', 'b/a']),
    kept: { 'a': 'b/a', 'a/b': 'b', 'a/b/f': 'b/f', 'a/g': 'b/a/g' },
    moved: ['rename a -> b/a', 'rename a/b -> b'],
  },
  'a new folder that something moved into is an old one from inside one that moved': {
    spec: { 'x/f': 'X', 'v/e/d/g': 'G', 'v/e/k': 'K', 'v/l': 'L' },
    act(pair) {
      makeTree(pair.source, { 'w/': null, 'e/': null });
      move(pair, ['v', 'w/v'], ['w/v/e/d', 'n'], ['x', 'n/x'], ['w/v/e/k', 'e/k']);
      removeTree(`${pair.source}/w/v/e`);
      move(pair, ['e', 'w/v/e']);
    },
    kept: { 'x': 'n/x', 'v': 'w/v', 'v/e/d': 'n', 'v/e/d/g': 'n/g' },
    moved: ['mkdir w', 'rename v -> w/v', 'rename v/e/d -> n', 'rename x -> n/x'],
  },
  'an empty folder gets another name': {
    spec: { 'd/': null }, act: (pair) => move(pair, ['d', 'x']),
    kept: { d: 'x' }, moved: ['rename d -> x'],
  },
  'a folder moves, and what is in it changed': {
    spec: { 'd/same': '1', 'd/edit': '2', 'd/gone': 'gone', 'd/e/old': 'old!', 'd/e/mode': '3' },
    act(pair) {
      makeTree(pair.source, { 'y/': null });
      move(pair, ['d', 'y/x'], ['y/x/e/old', 'y/x/new']);
      makeTree(pair.source, { 'y/x/edit': 'longer', 'y/x/e/added': '5' });
      fs.unlinkSync(`${pair.source}/y/x/gone`);
      fs.chmodSync(`${pair.source}/y/x/e/mode`, 0o600);
    },
    kept: { 'd': 'y/x', 'd/same': 'y/x/same', 'd/e/old': 'y/x/new', 'd/e/mode': 'y/x/e/mode' },
    moved: ['copy y/x/e/added', 'copy y/x/edit', 'mkdir y', 'remove y/x/gone', 'rename d -> y/x',
      'rename d/e/old -> y/x/new'],
  },
  'two folders change places': {
    spec: { 'd/a': 'A', 'd/s/x': '1', 'e/b': 'B' }, act: (pair) => rotate(pair, 'd', 'e'),
    kept: { 'd': 'e', 'd/a': 'e/a', 'd/s/x': 'e/s/x', 'e': 'd' },
    moved: ['rename d -> e', 'rename e -> d'],
  },
  'three folders change places, at other depths': {
    spec: { 'd/a': 'A', 'p/e/b': 'B', 'p/q/f/c': 'C' },
    act: (pair) => rotate(pair, 'd', 'p/e', 'p/q/f'),
    kept: { 'd': 'p/e', 'p/e': 'p/q/f', 'p/q/f': 'd' },
    moved: ['rename d -> p/e', 'rename p/e -> p/q/f', 'rename p/q/f -> d'],
  },
  'a child becomes the parent of its parent': {
    spec: { 'a/f': 'F', 'a/b/g': 'G' },
    act: (pair) => move(pair, ['a/b', 't'], ['a', 't/a'], ['t', 'b']),
    kept: { 'a/f': 'b/a/f', 'a/b/g': 'b/g' }, moved: [],
  },
  'a child takes the name of its parent': {
    spec: { 'a/f': 'F', 'a/b/g': 'G' },
    act: (pair) => move(pair, ['a/b', 't'], ['a', 't/b'], ['t', 'a']),
    kept: { 'a/f': 'a/b/f', 'a/b/g': 'a/g' }, moved: [],
  },
  'a folder moves, and one of its folders elsewhere': {
    spec: { 'd/a': 'A', 'd/e/b': 'B' }, act: (pair) => move(pair, ['d', 'x'], ['x/e', 'y']),
    kept: { 'd': 'x', 'd/e': 'y', 'd/e/b': 'y/b' }, moved: ['rename d -> x', 'rename d/e -> y'],
  },
  'a folder moves into one that moves': {
    spec: { 'd/a': 'A', 'e/b': 'B' }, act: (pair) => move(pair, ['d', 'e/d'], ['e', 'x']),
    kept: { 'd': 'x/d', 'e': 'x' }, moved: ['rename d -> x/d', 'rename e -> x'],
  },
  'another folder takes the name of one that moved': {
    spec: { 'd/a': 'A', 'd/b': 'B' },
    act(pair) {
      move(pair, ['d', 'old']);
      makeTree(pair.source, { 'd/a': 'C', 'd/new': 'N' });
    },
    kept: { d: 'old' }, moved: ['copy-tree d', 'rename d -> old'],
  },
  'a file takes the name of a folder that moved': {
    spec: { 'd/a': 'A', 'f': 'F' }, act: (pair) => move(pair, ['d', 'x'], ['f', 'd']),
    kept: { d: 'x', f: 'd' }, moved: ['rename d -> x', 'rename f -> d'],
  },
  'a file moves into a folder that takes its name': {
    spec: { a: 'A' },
    act(pair) {
      makeTree(pair.source, { 't/': null });
      move(pair, ['a', 't/a'], ['t', 'a']);
    },
    kept: { a: 'a/a' }, moved: ['mkdir a', 'remove a', 'rename a -> a/a'],
  },
  'a file in a folder takes the folder\'s name': {
    spec: { 'a/a': 'A', 'a/b': 'B' },
    act(pair) {
      move(pair, ['a/a', 't']);
      removeTree(`${pair.source}/a`);
      move(pair, ['t', 'a']);
    },
    kept: { 'a/a': 'a' }, moved: ['remove a (2)', 'rename a/a -> a'],
  },
  'one of a hundred equal files gets another name': {
    spec: Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`f${at}`, 'same'])),
    act: (pair) => move(pair, ['f42', 'g']),
    kept: { f42: 'g', f41: 'f41' }, moved: ['rename f42 -> g'],
  },
  'names of one file move': {
    spec: { 'a': 'A', 'b': link('a'), 'd/c': link('a') },
    act: (pair) => move(pair, ['a', 'x'], ['d/c', 'y']),
    kept: { a: 'x', b: 'b' }, moved: [],
  },
};

const renames = suite('a rename in the source is one in the replica, where');

for (const [what, { spec, act, kept, moved }] of Object.entries(cases)) {
  renames(what, async () => {
    const pair = await syncedPair(spec);
    const inodes = Object.keys(kept).map((from) => inodeOf(pair.replica, from));
    act(pair);
    const passed = await syncWell(pair);
    if (moved.length > 0) assert.equal(passed.moved, moved);
    else assert.is(passed.counts?.copied, 0);
    assert.equal(Object.values(kept).map((to) => inodeOf(pair.replica, to)), inodes);
  });
}

renames('files change places again and again', async () => {
  const pair = await syncedPair({ a: big, b: Buffer.alloc(big.length, 'y'), c: 'C', d: 'D' });
  for (let round = 0; round < 3; round += 1) {
    rotate(pair, 'a', 'b');
    rotate(pair, 'c', 'd');
    const { moved } = await passOver(pair, ['a', 'b', 'c', 'd'].map(changeAt));
    assert.equal(moved, ['rename a -> b', 'rename b -> a', 'rename c -> d', 'rename d -> c']);
    assertMirrored(pair);
  }
});

renames.run();

// ---

const contents = suite('without an inode to know it by, a rename');

/** The source made anew: other inodes, the same content and times. */
function remake(pair: Pair, spec: TreeSpec): void {
  removeTree(pair.source);
  fs.mkdirSync(pair.source);
  makeTree(pair.source, spec);
}

const old = { time: 1_000_000_000_000_000n };

contents('is found by its content', async () => {
  const pair = await syncedPair({ 'd/a': file('AAAA', old), 'd/b': file('BBBB', old), 'c': 'C' });
  const inode = inodeOf(pair.replica, 'd/a');
  remake(pair, { 'e/x': file('AAAA', old), 'd/b': file('BBBB', old), 'c': 'C' });
  const { moved } = await syncNow(pair);
  assert.equal(moved, ['mkdir e', 'rename d/a -> e/x']);
  assert.is(inodeOf(pair.replica, 'e/x'), inode);
  await syncWell(pair);
});

for (const hash of ['md5', 'sha1', 'sha256'] as const) {
  contents(`is found by ${hash}`, async () => {
    const pair = await syncedPair({ a: 'AAAA', b: 'BBBB', c: 'C' });
    remake(pair, { x: 'BBBB', y: 'AAAA', c: 'C' });
    const { moved } = await syncWell(pair, { hash });
    assert.equal(moved, ['rename a -> y', 'rename b -> x']);
  });
}

contents('of a replica that came before the record is found too', async () => {
  const pair = newPair({ 'new name': 'content', 'same': 'x' });
  makeTree(pair.replica, { 'old name': 'content', 'same': 'x' });
  assert.equal((await syncWell(pair)).moved, ['rename old name -> new name']);
});

contents('out of a folder that came before the record, or a lost record, is found', async () => {
  const pair = newPair({ 'new/e/f': 'content', 'same': 'x', '.fsyncignore': '*.log' });
  makeTree(pair.replica, { 'old/d/f': 'content', 'old/x.log': 'content', 'same': 'x' });
  const inode = inodeOf(pair.replica, 'old/d/f');
  assert.is((await syncNow(pair)).exitCode, 0);
  assert.is(inodeOf(pair.replica, 'new/e/f'), inode);
  // What is ignored stays where it is, and is no content for others.
  assert.is(contentOf(pair.replica, 'old/x.log'), 'content');

  fs.renameSync(`${pair.source}/new`, `${pair.source}/newer`);
  removeTree(pair.state);
  assert.is((await syncNow(pair)).exitCode, 0);
  assert.is(inodeOf(pair.replica, 'newer/e/f'), inode);
});

contents('out of such a folder is none of what a kill has left in it', async () => {
  const pair = newPair({ 'new': 'content', 'same': 'x' });
  makeTree(pair.replica, { 'old/.fsync-0123456789abcdef': 'content', 'old/f': 'f', 'same': 'x' });
  const { moved } = await syncNow(pair, { approveDeletes: true });
  assert.equal(moved, ['copy new', 'remove old (3)']);
  assertMirrored(pair);
});

contents('among equal files goes to the one of its name', async () => {
  const pair = await syncedPair({ 'd/1': 'x', 'd/2': 'x', 'd/3': 'x', 'c': 'C' });
  const inodes = [1, 2, 3].map((name) => inodeOf(pair.replica, `d/${name}`));
  remake(pair, { 'e/3': 'x', 'e/1': 'x', 'e/2': 'x', 'c': 'C' });
  assert.is((await syncWell(pair)).counts?.copied, 0);
  assert.equal([1, 2, 3].map((name) => inodeOf(pair.replica, `e/${name}`)), inodes);
});

contents('of empty files is none: they are made', async () => {
  const spec = (folder: string): TreeSpec =>
    Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`${folder}/${at}`, '']));
  const pair = await syncedPair(spec('d'));
  remake(pair, spec('e'));
  const { counts } = await syncWell(pair, { approveDeletes: true });
  assert.is(counts?.renamed, 0);
});

contents.run();

// ---

const doubtful = suite('content');

// Two blocks of 128 bytes with the same MD5.
const [COLLIDES, WITH_IT] = [false, true].map((other) => Buffer.from(Buffer.from(
  'd131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f8955ad340609f4b30283e48883257141'
  + '5a085125e8f7cdc99fd91dbdf280373c5bd8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248'
  + 'cda0e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70', 'hex',
).map((byte, at) => (
  other && [0x13, 0x2d, 0x3b, 0x53, 0x6d, 0x7b].includes(at) ? byte ^ 0x80 : byte))));

doubtful('with an equal MD5 is not taken for the same', async () => {
  const [md5, sameMd5] = [COLLIDES!, WITH_IT!].map((content) =>
    createHash('md5').update(content).digest('hex'));
  assert.is(md5, sameMd5);
  assert.not.ok(COLLIDES!.equals(WITH_IT!));
  const pair = await syncedPair({ a: COLLIDES! });
  fs.unlinkSync(`${pair.source}/a`);
  makeTree(pair.source, { b: WITH_IT! });
  assert.equal((await syncWell(pair)).moved, ['copy b', 'remove a']);
  assert.ok(WITH_IT!.equals(fs.readFileSync(`${pair.replica}/b`)));
});

doubtful('that was moved and written to is new content', async () => {
  const pair = await syncedPair({ 'a': 'A', 'd/x': 'x' });
  move(pair, ['a', 'd/b']);
  fs.appendFileSync(`${pair.source}/d/b`, ' more');
  assert.equal((await syncWell(pair)).moved, ['copy d/b', 'remove a']);
});

doubtful('rewritten with its size and time before it moved is found', async () => {
  const pair = await syncedPair({ a: file('AAAA', old) });
  fs.writeFileSync(`${pair.source}/a`, 'BBBB');
  setTime(`${pair.source}/a`, old.time);
  move(pair, ['a', 'b']);
  await syncWell(pair);
  assert.is(contentOf(pair.replica, 'b'), 'BBBB');
});

doubtful('that the replica lost is copied', async () => {
  const pair = await syncedPair({ 'a': 'A', 'd/b': 'B' });
  fs.unlinkSync(`${pair.replica}/a`);
  removeTree(`${pair.replica}/d`);
  move(pair, ['a', 'x'], ['d', 'y']);
  assert.equal((await syncWell(pair)).moved, ['copy x', 'copy-tree y']);
});

doubtful('moved, copied back, and made anew under its old name comes out right', async () => {
  const pair = await syncedPair({ a: 'AAAA', keep: 'K' });
  move(pair, ['a', 'b']);
  fs.copyFileSync(`${pair.source}/b`, `${pair.source}/c`);
  makeTree(pair.source, { a: 'BBBB' });
  await syncWell(pair);
  assert.equal(['a', 'b', 'c'].map((at) => contentOf(pair.replica, at)), ['BBBB', 'AAAA', 'AAAA']);
});

doubtful('whose inode was used again is not taken for the same', async () => {
  for (let at = 0; at < 10; at += 1) {
    const pair = await syncedPair({ a: file('AAAA', old), z: 'z' });
    fs.unlinkSync(`${pair.source}/a`);
    makeTree(pair.source, { b: file('BBBB', old) });
    await syncWell(pair);
    assert.is(contentOf(pair.replica, 'b'), 'BBBB');
  }
});

doubtful('of ten thousand files of one size is not compared each with each', async () => {
  const spec = (name: string): TreeSpec => Object.fromEntries(
    Array.from({ length: 3000 }, (_, at) => [`${name}${at}`, `${name} ${at}`.padEnd(64)]));
  const pair = await syncedPair(spec('a'));
  for (const name of fs.readdirSync(pair.source)) fs.unlinkSync(`${pair.source}/${name}`);
  makeTree(pair.source, spec('b'));
  const { counts } = await syncNow(pair);
  assert.equal([counts?.copied, counts?.removed, counts?.renamed], [3000, 3000, 0]);
});

doubtful('is never at two places at once, nor at none, while files change places', async () => {
  const pair = await syncedPair({ a: file('AAAA', old), b: file('BBBB', old) });
  for (let at = 0; at < 5; at += 1) {
    rotate(pair, 'a', 'b');
    const seen = new Set<string>();
    const look = (): void => {
      seen.add(['a', 'b'].map((name) => contentOf(pair.replica, name)).join(' '));
    };
    await watchingCalls(CHANGING, look, () => syncNow(pair, { workers: 0 }));
    for (const both of seen) assert.match(both, /^(?:AAAA|BBBB) (?:AAAA|BBBB)$/);
    assert.is(seen.size > 1, true);
    await syncWell(pair);
    assert.is(isThere(pair.replica, '.aside'), false);
  }
});

doubtful('a folder that was put aside and cannot be renamed goes back', async () => {
  const pair = await syncedPair({ 'a/b/f': 'F', 'a/g': 'G' });
  const inode = inodeOf(pair.replica, 'a');
  move(pair, ['a/b', 'b'], ['a', 'b/a']);
  let failed = false;
  const { exitCode, problems } = await watchingCalls(['renameSync'], ({ args: [from, to] }) => {
    if (failed || !/\/\.fsync-[^/]*$/.test(String(from)) || !String(to).endsWith('/a')) return;
    failed = true;
    throw Object.assign(new Error('EIO'), { code: 'EIO' });
  }, () => syncNow(pair, { workers: 0 }));
  assert.equal([exitCode, problems[0]], [1, 'EIO b/a']);
  assert.equal(fs.readdirSync(pair.replica).toSorted(), ['a', 'b']);
  assert.is(inodeOf(pair.replica, 'a'), inode);

  const { moved } = await syncWell(pair);
  assert.equal(moved, ['rename a -> b/a']);
  assert.is(inodeOf(pair.replica, 'b/a'), inode);
});

doubtful.run();
