import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { Difference } from '../../lib/core/difference.ts';
import { samePath, type Path, type Stat } from '../../lib/core/entry.ts';
import type { Operation } from '../../lib/core/operation.ts';
import type { Move } from '../../lib/core/renames.ts';
import { planSets } from '../../lib/core/sets.ts';
import { changed, fresh, moves, shown } from '../support/findings.ts';
import { stat } from '../support/stat.ts';

interface Row {
  readonly name: string;
  readonly differences?: readonly Difference[];
  readonly moves?: readonly Move[];
  readonly body?: readonly Operation[];
  readonly now?: Readonly<Record<Path, Path>>;
  readonly expected: readonly string[];
}

function check({ name, differences = [], moves: renames = [], body = [], now = {}, expected }: Row):
void {
  const sets = planSets(differences, renames, body, (path) => now[path] ?? path);
  assert.equal(sets.map(shown), expected, name);
}

const copy = (path: Path): Operation => ({ kind: 'copy', path, size: 1, replaces: false });
const remove = (
  path: Path, type: 'file' | 'folder' = 'file', because: 'gone' | 'replaced' = 'gone',
): Operation => ({ kind: 'remove', path, type, entries: 1, because, proof: path });
const rename = (from: Path, path: Path, was = from): Operation =>
  ({ kind: 'rename', from, path, type: 'file', was, stat: stat() });
const park = (path: Path, temporary: Path, type: 'file' | 'folder'): Operation =>
  ({ kind: 'park', path, temporary, type });

/** A folder whose metadata differs in some way. */
const folder = (path: Path, part: Partial<Stat>): Difference => ({
  kind: 'changed', at: samePath(path), what: 'meta',
  source: stat({ type: 'folder', ...part }), replica: stat({ type: 'folder' }),
});

const sets = suite('planSets');

sets('sets the metadata that differs, deepest first', () => {
  const rows: readonly Row[] = [
    { name: 'nothing', expected: [] },
    { name: 'no metadata', differences: [fresh('a'), changed('b', 'content')], expected: [] },
    { name: 'metadata', expected: ['set a/b/c', 'set a/x', 'set b/y', 'set a', 'set '],
      differences: [changed('', 'meta', 'folder'), changed('a', 'meta', 'folder'),
        changed('b/y', 'meta'), changed('a/b/c', 'meta'), changed('a/x', 'meta')] },
    { name: 'in a moved folder', differences: [changed('b/x<a/x', 'meta')],
      expected: ['set b/x'] },
    { name: 'of a file that is copied, as one of several names', body: [copy('a')],
      differences: [changed('a', 'meta')], expected: ['set  touched'] },
  ];
  for (const row of rows) check(row);
});

sets('sets the times of each folder in which something is done', () => {
  const rows: readonly Row[] = [
    { name: 'a copy', body: [copy('a/b/x')], expected: ['set a/b touched'] },
    { name: 'copies', body: [copy('a/x'), copy('a/y')], expected: ['set a touched'] },
    { name: 'in the root', body: [copy('x')], expected: ['set  touched'] },
    { name: 'a folder that is made', body: [{ kind: 'mkdir', path: 'a/b' }],
      expected: ['set a/b touched', 'set a touched'] },
    { name: 'a tree sets its own', body: [{ kind: 'copy-tree', path: 'a/b' }],
      expected: ['set a touched'] },
    { name: 'a symlink, a link', expected: ['set a touched', 'set b touched'], body: [
      { kind: 'symlink', path: 'a/x', replaces: false },
      { kind: 'link', path: 'b/x', target: 'c/y' },
    ] },
    { name: 'a removal', body: [remove('a/x')], expected: ['set a touched'] },
    { name: 'a rename, both folders', body: [rename('a/x', 'b/x')],
      expected: ['set a touched', 'set b touched'] },
    { name: 'a rename out of a folder that moved', body: [rename('a/x', 'c/x')],
      now: { a: 'b' }, expected: ['set b touched', 'set c touched'] },
    { name: 'a rename of what was parked', body: [rename('p/t1', 'b/x', 'a/x')],
      expected: ['set b touched', 'set p touched'] },
    { name: 'a parked file', body: [park('a/x', 'a/t1', 'file')], expected: ['set a touched'] },
    { name: 'a parked folder, its parent moved', body: [park('a/x', 't1', 'folder')],
      now: { a: 'b' }, expected: ['set b touched', 'set  touched'] },
  ];
  for (const row of rows) check(row);
});

sets('says of a folder that only its times were touched, where that is all', () => {
  const body = [copy('a/x')];
  const rows: readonly Row[] = [
    { name: 'another time', differences: [folder('a', { mtimeNs: 0n })], body,
      expected: ['set a touched'] },
    { name: 'another mode', differences: [folder('a', { mode: 0o700 })], body,
      expected: ['set a'] },
    { name: 'another owner', differences: [folder('a', { uid: 3 })], body, expected: ['set a'] },
    { name: 'another group', differences: [folder('a', { gid: 3 })], body, expected: ['set a'] },
    { name: 'another time, and nothing in it', differences: [folder('a', { mtimeNs: 0n })],
      expected: ['set a'] },
  ];
  for (const row of rows) check(row);
});

sets('sets a folder that was renamed, which may have other metadata', () => {
  check({ name: 'a folder', moves: moves('folder', 'a>b/c'), expected: ['set b/c touched'] });
  check({ name: 'a folder of another mode', moves: moves('folder', 'a>b'),
    differences: [changed('b<a', 'meta', 'folder')], expected: ['set b'] });
});

sets('sets nothing that is removed, nor anything below', () => {
  const rows: readonly Row[] = [
    { name: 'a removed folder', body: [rename('a/x', 'b'), remove('a', 'folder')],
      expected: ['set  touched'] },
    { name: 'below a removed folder', body: [rename('a/b/x', 'y'), remove('a', 'folder')],
      expected: ['set  touched'] },
    { name: 'neighbours of like names', body: [copy('ab/x'), remove('c/a', 'folder')],
      expected: ['set ab touched', 'set c touched'] },
    { name: 'a file removed for the folder that takes its name', expected: [
      'set a touched', 'set  touched'],
    body: [remove('a', 'file', 'replaced'), { kind: 'mkdir', path: 'a' }] },
  ];
  for (const row of rows) check(row);
});

sets.run();
