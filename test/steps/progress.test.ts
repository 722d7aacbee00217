import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { Operation } from '../../lib/core/operation.ts';
import { amountOf } from '../../lib/steps/progress.ts';

const amount = suite('amountOf');

const remove = { kind: 'remove', path: 'r', proof: 'r', type: 'folder' } as const;
const rows: readonly (readonly [string, readonly Operation[], number, number])[] = [
  ['nothing', [], 0, 0],
  ['copies, by their bytes', [
    { kind: 'copy', path: 'a', size: 5, replaces: false },
    { kind: 'copy', path: 'b', size: 7, replaces: true },
    { kind: 'symlink', path: 'l', replaces: false },
  ], 3, 12],
  ['removes, by all that goes', [{ ...remove, because: 'gone', entries: 40 }], 40, 0],
  ['nothing that only serves others', [
    { ...remove, because: 'litter', entries: 3 },
    { kind: 'set', path: '', type: 'folder', touched: true },
    { kind: 'park', path: 'p', temporary: 't', type: 'file' },
  ], 0, 0],
  ['not what is in new folders', [{ kind: 'copy-tree', path: 'd' }], 0, 0],
];
for (const [name, operations, files, bytes] of rows) {
  amount(`counts ${name}`, () => assert.equal(amountOf(operations), { files, bytes }));
}

amount.run();
