import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { bindMount, mountTmpfs, unmount } from '../support/mounted.ts';
import { needs } from '../support/needs.ts';
import { assertQuiet, isThere, newPair, syncNow, syncWell, type Pair } from '../support/pass.ts';
import { makeTree } from '../support/tree.ts';

const over = suite('a mount over files of the source that were mirrored');
const onLinux = needs(over, { root: true, platform: 'linux', tools: ['mount', 'umount'] });

/** A pair that is equal, and a file in a folder of it. */
async function equalPair(): Promise<Pair> {
  const pair = newPair({ 'a': 'a', 'm/in': 'x', 'm/d/in': 'y', 'e/': null });
  await syncWell(pair);
  return pair;
}

onLinux('hides them: they stay until that is approved', async () => {
  const pair = await equalPair();
  const mountPoint = `${pair.source}/m`;
  mountTmpfs(mountPoint);
  makeTree(mountPoint, { other: 'z' });
  const { problems, exitCode, moved } = await syncNow(pair);
  assert.equal([problems, exitCode, moved], [['mount-new m'], 1, []]);
  assert.ok(isThere(pair.replica, 'm/in') && isThere(pair.replica, 'm/d/in'));
  unmount(mountPoint);
  await syncWell(pair);
  mountTmpfs(mountPoint);
  makeTree(mountPoint, { other: 'z' });
  assert.is((await syncNow(pair, { approveDeletes: true })).exitCode, 0);
  await syncWell(pair);
  await assertQuiet(pair);
});

onLinux('is none where the folder was empty, or is mounted in its own place', async () => {
  const pair = await equalPair();
  mountTmpfs(`${pair.source}/e`);
  makeTree(`${pair.source}/e`, { other: 'z' });
  bindMount(`${pair.source}/m`, `${pair.source}/m`);
  await syncWell(pair);
});

over.run();
