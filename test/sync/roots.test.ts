import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { runCli, startCli } from '../support/cli.ts';
import { bindMount, mountTmpfs, unmount } from '../support/mounted.ts';
import { needs } from '../support/needs.ts';
import {
  assertMirrored, contentOf, isThere, newPair, syncedPair, syncNow, syncWell, type Pair,
} from '../support/pass.ts';
import { removeTree, tempFolder } from '../support/temp.ts';
import { fifo, makeTree, readTree } from '../support/tree.ts';

const mounts = { root: true, platform: 'linux', tools: ['mount', 'umount'] } as const;

/** Names and contents, which is what nobody may lose. */
const contents = (dir: string): string[] =>
  [...readTree(dir)].map(([at, { type, hash, target }]) => `${at} ${type} ${hash ?? target ?? ''}`);

/** The pass is refused with a code, and both folders are left as they are. */
async function assertRefused(pair: Pair, code: string, text = /./): Promise<void> {
  const dirs = [pair.source, pair.replica].filter((dir) => fs.existsSync(dir)
    && fs.lstatSync(dir).isDirectory());
  const before = dirs.map(contents);
  const { refused, exitCode, done } = await syncNow(pair);
  assert.is(refused?.code, code);
  assert.match(refused?.text ?? '', text);
  assert.is(exitCode, 3);
  assert.equal(done, []);
  assert.equal(dirs.map(contents), before);
}

const SPEC = { 'a': 'a', 'd/b': 'b' };

// ---

const source = suite('the source');

source('missing at the start is refused, and no replica is made', async () => {
  const pair = newPair();
  removeTree(pair.source);
  await assertRefused(pair, 'source-missing', /S does not exist/);
  assert.not(isThere(pair.dir, 'D'));
  assert.equal(fs.readdirSync(pair.state), []);
});

source('missing later keeps the replica', async () => {
  const pair = await syncedPair(SPEC);
  fs.renameSync(pair.source, `${pair.dir}/away`);
  await assertRefused(pair, 'source-missing');
  fs.renameSync(`${pair.dir}/away`, pair.source);
  await syncWell(pair);
});

const instead = {
  'file': ['not-a-folder', (at) => fs.writeFileSync(at, 'x')],
  'FIFO': ['not-a-folder', (at) => makeTree(at.slice(0, at.lastIndexOf('/')), { S: fifo() })],
  'link that leads nowhere': ['missing', (at) => fs.symlinkSync('nowhere', at)],
  'link to itself': ['unreadable', (at) => fs.symlinkSync('S', at)],
  'link to a file': ['not-a-folder', (at) => fs.symlinkSync('/etc/hostname', at)],
} satisfies Readonly<Record<string, readonly [string, (at: string) => void]>>;
for (const [which, [code, make]] of Object.entries(instead)) {
  source(`that is a ${which} is refused`, async () => {
    const pair = await syncedPair(SPEC);
    removeTree(pair.source);
    make(pair.source);
    const { exitCode, done, refused } = await syncNow(pair);
    assert.equal([refused?.code, exitCode], [`source-${code}`, 3]);
    assert.equal(done, []);
    assert.equal(contents(pair.replica).length, 4);
  });
}

source('that became a link to another folder is refused until approved', async () => {
  const pair = await syncedPair(SPEC);
  fs.renameSync(pair.source, `${pair.dir}/real`);
  makeTree(`${pair.dir}/other`, { c: 'c' });
  fs.symlinkSync(`${pair.dir}/other`, pair.source);
  await assertRefused(pair, 'source-became-link', /approve/);
  await syncNow(pair, { approveDeletes: true });
  assertMirrored({ ...pair, source: `${pair.dir}/other` });
  assert.is((await syncNow(pair)).quiet, true);
});

