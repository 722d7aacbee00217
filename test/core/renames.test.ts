import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { Stat } from '../../lib/core/entry.ts';
import {
  digestCandidates, matchByDigest, matchByIdentity, type Gone, type Move, type Wanted,
} from '../../lib/core/renames.ts';
import { gone, identity, wanted } from '../support/findings.ts';
import { stat } from '../support/stat.ts';

const told = (moves: readonly Move[]): string[] =>
  moves.map((one) => `${one.gone.replica} > ${one.wanted.path}`);

/** Recorded from inode `ino` of the source. */
const left = (path: string, ino: number, part: Partial<Gone> = {}): Gone =>
  gone(path, { identity: identity(ino), ...part });
/** Inode `ino` of the source, as it is now. */
const found = (path: string, ino: number, part: Partial<Stat> = {}): Wanted =>
  wanted(path, { stat: stat({ ino: BigInt(ino), ...part }) });

const FOLDER = { stat: stat({ type: 'folder' }), identity: identity(1, { size: 0, mtimeMs: 0 }) };

const byIdentity = suite('matchByIdentity');

byIdentity('pairs what has the inode that was recorded', () => {
  const rows: readonly { name: string; gone: Gone[]; wanted: Wanted[]; expected: string[] }[] = [
    { name: 'nothing', gone: [], wanted: [], expected: [] },
    { name: 'a file', gone: [left('a', 1)], wanted: [found('b', 1)], expected: ['a > b'] },
    { name: 'another file', gone: [left('a', 1)], wanted: [found('b', 2)], expected: [] },
    { name: 'a swap', gone: [left('a', 1), left('b', 2)], wanted: [found('a', 2), found('b', 1)],
      expected: ['b > a', 'a > b'] },
    { name: 'a cycle', gone: [left('a', 1), left('b', 2), left('c', 3)],
      wanted: [found('c', 2), found('a', 3), found('b', 1)],
      expected: ['c > a', 'a > b', 'b > c'] },
    { name: 'one that stayed', gone: [left('a', 1)], wanted: [found('a', 1)], expected: [] },
    { name: 'one of another size', gone: [left('a', 1)], wanted: [found('b', 1, { size: 2 })],
      expected: [] },
    { name: 'one of another time', gone: [left('a', 1)],
      wanted: [found('b', 1, { mtimeNs: 6_000_000n })], expected: [] },
    { name: 'an inode that was used again', gone: [left('a', 1)],
      wanted: [found('b', 1, { birthNs: 2_000_000n })], expected: [] },
    { name: 'one without a birth', gone: [left('a', 1, { identity: identity(1, { birthMs: 0 }) })],
      wanted: [found('b', 1, { birthNs: 0n })], expected: [] },
    { name: 'one that drifted', gone: [gone('a')], wanted: [found('b', 1)], expected: [] },
    { name: 'a folder, whatever its time', gone: [gone('a', FOLDER)],
      wanted: [found('b', 1, { type: 'folder', mtimeNs: 77n, size: 99 })], expected: ['a > b'] },
    { name: 'a file that was a folder', gone: [gone('a', FOLDER)], wanted: [found('b', 1)],
      expected: [] },
    { name: 'a symlink', gone: [left('a', 1)], wanted: [found('b', 1, { type: 'symlink' })],
      expected: [] },
    { name: 'an empty file', gone: [left('a', 1, { identity: identity(1, { size: 0 }) })],
      wanted: [found('b', 1, { size: 0 })], expected: ['a > b'] },
    { name: 'hard links: the first name wanted gets the first that is gone, once',
      gone: [left('y', 1), left('x', 1)], wanted: [found('c', 1), found('b', 1)],
      expected: ['x > b'] },
  ];
  for (const { name, expected, ...row } of rows) {
    assert.equal(told(matchByIdentity(row.gone, row.wanted)), expected, name);
  }
});

byIdentity('has read nothing', () => {
  assert.is(matchByIdentity([left('a', 1)], [found('b', 1)])[0]?.read, false);
});

byIdentity.run();

// ---

const worth = suite('digestCandidates');

worth('are files of a size that occurs on both sides, empty ones never', () => {
  const sized = (size: number, type: Stat['type'] = 'file'): { stat: Stat } =>
    ({ stat: stat({ size, type }) });
  const alike = digestCandidates(
    [gone('one', sized(1)), gone('two', sized(2)), gone('none', sized(0)),
      gone('folder', sized(3, 'folder')), gone('also one', sized(1))],
    [wanted('1', sized(1)), wanted('3', sized(3)), wanted('0', sized(0)),
      wanted('link', sized(2, 'symlink'))],
  );
  assert.equal(alike.gone.map((one) => one.replica), ['one', 'also one']);
  assert.equal(alike.wanted.map((one) => one.path), ['1']);
});

worth.run();

// ---

const byDigest = suite('matchByDigest');

/** Pairs files given as `path=content`; all are of one size. */
function check(
  goneFiles: readonly Gone[], wantedFiles: readonly Wanted[], contents: Record<string, string>,
): string[] {
  const digests = new Map(Object.entries(contents));
  return told(matchByDigest(goneFiles, wantedFiles, { gone: digests, wanted: digests }));
}

