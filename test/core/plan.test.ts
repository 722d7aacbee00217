import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { Difference } from '../../lib/core/difference.ts';
import type { Operation } from '../../lib/core/operation.ts';
import { plan, plannedRemovals, type Findings } from '../../lib/core/plan.ts';
import type { Move } from '../../lib/core/renames.ts';
import {
  changed, extraneous, fresh, freshOver, moves, retyped, shown, temporaries, vanished,
} from '../support/findings.ts';
import { stat } from '../support/stat.ts';

interface Row {
  readonly name: string;
  readonly differences?: readonly Difference[];
  readonly moves?: readonly Move[];
  readonly more?: Partial<Findings>;
  readonly expanded?: readonly string[];
  readonly expected: readonly string[];
}

const planOf = (row: Omit<Row, 'name' | 'expected'>): readonly Operation[] => plan({
  differences: row.differences ?? [], moves: row.moves ?? [], expanded: new Set(row.expanded),
  links: { links: [], rewrite: [] }, entries: new Map(), waits: () => false,
  temporary: temporaries(), ...row.more,
});

/** Expects operations in their order; that the times of the root are set goes without saying. */
function check({ name, expected, ...row }: Row): void {
  const operations = planOf(row).map(shown);
  assert.equal(operations.filter((one) => one !== 'set  touched'), expected, name);
}

const single = suite('plan');

single('has an operation for every kind of difference', () => {
  const rows: readonly Row[] = [
    { name: 'nothing', expected: [] },
    { name: 'a new file', differences: [fresh('a')], expected: ['copy a'] },
    { name: 'a new folder', differences: [fresh('a', 'folder')], expected: ['copy-tree a'] },
    { name: 'a new symlink', differences: [fresh('a', 'symlink')], expected: ['symlink a'] },
    { name: 'new in a folder', differences: [fresh('d/a')],
      expected: ['copy d/a', 'set d touched'] },
    { name: 'a vanished file', differences: [vanished('a')], expected: ['remove a gone'] },
    { name: 'a vanished folder', differences: [vanished('a', 'folder')],
      expected: ['remove a gone'] },
    { name: 'an extraneous symlink', differences: [extraneous('a', 'symlink')],
      expected: ['remove a gone'] },
    { name: 'litter', differences: [extraneous('a', 'file', 'litter')],
      expected: ['remove a litter'] },
    { name: 'what is ignored', differences: [extraneous('a', 'folder', 'ignored')],
      expected: ['remove a ignored'] },
    { name: 'another content', differences: [changed('a', 'content')], expected: ['copy a over'] },
    { name: 'another target', differences: [changed('a', 'target', 'symlink')],
      expected: ['symlink a over'] },
    { name: 'other metadata', differences: [changed('a', 'meta')], expected: ['set a'] },
    { name: "the root's metadata", differences: [changed('', 'meta', 'folder')],
      expected: ['set '] },
    { name: 'what is unknown', expected: [], differences: [
      { kind: 'unknown', at: { source: 'a', replica: 'a', record: 'a' }, side: 'source',
        code: 'EIO' }] },
    { name: 'what is special', expected: [], differences: [
      { kind: 'special', at: { source: 'a', replica: 'a', record: 'a' } }] },
    { name: 'a file for a symlink', differences: [retyped('a', 'file', 'symlink')],
      expected: ['copy a over'] },
    { name: 'a symlink for a file', differences: [retyped('a', 'symlink', 'file')],
      expected: ['symlink a over'] },
    { name: 'a folder for a file', differences: [retyped('a', 'folder', 'file')],
      expected: ['remove a replaced', 'copy-tree a'] },
    { name: 'a file for a folder', differences: [retyped('a', 'file', 'folder')],
      expected: ['park a as t1', 'copy a', 'remove t1 replaced'] },
    { name: 'a folder for a folder', differences: [retyped('a', 'folder', 'folder')],
      expected: ['park a as t1', 'copy-tree a', 'remove t1 replaced'] },
  ];
  for (const row of rows) check(row);
});

single('sets the times of the root when something in it changed', () => {
  assert.equal(planOf({ differences: [fresh('a')] }).map(shown), ['copy a', 'set  touched']);
  const [copy] = planOf({ differences: [changed('a', 'content')] });
  assert.equal(copy, { kind: 'copy', path: 'a', size: 1, replaces: true });
});