source('whose link leads elsewhere than before is refused until approved', async () => {
  const dir = tempFolder();
  makeTree(dir, { 'one/a': 'a', 'two/b': 'b' });
  fs.symlinkSync('one', `${dir}/link`);
  const pair = { dir, source: `${dir}/link`, replica: `${dir}/D`, state: `${dir}/state` };
  assert.is((await syncNow(pair)).exitCode, 0);
  assertMirrored({ ...pair, source: `${dir}/one` });
  fs.unlinkSync(pair.source);
  fs.symlinkSync('two', pair.source);
  await assertRefused(pair, 'source-became-link');
  assert.is(contentOf(pair.replica, 'a'), 'a');
});

needs(source, mounts)('on another file system is refused until it is back', async () => {
  const pair = await syncedPair(SPEC);
  mountTmpfs(pair.source);
  await assertRefused(pair, 'source-other-file-system', /file system/);
  makeTree(pair.source, { 'other': 'x' });
  await assertRefused(pair, 'source-other-file-system');
  unmount(pair.source);
  await syncWell(pair);
});

needs(source, mounts)('on another file system is gone on with when approved', async () => {
  const pair = await syncedPair(SPEC);
  mountTmpfs(pair.source);
  makeTree(pair.source, { 'other': 'x' });
  await syncNow(pair, { approveDeletes: true });
  await syncWell(pair);
});

needs(source, mounts)('that was unmounted is missed, its empty folder not mirrored', async () => {
  const pair = newPair();
  mountTmpfs(pair.source);
  makeTree(pair.source, SPEC);
  await syncWell(pair);
  unmount(pair.source);
  await assertRefused(pair, 'source-other-file-system');
  assert.is(contentOf(pair.replica, 'd/b'), 'b');
});

needs(source, mounts)('of another name is another, on the same device number as well', async () => {
  const pair = newPair();
  mountTmpfs(pair.source, 'size=8m', 'one:/export');
  makeTree(pair.source, SPEC);
  await syncWell(pair);
  unmount(pair.source);
  mountTmpfs(pair.source, 'size=8m', 'two:/export');
  makeTree(pair.source, { other: 'x' });
  await assertRefused(pair, 'source-other-file-system');
  unmount(pair.source);
  mountTmpfs(pair.source, 'size=8m', 'one:/export');
  makeTree(pair.source, SPEC);
  await syncWell(pair);
});

needs(source, mounts)('loses a mount inside: what was in it is kept, and told', async () => {
  const pair = newPair({ 'a': 'a', 'm/': null, 'gone': 'x' });
  mountTmpfs(`${pair.source}/m`);
  makeTree(pair.source, { 'm/in': 'x', 'm/d/in': 'y' });
  await syncWell(pair);
  unmount(`${pair.source}/m`);
  fs.unlinkSync(`${pair.source}/gone`);
  const { problems, exitCode } = await syncNow(pair);
  assert.equal(problems, ['mount-gone m']);
  assert.is(exitCode, 1);
  assert.is(contentOf(pair.replica, 'm/d/in'), 'y');
  assert.not(isThere(pair.replica, 'gone'));
});

source.run();

// ---

const replica = suite('the replica');

replica('is made where it is missing', async () => {
  const pair = newPair(SPEC);
  await syncWell(pair);
});

replica('is not made where its parents are missing: they are named', async () => {
  const pair = newPair(SPEC);
  const deep = { ...pair, replica: `${pair.dir}/no/such/D` };
  await assertRefused(deep, 'replica-parent-missing', /\/no.*\/no\/such/);
  assert.not(isThere(pair.dir, 'no'));
});

replica('that is a file is refused, and left', async () => {
  const pair = newPair(SPEC);
  fs.writeFileSync(pair.replica, 'precious');
  await assertRefused(pair, 'replica-not-a-folder');
  assert.is(contentOf(pair.dir, 'D'), 'precious');
});

replica('that is a link to a folder is that folder', async () => {
  const pair = newPair(SPEC);
  fs.mkdirSync(`${pair.dir}/real`);
  fs.symlinkSync('real', pair.replica);
  assert.is((await syncNow(pair)).exitCode, 0);
  assertMirrored({ ...pair, replica: `${pair.dir}/real` });
  assert.is((await syncNow(pair)).quiet, true);
});

