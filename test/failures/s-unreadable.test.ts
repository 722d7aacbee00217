import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { runCli } from '../support/cli.ts';
import { needs } from '../support/needs.ts';
import {
  contentOf, inodeOf, isThere, newPair, syncedPair, syncNow, syncWell, type Pair,
} from '../support/pass.ts';
import { file, folder, makeTree, type TreeSpec } from '../support/tree.ts';
import { BOUND, syncByCli } from './support.ts';

const what = suite('what of the source cannot be read');
const asRoot = needs(what, { root: true, platform: 'linux', tools: ['setpriv'] });

const SPEC: TreeSpec = {
  'shut/f': 'f', 'shut/d/g': 'g', 'shut/gone': 'x', 'beside': 'old', 'gone': 'x', 'dir/gone': 'x',
};

/** Changes all over, and a folder that some mode shuts. */
async function shutPair(mode: number): Promise<Pair> {
  const pair = await syncedPair(SPEC);
  for (const at of ['shut/gone', 'gone', 'dir/gone']) fs.unlinkSync(`${pair.source}/${at}`);
  makeTree(pair.source, { 'beside': 'newer', 'dir/new': 'x', 'shut/new': 'x' });
  fs.chmodSync(`${pair.source}/shut`, mode);
  return pair;
}

for (const [row, which, mode] of [
  ['S08', 'closed', 0o000],
  ['S09', 'that can be listed only', 0o400],
  ['S10', 'that can be searched only', 0o300],
] as const) {
  asRoot(`${row}: is kept and told, and all else is done: a folder ${which}`, async () => {
    const pair = await shutPair(mode);
    const { code, stderr, stdout } = await syncByCli(pair, { under: BOUND });
    assert.is(code, 1, stderr + stdout);
    assert.match(stdout, /cannot read shut.*EACCES/);
    assert.is(stderr, '');
    for (const at of ['shut/f', 'shut/d/g', 'shut/gone']) assert.ok(isThere(pair.replica, at), at);
    for (const at of ['gone', 'dir/gone']) assert.not(isThere(pair.replica, at), at);
    assert.is(contentOf(pair.replica, 'beside'), 'newer');
    assert.ok(isThere(pair.replica, 'dir/new'));

    fs.chmodSync(`${pair.source}/shut`, 0o755);
    await syncWell(pair);
  });
}

asRoot('S08: is kept where no record knows it', async () => {
  const pair = await shutPair(0o000);
  const { code } = await runCli(['sync', pair.source, pair.replica], { under: BOUND });
  assert.is(code, 1);
  for (const at of ['shut/f', 'shut/d/g', 'shut/gone']) assert.ok(isThere(pair.replica, at), at);
  assert.not(isThere(pair.replica, 'gone'));
});

asRoot('S08: is kept, deep in a folder that moved', async () => {
  const pair = await syncedPair({ 'd/shut/f': 'f', 'd/shut/e/g': 'g', 'd/h': 'h' });
  const inode = inodeOf(pair.replica, 'd/shut/f');
  fs.chmodSync(`${pair.source}/d/shut`, 0o000);
  fs.renameSync(`${pair.source}/d`, `${pair.source}/moved`);
  const { code } = await syncByCli(pair, { under: BOUND });
  assert.is(code, 1);
  const at = ['d', 'moved'].find((name) => isThere(pair.replica, `${name}/shut/f`));
  assert.is(inodeOf(pair.replica, `${at}/shut/f`), inode);
  assert.ok(isThere(pair.replica, `${at}/shut/e/g`));
  fs.chmodSync(`${pair.source}/moved/shut`, 0o700);
  await syncWell(pair);
});

asRoot('S08: is kept, where a folder that moved now is in it', async () => {
  const pair = await syncedPair({ 'a/f': 'f', 'shut/x': 'x' });
  fs.renameSync(`${pair.source}/a`, `${pair.source}/shut/a`);
  fs.chmodSync(`${pair.source}/shut`, 0o000);
  const { code } = await syncByCli(pair, { under: BOUND });
  assert.is(code, 1);
  assert.ok(isThere(pair.replica, 'shut/x'));
  fs.chmodSync(`${pair.source}/shut`, 0o755);
  await syncWell(pair);
});

asRoot('S08: never empties the replica: the source itself', async () => {
  const pair = await syncedPair(SPEC);
  fs.chmodSync(pair.source, 0o000);
  const { code, stderr } = await syncByCli(pair, { under: BOUND });
  assert.is(code, 3);
  assert.match(stderr, /source/);
  for (const at of ['shut/f', 'gone', 'dir/gone']) assert.ok(isThere(pair.replica, at), at);
});

asRoot('S08: leaves its old content, and is tried again: a file', async () => {
  const pair = await syncedPair({ f: 'old', g: 'old', 'd/h': 'old' });
  makeTree(pair.source, { f: file('newer', { mode: 0o000 }), g: 'newer', 'd/h': 'newer' });
  const { code, stdout } = await syncByCli(pair, { under: BOUND });
  assert.is(code, 1);
  assert.match(stdout, /\bf: .*EACCES/);
  assert.equal(['f', 'g', 'd/h'].map((at) => contentOf(pair.replica, at)),
    ['old', 'newer', 'newer']);
  assert.equal(fs.readdirSync(pair.replica).toSorted(), ['d', 'f', 'g']);
  fs.chmodSync(`${pair.source}/f`, 0o644);
  await syncWell(pair);
});

asRoot('S08: does not stop a first copy', async () => {
  const pair = newPair({
    'shut/': folder({ mode: 0o000 }), 'd/shut/': folder({ mode: 0o000 }), 'd/f': 'f',
    'd/e/file': file('x', { mode: 0o000 }), 'd/e/g': 'g', 'h': 'h',
  });
  const { code } = await syncByCli(pair, { under: BOUND });
  assert.is(code, 1);
  for (const at of ['d/f', 'd/e/g', 'h']) assert.ok(isThere(pair.replica, at), at);
  for (const at of ['shut', 'd/shut', 'd/e/file']) fs.chmodSync(`${pair.source}/${at}`, 0o700);
  await syncWell(pair);
});

asRoot('S08: is no ignore file to be skipped: what it protects is kept', async () => {
  const pair = newPair({ 'd/.fsyncignore': '*.log', 'd/f': 'f', 'g': 'g' });
  await syncNow(pair);
  makeTree(pair.replica, { 'd/old.log': 'kept' });
  fs.chmodSync(`${pair.source}/d/.fsyncignore`, 0o000);
  fs.unlinkSync(`${pair.source}/g`);
  const { code } = await syncByCli(pair, { under: BOUND });
  assert.is(code, 1);
  assert.ok(isThere(pair.replica, 'd/old.log'));
  assert.not(isThere(pair.replica, 'g'));
});

what.run();