single('clears the place of what is new, where case does not count', () => {
  const rows: readonly Row[] = [
    { name: 'a file', differences: [vanished('a'), freshOver('A', 'a'), vanished('b')],
      expected: ['remove a gone', 'copy A', 'remove b gone'] },
    { name: 'a folder for a file', differences: [extraneous('a'), freshOver('A', 'a', 'folder')],
      expected: ['remove a gone', 'copy-tree A'] },
    { name: 'a folder', differences: [vanished('a', 'folder'), freshOver('A', 'a', 'folder')],
      expected: ['park a as t1', 'copy-tree A', 'remove t1 gone'] },
    { name: 'a folder out of which something moves', moves: moves('file', 'a/x>A/x'),
      differences: [vanished('a', 'folder'), freshOver('A', 'a', 'folder'), fresh('A/x')],
      expanded: ['A'],
      expected: ['park a as t1', 'mkdir A', 'rename t1/x to A/x', 'remove t1 gone',
        'set A touched'] },
    { name: 'but what moves to it', moves: moves('file', 'a>A'),
      differences: [vanished('a'), freshOver('A', 'a')], expected: ['rename a to A'] },
  ];
  for (const row of rows) check(row);
});

single('keeps to its order, whatever the order of the differences', () => {
  const differences = [
    fresh('new/deep'), changed('meta', 'meta'), vanished('z'), vanished('z2/x'),
    fresh('b', 'folder'), retyped('folder-now-file', 'file', 'folder'), vanished('z2/y'),
    retyped('file-now-folder', 'folder', 'file'), fresh('made', 'folder'),
    fresh('made/link', 'symlink'), changed('c', 'content'),
  ];
  const row = {
    differences, expanded: ['made'],
    moves: [...moves('folder', 'old-folder>made/folder'), ...moves('file', 'old-file>made/file')],
    more: { links: { links: [{ path: 'hard', target: 'c' }], rewrite: ['other'] } },
  };
  const expected = [
    'park folder-now-file as t1',
    'remove file-now-folder replaced', 'mkdir made', 'rename old-folder to made/folder',
    'rename old-file to made/file',
    'copy-tree b', 'copy c over', 'copy-tree file-now-folder', 'copy folder-now-file',
    'symlink made/link', 'copy new/deep', 'copy other over',
    'link hard to c',
    'remove z2/y gone', 'remove z2/x gone', 'remove z gone', 'remove t1 replaced',
    'set made/folder touched',
    'set made touched', 'set meta', 'set new touched', 'set z2 touched',
  ];
  check({ name: 'as found', ...row, expected });
  check({ name: 'reversed', ...row, differences: differences.toReversed(), expected });
});

single.run();

// ---

const renaming = suite('plan with renames');

renaming('keeps both names of files that change places', () => {
  const rows: readonly Row[] = [
    { name: 'one file', moves: moves('file', 'a>b'), expected: ['rename a to b'] },
    { name: 'over another', moves: moves('file', 'a>b!'),
      differences: [vanished('a'), changed('b', 'content')], expected: ['rename a to b'] },
    { name: 'a swap', moves: moves('file', 'a!>b!', 'b!>a!'),
      differences: [changed('a', 'content'), changed('b', 'content')],
      expected: ['park a as t1', 'park b as t2', 'rename t2 to a', 'rename t1 to b'] },
    { name: 'a file moves, another takes its name', moves: moves('file', 'a!>b'),
      differences: [changed('a', 'content'), fresh('b')],
      expected: ['park a as t1', 'rename t1 to b', 'copy a over'] },
    { name: 'a parked name is in the folder of the file', moves: moves('file', 'd/a!>b'),
      differences: [changed('d/a', 'content'), fresh('b')],
      expected: ['park d/a as d/t1', 'rename d/t1 to b', 'copy d/a over', 'set d touched'] },
  ];
  for (const row of rows) check(row);
});

renaming('says of a renamed file as what it was seen', () => {
  const [{ gone, wanted }] = moves('file', 'a>b') as [Move];
  const [rename] = planOf({ moves: moves('file', 'a>b') });
  assert.equal(rename?.kind === 'rename' && rename.seen,
    { source: wanted.stat, replica: gone.stat, read: true });
});

