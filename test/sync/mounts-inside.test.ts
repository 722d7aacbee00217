import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { startCli } from '../support/cli.ts';
import { systemError, watchingCalls } from '../support/faults.ts';
import { bindMount, mountTmpfs, unmount } from '../support/mounted.ts';
import { needs } from '../support/needs.ts';
import {
  assertMirrored, assertQuiet, contentOf, isThere, newPair, passesOf, syncNow, syncWell, type Pair,
} from '../support/pass.ts';
import { until } from '../support/temp.ts';
import { makeTree } from '../support/tree.ts';
import { withWatch } from '../support/watch.ts';

const inside = suite('a mount inside the source');
const onLinux = needs(inside, { root: true, platform: 'linux', tools: ['mount', 'umount'] });

/** A pair that is equal, with a folder from elsewhere, but of the same device, shown at `m`. */
async function bound(): Promise<Pair> {
  const pair = newPair({ 'a': 'a', 'm/': null });
  makeTree(pair.dir, { 'from/in': 'x', 'from/d/in': 'y' });
  bindMount(`${pair.dir}/from`, `${pair.source}/m`);
  await syncWell(pair);
  return pair;
}

/** Nothing is done, and what is at some places in the replica stays. */
async function assertKept(
  pair: Pair, at: readonly string[], code = 'mount-gone',
): Promise<void> {
  const { problems, exitCode, moved } = await syncNow(pair);
  assert.equal(problems, [`${code} m`]);
  assert.is(exitCode, 1);
  assert.equal(moved, []);
  for (const each of at) assert.ok(isThere(pair.replica, each), each);
}

onLinux('of the same device is missed as well: what was in it is kept, and told', async () => {
  const pair = await bound();
  unmount(`${pair.source}/m`);
  await assertKept(pair, ['m/in', 'm/d/in']);
  bindMount(`${pair.dir}/from`, `${pair.source}/m`);
  fs.unlinkSync(`${pair.source}/m/in`);
  await syncWell(pair);
  unmount(`${pair.source}/m`);
});

onLinux('that is gone with the folder it was mounted on is missed as well', async () => {
  const pair = newPair({ 'a': 'a', 'n/in': 'n', 'p/m/': null, 'p/f': 'f' });
  const mountPoint = `${pair.source}/p/m`;
  mountTmpfs(mountPoint, 'size=1m', 'server:/share');
  makeTree(mountPoint, { in: 'x' });
  await syncWell(pair);
  unmount(mountPoint);
  // The folder alone, with the one around it, and where another folder takes its name.
  const goes = async (act: () => void): Promise<void> => {
    act();
    const { problems, exitCode } = await syncNow(pair);
    assert.equal(problems, ['mount-gone p/m']);
    assert.is(exitCode, 1);
    assert.is(contentOf(pair.replica, 'p/m/in'), 'x');
  };
  await goes(() => fs.rmdirSync(mountPoint));
  await goes(() => fs.renameSync(`${pair.source}/n`, mountPoint));
  await goes(() => fs.rmSync(`${pair.source}/p`, { recursive: true }));
  assert.is((await syncNow(pair, { approveDeletes: true })).exitCode, 0);
  await syncWell(pair);
});

onLinux('of the same device that has files only, or came later, is missed as well', async () => {
  const pair = newPair({ 'a': 'a', 'm/': null, 'n/': null });
  makeTree(pair.dir, { 'from/in': 'x', 'other/in': 'y' });
  bindMount(`${pair.dir}/from`, `${pair.source}/m`);
  await syncWell(pair);
  bindMount(`${pair.dir}/other`, `${pair.source}/n`);
  await syncWell(pair);
  unmount(`${pair.source}/m`);
  unmount(`${pair.source}/n`);
  const { problems } = await syncNow(pair);
  assert.equal(problems, ['mount-gone m', 'mount-gone n']);
  assert.equal([contentOf(pair.replica, 'm/in'), contentOf(pair.replica, 'n/in')], ['x', 'y']);
});

onLinux('that shows a folder in its own place may go: nothing went with it', async () => {
  const pair = newPair({ 'm/in': 'x' });
  bindMount(`${pair.source}/m`, `${pair.source}/m`);
  await syncWell(pair);
  unmount(`${pair.source}/m`);
  await syncWell(pair);
});

