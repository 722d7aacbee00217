import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { Mirror } from '../../lib/mirror.ts';
import { systemError, watchingCalls } from '../support/faults.ts';
import { passesOf, syncedPair } from '../support/pass.ts';

const big = suite('a big folder that is removed');

const TREE = { 'd/a/f': '1', 'd/b/f': '2', 'd/c/x/f': '3', 'd/g': '4', 'd/e/': null, s: '5' };

/** A part has two entries at most: an entry counts as four KiB. */
const SMALL = { chunkBytes: 8_192 };

/** The paths that each job removes, in the order in which they are begun. */
function removalsOf({ pool }: Mirror): string[] {
  const jobs: string[] = [];
  const { run } = pool;
  Object.assign(pool, { run: (...args: Parameters<typeof run>) => {
    const [job] = args;
    if (job.kind === 'apply') {
      const removes = job.operations.filter((one) => one.kind === 'remove');
      if (removes.length > 0) jobs.push(removes.map((one) => one.path).join(' '));
    }
    return run(...args);
  } });
  return jobs;
}

big('goes by parts, then itself, and is told as one', async () => {
  const pair = await syncedPair(TREE);
  await passesOf(pair, async (mirror, pass) => {
    const jobs = removalsOf(mirror);
    fs.rmSync(`${pair.source}/d`, { recursive: true });
    const { moved, counts } = await pass();
    assert.equal(moved, ['remove d (10)']);
    assert.is(counts?.removed, 10);
    assert.equal(jobs.map((one) => one.split(' ').sort().join(' ')),
      ['d/a d/b d/c/x d/e', 'd']);
    assert.equal(fs.readdirSync(pair.replica), ['s']);
  }, SMALL);
});

big('is not divided where it takes no longer than a part', async () => {
  const pair = await syncedPair(TREE);
  await passesOf(pair, async (mirror, pass) => {
    const jobs = removalsOf(mirror);
    fs.rmSync(`${pair.source}/d`, { recursive: true });
    assert.equal((await pass()).moved, ['remove d (10)']);
    assert.equal(jobs, ['d']);
  });
});

big('leaves what is ignored in its parts', async () => {
  const pair = await syncedPair(TREE);
  fs.mkdirSync(`${pair.replica}/d/a/keep`);
  fs.writeFileSync(`${pair.replica}/d/a/keep/f`, 'mine');
  fs.writeFileSync(`${pair.replica}/d/c/x/keep`, 'mine');
  await passesOf(pair, async (mirror, pass) => {
    const jobs = removalsOf(mirror);
    fs.rmSync(`${pair.source}/d`, { recursive: true });
    assert.equal((await pass()).moved, ['remove d (6)']);
    assert.equal(jobs.map((one) => one.split(' ').sort().join(' ')), ['d/b d/e', 'd']);
    assert.equal(fs.readdirSync(`${pair.replica}/d`).sort(), ['a', 'c']);
    assert.is(fs.readFileSync(`${pair.replica}/d/a/keep/f`, 'utf8'), 'mine');
    assert.is(fs.readFileSync(`${pair.replica}/d/c/x/keep`, 'utf8'), 'mine');
  }, { ...SMALL, ignore: ['keep'] });
});

big('is told of what failed in its parts, once, and goes by the next try', async () => {
  const pair = await syncedPair(TREE);
  await passesOf(pair, async (_, pass) => {
    fs.rmSync(`${pair.source}/d`, { recursive: true });
    const failing = await watchingCalls(['unlinkSync'], (call) => {
      if (String(call.args[0]).endsWith('/f')) throw systemError('EIO', call);
    }, pass);
    assert.equal(failing.problems, ['EIO d/a/f', 'EIO d/b/f', 'EIO d/c/x/f']);
    assert.equal(failing.moved, ['remove d (2)']);
    assert.equal((await pass()).moved, ['remove d (8)']);
  }, SMALL);
});

big('keeps what the source has again in one of its parts', async () => {
  const pair = await syncedPair(TREE);
  await passesOf(pair, async (_, pass) => {
    fs.rmSync(`${pair.source}/d`, { recursive: true });
    await watchingCalls(['unlinkSync'], () => {
      if (fs.existsSync(`${pair.source}/d/c/x`)) return;
      fs.mkdirSync(`${pair.source}/d/c/x`, { recursive: true });
    }, pass);
    assert.ok(fs.existsSync(`${pair.replica}/d/c/x`));
  }, SMALL);
});

big.run();
