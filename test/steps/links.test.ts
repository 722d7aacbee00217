import fs from 'node:fs';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { assertMirrored, passOver, syncedPair } from '../support/pass.ts';

const linked = suite('a file with several names');

linked('that was written by a name that is gone by now is so by the other one', async () => {
  const pair = await syncedPair({ 'a/file': 'content', 'b/x': 'x' });
  fs.linkSync(`${pair.source}/a/file`, `${pair.source}/b/other`);
  await passOver(pair, [{ folder: 'b', name: 'other' }]);
  assertMirrored(pair);

  fs.writeFileSync(`${pair.source}/b/other`, 'written by its other name');
  fs.unlinkSync(`${pair.source}/b/other`);
  await passOver(pair, [{ folder: 'b', name: 'other' }]);
  assertMirrored(pair);
});

linked('that gets one in a folder that moves is linked there, not copied', async () => {
  const pair = await syncedPair({ 'file': 'content', 'old/x': 'x' });
  fs.renameSync(`${pair.source}/old`, `${pair.source}/new`);
  fs.linkSync(`${pair.source}/file`, `${pair.source}/new/other`);
  const { moved } = await passOver(pair, ['old', 'new'].map((name) => ({ folder: '', name })));
  assert.equal(moved, ['link new/other = file', 'rename old -> new']);
  assertMirrored(pair);
});

linked.run();
