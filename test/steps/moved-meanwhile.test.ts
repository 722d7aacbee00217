import fs from 'node:fs';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { trigger, type Change } from '../../lib/core/scope.ts';
import type { JobContext } from '../../lib/disk/job.ts';
import type { Options } from '../../lib/index.ts';
import { systemError, watchingCalls } from '../support/faults.ts';
import { aroundJobs } from '../support/jobs.ts';
import {
  assertMirrored, contentOf, inodeOf, newPair, passesOf, passOnce, passOver, syncedPair, syncNow,
  syncWell, type Pair, type Passed,
} from '../support/pass.ts';

const moved = suite('a folder that moves while it is scanned');

/**
 * An incremental pass; `meanwhile` happens when its first batch of folders was scanned. `planned`
 * takes what it tries to do.
 */
function passInterrupted(
  pair: Pair, changes: readonly Change[], meanwhile: () => void, planned: string[],
): Promise<Passed> {
  let before: Promise<unknown> = Promise.resolve();
  let scans = 0;
  return passOver(pair, changes, (mirror) => aroundJobs(mirror, (job, run) => {
    const done = before.then(() => {
      if (job.kind === 'scan' && ++scans === 2) meanwhile();
      if (job.kind === 'apply') planned.push(...job.operations.map(({ kind }) => kind));
      return run();
    });
    before = done;
    return done;
  }));
}

moved('takes along what seemed to be gone from it', async () => {
  const others = Array.from({ length: 80 }, (_, at) => `other${at}`);
  const pair = await syncedPair(
    { 'old/f': 'F', 'old/g': 'G', ...Object.fromEntries(others.map((one) => [`${one}/x`, ''])) });
  const { dir, source, replica } = pair;
  const inode = inodeOf(replica, 'old/f');

  fs.renameSync(`${source}/old/f`, `${dir}/f`);
  const planned: string[] = [];
  const passed = await passInterrupted(pair, [
    { folder: 'old', name: 'f' },
    ...others.map((folder) => ({ folder, name: 'x' })),
    ...['old', 'new'].map((name) => ({ folder: '', name })),
  ], () => {
    fs.renameSync(`${source}/old`, `${source}/new`);
    fs.renameSync(`${dir}/f`, `${source}/new/f`);
  }, planned);
  assert.equal([passed.moved, passed.problems], [['rename old -> new'], []]);
  assert.equal(planned.filter((kind) => kind !== 'set'), ['rename']);
  assert.is(inodeOf(replica, 'new/f'), inode);
  assertMirrored(pair);
});

moved('is asked once more by its name before anything in it is removed', async () => {
  const pair = await syncedPair({ 'd/copied': 'old', 'd/x': 'X', 'e/x': 'other' });
  const { source, replica } = pair;
  fs.writeFileSync(`${source}/d/copied`, 'newer');
  fs.rmSync(`${source}/d/x`);
  // By then the folder was opened, to copy from it.
  const passed = await passOver(pair, ['copied', 'x'].map((name) => ({ folder: 'd', name })),
    (mirror) => aroundJobs(mirror, (job, run) => {
      if (job.kind === 'apply' && job.operations.some(({ kind }) => kind === 'remove')) {
        fs.renameSync(`${source}/d`, `${source}/t`);
        fs.renameSync(`${source}/e`, `${source}/d`);
        fs.renameSync(`${source}/t`, `${source}/e`);
      }
      return run();
    }));
  assert.is(passed.counts?.removed, 0);
  assert.ok(fs.existsSync(`${replica}/d/x`));
  await syncWell(pair);
});

moved('out of the replica while it is copied gets nothing any more', async () => {
  const pair = newPair({ 'd/f': 'F', 'd/e/g': 'G' });
  const { dir, source, replica } = pair;
  const { problems } = await passOnce(pair, trigger({ reason: 'start', full: true }), (mirror) =>
    aroundJobs(mirror, (job, run) => {
      const isIn = job.kind === 'copy-folders' && job.folders.some(({ path }) => path === 'd/e');
      if (isIn) fs.renameSync(`${replica}/d`, `${dir}/saved`);
      return run();
    }));
  assert.equal(fs.readdirSync(`${dir}/saved`), ['f']);
  assert.ok(problems.includes('ENOENT d/e'));
  await syncWell(pair);
  assert.ok(fs.existsSync(`${source}/d/e/g`));
});

moved.run();

// ---

const saved = suite('a folder of the replica that moves out of it');

/**
 * A sync in which the folder `d` of the replica is saved before a piece of a file is written. The
 * trash is on another disk: what goes there is copied.
 */
async function savedAtPiece(
  pair: Pair, at: number, options: Partial<Options> = {},
): Promise<Passed> {
  let pieces = 0;
  const passed = await watchingCalls(['linkSync', 'writeSync'], (call) => {
    if (call.name === 'linkSync') throw systemError('EXDEV', call);
    pieces += 1;
    if (pieces === at) fs.renameSync(`${pair.replica}/d`, `${pair.dir}/saved`);
  }, () => syncNow(pair, { workers: 0, ...options }));
  assert.ok(pieces >= at);
  return passed;
}

