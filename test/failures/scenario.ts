import fs from 'node:fs';

import { syncedPair, syncNow, type Pair } from '../support/pass.ts';
import { removeTree } from '../support/temp.ts';
import { folder, link, makeTree, symlink, type TreeSpec } from '../support/tree.ts';

/** All in this thread, where calls can be watched, and several chunks a file. */
export const OPTIONS = { workers: 0, chunkBytes: 4096 } as const;

const BEFORE: TreeSpec = {
  'keep': 'kept', 'kept/deep/f': 'kept', 'edit': 'old', 'big': Buffer.alloc(10_000, 1),
  // Of two sizes: made within one tick of the clock they have one time, and without a record that
  // would be believed once they have changed places.
  'moves': 'moves', 'a': 'AAAA', 'b': 'BBBBB', 'd/x': 'X', 'd/e/y': 'Y', 'p/1': '1', 'q/2': '2',
  'to folder': 'a file', 'to link/in/deep': 'x', 'to file': symlink('a'), 'folder to file/in': 'z',
  'retargeted': symlink('aaa'), 'h1': 'hard', 'h2': link('h1'), 'gone': 'g', 'gone too/a/b': 'x',
  'gone too/c': 'y', 'mode': 'm', 'shut/': folder(),
};

/** A pair that was synced, in whose source all then changed that can change. */
export async function changedPair(): Promise<Pair> {
  const pair = await syncedPair(BEFORE, OPTIONS);
  // Once more, so that nothing is racy.
  await syncNow(pair, OPTIONS);
  change(pair.source);
  return pair;
}

function change(dir: string): void {
  const move = (from: string, to: string): void =>
    fs.renameSync(`${dir}/${from}`, `${dir}/${to}`);
  const replace = (spec: TreeSpec): void => {
    for (const at of Object.keys(spec)) removeTree(`${dir}/${at.split('/')[0]}`);
    makeTree(dir, spec);
  };

  makeTree(dir, { 'edit': 'newer', 'big': Buffer.alloc(12_000, 2) });
  move('moves', 'moved');
  for (const [one, other] of [['a', 'b'], ['p', 'q']] as const) {
    move(one, 'aside');
    move(other, one);
    move('aside', other);
  }
  move('d', 'dd');
  makeTree(dir, { 'dd/e/y': 'YY' });
  replace({
    'to folder/now/f': 'f', 'to link': symlink('edit'), 'to file': 'a file',
    'folder to file': 'a file', 'retargeted': symlink('bbb'), 'h2': link('a'),
  });
  for (const at of ['gone', 'gone too']) removeTree(`${dir}/${at}`);
  fs.chmodSync(`${dir}/mode`, 0o600);
  fs.chmodSync(`${dir}/shut`, 0o500);
  makeTree(dir, { 'new/tree/f': 'n', 'new/g': 'g', 'new/l': symlink('x') });
}
