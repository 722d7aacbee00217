import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { Operation } from '../../lib/core/operation.ts';
import { trigger } from '../../lib/core/scope.ts';
import type { Job, JobContext } from '../../lib/disk/job.ts';
import type { Pool } from '../../lib/disk/pool.ts';
import type { Work } from '../../lib/mirror.ts';
import { newTally } from '../../lib/tally.ts';
import { measure } from '../../lib/steps/measure.ts';
import { aroundJobs } from '../support/jobs.ts';
import { newPair, passOnce } from '../support/pass.ts';
import { tempFolder, until } from '../support/temp.ts';

const PLAN: readonly Operation[] = [
  { kind: 'copy', path: 'a', size: 5, replaces: false }, { kind: 'copy-tree', path: 'd' },
];

/** A pass whose threads measure as the test says: `d` with two files, and `d/e` in it. */
function workOf(options: { readonly measure: boolean; readonly fails?: boolean }): Work {
  const run = ({ folders }: Extract<Job, { kind: 'measure' }>) => (options.fails
    ? Promise.reject(new Error('a thread died'))
    : Promise.resolve(folders.map(({ path, chain }) => ({ files: 2, bytes: 10,
      folders: path === 'd' ? [{ path: 'd/e', chain }] : [] }))));
  const mirror = { options: { ignore: [], ...options }, pool: { ahead: { run } } };
  const context = { source: tempFolder(), own: [] as readonly string[] } as unknown as JobContext;
  return { mirror, context, top: [], tally: newTally(), rules: new Map() } as unknown as Work;
}

const measuring = suite('measure');

measuring('adds up new folders beside their copy, for those who see a bar', async () => {
  const work = workOf({ measure: true });
  const measured = measure(work, PLAN);
  assert.equal(work.tally.planned, { files: 1, bytes: 5 });
  await until(() => work.tally.inTrees !== undefined);
  assert.equal(work.tally.inTrees, { files: 4, bytes: 20 });
  await measured.end();
});

measuring('looks at nothing for others, and knows no total then', async () => {
  const work = workOf({ measure: false });
  await measure(work, PLAN).end();
  assert.is(work.tally.inTrees, undefined);
});

measuring('ends with the copy, and does no harm where it fails', async () => {
  for (const fails of [false, true]) {
    const work = workOf({ measure: true, fails });
    await measure(work, PLAN).end();
    assert.is(work.tally.inTrees, undefined);
  }
});

measuring('ends with a copy that breaks off', async () => {
  const pair = newPair({ 'd/e/f': 'f' });
  let isBroken = (): void => {};
  const broken = new Promise<void>((resolve) => (isBroken = resolve));
  const asked: string[] = [];
  const { refused } = await passOnce(pair, trigger({ reason: 'start', full: true }), (mirror) => {
    const run: Pool['run'] = async (job, context) => {
      asked.push(job.kind);
      await broken;
      return mirror.pool.run(job, context);
    };
    return aroundJobs({
      ...mirror, options: { ...mirror.options, measure: true },
      pool: { ...mirror.pool, ahead: { ...mirror.pool.ahead, run } },
    }, async (job, work) => {
      if (job.kind !== 'copy-folders') return work();
      isBroken();
      throw new Error('the replica is gone');
    });
  });
  assert.is(refused?.code, 'internal');
  await new Promise(setImmediate);
  assert.equal(asked, ['measure']);
});

measuring('knows at once what a plan without new folders comes to', async () => {
  const work = workOf({ measure: false });
  await measure(work, PLAN.slice(0, 1)).end();
  assert.equal(work.tally.inTrees, { files: 0, bytes: 0 });
});

measuring.run();
