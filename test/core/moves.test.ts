import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { planMoves } from '../../lib/core/moves.ts';
import { moves, shown, temporaries } from '../support/findings.ts';

interface Row {
  readonly name: string;
  readonly moves: readonly string[];
  readonly blockers?: readonly string[];
  readonly parks?: readonly string[];
  readonly renames: readonly string[];
  /** Old path to new path, once the folders are renamed. */
  readonly now?: Readonly<Record<string, string>>;
}

function check({ name, moves: texts, blockers = [], parks = [], renames, now = {} }: Row): void {
  const planned = planMoves(moves('folder', ...texts), blockers, temporaries());
  assert.equal(planned.parks.map(shown), parks, name);
  assert.equal(planned.renames.map(shown), renames, name);
  for (const [path, expected] of Object.entries(now)) {
    assert.is(planned.now(path), expected, `${name}: ${path}`);
  }
}

const plan = suite('planMoves');

plan('renames what meets nothing else in one step', () => {
  const rows: readonly Row[] = [
    { name: 'nothing', moves: [], renames: [], now: { 'a/b': 'a/b', '': '' } },
    { name: 'one folder', moves: ['a>b'], renames: ['rename a to b'],
      now: { a: 'b', 'a/x/y': 'b/x/y', ab: 'ab', c: 'c' } },
    { name: 'two apart', moves: ['a>b', 'c/d>e/d'], renames: ['rename a to b', 'rename c/d to e/d'],
      now: { 'c/d/x': 'e/d/x', c: 'c' } },
    { name: 'neighbours of like names', moves: ['a>b', 'a-b>c'],
      renames: ['rename a to b', 'rename a-b to c'] },
    { name: 'beside a blocker', moves: ['a>b'], blockers: ['c'], parks: ['park c as t1'],
      renames: ['rename a to b'], now: { 'c/x': 't1/x' } },
  ];
  for (const row of rows) check(row);
});

plan('parks what is in the way of each other, deepest first', () => {
  const rows: readonly Row[] = [
    { name: 'a swap', moves: ['a!>b!', 'b!>a!'], parks: ['park a as t1', 'park b as t2'],
      renames: ['rename t1 to b', 'rename t2 to a'], now: { 'a/x': 'b/x', 'b/x': 'a/x' } },
    { name: 'a cycle of three', moves: ['a!>b!', 'b!>c!', 'c!>a!'],
      parks: ['park a as t1', 'park b as t2', 'park c as t3'],
      renames: ['rename t1 to b', 'rename t2 to c', 'rename t3 to a'],
      now: { 'a/x': 'b/x', 'b/x': 'c/x', 'c/x': 'a/x' } },
    { name: 'a chain', moves: ['a>b!', 'b!>c'], parks: ['park a as t1', 'park b as t2'],
      renames: ['rename t1 to b', 'rename t2 to c'] },
    { name: "a child becomes its parent's parent", moves: ['a!>a/b', 'a/b>a!'],
      parks: ['park a/b as t2', 'park a as t1'], renames: ['rename t1 to a/b', 'rename t2 to a'],
      now: { 'a/x': 'a/b/x', 'a/b/x': 'a/x' } },
    { name: 'a move into a folder that moves', moves: ['a>b', 'c>b/c'],
      parks: ['park a as t1', 'park c as t2'], renames: ['rename t1 to b', 'rename t2 to b/c'],
      now: { 'a/x': 'b/x', 'c/x': 'b/c/x' } },
    { name: 'a move out of a folder that moves', moves: ['a>b', 'a/c>c'],
      parks: ['park a/c as t2', 'park a as t1'], renames: ['rename t1 to b', 'rename t2 to c'],
      now: { 'a/x': 'b/x', 'a/c/x': 'c/x' } },
    { name: 'a folder goes into what takes its name', moves: ['a!>a/x'],
      parks: ['park a as t1'], renames: ['rename t1 to a/x'], now: { 'a/y': 'a/x/y' } },
    { name: 'a place that something else has', moves: ['a>b!'], parks: ['park a as t1'],
      renames: ['rename t1 to b'] },
  ];
  for (const row of rows) check(row);
});

plan('parks blockers, and what moves out of them before', () => {
  const rows: readonly Row[] = [
    { name: 'a blocker alone', moves: [], blockers: ['a'], parks: ['park a as t1'], renames: [],
      now: { 'a/x': 't1/x', a: 't1' } },
    { name: 'a move out of a blocker', moves: ['a/b>c'], blockers: ['a'],
      parks: ['park a/b as t2', 'park a as t1'], renames: ['rename t2 to c'],
      now: { 'a/b/x': 'c/x', 'a/x': 't1/x' } },
    { name: 'a blocker inside a folder that moves', moves: ['a>b'], blockers: ['a/c'],
      parks: ['park a/c as t1'], renames: ['rename a to b'],
      now: { 'a/c/x': 't1/x', 'a/x': 'b/x' } },
    { name: 'a move to the place of a blocker', moves: ['b>a!'], blockers: ['a'],
      parks: ['park a as t1', 'park b as t2'], renames: ['rename t2 to a'],
      now: { 'a/x': 't1/x', 'b/x': 'a/x' } },
  ];
  for (const row of rows) check(row);
});

plan('tells where each rename began, and what is expected there', () => {
  const [move] = moves('folder', 'a!>b!');
  const [rename] = planMoves([move!], [], temporaries()).renames;
  assert.equal(rename, { kind: 'rename', from: 't1', path: 'b', type: 'folder', was: 'a',
    stat: move!.gone.stat });
});

plan.run();
