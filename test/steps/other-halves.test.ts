import fs from 'node:fs';
import { join } from 'node:path';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { inodeOf, newPair, passOver, syncNow, type Pair } from '../support/pass.ts';
import { makeTree, setTime } from '../support/tree.ts';
import { grownOld } from '../support/temp.ts';

const halves = suite('a batch with one of the two names of a rename');

/** Makes a tree old enough not to count as just made, and mirrors it. */
async function mirrored(tree: Parameters<typeof makeTree>[1]): Promise<Pair> {
  const pair = newPair();
  makeTree(pair.source, tree);
  await syncNow(pair);
  await grownOld();
  return pair;
}

halves('renames a folder though only its new name is told', async () => {
  const pair = await mirrored({ 'a/x': 'one', 'a/sub/y': 'two', b: 'three' });
  const inode = inodeOf(pair.replica, 'a');
  fs.renameSync(join(pair.source, 'a'), join(pair.source, 'new'));
  const { moved } = await passOver(pair, [{ folder: '', name: 'new' }]);
  assert.equal(moved, ['rename a -> new']);
  assert.is(inodeOf(pair.replica, 'new'), inode);
});

halves('renames what moved into a folder that is new itself', async () => {
  const pair = await mirrored({ 'a/x': 'one', file: 'content of some length' });
  fs.mkdirSync(join(pair.source, 'all'));
  fs.renameSync(join(pair.source, 'a'), join(pair.source, 'all/a'));
  fs.renameSync(join(pair.source, 'file'), join(pair.source, 'all/file'));
  const { moved } = await passOver(pair, [{ folder: '', name: 'all' }]);
  assert.equal(moved, ['mkdir all', 'rename a -> all/a', 'rename file -> all/file']);
});

halves('removes nothing that is only suspected', async () => {
  const pair = await mirrored({ 'a/x': 'one' });
  fs.cpSync(join(pair.source, 'a'), join(pair.source, 'copy'), { recursive: true });
  setTime(join(pair.source, 'copy/x'), 1_000_000_000_000_000n);
  const { moved } = await passOver(pair, [{ folder: '', name: 'copy' }]);
  assert.equal(moved, ['copy-tree copy']);
  assert.ok(fs.existsSync(join(pair.replica, 'a/x')));
});

halves('searches no record for what the batch has both names of', async () => {
  const pair = await mirrored({ 'a/x': 'one', b: 'three' });
  fs.renameSync(join(pair.source, 'a'), join(pair.source, 'c'));
  fs.renameSync(join(pair.source, 'b'), join(pair.source, 'd'));
  const changes = ['a', 'b', 'c', 'd'].map((name) => ({ folder: '', name }));
  const { moved } = await passOver(pair, changes, ({ record, ...mirror }) => ({
    ...mirror,
    record: Object.create(record, { subtree: { value(folder: string) {
      assert.is.not(folder, '');
      return record.subtree(folder);
    } } }),
  }));
  assert.equal(moved, ['rename a -> c', 'rename b -> d']);
});

halves.run();