byDigest('pairs equal digests of equal size', () => {
  const rows: readonly {
    name: string; gone: Gone[]; wanted: Wanted[]; contents: Record<string, string>;
    expected: string[];
  }[] = [
    { name: 'one', gone: [gone('a')], wanted: [wanted('b')], contents: { a: 'x', b: 'x' },
      expected: ['a > b'] },
    { name: 'other contents', gone: [gone('a')], wanted: [wanted('b')],
      contents: { a: 'x', b: 'y' }, expected: [] },
    { name: 'an equal digest of another size', gone: [gone('a')],
      wanted: [wanted('b', { stat: stat({ size: 2 }) })], contents: { a: 'x', b: 'x' },
      expected: [] },
    { name: 'what could not be read', gone: [gone('a'), gone('c')],
      wanted: [wanted('b'), wanted('d')], contents: { a: 'x', d: 'x' }, expected: ['a > d'] },
    { name: 'what nobody could read', gone: [gone('a')], wanted: [wanted('b')], contents: {},
      expected: [] },
    { name: 'a swap', gone: [gone('a'), gone('b')], wanted: [wanted('a'), wanted('b')],
      contents: { a: 'x', b: 'y' }, expected: [] },
    { name: 'one content serves once', gone: [gone('a')], wanted: [wanted('c'), wanted('b')],
      contents: { a: 'x', b: 'x', c: 'x' }, expected: ['a > b'] },
    { name: 'the same name first', gone: [gone('a/x'), gone('b/y')],
      wanted: [wanted('c/y'), wanted('d/x')],
      contents: { 'a/x': '1', 'b/y': '1', 'c/y': '1', 'd/x': '1' },
      expected: ['b/y > c/y', 'a/x > d/x'] },
    { name: 'then the same time',
      gone: [gone('a'), gone('b', { stat: stat({ mtimeNs: 7_000n }) })],
      wanted: [wanted('c', { stat: stat({ mtimeNs: 7_999n }) })],
      contents: { a: '1', b: '1', c: '1' }, expected: ['b > c'] },
    { name: 'the same time before 1970, to the microsecond',
      gone: [gone('a'), gone('b', { stat: stat({ mtimeNs: -2_000n }) })],
      wanted: [wanted('c', { stat: stat({ mtimeNs: -1_001n }) })],
      contents: { a: '1', b: '1', c: '1' }, expected: ['b > c'] },
    { name: 'what went by its name is not there for its time',
      gone: [gone('a/x', { stat: stat({ mtimeNs: 7_000n }) }), gone('b/y')],
      wanted: [wanted('c/x'), wanted('d/z', { stat: stat({ mtimeNs: 7_000n }) })],
      contents: { 'a/x': '1', 'b/y': '1', 'c/x': '1', 'd/z': '1' },
      expected: ['a/x > c/x', 'b/y > d/z'] },
    { name: 'then the first path', gone: [gone('b'), gone('a')],
      wanted: [wanted('c')], contents: { a: '1', b: '1', c: '1' }, expected: ['a > c'] },
    { name: 'itself is no rename', gone: [gone('a'), gone('b')], wanted: [wanted('a')],
      contents: { a: '1', b: '1' }, expected: [] },
  ];
  for (const { name, contents, expected, ...row } of rows) {
    assert.equal(check(row.gone, row.wanted, contents), expected, name);
    assert.equal(check(row.gone.toReversed(), row.wanted.toReversed(), contents), expected,
      `${name}, in another order`);
  }
});

byDigest('says that contents are to be compared', () => {
  const digests = new Map([['a', 'x'], ['b', 'x']]);
  const [move] = matchByDigest([gone('a')], [wanted('b')], { gone: digests, wanted: digests });
  assert.is(move?.read, true);
});

const HUNDRED = Array.from({ length: 100 }, (_, at) => `old/${String(at).padStart(2, '0')}`);

byDigest('moves one of a hundred identical files', () => {
  const contents = Object.fromEntries([...HUNDRED, 'new'].map((path) => [path, 'x']));
  assert.equal(check([gone('old/42')], [wanted('new')], contents), ['old/42 > new']);
});

byDigest('moves a hundred identical files by their names', () => {
  const to = HUNDRED.map((path) => path.replace('old', 'new'));
  const contents = Object.fromEntries([...HUNDRED, ...to].map((path) => [path, 'x']));
  assert.equal(check(HUNDRED.map((path) => gone(path)), to.map((path) => wanted(path)), contents),
    HUNDRED.map((path) => `${path} > ${path.replace('old', 'new')}`));
});

byDigest('is not quadratic where all names and times differ', () => {
  const count = 20_000;
  const name = (prefix: string, at: number): string => `${prefix}/${prefix}${at}`;
  const numbers = Array.from({ length: count }, (_, at) => at);
  const contents = Object.fromEntries(numbers.flatMap((at) =>
    [[name('a', at), 'x'], [name('b', at), 'x']]));
  const moves = check(
    numbers.map((at) => gone(name('a', at), { stat: stat({ mtimeNs: BigInt(at) * 1000n }) })),
    numbers.map((at) => wanted(name('b', at), { stat: stat({ mtimeNs: -1n }) })), contents);
  assert.is(new Set(moves).size, count);
});

byDigest.run();
