import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { isFolderInTheWay, isRemoval, withoutBlocked } from '../../lib/core/blocked.ts';
import type { Difference } from '../../lib/core/difference.ts';
import type { Move } from '../../lib/core/renames.ts';
import {
  changed, extraneous, fresh, freshOver, moves, retyped, vanished,
} from '../support/findings.ts';

interface Row {
  readonly name: string;
  readonly differences: readonly Difference[];
  readonly moves?: readonly Move[];
  /** Replica paths. */
  readonly kept: readonly string[];
  /** What goes on: the source paths of differences, and renames. */
  readonly expected: readonly string[];
}

function check({ name, differences, moves: renames = [], kept, expected }: Row): void {
  const open = withoutBlocked(differences, renames, new Set(kept));
  const told = [...open.differences.map((one) => one.at.source),
    ...open.moves.map((one) => `${one.gone.replica}>${one.wanted.path}`)];
  assert.equal(told, expected, name);
  const paths = differences.map((one) => one.at.source);
  assert.equal(paths.filter((path) => !open.waits(path)),
    open.differences.map((one) => one.at.source), `${name}: what waits`);
  const places = [...paths, ...renames.map((one) => one.wanted.path)];
  assert.equal(places.filter((path) => open.waits(path) && !open.left.includes(path)), [],
    `${name}: what is to be looked at again`);
}

const blocked = suite('withoutBlocked');

blocked('leaves out what is held, and all that needs its place', () => {
  const swapped = [changed('b<a', 'meta', 'folder'), changed('b/x<a/x', 'content')];
  const rows: readonly Row[] = [
    { name: 'nothing held', kept: [], differences: [vanished('a'), fresh('b')],
      expected: ['a', 'b'] },
    { name: 'a vanished file', kept: ['a'], differences: [vanished('a'), fresh('b')],
      expected: ['b'] },
    { name: 'all but one', kept: ['a', 'c'],
      differences: [vanished('a'), extraneous('b'), vanished('c', 'folder')], expected: ['b'] },
    { name: 'a file for a held folder', kept: ['a'],
      differences: [retyped('a', 'file', 'folder'), fresh('b')], expected: ['b'] },
    { name: 'what is new, and would be taken for a held one', kept: ['a'],
      differences: [vanished('a'), freshOver('A', 'a'), freshOver('B', 'b')], expected: ['B'] },
    { name: 'a folder for a file, which is no deletion', kept: ['a'],
      differences: [retyped('a', 'folder', 'file')], expected: ['a'] },
    { name: 'a rename to the place of what is held, and what changed inside', kept: ['b'],
      differences: [retyped('b', 'folder', 'folder'), ...swapped, vanished('a', 'folder'),
        fresh('c')],
      moves: moves('folder', 'a>b!'), expected: ['c'] },
    { name: 'a file renamed to it stays', kept: ['b'],
      differences: [retyped('b', 'file', 'folder'), vanished('a')], moves: moves('file', 'a>b!'),
      expected: [] },
    { name: 'a file renamed to it, whose own name is used again', kept: ['b'],
      differences: [retyped('b', 'file', 'folder'), changed('a', 'content')],
      moves: moves('file', 'a!>b!'), expected: ['a'] },
    { name: 'a chain of renames to it', kept: ['c'],
      differences: [retyped('c', 'folder', 'folder'), fresh('a', 'folder'), fresh('z')],
      moves: moves('folder', 'a!>b!', 'b!>c!'), expected: ['z'] },
    { name: 'a rename into a folder that waits', kept: ['b'],
      differences: [retyped('b', 'folder', 'folder'), vanished('x')],
      moves: [...moves('folder', 'a>b!'), ...moves('file', 'x>b/x')], expected: [] },
    { name: 'a rename out of what is held', kept: ['a'],
      differences: [vanished('a', 'folder'), fresh('b')], moves: moves('file', 'a/x>b'),
      expected: ['b', 'a/x>b'] },
    { name: 'a folder whose content waits', kept: ['b'],
      differences: [retyped('b', 'file', 'folder'), vanished('a', 'folder'), vanished('c')],
      moves: moves('file', 'a/x>b!'), expected: ['c'] },
    { name: 'what is held in a folder that moves', kept: ['a/x'],
      differences: [vanished('b/x<a/x'), fresh('b/y<a/y')], moves: moves('folder', 'a>b'),
      expected: ['b/y', 'a>b'] },
    { name: 'a place in a folder that moves', kept: ['a/x'],
      differences: [retyped('b/x<a/x', 'folder', 'folder'), fresh('b/y<a/y', 'folder')],
      moves: moves('folder', 'a>b', 'a/y!>b/x!'), expected: ['a>b'] },
  ];
  for (const row of rows) check(row);
});

blocked('knows what makes a plan remove something', () => {
  const all = [vanished('a'), extraneous('a'), fresh('a'), changed('a', 'content'),
    changed('a', 'meta', 'folder'), retyped('a', 'file', 'folder'), retyped('a', 'folder', 'file')];
  assert.equal(all.map(isRemoval), [true, true, false, false, false, true, false]);
  assert.equal(all.map(isFolderInTheWay), [false, false, false, false, false, true, false]);
});

blocked.run();
