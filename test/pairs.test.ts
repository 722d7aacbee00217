import fs from 'node:fs';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { clashOf } from '../lib/pairs.ts';
import { tempFolder } from './support/temp.ts';

const pairs = suite('pairs beside one another');

/**
 * Pairs below a fresh folder, each as `source > replica` or `source > replica > trash`; there are
 * folders `a` and `b/c`.
 */
function clash(...given: readonly string[]): string | undefined {
  const dir = tempFolder();
  fs.mkdirSync(`${dir}/a`);
  fs.mkdirSync(`${dir}/b/c`, { recursive: true });
  fs.symlinkSync('b', `${dir}/link`);
  const named = given.map((pair) => {
    const [source = '', replica = '', trash] = pair.split(' > ').map((name) => `${dir}/${name}`);
    return { name: pair, options: { source, replica, ...(trash === undefined ? {} : { trash }) } };
  });
  return clashOf(named)?.text.replaceAll(`${dir}/`, '');
}

pairs('may share a source, and have sources inside one another', () => {
  assert.is(clash('a > A', 'a > B', 'b > C', 'b/c > D'), undefined);
});

pairs('may keep a trash in a folder of their own, and one for all', () => {
  assert.is(clash('a > A > A/t', 'b > B > t', 'b > C > t'), undefined);
  assert.is(clash('a > A > A/t', 'b > B > A/t', 'b > C > A/t/c'), undefined);
});

const rows: readonly [string, readonly string[], RegExp][] = [
  ['of one replica', ['a > A', 'b > A'], /the replica of "b > A" \(A\) .* are the same folder/],
  ['of one replica, over a link', ['a > b', 'd > link'], /the same folder/],
  ['of which one has its replica in the other\'s', ['a > A', 'b > A/x'],
    /the replica of "b > A\/x" \(A\/x\) lies inside the replica of "a > A" \(A\)/],
  ['of which one has its replica in the other\'s source', ['a > A', 'b > a/x'],
    /the replica of "b > a\/x" \(a\/x\) lies inside the source of "a > A" \(a\)/],
  ['of which one has the other\'s source for its replica', ['a > b', 'b > C'],
    /the replica of "a > b" \(b\) are the same folder/],
  ['of which one has the other\'s source in its replica', ['a > b', 'b/c > C'],
    /the source of "b\/c > C" \(b\/c\) lies inside the replica of "a > b" \(b\)/],
  ['of which one has its trash in the other\'s replica', ['a > A > A/t', 'b > B > link/../A/u'],
    /the trash of ".*" \(A\/u\) lies inside the replica of "a > A > A\/t" \(A\)/],
  ['of which one has its trash in the other\'s source', ['a > A', 'b > B > a/t'],
    /the trash of ".*" \(a\/t\) lies inside the source of "a > A" \(a\)/],
  ['of which one overlaps with itself', ['a > A', 'b > b/x'],
    /the replica of "b > b\/x" \(b\/x\) lies inside the source of "b > b\/x" \(b\)/],
];

for (const [what, given, expected] of rows) {
  pairs(`are refused: ${what}`, () => assert.match(clash(...given) ?? '', expected));
}

pairs.run();
