import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { isThere, newPair, syncedPair, syncWell } from '../support/pass.ts';
import { removeTree } from '../support/temp.ts';
import { makeTree, symlink, type TreeSpec } from '../support/tree.ts';

const types = suite('an entry that becomes one of another type');

/** What may be at the path `x`. */
const KINDS: Readonly<Record<string, TreeSpec>> = {
  'file': { x: 'a file' },
  'empty file': { x: '' },
  'empty folder': { 'x/': null },
  'full folder': { 'x/f': 'in x', 'x/d/g': 'deep', 'x/d/l': symlink('../f'), 'x/e/': null },
  'folder of a folder x': { 'x/x/x': 'a file' },
  'symlink': { x: symlink('elsewhere') },
  'symlink to a folder': { x: symlink('other') },
};

for (const [before, from] of Object.entries(KINDS)) {
  for (const [after, to] of Object.entries(KINDS).filter(([kind]) => kind !== before)) {
    types(`from ${before} to ${after}`, async () => {
      const others: TreeSpec = { 'other/f': 'in other', 'w': 'w', 'x-': 'x-', 'x.d/f': 'f' };
      const pair = await syncedPair({ ...others, ...from });
      removeTree(`${pair.source}/x`);
      makeTree(pair.source, to);
      await syncWell(pair);
      assert.is(isThere(pair.replica, 'other/f'), true);
    });
  }
}

for (const [before, from] of Object.entries(KINDS)) {
  types(`from ${before}, its name taken by what moved there`, async () => {
    const pair = await syncedPair({ 'file': 'moved', 'dir/f': 'moved', ...from });
    removeTree(`${pair.source}/x`);
    fs.renameSync(`${pair.source}/file`, `${pair.source}/x`);
    await syncWell(pair);
    fs.unlinkSync(`${pair.source}/x`);
    fs.renameSync(`${pair.source}/dir`, `${pair.source}/x`);
    await syncWell(pair);
  });

  types(`from ${before}, deep in a folder that moves`, async () => {
    const pair = await syncedPair({ 'keep': 'k', 'd/e/f': 'f' });
    makeTree(`${pair.source}/d/e`, from);
    await syncWell(pair);
    removeTree(`${pair.source}/d/e/x`);
    makeTree(`${pair.source}/d/e`, { 'x/now/a': 'folder' });
    fs.renameSync(`${pair.source}/d`, `${pair.source}/moved`);
    await syncWell(pair);
    removeTree(`${pair.source}/moved/e/x`);
    fs.writeFileSync(`${pair.source}/moved/e/x`, 'a file');
    fs.renameSync(`${pair.source}/moved`, `${pair.source}/again`);
    await syncWell(pair);
  });
}

types('is mirrored also where no record knows the old one', async () => {
  for (const from of Object.values(KINDS)) {
    for (const to of Object.values(KINDS)) {
      const pair = newPair({ 'a': 'a', 'b': 'b', ...to });
      makeTree(pair.replica, { 'a': 'a', 'b': 'b', ...from });
      await syncWell(pair);
    }
  }
});

types.run();
