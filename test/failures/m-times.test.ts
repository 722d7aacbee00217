import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { mountTmpfs, unmount } from '../support/mounted.ts';
import { needs } from '../support/needs.ts';
import {
  assertQuiet, contentOf, newPair, syncedPair, syncNow, syncWell, type Pair,
} from '../support/pass.ts';
import { aGrain } from '../support/temp.ts';
import { file, folder, makeTree, symlink } from '../support/tree.ts';

const times = suite('times');

/** The years 9999, 2446 and a second, 1901 less a second; beyond what ext4 can keep. */
const FAR = [253_370_764_800_000_000n, 15_032_385_536_000_000n, -2_147_483_649_000_000n];

needs(times, { root: true, platform: 'linux', tools: ['mount', 'umount'] })(
  'M05: that the replica cannot keep make no pass after pass', async () => {
    const pair = newPair();
    mountTmpfs(pair.source);
    makeTree(pair.source, Object.fromEntries(FAR.flatMap((time, at) => [
      [`f${at}`, file(`${at}`, { time })], [`d${at}/`, folder({ time })],
      [`l${at}`, symlink('x', { time })],
    ])));
    const { exitCode, problems } = await syncNow(pair);
    assert.equal([exitCode, problems], [0, []]);
    await believed(pair);
    await assertQuiet(pair);
    // And what is in such a file is still looked after.
    makeTree(pair.source, { f0: file('changed', { time: FAR[0]! }) });
    await syncNow(pair);
    assert.is(contentOf(pair.replica, 'f0'), 'changed');
    await believed(pair);
    await assertQuiet(pair);
    unmount(pair.source);
  });

/** One more sync for what was too young to be believed, once it is older than the clock's grain. */
async function believed(pair: Pair): Promise<void> {
  await aGrain();
  await syncNow(pair);
}

times('M06: older than the ones recorded are as good as newer ones', async () => {
  const pair = await syncedPair({ f: file('newer', { time: 1_700_000_000_000_000n }), g: 'g' });
  makeTree(pair.source, { f: file('older', { time: 1_600_000_000_000_000n }) });
  assert.equal((await syncWell(pair)).moved, ['copy f']);
  fs.renameSync(`${pair.source}/g`, `${pair.source}/f`);
  await syncWell(pair);
});

times.run();
