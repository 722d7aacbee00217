import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { mountOverlay, mountTmpfs } from '../support/mounted.ts';
import { needs } from '../support/needs.ts';
import { newPair, syncWell, type Pair } from '../support/pass.ts';
import { link, makeTree, type TreeSpec } from '../support/tree.ts';

const inodes = suite('inodes that a double cannot hold');
const onLinux = needs(inodes, { root: true, platform: 'linux', tools: ['mount', 'umount'] });

const TREE: TreeSpec = {
  'a': 'one', 'b': link('a'), 'x': 'two', 'y': link('x'), 'd/c': link('a'), 'd/z': link('x'),
  'alone': 'alone', 'e/': null, 'f/g/h': 'deep', 'i/j/': null,
};

/** A pair on two file systems joined as one, in which all that is so far has such inodes. */
function joined(): Pair {
  const pair = newPair();
  const at = (name: string): string => `${pair.dir}/${name}`;
  makeTree(pair.dir, { 'lower/S/': null, 'lower/D/': null, 'upper/': null, 'joined/': null });
  makeTree(at('lower/S'), TREE);
  mountTmpfs(at('upper'));
  makeTree(at('upper'), { 'top/': null, 'work/': null });
  mountOverlay(at('lower'), at('upper/top'), at('upper/work'), at('joined'));
  const source = at('joined/S');
  assert.ok(fs.lstatSync(source).ino > Number.MAX_SAFE_INTEGER);
  assert.is(fs.lstatSync(`${source}/a`).ino, fs.lstatSync(`${source}/x`).ino, 'are rounded to one');
  return { ...pair, source, replica: at('joined/D') };
}

onLinux('are told apart: names are links of their own file, and nothing is found to move',
  async () => {
    for (const pair of [joined(), { ...joined(), replica: newPair().replica }]) {
      await syncWell(pair);
      fs.renameSync(`${pair.source}/alone`, `${pair.source}/e/alone`);
      fs.appendFileSync(`${pair.source}/f/g/h`, 'er');
      await syncWell(pair);
    }
  });

inodes.run();