onLinux('that goes before all of it was copied is missed as well', async () => {
  for (const isKnown of [false, true]) {
    const pair = newPair({ 'a': 'a', 'm/': null });
    makeTree(pair.dir, { 'from/in': 'x', 'from/d/in': 'y', 'from/e/in': 'z' });
    if (isKnown) await syncWell(pair);
    bindMount(`${pair.dir}/from`, `${pair.source}/m`);
    await passesOf(pair, async ({ memory }, pass) => {
      await watchingCalls(['renameSync'], () => {
        memory.cancelled ||= isThere(pair.replica, 'm/in');
      }, pass);
    });
    unmount(`${pair.source}/m`);
    await assertKept(pair, ['m/in']);
  }
});

onLinux('is missed as well where the mode of its folder could never be set', async () => {
  for (const isKnown of [false, true]) {
    const pair = newPair({ 'a': 'a', 'm/': null });
    makeTree(pair.dir, { 'from/in': 'x', 'from/d/in': 'y' });
    if (isKnown) await syncWell(pair);
    bindMount(`${pair.dir}/from`, `${pair.source}/m`);
    fs.chmodSync(`${pair.source}/m`, 0o750);
    const { problems } = await watchingCalls(['chmodSync', 'fchmodSync'], (call) => {
      const [at] = call.args;
      const path = fs.readlinkSync(typeof at === 'number' ? `/proc/self/fd/${at}` : String(at));
      if (path === `${pair.replica}/m`) throw systemError('EPERM', call);
    }, () => syncNow(pair, { workers: 0 }));
    assert.equal(problems, ['EPERM m']);
    unmount(`${pair.source}/m`);
    await assertKept(pair, ['m/in', 'm/d/in']);
  }
});

onLinux('is a plain folder from now on where that is approved', async () => {
  for (const make of [bound, tmpfs]) {
    const pair = await make();
    unmount(`${pair.source}/m`);
    makeTree(pair.source, { 'm/new': 'n' });
    await assertKept(pair, ['m/in']);
    await syncNow(pair, { approveDeletes: true });
    assertMirrored(pair);
    await assertQuiet(pair);
  }
});

async function tmpfs(): Promise<Pair> {
  const pair = newPair({ 'm/': null });
  mountTmpfs(`${pair.source}/m`);
  makeTree(pair.source, { 'm/in': 'x' });
  await syncWell(pair);
  return pair;
}

onLinux('of another file system than before is not believed until that is approved', async () => {
  const pair = newPair({ 'm/': null });
  const m = `${pair.source}/m`;
  const mountNamed = (name: string, file: string): void => {
    mountTmpfs(m, undefined, name);
    makeTree(m, { [file]: file });
  };
  mountNamed('one:/export', 'first');
  await syncWell(pair);
  unmount(m);
  mountNamed('two:/export', 'second');
  await assertKept(pair, ['m/first'], 'mount-other');
  unmount(m);
  await assertKept(pair, ['m/first']);
  mountNamed('one:/export', 'again');
  await syncWell(pair);
  unmount(m);
  mountNamed('two:/export', 'second');
  await assertKept(pair, ['m/again'], 'mount-other');
  await syncNow(pair, { approveDeletes: true });
  assertMirrored(pair);
  await assertQuiet(pair);
  unmount(m);
});

onLinux('is one by the word approve, but only what was told before', async () => {
  const pair = await bound();
  const cli = startCli(['watch', pair.source, pair.replica, '--state-dir', pair.state]);
  await cli.untilLine(/watching/);
  unmount(`${pair.source}/m`);
  cli.say('approve\n');
  await cli.untilLine(/cannot read m: what was mounted there is gone: .*"approve"/);
  assert.ok(isThere(pair.replica, 'm/in'));
  cli.say('approve\n');
  await until(() => !isThere(pair.replica, 'm/in'));
  cli.say('quit\n');
  await cli.exited;
  await syncWell(pair);
});

onLinux('that goes after the word approve was said is not covered by it', async () => {
  const pair = await bound();
  await withWatch(pair, {}, async (watching) => {
    const since = watching.mark();
    // The pass that finds it gone is not over when this is said.
    watching.say('sync');
    watching.say('approve');
    unmount(`${pair.source}/m`);
    const { pass } = await watching.event('pass-started',
      { where: ({ reason }) => reason === 'approved' });
    await watching.event('pass-finished', { where: (event) => event.pass === pass });
    assert.equal(watching.all('problem', since).map(({ code }) => code),
      ['mount-gone', 'mount-gone']);
    assert.is(contentOf(pair.replica, 'm/in'), 'x');
    await watching.fullPass('approve');
    assertMirrored(pair);
  });
});

inside.run();
