import fs from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { JobContext } from '../../lib/disk/job.ts';
import { newShared, openHands, READ_KIB } from '../../lib/disk/hands.ts';
import { perform } from '../../lib/disk/perform.ts';
import { openPool, type Pool } from '../../lib/disk/pool.ts';
import { tempFolder, until } from '../support/temp.ts';

const root = tempFolder();
fs.writeFileSync(`${root}/file`, 'content');
fs.writeFileSync(`${root}/same`, 'content');

/** What a job that compares needs to know. */
const CONTEXT = { source: root, replica: root, chunkBytes: 65_536 } as JobContext;
const COMPARE = { kind: 'compare', pairs: [{ source: 'file', replica: 'same' }] } as const;

/** Has the pool do some jobs at once, which are for its workers, if it has any. */
async function doSome(pool: Pool): Promise<void> {
  const jobs = Array.from({ length: 8 }, () => pool.run(COMPARE, CONTEXT, true));
  for (const done of jobs) {
    const [compared] = await done;
    assert.is(compared && 'result' in compared && compared.result, 'same');
  }
}

const workers = suite('the threads of a pool');

workers('are ended when they idle, and started again when they are needed', async () => {
  const started: Worker[] = [];
  const ended: Worker[] = [];
  const onWorker = (worker: Worker): void => {
    started.push(worker);
    worker.once('exit', () => ended.push(worker));
  };
  process.on('worker', onWorker);
  const pool = openPool(1, { idleMs: 20 });

  await doSome(pool);
  assert.is(started.length, 1);
  await until(() => ended.length === 1);

  await doSome(pool);
  assert.is(started.length, 2);
  await pool.close();
  process.off('worker', onWorker);
});

workers('do all where a call may hang', async () => {
  let started = 0;
  const onWorker = (): void => { started += 1; };
  process.on('worker', onWorker);
  const pool = openPool(1);
  await pool.run(COMPARE, CONTEXT);
  assert.is(started, 0);
  await pool.run(COMPARE, { ...CONTEXT, mayHang: true });
  assert.is(started, 1);
  await pool.close();
  process.off('worker', onWorker);
});

for (const [why, thread] of [
  ['one dies before it is ready', new URL('data:text/javascript,throw new Error()')],
  ['none can be started', new URL('http://localhost/')],
] as const) {
  workers(`are not missed where ${why}: the main thread does all`, async () => {
    const pool = openPool(2, { thread });
    await doSome(pool);
    await pool.close();
  });
}

workers.run();

// ---

const reading = suite('a job');

reading('has all threads see how much it has read, until it is over', () => {
  fs.writeFileSync(`${root}/big`, Buffer.alloc(200 * 1_024));
  const shared = newShared();
  const job = { kind: 'digest', side: 'source', paths: ['big'] } as const;
  const steps = perform(job, { ...CONTEXT, hash: 'md5' }, openHands(shared));
  const seen = new Set<number>();
  while (steps.next().done !== true) seen.add(Atomics.load(shared, READ_KIB));
  assert.equal([...seen], [0, 64, 128, 192, 200]);
  assert.is(Atomics.load(shared, READ_KIB), 0);
});

reading.run();