replica('that became a link is refused until approved, and nothing in its target touched',
  async () => {
    const pair = await syncedPair(SPEC);
    removeTree(pair.replica);
    makeTree(`${pair.dir}/etc`, { 'passwd': 'x', 'a': 'other a' });
    fs.symlinkSync(`${pair.dir}/etc`, pair.replica);
    await assertRefused(pair, 'replica-became-link');
    assert.equal(fs.readdirSync(`${pair.dir}/etc`), ['a', 'passwd']);
    assert.is(contentOf(pair.dir, 'etc/a'), 'other a');
  });

replica('that was removed is made again, whole', async () => {
  const pair = await syncedPair({ ...SPEC, 'd/e/f': 'f' });
  removeTree(pair.replica);
  await syncWell(pair);
});

replica('that was removed and made again, empty or with something else in it', async () => {
  const pair = await syncedPair({ ...SPEC, 'd/e/f': 'f' });
  removeTree(pair.replica);
  fs.mkdirSync(pair.replica);
  await syncWell(pair);
  removeTree(pair.replica);
  makeTree(pair.replica, { 'd/e/f': 'else', 'x': 'x' });
  await syncWell(pair);
});

needs(replica, mounts)('that was unmounted is not written beside its mount', async () => {
  const pair = newPair(SPEC);
  fs.mkdirSync(pair.replica);
  mountTmpfs(pair.replica);
  await syncWell(pair);
  unmount(pair.replica);
  await assertRefused(pair, 'replica-other-file-system');
  assert.equal(fs.readdirSync(pair.replica), []);
});

needs(replica, mounts)('has a mount inside: never removed, never written across by a rename',
  async () => {
    const pair = await syncedPair({ 'm/f': 'f', 'keep': 'k', 'a': 'a' });
    fs.mkdirSync(`${pair.dir}/other`);
    makeTree(`${pair.dir}/other`, { precious: 'p' });
    bindMount(`${pair.dir}/other`, `${pair.replica}/m`);
    removeTree(`${pair.source}/m`);
    const { exitCode, problems } = await syncNow(pair);
    assert.is(exitCode, 1);
    assert.is(problems.length, 1, problems.join());
    assert.is(contentOf(pair.dir, 'other/precious'), 'p');
    unmount(`${pair.replica}/m`);
    await syncWell(pair);

    // What moves over the border of a mount is copied, and removed where it was.
    makeTree(pair.source, { 'n/': null });
    await syncWell(pair);
    mountTmpfs(`${pair.replica}/n`);
    fs.renameSync(`${pair.source}/a`, `${pair.source}/n/a`);
    await syncNow(pair);
    await syncWell(pair);
    unmount(`${pair.replica}/n`);
  });

const INSTEAD: Readonly<Record<string, (pair: Pair) => void>> = {
  'a file': (pair) => fs.writeFileSync(`${pair.source}/d`, 'a file'),
  'another folder': (pair) => fs.renameSync(`${pair.source}/q`, `${pair.source}/d`),
};
for (const [what, make] of Object.entries(INSTEAD)) {
  needs(replica, mounts)(`has a mount in a folder that is ${what} now: it stays where it is`,
    async () => {
      const pair = await syncedPair({ 'd/m/': null, 'd/f': 'f', 'q/x': 'x', 'q/y': 'y', 'k': 'k' });
      mountTmpfs(`${pair.replica}/d/m`);
      makeTree(pair.replica, { 'd/m/in': 'in' });
      removeTree(`${pair.source}/d`);
      make(pair);
      for (const _ of [1, 2]) {
        const { exitCode, problems } = await syncNow(pair);
        assert.equal([exitCode, problems], [1, [what === 'a file' ? 'mount d' : 'mount d/m']]);
        assert.is(contentOf(pair.replica, 'd/m/in'), 'in');
        assert.equal(fs.readdirSync(pair.replica).filter((name) => name.startsWith('.')), []);
      }
      unmount(`${pair.replica}/d/m`);
      await syncWell(pair);
    });
}

replica.run();

// ---

const overlap = suite('folders that overlap are refused, before anything is written:');