const LARGE = 'x'.repeat(2_500_000);

saved('while a file in it is copied keeps the old one', async () => {
  const pair = await syncedPair({ 'd/f': 'old' });
  fs.writeFileSync(`${pair.source}/d/f`, LARGE);
  const { problems } = await savedAtPiece(pair, 2);
  assert.ok(problems.includes('changed d/f'));
  assert.equal(fs.readdirSync(`${pair.dir}/saved`), ['f']);
  assert.is(contentOf(pair.dir, 'saved/f'), 'old');
  await syncWell(pair);
});

saved('while a new folder is filled in it does not get that', async () => {
  const pair = await syncedPair({ 'd/f': 'old' });
  fs.mkdirSync(`${pair.source}/d/e`);
  for (const name of ['a', 'b']) fs.writeFileSync(`${pair.source}/d/e/${name}`, LARGE);
  const { problems } = await savedAtPiece(pair, 4);
  assert.ok(problems.includes('changed d/e'));
  assert.equal(fs.readdirSync(`${pair.dir}/saved`), ['f']);
  await syncWell(pair);
});

saved('with all of the replica gets no more, and that is told once', async () => {
  const pair = await syncedPair({ 'd/a': 'old', 'd/f': 'old', 'x/g': 'old' });
  const { dir, source, replica } = pair;
  for (const at of ['d/a', 'd/f', 'x/g']) fs.writeFileSync(`${source}/${at}`, LARGE);
  fs.mkdirSync(`${source}/new/er`, { recursive: true });
  let pieces = 0;
  const { problems } = await watchingCalls(['writeSync'], () => {
    pieces += 1;
    if (pieces === 2) fs.renameSync(replica, `${dir}/saved`);
  }, () => syncNow(pair, { workers: 0 }));
  assert.equal(problems, ['root-moved ']);
  assert.equal(['d/a', 'd/f', 'x/g'].map((at) => contentOf(`${dir}/saved`, at)),
    ['old', 'old', 'old']);
  await syncWell(pair);
});

saved('before a file of it gets another name shares none with the replica', async () => {
  const pair = await syncedPair({ 'd/f': 'F', 'b/x': '' });
  const { dir, source, replica } = pair;
  fs.linkSync(`${source}/d/f`, `${source}/b/f`);
  const { problems } = await passOver(pair, [{ folder: 'b', name: 'f' }], (mirror) =>
    aroundJobs(mirror, (job, run) => {
      const isLink = job.kind === 'apply' && job.operations.some(({ kind }) => kind === 'link');
      if (isLink) fs.renameSync(`${replica}/d`, `${dir}/saved`);
      return run();
    }));
  assert.ok(problems.includes('changed b/f'), problems.join());
  assert.is(fs.statSync(`${dir}/saved/f`).nlink, 1);
  await syncWell(pair);
});

saved('while a file of it is copied to the trash keeps that file', () => keepsFile(() => {}));

saved('keeps it also where a link is to take its place', () =>
  keepsFile((at) => fs.symlinkSync('nowhere', at)));

saved('while what a file of it replaces is copied to the trash keeps that file', async () => {
  const pair = await syncedPair({ 'd/f': 'F', 'b/f': 'of b' });
  fs.renameSync(`${pair.source}/d/f`, `${pair.source}/b/f`);
  const { problems } = await savedAtPiece(pair, 1, { trash: `${pair.dir}/trash` });
  assert.ok(problems.includes('changed b/f'), problems.join());
  assert.equal(fs.readdirSync(`${pair.dir}/saved`), ['f']);
  await syncWell(pair);
});

async function keepsFile(replace: (at: string) => void): Promise<void> {
  const pair = await syncedPair({ 'd/f': 'F', 'd/g': 'G' });
  fs.rmSync(`${pair.source}/d/f`);
  replace(`${pair.source}/d/f`);
  const { problems } = await savedAtPiece(pair, 1, { trash: `${pair.dir}/trash` });
  assert.ok(problems.includes('changed d/f'));
  assert.equal(fs.readdirSync(`${pair.dir}/saved`), ['f', 'g']);
  assert.is(contentOf(pair.dir, 'saved/f'), 'F');
  await syncWell(pair);
}

saved.run();

// ---

const between = suite('a folder that moves between two passes');

between('is not taken for the one that was left open', async () => {
  const pair = await syncedPair({ 'a/f': 'of a', 'b/f': 'of b' });
  const { source, replica } = pair;
  await passesOf(pair, async ({ pool }, pass) => {
    await pass();
    const context = { source, replica, hash: 'md5', chunkBytes: 65_536 } as JobContext;
    const job = { kind: 'digest', side: 'replica', paths: ['a/f', 'b/f'] } as const;
    assert.is(new Set(await pool.run(job, context)).size, 2);
    for (const [from, to] of [['a', 't'], ['b', 'a'], ['t', 'b']] as const) {
      fs.renameSync(`${replica}/${from}`, `${replica}/${to}`);
    }
    await pass();
  });
  assertMirrored(pair);
});

between.run();
