import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { lastChanged } from '../../lib/core/last-changed.ts';

const chosen = suite('lastChanged');

/** Folders by the time of their last change, and which of them are chosen. */
function check(name: string, times: { readonly [path: string]: number }, most: number,
  expected: readonly string[]): void {
  chosen(name, () => {
    const folders = Object.entries(times).map(([path, changedMs]) => ({ path, changedMs }));
    assert.equal([...lastChanged(folders, most)].sort(), expected);
    assert.equal([...lastChanged(folders.toReversed(), most)].sort(), expected);
  });
}

const TREE = { '': 1, a: 2, 'a/b': 9, c: 5, 'c/d': 3, e: 4 };

check('all where there is room', TREE, 6, ['', 'a', 'a/b', 'c', 'c/d', 'e']);
check('the last one, with all above it', TREE, 3, ['', 'a', 'a/b']);
check('then the one before', TREE, 4, ['', 'a', 'a/b', 'c']);
check('one that fits, where the last with all above it does not', TREE, 2, ['', 'c']);
check('the root first', TREE, 1, ['']);
check('none where there is no room', TREE, 0, []);
check('by path where they changed together', { '': 0, x: 7, b: 7, m: 7 }, 3, ['', 'b', 'm']);
check('once, what is above several', { '': 0, a: 0, 'a/b': 0, 'a/b/c': 8, 'a/b/d': 7 }, 5,
  ['', 'a', 'a/b', 'a/b/c', 'a/b/d']);

chosen.run();