renaming('moves folders first, then what is in them', () => {
  const rows: readonly Row[] = [
    { name: 'a folder and a file out of it', moves: [...moves('folder', 'a>b'),
      ...moves('file', 'a/x>y')], differences: [vanished('b/x<a/x'), fresh('y')],
    expected: ['rename a to b', 'rename b/x to y', 'set b touched'] },
    { name: 'a vanished file in a moved folder', moves: moves('folder', 'a>b'),
      differences: [vanished('b/x<a/x')],
      expected: ['rename a to b', 'remove b/x gone', 'set b touched'] },
    { name: 'changes in a moved folder', moves: moves('folder', 'a>b'),
      differences: [changed('b/x<a/x', 'content'), changed('b/y<a/y', 'meta'), fresh('b/z<a/z')],
      expected: ['rename a to b', 'copy b/x over', 'copy b/z', 'set b/y', 'set b touched'] },
    { name: 'out of a vanished folder', moves: moves('file', 'a/x>y'),
      differences: [vanished('a', 'folder'), fresh('y')],
      expected: ['rename a/x to y', 'remove a gone'] },
    { name: 'into a folder that stands where a file was', expanded: ['f'],
      moves: moves('file', 'x>f/x'), differences: [retyped('f', 'folder', 'file'), vanished('x')],
      expected: ['remove f replaced', 'mkdir f', 'rename x to f/x', 'set f touched'] },
    { name: 'a file into the folder that takes its name', expanded: ['f'],
      moves: moves('file', 'f!>f/x'), differences: [retyped('f', 'folder', 'file')],
      expected: ['park f as t1', 'remove f replaced', 'mkdir f', 'rename t1 to f/x',
        'set f touched'] },
    { name: 'a file out of the folder whose name it takes', moves: moves('file', 'd/x>d!'),
      differences: [retyped('d', 'file', 'folder')],
      expected: ['park d as t1', 'rename t1/x to d', 'remove t1 replaced'] },
    { name: 'a folder swaps with a file',
      moves: [...moves('folder', 'd!>f!'), ...moves('file', 'f!>d!')],
      differences: [retyped('d', 'file', 'folder'), retyped('f', 'folder', 'file')],
      expected: ['park d as t1', 'park f as t2', 'remove f replaced', 'rename t1 to f',
        'rename t2 to d', 'set f touched'] },
  ];
  for (const row of rows) check(row);
});

renaming('removes what was parked by its proof in the source', () => {
  const [, , remove] = planOf({ differences: [retyped('a', 'file', 'folder')],
    more: { entries: new Map([['a', 7]]) } });
  assert.equal(remove, { kind: 'remove', path: 't1', type: 'folder', entries: 7,
    because: 'replaced', proof: 'a', instead: stat({ type: 'file' }) });
});

renaming('sets no times where something waits', () => {
  check({ name: 'a held folder that something moved out of', differences: [fresh('y')],
    moves: moves('file', 'held/x>y'), more: { waits: (path) => path === 'held' },
    expected: ['rename held/x to y'] });
});

renaming.run();

// ---

const removals = suite('plannedRemovals');

removals('are what the pass would remove, by the paths before it', () => {
  const differences = [
    vanished('a'), extraneous('b', 'folder'), fresh('c'), retyped('d', 'file', 'folder'),
    retyped('e', 'folder', 'file'), vanished('f'), extraneous('g', 'file', 'litter'),
    vanished('to/x<from/x'), changed('h', 'content'), retyped('i', 'file', 'folder'),
  ];
  const found = plannedRemovals({
    differences, moves: [...moves('file', 'f>c'), ...moves('folder', 'from>to', 'i!>j')],
    entries: new Map([['b', 5]]),
  });
  assert.equal(found.map((one) => [one.path, one.proof, one.because, one.entries]), [
    ['g', 'g', 'litter', 1], ['from/x', 'to/x', 'gone', 1], ['d', 'd', 'replaced', 1],
    ['b', 'b', 'gone', 5], ['a', 'a', 'gone', 1],
  ]);
});

removals.run();