for (const [which, from, to] of [
  ['the same folder', 'S', 'S'], ['the replica inside the source', 'S', 'S/d/D'],
  ['the source inside the replica', 'S/d', 'S'], ['by way of ..', 'S', 'S/../S/d'],
  ['by a link to the source', 'S', 'link'], ['by a link into the source', 'S', 'link/d'],
  ['by a link above the source', 'link/d', 'S'],
] as const) {
  overlap(which, async () => {
    const pair = newPair(SPEC);
    fs.symlinkSync('S', `${pair.dir}/link`);
    await assertRefused({
      ...pair, source: `${pair.dir}/${from}`, replica: `${pair.dir}/${to}`,
    }, 'overlap');
  });
}

for (const [which, what, at, from, to] of [
  ['the same folder', 'S', 'bind', 'S', 'bind'],
  ['the replica inside the source', 'S/d', 'bind', 'S', 'bind'],
  ['the source inside the replica', 'S/d', 'bind', 'bind', 'S'],
  ['the replica to be made inside the source', 'S/d', 'bind', 'S', 'bind/new'],
  ['the replica is mounted in the source', 'other', 'S/d', 'S', 'other'],
] as const) {
  needs(overlap, mounts)(`${which}, by a bind mount`, async () => {
    const pair = newPair(SPEC);
    makeTree(pair.dir, { 'bind/': null, 'other/x': 'x' });
    bindMount(`${pair.dir}/${what}`, `${pair.dir}/${at}`);
    await assertRefused({
      ...pair, source: `${pair.dir}/${from}`, replica: `${pair.dir}/${to}`,
    }, 'overlap');
    unmount(`${pair.dir}/${at}`);
  });
}

overlap.run();

// ---

const two = suite('two fsyncs');
const onLinux = needs(two, { platform: 'linux' });

/** A watch of a pair, ready, in a process of its own. */
async function watching(pair: Pair): Promise<{ end(): Promise<unknown> }> {
  const cli = startCli(['watch', pair.source, pair.replica, '--state-dir', `${pair.dir}/other`]);
  await cli.untilLine(/watching/);
  return { end: () => cli.kill() };
}

for (const [which, replicaOf] of [
  ['the same replica', (pair: Pair) => pair.replica],
  ['a replica inside', (pair: Pair) => `${pair.replica}/d`],
  ['a replica inside that is yet to be made', (pair: Pair) => `${pair.replica}/d/new`],
  ['the replica around', (pair: Pair) => pair.dir],
] as const) {
  onLinux(`on ${which}: the second is refused with 3`, async () => {
    const pair = await syncedPair(SPEC);
    const others = newPair({ 'x': 'x' });
    const first = await watching(pair);
    const second = { ...others, replica: replicaOf(pair) };
    const { refused, exitCode, done } = await syncNow(second);
    assert.equal([refused?.code, exitCode, done], ['locked', 3, []]);
    assert.match(refused?.text ?? '', /another fsync \(process \d+\)/);
    const { code } = await runCli(['sync', second.source, second.replica]);
    assert.is(code, 3);
    await first.end();
    assertMirrored(pair);
    assert.is((await syncNow(second, { dryRun: true })).refused, undefined);
  });
}

onLinux('on one pair: the second is refused, be it a dry run', async () => {
  const pair = await syncedPair(SPEC);
  const cli = startCli(['watch', pair.source, pair.replica, '--state-dir', pair.state]);
  await cli.untilLine(/watching/);
  for (const dryRun of [false, true]) {
    const { refused, exitCode } = await syncNow(pair, { dryRun });
    assert.is(exitCode, 3);
    assert.ok(refused);
  }
  await cli.kill('SIGKILL');
  // Whatever it left, the dead one holds nothing any more.
  await syncWell(pair);
});

onLinux('on other replicas of one source run side by side', async () => {
  const pair = newPair(SPEC);
  const others = [1, 2, 3].map((at) => ({ ...pair, replica: `${pair.dir}/D${at}` }));
  const passed = await Promise.all(others.map((other) => syncNow(other)));
  assert.equal(passed.map(({ exitCode }) => exitCode), [0, 0, 0]);
  others.forEach(assertMirrored);
});

two.run();
