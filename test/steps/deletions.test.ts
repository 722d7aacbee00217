import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { addChanges, changeAt, trigger, type Trigger } from '../../lib/core/scope.ts';
import type { Mirror } from '../../lib/mirror.ts';
import { systemError, watchingCalls } from '../support/faults.ts';
import { passesOf, syncedPair, syncNow, type Pair, type Passed } from '../support/pass.ts';
import { makeTree, type TreeSpec } from '../support/tree.ts';

const held = suite('deletions that are held');

const FILES = ['f0', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7'];

const pairOfFiles = (): Promise<Pair> =>
  syncedPair(Object.fromEntries(FILES.map((name) => [name, name])));

const remove = ({ source }: Pair, names: readonly string[]): void =>
  names.forEach((name) => fs.unlinkSync(`${source}/${name}`));

const over = (paths: readonly string[], part: Partial<Trigger> = {}): Trigger => trigger({
  reason: 'changes', changes: addChanges(undefined, paths.map(changeAt)), ...part });

/** While the source, or a folder in it, cannot be listed. */
const blind = (
  { source }: Pair, act: () => Promise<Passed>, below = '',
): Promise<Passed> => watchingCalls(['readdirSync'], (call) => {
  if (String(call.args[0]) === source + below) throw systemError('EIO', call);
}, act);

held('stay after a full pass that could not look, until one has', async () => {
  const pair = await pairOfFiles();
  await passesOf(pair, async (_, pass) => {
    remove(pair, FILES);
    assert.is((await pass()).held?.entries, 8);
    // So that they are most of what there is, but not all.
    makeTree(pair.source, { new: 'new' });
    assert.equal((await blind(pair, pass)).problems, ['EIO ']);
    assert.equal((await pass(over(['', ...FILES]))).moved, ['copy new']);
    assert.is((await pass()).held?.entries, 8);
  });
});

held('stay while with what a full pass could not look at there may be too many', async () => {
  const filesIn = (folder: string): TreeSpec =>
    Object.fromEntries(FILES.map((name) => [`${folder}/${name}`, name]));
  const pair = await syncedPair({ ...filesIn('d'), ...filesIn('e'), 'g/f': 'f' });
  await passesOf(pair, async (_, pass) => {
    remove(pair, FILES.slice(2).flatMap((name) => [`d/${name}`, `e/${name}`]));
    assert.is((await pass()).held?.entries, 12);
    assert.is((await blind(pair, pass, '/e')).held?.entries, 6);
    assert.is(fs.readdirSync(`${pair.replica}/d`).length, 8);

    makeTree(pair.source, filesIn('e'));
    assert.is((await blind(pair, pass, '/g')).held, undefined);
    assert.is(fs.readdirSync(`${pair.replica}/d`).length, 2);
  }, { maxDelete: { entries: 10 } });
});

held('stay where the first pass of a watch could not look', async () => {
  const pair = await pairOfFiles();
  remove(pair, FILES);
  assert.is((await syncNow(pair)).held?.entries, 8);
  makeTree(pair.source, { new: 'new' });
  await passesOf(pair, async (_, pass) => {
    await blind(pair, pass);
    assert.equal((await pass(over(['', ...FILES]))).moved, ['copy new']);
  });
});

held('stay where the last full pass held others, but could not look there', async () => {
  const pair = await syncedPair({ 'd/a': 'a', 'd/b': 'b', 'e/c': 'c', 'e/d': 'd', f: 'f' });
  await passesOf(pair, async ({ memory }, pass) => {
    remove(pair, ['d/a', 'd/b', 'e/c']);
    assert.is((await pass()).held?.entries, 3);
    assert.equal((await blind(pair, pass, '/e')).held?.paths.toSorted(), ['d/a', 'd/b']);
    assert.is(memory.hold?.entries, 2);
    assert.equal((await pass(over(['e/c']))).moved, []);
    assert.is((await pass()).held?.entries, 3);
    assert.equal((await pass(over(['e/c']))).moved, []);
    // What nobody held goes on.
    remove(pair, ['f']);
    assert.equal((await pass(over(['f']))).moved, ['remove f']);
  }, { maxDelete: { entries: 1 } });
});

held('stay where more are when their episode ends than a full pass has held by then', async () => {
  const pair = await pairOfFiles();
  const [first, later] = [FILES.slice(0, 3), FILES.slice(3, 6)];
  await passesOf(pair, async ({ memory }, pass) => {
    await pass();
    remove(pair, first);
    // It waits behind a full pass, and was asked for before that found anything to hold.
    const ripe = over([...first, ...later], { reason: 'deletions-settled', ripe: true });
    assert.is((await pass()).held?.entries, 3);
    remove(pair, later);
    assert.equal((await pass(ripe)).moved, []);
    assert.equal(memory.hold?.paths.toSorted(), first);
    assert.equal((await pass(over(first))).moved, []);
    assert.is((await pass()).held?.entries, 6);
  }, { maxDelete: { entries: 2 } });
});

held('stay after a full pass that was told to quit before it had seen all', async () => {
  const pair = await syncedPair(
    Object.fromEntries(FILES.map((name) => [`d/${name}`, name])));
  fs.rmSync(`${pair.source}/d`, { recursive: true });
  assert.is((await syncNow(pair)).held?.entries, 9);
  // So that they are most of what there is, but not all.
  makeTree(pair.source, { 'd/new': 'new' });
  await passesOf(pair, async (mirror, pass) => {
    await watchingCalls(['readdirSync'], () => void (mirror.memory.cancelled = true), pass);
  });
  const { held: still, moved } = await syncNow(pair);
  assert.is(still?.entries, 8);
  assert.equal(moved, ['copy d/new']);
});

held('count what is in folders that only their removal would open', async () => {
  const pair = await syncedPair({ ...Object.fromEntries(
    FILES.map((name) => [`d/c/${name}`, name])), f: 'f' });
  fs.rmSync(`${pair.source}/d`, { recursive: true });
  await passesOf(pair, async (_, pass) => {
    const passed = await watchingCalls(['readdirSync'], (call) => {
      if (String(call.args[0]) === `${pair.replica}/d/c`) throw systemError('EACCES', call);
    }, pass);
    assert.is(passed.held?.entries, 10);
  }, { maxDelete: { entries: 5 } });
});

/** As if nothing had vanished for more than a second. */
const rest = ({ memory }: Mirror): void => { memory.episode.lastMs -= 1_100; };

held('stay where there are too many with those that their episode deleted before', async () => {
  const pair = await pairOfFiles();
  await passesOf(pair, async (mirror, pass) => {
    await pass();
    remove(pair, ['f6', 'f7']);
    assert.equal((await pass(over(['f6', 'f7']))).moved, ['remove f6', 'remove f7']);
    rest(mirror);
    remove(pair, ['f0', 'f1']);
    assert.equal((await pass(over(['f0', 'f1']))).moved, ['remove f0', 'remove f1']);
    remove(pair, ['f2', 'f3']);
    assert.equal((await pass(over(['f2', 'f3']))).moved, []);
    rest(mirror);
    assert.is((await pass(over(['f2', 'f3'], { ripe: true }))).held?.entries, 2);
    rest(mirror);
    assert.equal((await pass()).moved, []);
    makeTree(pair.source, { f3: 'f3' });
    assert.equal((await pass()).moved, ['remove f2']);
  }, { maxDelete: { entries: 3 } });
});

held('are not measured with those that somebody approved', async () => {
  const pair = await pairOfFiles();
  await passesOf(pair, async ({ memory }, pass) => {
    await pass();
    remove(pair, ['f0', 'f1', 'f2', 'f3']);
    await pass();
    const { paths } = memory.hold!;
    const approve = [{ paths, refusal: '', mounts: [] }];
    await pass(trigger({ reason: 'approved', full: true, approve }));
    remove(pair, ['f4']);
    assert.equal((await pass(over(['f4']))).moved, ['remove f4']);
  }, { maxDelete: { entries: 3 } });
});

held('stay where more vanish while a pass takes its time', async () => {
  const pair = await pairOfFiles();
  await passesOf(pair, async (_, pass) => {
    await pass();
    remove(pair, ['f0', 'f1']);
    await watchingCalls(['unlinkSync'], () => void Atomics.wait(CLOCK, 0, 0, 600),
      () => pass(over(['f0', 'f1'])));
    remove(pair, ['f2', 'f3']);
    assert.equal((await pass(over(['f2', 'f3']))).moved, []);
  }, { maxDelete: { entries: 3 } });
});

const CLOCK = new Int32Array(new SharedArrayBuffer(4));

held('are not let go of by a pass that could not look into a folder that moved', async () => {
  const pair = await syncedPair({ 'a/b': 'b', 'n/.fsyncignore': 'x' });
  await passesOf(pair, async ({ memory }, pass) => {
    await pass();
    assert.is(memory.sawAll, true);
    fs.renameSync(`${pair.source}/a`, `${pair.source}/n/a`);
    let times = 0;
    const { problems } = await watchingCalls(['openSync'], (call) => {
      const isRules = String(call.args[0]).endsWith('/n/.fsyncignore');
      if (isRules && ++times > 1) throw systemError('EIO', call);
    }, pass);
    assert.equal(problems, ['EIO n/a']);
    assert.is(memory.sawAll, false);
  });
});

held.run();
