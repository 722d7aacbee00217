import fs from 'node:fs';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { trigger } from '../../lib/core/scope.ts';
import { aroundJobs } from '../support/jobs.ts';
import { assertMirrored, newPair, passOnce } from '../support/pass.ts';
import { makeTree } from '../support/tree.ts';

const applied = suite('what is copied');

applied('goes on with new folders while a big file is copied', async () => {
  const pair = newPair();
  makeTree(pair.source, { 'big': 'b', 'folder/in': 'in' });
  fs.truncateSync(`${pair.source}/big`, 8_000_000);
  const order: string[] = [];
  await passOnce(pair, trigger({ reason: 'start', full: true }), (mirror) =>
    aroundJobs(mirror, async (job, run) => {
      if (job.kind !== 'apply' && job.kind !== 'copy-folders') return run();
      order.push(`${job.kind} begins`);
      const result = await run();
      order.push(`${job.kind} ends`);
      return result;
    }));
  const begun = order.indexOf('copy-folders begins');
  assert.ok(begun >= 0 && begun < order.indexOf('apply ends'), order.join(', '));
  assertMirrored(pair);
});

applied.run();
