import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import {
  assertMirrored, assertQuiet, contentOf, isThere, newPair, syncedPair, syncNow, syncWell,
  type Pair,
} from '../support/pass.ts';
import { removeTree } from '../support/temp.ts';
import { folder, makeTree, readTree, symlink, type TreeSpec } from '../support/tree.ts';

const planted = suite('a symlink planted in the replica');

const OUTSIDE: TreeSpec = { 'f': 'outside', 'keep': 'k', 'd/g': 'outside', 'd/only here': 'x' };

/** What lies outside both folders, with its times, modes and inodes. */
async function pairBeside(spec: TreeSpec): Promise<Pair & { assertUntouched(): void }> {
  const pair = await syncedPair(spec);
  makeTree(`${pair.dir}/out`, OUTSIDE);
  const before = readTree(`${pair.dir}/out`);
  return { ...pair, assertUntouched: () => assert.equal(readTree(`${pair.dir}/out`), before) };
}

function plant(pair: Pair, at: string, target: string): void {
  removeTree(`${pair.replica}/${at}`);
  fs.symlinkSync(target, `${pair.replica}/${at}`);
}

const SPEC: TreeSpec = { 'sub/f': 'in source', 'sub/d/g': 'in source', 'file': 'file', 'x': 'x' };

for (const [which, at, target] of [
  ['in a folder\'s place', 'sub', '../out'], ['in a deep folder\'s place', 'sub/d', '../../out/d'],
  ['in a file\'s place', 'file', '../out/f'],
  ['in a deep file\'s place', 'sub/d/g', '../../../out/f'],
  ['in a folder\'s place, to the source', 'sub', '../S/sub'],
  ['in a file\'s place, to its own source', 'file', '../S/file'],
] as const) {
  planted(`${which}, is replaced, and nothing outside touched`, async () => {
    const pair = await pairBeside(SPEC);
    plant(pair, at, target);
    await syncWell(pair);
    pair.assertUntouched();
  });

  planted(`${which}, is replaced when that changes`, async () => {
    const pair = await pairBeside(SPEC);
    plant(pair, at, target);
    makeTree(pair.source, {
      'sub/f': 'newer', 'sub/d/g': 'newer', 'file': 'newer', 'sub/new': 'n',
    });
    fs.chmodSync(`${pair.source}/sub`, 0o700);
    await syncWell(pair);
    pair.assertUntouched();
  });

  planted(`${which}, is removed, not what it leads to, when that vanishes`, async () => {
    const pair = await pairBeside(SPEC);
    plant(pair, at, target);
    removeTree(`${pair.source}/${at}`);
    await syncWell(pair);
    pair.assertUntouched();
    assert.not(isThere(pair.replica, at));
  });

  planted(`${which}, is no content for a rename`, async () => {
    const pair = await pairBeside(SPEC);
    plant(pair, at, target);
    fs.renameSync(`${pair.source}/${at}`, `${pair.source}/moved`);
    await syncWell(pair);
    pair.assertUntouched();
  });
}

planted('where it is not expected at all, is removed', async () => {
  const pair = await pairBeside(SPEC);
  fs.symlinkSync('../out', `${pair.replica}/new`);
  fs.symlinkSync('../../out/keep', `${pair.replica}/sub/new`);
  await syncWell(pair);
  pair.assertUntouched();
});

planted('as a hard link of something outside, is not written through', async () => {
  const pair = await pairBeside(SPEC);
  fs.unlinkSync(`${pair.replica}/file`);
  fs.linkSync(`${pair.dir}/out/f`, `${pair.replica}/file`);
  fs.writeFileSync(`${pair.source}/file`, 'newer');
  await syncWell(pair);
  assert.is(contentOf(pair.dir, 'out/f'), 'outside');
});

planted('before a first copy, is replaced', async () => {
  const pair = newPair(SPEC);
  makeTree(pair.dir, { 'out/f': 'outside', 'out/d/only here': 'x' });
  makeTree(pair.replica, { sub: symlink('../out'), file: symlink('../out/f') });
  const before = readTree(`${pair.dir}/out`);
  await syncWell(pair);
  assert.equal(readTree(`${pair.dir}/out`), before);
});

