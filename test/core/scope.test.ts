import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { joinPath, type Path } from '../../lib/core/entry.ts';
import {
  addChanges, isInScope, mergeTriggers, trigger, uniteChanges, type Change, type ChangedPaths,
} from '../../lib/core/scope.ts';

const name = (folder: Path, ...names: string[]): Change[] =>
  names.map((each) => ({ folder, name: each }));
const listing = (folder: Path): Change[] => [{ folder, whole: 'listing' }];
const tree = (folder: Path): Change[] => [{ folder, whole: 'tree' }];
const many = (count: number, of: (n: number) => Change): Change[] =>
  Array.from({ length: count }, (_, n) => of(n));

/** A scope as a plain object, names as a sorted list. */
const plain = (paths: ChangedPaths): object => Object.fromEntries(
  [...paths].sort().map(([at, what]) => [at, typeof what === 'string' ? what : [...what].sort()]),
);

// ---

const adding = suite('addChanges');

adding('adds up to what was announced', () => {
  const rows: readonly { name: string; changes: Change[]; expected: object }[] = [
    { name: 'nothing', changes: [], expected: {} },
    { name: 'names of one folder', changes: name('a', 'x', 'y', 'x'), expected: { a: ['x', 'y'] } },
    { name: 'folders apart', changes: [...name('', 'x'), ...name('a/b', 'y')],
      expected: { '': ['x'], 'a/b': ['y'] } },
    { name: 'a listing takes the names in', changes: [...name('a', 'x'), ...listing('a')],
      expected: { a: 'listing' } },
    { name: 'names do not narrow a listing', changes: [...listing('a'), ...name('a', 'x')],
      expected: { a: 'listing' } },
    { name: 'a tree takes the listing in', changes: [...listing('a'), ...tree('a')],
      expected: { a: 'tree' } },
    { name: 'a listing does not narrow a tree', changes: [...tree('a'), ...listing('a')],
      expected: { a: 'tree' } },
    { name: 'a tree absorbs what is below it, before and after',
      changes: [...name('a/b', 'x'), ...tree('a'), ...listing('a/c/d'), ...tree('a/e')],
      expected: { a: 'tree' } },
    { name: 'a tree does not absorb neighbours of like names',
      changes: [...tree('a'), ...name('a-b', 'x'), ...name('', 'a')],
      expected: { '': ['a'], a: 'tree', 'a-b': ['x'] } },
    { name: 'the root as a tree absorbs all', changes: [...name('a/b', 'x'), ...tree('')],
      expected: { '': 'tree' } },
    { name: 'an ignore file brings its folder as a tree',
      changes: [
        ...name('a', '.fsyncignore'), ...name('b', '.gitignore'), ...name('c', 'gitignore'),
      ],
      expected: { a: 'tree', b: 'tree', c: ['gitignore'] } },
    { name: 'an exclude file of git brings its repository',
      changes: [...name('a/.git/info', 'exclude'), ...name('b/info', 'exclude')],
      expected: { a: 'tree', 'b/info': ['exclude'] } },
    { name: 'up to 64 names stay names', changes: many(64, (n) => ({ folder: 'a', name: `${n}` })),
      expected: { a: Array.from({ length: 64 }, (_, n) => `${n}`).sort() } },
    { name: 'more names become the listing',
      changes: many(65, (n) => ({ folder: 'a', name: `${n}` })), expected: { a: 'listing' } },
    { name: 'more folders become the tree they share, and the others stay',
      changes: [...many(8_193, (n) => ({ folder: `a/b/${n}`, name: 'x' })), ...name('c', 'y'),
        ...name('', 'z')],
      expected: { '': ['z'], 'a/b': 'tree', c: ['y'] } },
    { name: 'they leave room for as many again, else each of those would collapse them all anew',
      changes: many(9_000, (n) => ({ folder: `p/${n % 4_500}/${n}`, name: 'x' })),
      expected: { p: 'tree' } },
    { name: 'folders everywhere become the root as a tree',
      changes: many(9_000, (n) => ({ folder: `${n}`, name: 'x' })), expected: { '': 'tree' } },
  ];

  for (const row of rows) {
    assert.equal(plain(addChanges(undefined, row.changes)), row.expected, row.name);
  }
});

