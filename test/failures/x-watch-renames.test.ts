import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { contentOf, inodeOf, isThere, syncedPair, type Pair } from '../support/pass.ts';
import { removeTree } from '../support/temp.ts';
import { file, makeTree, setTime, type TreeSpec } from '../support/tree.ts';
import { assertNothingLeft, startWatch, type Watching } from '../support/watch.ts';

/** What is in a row's folder, and what is done there; paths are below it, on either side. */
interface Row {
  readonly spec: TreeSpec;
  readonly act: (source: string, replica: string) => void;
  /** From the path before to the path after: the replica's entry must be the same one. */
  readonly kept?: Readonly<Record<string, string>>;
  /** Contents that the replica must have, and undefined for what must be gone. */
  readonly after?: Readonly<Record<string, string | undefined>>;
}

const old = { time: 1_000_000_000_000_000n };
const many = (count: number, name: (at: number) => string, text: (at: number) => string) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [name(at), text(at)]));

function move(dir: string, ...moves: readonly [string, string][]): void {
  for (const [from, to] of moves) fs.renameSync(`${dir}/${from}`, `${dir}/${to}`);
}

const rows: Readonly<Record<string, Row>> = {
  'X01: a file moves to another folder': {
    spec: { 'd/a': 'A', 'e/': null }, act: (source) => move(source, ['d/a', 'e/b']),
    kept: { 'd/a': 'e/b' },
  },
  'X02: two files of equal size and time change places': {
    spec: { a: file('AAAA', old), b: file('BBBB', old) },
    act: (source) => move(source, ['a', 't'], ['b', 'a'], ['t', 'b']),
    after: { a: 'BBBB', b: 'AAAA' },
  },
  'X03: three files of equal size and time go round in a circle': {
    spec: { a: file('AAAA', old), b: file('BBBB', old), 'd/c': file('CCCC', old) },
    act: (source) => move(source, ['a', 't'], ['d/c', 'a'], ['b', 'd/c'], ['t', 'b']),
    after: { 'a': 'CCCC', 'b': 'AAAA', 'd/c': 'BBBB' },
  },
  'X04: a file moves over another': {
    spec: { a: 'A', b: 'BB' }, act: (source) => move(source, ['a', 'b']),
    after: { a: undefined, b: 'A' },
  },
  'X05: a file moves and grows': {
    spec: { 'a': 'A', 'd/': null },
    act(source) {
      move(source, ['a', 'd/b']);
      fs.appendFileSync(`${source}/d/b`, ' more');
    },
    after: { 'a': undefined, 'd/b': 'A more' },
  },
  'X06: one of a hundred equal files moves': {
    spec: many(100, (at) => `f${at}`, () => 'same'), act: (source) => move(source, ['f42', 'g']),
    kept: { f41: 'f41', f42: 'g' }, after: { f42: undefined },
  },
  'X07: empty files move': {
    spec: many(50, (at) => `f${at}`, () => ''),
    act: (source) => move(source, ['f1', 'g1'], ['f2', 'g2'], ['f3', 'f4']),
    after: { f1: undefined, g1: '', g2: '', f3: undefined, f4: '' },
  },
  'X08: a folder of a thousand files moves': {
    spec: many(1_000, (at) => `d/${at % 30}/f${at}`, String),
    act: (source) => move(source, ['d', 'e']), kept: { 'd': 'e', 'd/7/f7': 'e/7/f7' },
  },
  'X09: two folders change places': {
    spec: { 'd/a': 'A', 'd/s/x': '1', 'e/b': 'B' },
    act: (source) => move(source, ['d', 't'], ['e', 'd'], ['t', 'e']),
    after: { 'd/b': 'B', 'e/a': 'A', 'e/s/x': '1', 'd/a': undefined },
  },
  'X10: a file moves into a folder that takes its name': {
    spec: { a: 'A' },
    act(source) {
      fs.mkdirSync(`${source}/n`);
      move(source, ['a', 'n/a'], ['n', 'a']);
    },
    after: { 'a/a': 'A' },
  },
  'X11: a file moves, is copied, and made anew under its old name': {
    spec: { a: 'AAAA' },
    act(source) {
      move(source, ['a', 'b']);
      fs.copyFileSync(`${source}/b`, `${source}/c`);
      fs.writeFileSync(`${source}/a`, 'BBBB');
    },
    after: { a: 'BBBB', b: 'AAAA', c: 'AAAA' },
  },
  'X12: a file moves of which the replica drifted, unseen by size and time': {
    spec: { a: file('AAAA', old) },
    act(source, replica) {
      fs.writeFileSync(`${replica}/a`, 'BBBB');
      setTime(`${replica}/a`, old.time);
      move(source, ['a', 'b']);
    },
    after: { a: undefined, b: 'AAAA' },
  },
  'X13: what moves is missing in the replica': {
    spec: { 'a': 'A', 'd/b': 'B' },
    act(source, replica) {
      for (const at of ['a', 'd']) removeTree(`${replica}/${at}`);
      move(source, ['a', 'x'], ['d', 'y']);
    },
    after: { 'x': 'A', 'y/b': 'B' },
  },
  'X15: five hundred files of one size go, as many come': {
    spec: many(500, (at) => `a${at}`, (at) => `a ${at}`.padEnd(64)),
    act(source) {
      for (const name of fs.readdirSync(source)) fs.unlinkSync(`${source}/${name}`);
      makeTree(source, many(500, (at) => `b${at}`, (at) => `b ${at}`.padEnd(64)));
    },
    after: { a7: undefined, b7: 'b 7'.padEnd(64) },
  },
};

const watched = suite('while it watches, a rename is carried over where');

let pair: Pair;
let watching: Watching;
watched.before(async () => {
  pair = await syncedPair({ 'X15 needs/others': 'x', ...Object.fromEntries(
    Object.entries(rows).flatMap(([row, { spec }]) =>
      Object.entries(spec).map(([at, made]) => [`${row.slice(0, 3)}/${at}`, made]))) });
  watching = startWatch(pair);
  await watching.ready();
});
watched.after(() => watching.stop());

for (const [name, { act, kept = {}, after = {} }] of Object.entries(rows)) {
  watched(name, async () => {
    const below = (dir: string): string => `${dir}/${name.slice(0, 3)}`;
    const replica = below(pair.replica);
    const before = Object.keys(kept).map((at) => inodeOf(replica, at));
    act(below(pair.source), replica);
    // Those that go by the hundreds wait until their episode ends.
    await watching.mirrored(20_000);
    assert.equal(Object.values(kept).map((at) => inodeOf(replica, at)), before);
    for (const [at, content] of Object.entries(after)) {
      assert.is(isThere(replica, at) ? contentOf(replica, at) : undefined, content, at);
    }
  });
}

watched('all of it: and nothing is left for a full pass to find', () =>
  assertNothingLeft(watching));

watched.run();
