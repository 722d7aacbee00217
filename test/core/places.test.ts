import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { Operation } from '../../lib/core/operation.ts';
import { placesOf } from '../../lib/core/places.ts';

const places = suite('placesOf');

const operation = (one: object): Operation => one as Operation;

const PATHS = ['', 'a', 'a/b', 'a/b/c', 'a/bc', 'x', 'x/y', 'x/y/z', 'was', 'was/y'];

const rows: readonly [object, readonly string[], readonly string[]][] = [
  [{ kind: 'set', path: 'a/b', type: 'file' }, [], []],
  [{ kind: 'copy', path: 'a/b' }, ['', 'a', 'a/b'], []],
  [{ kind: 'mkdir', path: 'a/b' }, ['', 'a', 'a/b'], []],
  [{ kind: 'remove', path: 'a/b' }, ['', 'a', 'a/b'], ['a/b', 'a/b/c']],
  [{ kind: 'park', path: 'a/b' }, ['', 'a', 'a/b'], ['a/b', 'a/b/c']],
  [{ kind: 'rename', from: 'x/y', was: 'was/y', path: 'a/b' },
    ['', 'a', 'a/b', 'x', 'x/y', 'was', 'was/y'], ['a/b', 'a/b/c', 'x/y', 'x/y/z', 'was/y']],
];

for (const [one, touched, moved] of rows) {
  places(`are those of all that is done, but for what is only set: ${(one as Operation).kind}`,
    () => {
      const { isTouched, isMoved } = placesOf([
        operation({ kind: 'set', path: 'a/bc' }), operation(one)]);
      assert.equal(PATHS.filter(isTouched), touched);
      assert.equal(PATHS.filter(isMoved), moved);
    });
}

places.run();