adding('leaves 8,192 folders as they are', () => {
  const changes = many(8_192, (n) => ({ folder: `a/${n}`, name: 'x' }));
  assert.is(addChanges(undefined, changes).size, 8_192);
});

adding('collapses no higher than it must', () => {
  const packages = many(9_000, (n) => ({ folder: `p/${n % 10}/lib/${n}`, name: 'x' }));
  const paths = addChanges(undefined, packages);
  assert.equal([...paths.keys()].sort(), many(10, (n) => ({ folder: '', name: `p/${n}/lib` }))
    .map((change) => ('name' in change ? change.name : '')));
});

adding('leaves the scope it was given alone', () => {
  const before = addChanges(undefined, name('a', 'x'));
  const after = addChanges(before, name('a', 'y'));
  assert.equal(plain(before), { a: ['x'] });
  assert.equal(plain(after), { a: ['x', 'y'] });
});

// Quadratic, this would outlast any patience: the runner's limit is what fails then.
adding('takes a burst of 100,000 changes', () => {
  const files = many(100_000, (n) => ({ folder: `d/${n % 997}/${n % 13}`, name: `f${n}` }));
  const trees = many(100_000, (n) => ({ folder: `e/${n}/x`, whole: 'tree' }));
  const huge = many(100_000, (n) => ({ folder: 'f', name: `f${n}` }));

  const paths = addChanges(undefined, [...files, ...trees, ...huge]);
  assert.equal(plain(paths), { d: 'tree', e: 'tree', f: 'listing' });
});

const aFolder = fc.array(fc.constantFrom('a', 'b', 'c', '__proto__'), { maxLength: 4 })
  .map((parts) => parts.join('/'));
const aChange: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ folder: aFolder, name: fc.constantFrom('a', 'b', 'x', '.fsyncignore') }),
  fc.record({ folder: aFolder, whole: fc.constantFrom('listing' as const, 'tree' as const) }),
);

/** Paths that a change announces. */
const announced = (change: Change): Path[] =>
  'name' in change ? [joinPath(change.folder, change.name)]
    : change.whole === 'listing' ? [joinPath(change.folder, 'any')]
      : ['', 'any', 'any/deep'].map((below) => joinPath(change.folder, below));

adding('law: in whatever order and portions, the same is in scope', () => {
  fc.assert(fc.property(
    fc.array(aChange).chain((changes) => fc.tuple(
      fc.constant(changes), fc.shuffledSubarray(changes, { minLength: changes.length }),
      fc.nat(changes.length),
    )),
    fc.array(aFolder),
    ([changes, shuffled, cut], probes) => {
      const one = addChanges(undefined, changes);
      const two = uniteChanges(
        addChanges(undefined, shuffled.slice(0, cut)), addChanges(undefined, shuffled.slice(cut)),
      );
      assert.equal(plain(two), plain(one));
      for (const path of probes) assert.is(isInScope(two, path), isInScope(one, path));
    },
  ));
});

adding('law: everything announced stays in scope, however much it is', () => {
  const wide = fc.tuple(fc.nat(3), fc.nat(9_000), fc.nat(500)).map(([kind, from, count]) =>
    many(count, (at): Change => {
      const n = from + at;
      return kind === 0 ? { folder: `s/${n % 3}/${n}`, whole: 'tree' }
        : kind === 1 ? { folder: `t/${n}`, whole: 'listing' }
          : { folder: `u/${n % 2}`, name: `${n}` };
    }));
  // Not at the root, whose tree would hide all else.
  const elsewhere = aChange.map((change) =>
    [{ ...change, folder: joinPath('v', change.folder) }]);
  fc.assert(fc.property(fc.array(fc.oneof(wide, elsewhere), { maxLength: 60, size: 'max' }),
    (portions) => {
      const changes = portions.flat();
      const paths = addChanges(undefined, changes);
      assert.ok(paths.size <= 8_192);
      for (const path of changes.flatMap(announced)) assert.ok(isInScope(paths, path), path);
    }), { numRuns: 30 });
});

