import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { runCli, type Exit } from '../support/cli.ts';
import { needs } from '../support/needs.ts';
import {
  assertMirrored, contentOf, inodeOf, isThere, newPair, syncedPair, syncNow, syncWell, type Pair,
} from '../support/pass.ts';
import { file, folder, makeTree, type TreeSpec } from '../support/tree.ts';

/** Root, but bound by modes as everybody is. */
const BOUND = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search',
  '--inh-caps', '-dac_override,-dac_read_search'];
const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

const syncBound = (pair: Pair, under = BOUND): Promise<Exit & { stdout: string; stderr: string }> =>
  runCli(['sync', pair.source, pair.replica, '--state-dir', pair.state], { under });

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

for (const [which, mode] of [['closed', 0o000], ['that can be listed only', 0o400],
  ['that can be searched only', 0o300]] as const) {
  asRoot(`is kept and told, and all else is done: a folder ${which}`, async () => {
    const pair = await shutPair(mode);
    const { code, stderr, stdout } = await syncBound(pair);
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

asRoot('is kept where no record knows it', async () => {
  const pair = await shutPair(0o000);
  const { code } = await runCli(['sync', pair.source, pair.replica], { under: BOUND });
  assert.is(code, 1);
  for (const at of ['shut/f', 'shut/d/g', 'shut/gone']) assert.ok(isThere(pair.replica, at), at);
  assert.not(isThere(pair.replica, 'gone'));
});

asRoot('is kept, deep in a folder that moved', async () => {
  const pair = await syncedPair({ 'd/shut/f': 'f', 'd/shut/e/g': 'g', 'd/h': 'h' });
  const inode = inodeOf(pair.replica, 'd/shut/f');
  fs.chmodSync(`${pair.source}/d/shut`, 0o000);
  fs.renameSync(`${pair.source}/d`, `${pair.source}/moved`);
  const { code } = await syncBound(pair);
  assert.is(code, 1);
  const at = ['d', 'moved'].find((name) => isThere(pair.replica, `${name}/shut/f`));
  assert.is(inodeOf(pair.replica, `${at}/shut/f`), inode);
  assert.ok(isThere(pair.replica, `${at}/shut/e/g`));
  fs.chmodSync(`${pair.source}/moved/shut`, 0o700);
  await syncWell(pair);
});

asRoot('is kept, where a folder that moved now is in it', async () => {
  const pair = await syncedPair({ 'a/f': 'f', 'shut/x': 'x' });
  fs.renameSync(`${pair.source}/a`, `${pair.source}/shut/a`);
  fs.chmodSync(`${pair.source}/shut`, 0o000);
  const { code } = await syncBound(pair);
  assert.is(code, 1);
  assert.ok(isThere(pair.replica, 'shut/x'));
  fs.chmodSync(`${pair.source}/shut`, 0o755);
  await syncWell(pair);
});

asRoot('never empties the replica: the source itself', async () => {
  const pair = await syncedPair(SPEC);
  fs.chmodSync(pair.source, 0o000);
  const { code, stderr } = await syncBound(pair);
  assert.is(code, 3);
  assert.match(stderr, /source/);
  for (const at of ['shut/f', 'gone', 'dir/gone']) assert.ok(isThere(pair.replica, at), at);
});

asRoot('leaves its old content, and is tried again: a file', async () => {
  const pair = await syncedPair({ f: 'old', g: 'old', 'd/h': 'old' });
  makeTree(pair.source, { f: file('newer', { mode: 0o000 }), g: 'newer', 'd/h': 'newer' });
  const { code, stdout } = await syncBound(pair);
  assert.is(code, 1);
  assert.match(stdout, /\bf: .*EACCES/);
  assert.equal(['f', 'g', 'd/h'].map((at) => contentOf(pair.replica, at)),
    ['old', 'newer', 'newer']);
  assert.equal(fs.readdirSync(pair.replica).toSorted(), ['d', 'f', 'g']);
  fs.chmodSync(`${pair.source}/f`, 0o644);
  await syncWell(pair);
});

asRoot('does not stop a first copy', async () => {
  const pair = newPair({
    'shut/': folder({ mode: 0o000 }), 'd/shut/': folder({ mode: 0o000 }), 'd/f': 'f',
    'd/e/file': file('x', { mode: 0o000 }), 'd/e/g': 'g', 'h': 'h',
  });
  const { code } = await syncBound(pair);
  assert.is(code, 1);
  for (const at of ['d/f', 'd/e/g', 'h']) assert.ok(isThere(pair.replica, at), at);
  for (const at of ['shut', 'd/shut', 'd/e/file']) fs.chmodSync(`${pair.source}/${at}`, 0o700);
  await syncWell(pair);
});

asRoot('is no ignore file to be skipped: what it protects is kept', async () => {
  const pair = newPair({ 'd/.fsyncignore': '*.log', 'd/f': 'f', 'g': 'g' });
  await syncNow(pair);
  makeTree(pair.replica, { 'd/old.log': 'kept' });
  fs.chmodSync(`${pair.source}/d/.fsyncignore`, 0o000);
  fs.unlinkSync(`${pair.source}/g`);
  const { code } = await syncBound(pair);
  assert.is(code, 1);
  assert.ok(isThere(pair.replica, 'd/old.log'));
  assert.not(isThere(pair.replica, 'g'));
});

what.run();

// ---

const nobody = suite('one who is not root');
const asNobody = needs(nobody, { root: true, platform: 'linux', tools: ['setpriv'] });

/** A pair of which all is nobody's own, in a folder that is open to all. */
function nobodysPair(spec: TreeSpec): Pair {
  const pair = newPair(spec);
  fs.chmodSync(pair.dir, 0o777);
  own(pair.source);
  return pair;
}

function own(at: string): void {
  fs.lchownSync(at, 65_534, 65_534);
  if (!fs.lstatSync(at).isDirectory()) return;
  for (const name of fs.readdirSync(at)) own(`${at}/${name}`);
}

/** As nobody, who needs no rights in a home of root's. */
const syncAsNobody = async (pair: Pair): Promise<Exit & { stdout: string; stderr: string }> =>
  runCli(['sync', pair.source, pair.replica, '--state-dir', pair.state],
    { under: NOBODY, home: pair.dir });

/** Equal, and a second pass says nothing. */
async function assertSettled(pair: Pair): Promise<void> {
  assertMirrored(pair);
  const { code, stdout, stderr } = await syncAsNobody(pair);
  assert.equal([code, stdout, stderr], [0, '', '']);
}

asNobody('mirrors folders without write permission: content first, their mode last', async () => {
  const pair = nobodysPair({
    'ro/f': 'f', 'ro/d/g': 'g', 'ro/': folder({ mode: 0o555 }), 'ro/d/': folder({ mode: 0o500 }),
  });
  assert.is((await syncAsNobody(pair)).code, 0);
  await assertSettled(pair);

  for (const [at, content] of [['ro/f', 'newer'], ['ro/d/new', 'x']] as const) {
    fs.writeFileSync(`${pair.source}/${at}`, content);
  }
  fs.unlinkSync(`${pair.source}/ro/d/g`);
  own(pair.source);
  const { code, stderr } = await syncAsNobody(pair);
  assert.is(code, 0, stderr);
  await assertSettled(pair);
});

asNobody('opens a folder of the replica that became read-only, and shuts it again', async () => {
  const pair = nobodysPair({ 'd/f': 'f', 'd/e/g': 'g' });
  await syncAsNobody(pair);
  fs.chmodSync(`${pair.replica}/d/e`, 0o555);
  fs.chmodSync(`${pair.replica}/d`, 0o555);
  makeTree(pair.source, { 'd/f': 'newer', 'd/new': 'x', 'd/e/g': 'newer' });
  own(pair.source);
  const { code, stderr } = await syncAsNobody(pair);
  assert.is(code, 0, stderr);
  await assertSettled(pair);
});

asNobody('tells of a folder of the replica that is shut, opens it, and goes on', async () => {
  const pair = nobodysPair({ 'd/f': 'f', 'e/g': 'g' });
  await syncAsNobody(pair);
  fs.chmodSync(`${pair.replica}/d`, 0o000);
  makeTree(pair.source, { 'd/f': 'newer', 'd/new': 'x', 'e/g': 'newer' });
  own(pair.source);
  const { code, stdout } = await syncAsNobody(pair);
  assert.is(code, 1);
  assert.match(stdout, /\bd: .*EACCES/);
  assert.is(contentOf(pair.replica, 'e/g'), 'newer');
  assert.is((await syncAsNobody(pair)).code, 0);
  await assertSettled(pair);
});

asNobody('tells what is not its own and not open to it, and does the rest', async () => {
  const pair = nobodysPair({ 'd/f': 'f', 'e/g': 'g', 'h': 'h' });
  await syncAsNobody(pair);
  fs.chownSync(`${pair.replica}/d`, 0, 0);
  makeTree(pair.source, { 'd/f': 'newer', 'e/g': 'newer' });
  fs.unlinkSync(`${pair.source}/h`);
  own(pair.source);
  const { code, stdout } = await syncAsNobody(pair);
  assert.is(code, 1);
  assert.match(stdout, /d\/f: /);
  assert.equal(['d/f', 'e/g'].map((at) => contentOf(pair.replica, at)), ['f', 'newer']);
  assert.not(isThere(pair.replica, 'h'));
  assert.equal(fs.readdirSync(`${pair.replica}/d`), ['f']);
  own(pair.replica);
  assert.is((await syncAsNobody(pair)).code, 0);
  await assertSettled(pair);
});

asNobody('mirrors what others own as its own, and is quiet then', async () => {
  const pair = newPair({ f: file('f', { mode: 0o644, uid: 1, gid: 2 }), 'd/g': 'g' });
  fs.chmodSync(pair.dir, 0o777);
  assert.is((await syncAsNobody(pair)).code, 0);
  assert.is(fs.statSync(`${pair.replica}/f`).uid, 65_534);
  const again = await syncAsNobody(pair);
  assert.equal([again.code, again.stdout], [0, '']);
});

nobody.run();
