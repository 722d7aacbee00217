import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { Stat } from '../../lib/core/entry.ts';
import type { Operation } from '../../lib/core/operation.ts';
import { runsOf } from '../../lib/core/runs.ts';

const removal = { kind: 'remove', entries: 1, proof: '' } as const;
const rename = { kind: 'rename', from: 'a', was: 'a', stat: {} as Stat } as const;

/** Operations by the names that the rows call them. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  park: { kind: 'park', path: 'p', temporary: 't', type: 'folder' },
  mkdir: { kind: 'mkdir', path: 'd' },
  blocker: { ...removal, path: 'b', type: 'file', because: 'replaced' },
  'folder renamed': { ...rename, path: 'd/e', type: 'folder' },
  'file renamed': { ...rename, path: 'f', type: 'file' },
  copy: { kind: 'copy', path: 'c', size: 1, replaces: false },
  tree: { kind: 'copy-tree', path: 'ct' },
  symlink: { kind: 'symlink', path: 's', replaces: false },
  link: { kind: 'link', path: 'l', target: 'c' },
  'file removed': { ...removal, path: 'r', type: 'file', because: 'gone' },
  'folder removed': { ...removal, path: 'rd', type: 'folder', because: 'gone' },
  'replaced folder': { ...removal, path: 'x', type: 'folder', because: 'replaced' },
  'deep set': { kind: 'set', path: 'd/e', type: 'folder', touched: true },
  'other deep set': { kind: 'set', path: 'd/f', type: 'folder', touched: true },
  set: { kind: 'set', path: 'd', type: 'folder', touched: true },
};

const cut = suite('runsOf');

cut('puts together what is performed in one way, and leaves the order as it is', () => {
  const rows: readonly (readonly [readonly string[], readonly string[]])[] = [
    [[], []],
    [['park', 'blocker', 'mkdir', 'folder renamed'],
      ['one by one: park, blocker, mkdir, folder renamed']],
    [['copy', 'tree', 'symlink'], ['copies: copy, tree, symlink']],
    [['folder renamed', 'file renamed', 'file renamed'],
      ['one by one: folder renamed', 'side by side: file renamed, file renamed']],
    [['file renamed', 'file removed', 'folder removed', 'replaced folder'],
      ['side by side: file renamed',
        'side by side: file removed, folder removed, replaced folder']],
    [['copy', 'link', 'link', 'copy'], ['copies: copy', 'links: link, link', 'copies: copy']],
    [['file removed', 'deep set', 'other deep set', 'set'],
      ['side by side: file removed', 'side by side: deep set, other deep set',
        'side by side: set']],
  ];
  const nameOf = new Map(Object.entries(OPERATIONS).map(([name, one]) => [one, name]));
  for (const [names, expected] of rows) {
    const runs = runsOf(names.map((name) => OPERATIONS[name]!));
    assert.equal(runs.map(({ way, operations }) =>
      `${way}: ${operations.map((one) => nameOf.get(one)).join(', ')}`), expected);
  }
});

cut.run();