adding.run();

// ---

const inScope = suite('isInScope');

inScope('says whether a path was announced', () => {
  const paths = addChanges(undefined,
    [...name('n', 'x', 'sub'), ...listing('l'), ...tree('t/t'), ...name('deep/er', 'y')]);
  const rows: readonly [Path, boolean][] = [
    ['n/x', true], ['n/y', false], ['n/sub', true], ['n/sub/z', false], ['x', false],
    ['n', true], ['deep/er', true], ['deep', false], ['', false],
    ['l/x', true], ['l/x/y', false], ['l', true],
    ['t/t', true], ['t/t/x', true], ['t/t/x/y', true], ['t', false], ['t/tt', false],
  ];
  for (const [path, expected] of rows) assert.is(isInScope(paths, path), expected, path);
});

inScope('knows the root and its entries', () => {
  assert.is(isInScope(addChanges(undefined, name('', 'x')), 'x'), true);
  assert.is(isInScope(addChanges(undefined, listing('')), ''), true);
  assert.is(isInScope(addChanges(undefined, listing('')), 'x'), true);
  assert.is(isInScope(addChanges(undefined, listing('')), 'x/y'), false);
  assert.is(isInScope(addChanges(undefined, tree('')), 'x/y'), true);
  assert.is(isInScope(new Map(), ''), false);
});

inScope.run();

// ---

const merging = suite('mergeTriggers');

merging('keeps the changes beside a full trigger, and its reason', () => {
  const one = trigger({ reason: 'changes', changes: addChanges(undefined, name('a', 'x')) });
  const two = trigger({ reason: 'changes', changes: addChanges(undefined, name('a', 'y')) });
  const full = trigger({ reason: 'interval', full: true });
  const other = trigger({ reason: 'asked', full: true });

  const merged = mergeTriggers(mergeTriggers(mergeTriggers(one, full), two), other);
  assert.is(merged.full, true);
  assert.is(merged.reason, 'asked');
  assert.equal(plain(merged.changes), { a: ['x', 'y'] });
  assert.is(mergeTriggers(full, one).reason, 'interval');
  assert.is(mergeTriggers(full, other).reason, 'asked');
  assert.is(mergeTriggers(one, two).full, false);
});

merging('has a flag that either has', () => {
  const plainOne = trigger({ reason: 'retry' });
  assert.equal(plainOne,
    { full: false, changes: new Map(), reason: 'retry', approve: [],
      ripe: false, unheard: false });

  for (const flag of ['ripe', 'full', 'unheard'] as const) {
    const flagged = trigger({ reason: 'changes', [flag]: true });
    assert.is(mergeTriggers(plainOne, flagged)[flag], true);
    assert.is(mergeTriggers(flagged, plainOne)[flag], true);
    assert.is(mergeTriggers(plainOne, plainOne)[flag], false);
  }
});

merging('approves what either does', () => {
  const plainOne = trigger({ reason: 'retry' });
  const said = [{ paths: ['a'], refusal: 'gone', mounts: [] },
    { paths: ['b'], refusal: 'other', mounts: ['m'] }];
  const [one, other] = said.map((each) => trigger({ reason: 'approved', approve: [each] }));
  assert.equal(mergeTriggers(one!, other!).approve, said);
  assert.equal(mergeTriggers(mergeTriggers(one!, plainOne), other!).approve, said);
  assert.equal(mergeTriggers(plainOne, plainOne).approve, []);
});

merging.run();
