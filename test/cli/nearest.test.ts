import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { nearest } from '../../lib/cli/nearest.ts';

const near = suite('nearest');

const NAMES = ['--interval', '--ignore', '--max-wait', '--max-delete', '--json', '--quiet'];

const rows: readonly [string, string | undefined][] = [
  ['--intervall', '--interval'],
  ['--inetrval', '--interval'],
  ['--nterval', '--interval'],
  ['--INTERVAL', '--interval'],
  ['--int', '--interval'],
  ['--maxwait', '--max-wait'],
  ['--max-del', '--max-delete'],
  ['--jsn', '--json'],
  ['--jxyn', undefined],
  ['--max', undefined],
  ['--i', undefined],
  ['--', undefined],
  ['--something-else', undefined],
  [`--${'x'.repeat(10_000)}`, undefined],
];

for (const [word, expected] of rows) {
  near(`of ${word.slice(0, 20)} is ${expected}`, () => $.is(nearest(word, NAMES), expected));
}

near.run();