planted.run();

// ---

const leftovers = suite('what a killed fsync left');

const LEFT = '.fsync-0123456789abcdef';

leftovers('is pruned, whatever it is, and not counted', async () => {
  const pair = await syncedPair({ 'a': 'a', 'd/b': 'b' });
  makeTree(pair.replica, {
    [LEFT]: 'half a', [`d/${LEFT}`]: 'half b', 'd/.fsync-aaaaaaaaaaaaaaaa/deep/f': 'half a tree',
    '.fsync-bbbbbbbbbbbbbbbb': symlink('x'),
  });
  const { counts, moved } = await syncWell(pair, { maxDelete: { entries: 0 } });
  assert.is(counts?.removed, 0);
  assert.equal(moved, []);
});

leftovers('is pruned where a rule for others has its name', async () => {
  const pair = await syncedPair({ 'a': 'a', 'd/b': 'b' });
  makeTree(pair.replica, {
    [LEFT]: 'half a', '.fsync-bbbbbbbbbbbbbbbb/half': 'half a tree', [`d/${LEFT}`]: 'half b',
    '.own': 'ignored', 'e/.own': 'ignored', [`e/${LEFT}`]: 'half c',
  });
  removeTree(`${pair.source}/d`);
  const ignore = ['.*'];
  const { exitCode } = await syncNow(pair, { ignore });
  assert.is(exitCode, 0);
  assert.equal([...readTree(pair.replica).keys()], ['', '.own', 'a', 'e', 'e/.own']);
  await assertQuiet(pair, { ignore });
});

leftovers('is pruned, but for what is ignored, as a folder put aside may hold', async () => {
  const pair = await syncedPair({ a: 'a' });
  makeTree(pair.replica, { [`${LEFT}/f`]: 'f', [`${LEFT}/k`]: 'mine', [`${LEFT}/d/k/f`]: 'mine' });
  const options = { ignore: ['k'] };
  await syncNow(pair, options);
  assert.equal([...readTree(`${pair.replica}/${LEFT}`).keys()], ['', 'd', 'd/k', 'd/k/f', 'k']);
  await assertQuiet(pair, options);
  await syncNow(pair, { ...options, deleteIgnored: true });
  assertMirrored(pair);
});

leftovers('is pruned where deletions are held', async () => {
  const pair = await syncedPair({ 'a': 'a', 'd/b': 'b' });
  makeTree(pair.replica, { [LEFT]: 'half' });
  removeTree(`${pair.source}/d`);
  const { held } = await syncNow(pair, { maxDelete: { entries: 0 } });
  assert.is(held?.entries, 2);
  assert.not(isThere(pair.replica, LEFT));
});

leftovers('is pruned without a record', async () => {
  const pair = newPair({ a: 'a' });
  makeTree(pair.replica, { [LEFT]: 'half' });
  await syncWell(pair);
});

leftovers('is not what the source has of that name: it is mirrored, moved, held', async () => {
  const pair = await syncedPair({ [LEFT]: 'mine', [`${LEFT}0`]: 'x', 'd/': folder(), 'z': 'z' });
  fs.writeFileSync(`${pair.source}/${LEFT}`, 'changed');
  await syncWell(pair);
  fs.renameSync(`${pair.source}/${LEFT}`, `${pair.source}/d/${LEFT}`);
  assert.equal((await syncWell(pair)).moved, [`rename ${LEFT} -> d/${LEFT}`]);
  fs.unlinkSync(`${pair.source}/d/${LEFT}`);
  const { held } = await syncNow(pair, { maxDelete: { entries: 0 } });
  assert.equal(held?.paths, [`d/${LEFT}`]);
  await syncWell(pair);
});

leftovers('is nothing that only looks like it', async () => {
  const pair = await syncedPair({ a: 'a' });
  makeTree(pair.replica, { '.fsync-notes': 'x', '.fsync-0123456789ABCDEF': 'x' });
  const { counts } = await syncWell(pair);
  assert.is(counts?.removed, 2);
});

leftovers.run();
