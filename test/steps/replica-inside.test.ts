import fs from 'node:fs';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { systemError, watchingCalls } from '../support/faults.ts';
import { newPair, syncNow, type Pair } from '../support/pass.ts';

const inside = suite('a replica that is moved into the source while a pass runs');

/** One pass, at whose first new folder the replica moves to a place in the source. */
async function passMeanwhile(pair: Pair, to: string): Promise<readonly string[]> {
  let folders = 0;
  const { problems } = await watchingCalls(['mkdirSync'], (call) => {
    if (!String(call.args[0]).includes('.fsync-')) return;
    folders += 1;
    if (folders === 1) fs.renameSync(pair.replica, `${pair.source}/${to}`);
    if (folders > 50) throw systemError('EDQUOT', call);
  }, () => syncNow(pair, { workers: 0 }));
  assert.ok(folders < 50, 'it copies itself into itself');
  return problems;
}

inside('is not copied into itself: in a new folder', async () => {
  const pair = newPair({ 'a/f': 'f', 'z/g': 'g' });
  fs.mkdirSync(pair.replica);
  assert.equal(await passMeanwhile(pair, 'z/R'), ['root-moved ']);
  assert.equal(fs.readdirSync(`${pair.source}/z/R`), []);
  const { refused } = await syncNow({ ...pair, replica: `${pair.source}/z/R` });
  assert.is(refused?.code, 'overlap');
});

inside.run();
