import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { bindMount, mountTmpfs, unmount } from '../support/mounted.ts';
import { needs } from '../support/needs.ts';
import { contentOf, isThere, newPair, syncedPair, type Pair } from '../support/pass.ts';
import { differences } from '../support/same.ts';
import { removeTree, until } from '../support/temp.ts';
import { makeTree, readTree, type TreeSpec } from '../support/tree.ts';
import { assertNothingLeft, withWatch, type Watching } from '../support/watch.ts';
import { BOUND, shot, withCliWatch } from './support.ts';

const source = suite('while it is watched, the source');
const mounts = needs(source, { root: true, platform: 'linux', tools: ['mount', 'umount'] });

const SPEC: TreeSpec = {
  'a': 'A', 'd/b': 'B', 'd/e/c': 'C',
  ...Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`f${at}`, `${at}`])),
};

/** The replica has all it had, however often a pass looks at what is there instead. */
async function assertKept(pair: Pair, watching: Watching, before: unknown): Promise<void> {
  const mark = watching.mark();
  watching.say('sync');
  watching.say('status');
  await watching.event('status', { since: mark, where: ({ state }) => state === 'waiting' });
  // Long enough for the next look at the root, which comes a second after the first one.
  const since = performance.now();
  await until(() => performance.now() - since > 1_500);
  assert.equal(shot(pair.replica), before);
  assert.equal(watching.moved(mark), []);
}

/** Changes are told by events again, of the folder that is the source now. */
async function assertWatchesAgain(pair: Pair, watching: Watching): Promise<void> {
  await until(() => {
    makeTree(pair.source, { 'again/f': String(performance.now()) });
    return watching.all('pass-started').at(-1)?.reason === 'changes';
  }, { everyMs: 300, what: 'changes are told again' });
  await watching.mirrored();
  await assertNothingLeft(watching);
}

source('W08: is renamed away, another one in its place: nothing of the old one comes', async () => {
  const pair = await syncedPair(SPEC);
  await withWatch(pair, {}, async (watching) => {
    fs.renameSync(pair.source, `${pair.dir}/old`);
    makeTree(pair.source, { new: 'new' });
    makeTree(`${pair.dir}/old`, { 'ghost': 'x', 'd/ghost': 'x', 'd/b': 'changed by a ghost' });
    // Most of the replica would go: it is kept until that is approved.
    const held = await watching.event('held');
    assert.is(held.reason, 'first-contact');
    makeTree(`${pair.dir}/old`, { 'd/e/ghost': 'x', 'd/e/c': 'changed by a ghost' });
    makeTree(pair.source, { newer: 'newer' });
    await until(() => isThere(pair.replica, 'newer'));
    assert.equal([...readTree(pair.replica).keys()].filter((at) => at.includes('ghost')), []);
    assert.equal(['d/b', 'd/e/c'].map((at) => contentOf(pair.replica, at)), ['B', 'C']);
    await watching.fullPass('approve');
    assert.equal(differences(pair.source, pair.replica), []);
    await assertWatchesAgain(pair, watching);
  });
});

mounts('S03: is unmounted: kept, and gone on with when it is mounted again', async () => {
  const pair = newPair();
  fs.mkdirSync(`${pair.dir}/disk`);
  mountTmpfs(`${pair.dir}/disk`);
  makeTree(`${pair.dir}/disk`, SPEC);
  bindMount(`${pair.dir}/disk`, pair.source);
  await withWatch(pair, {}, async (watching) => {
    const before = shot(pair.replica);
    unmount(pair.source);
    watching.say('sync');
    const { code } = await watching.event('waiting');
    assert.is(code, 'source-other-file-system');
    // Nor does what is written into the empty folder below it come over.
    makeTree(pair.source, { 'in the mount point': 'x' });
    await assertKept(pair, watching, before);

    fs.unlinkSync(`${pair.source}/in the mount point`);
    bindMount(`${pair.dir}/disk`, pair.source);
    makeTree(pair.source, { 'd/b': 'changed while it was away' });
    await watching.mirrored();
    await assertWatchesAgain(pair, watching);
  });
  unmount(pair.source);
  unmount(`${pair.dir}/disk`);
});

mounts('W09: is unmounted, and the watcher tells that its files are gone: they stay', async () => {
  const pair = newPair();
  mountTmpfs(pair.source);
  makeTree(pair.source, SPEC);
  await withWatch(pair, {}, async (watching) => {
    const before = shot(pair.replica);
    unmount(pair.source);
    watching.say('sync');
    await watching.event('waiting');
    await assertKept(pair, watching, before);
    assert.equal(watching.all('held'), []);
  });
});

for (const [row, which, put, code] of [
  ['S05', 'a file', (at: string) => fs.writeFileSync(at, 'x'), 'source-not-a-folder'],
  ['S06', 'a link to elsewhere', (at: string) => fs.symlinkSync('/etc/ssl', at),
    'source-became-link'],
] as const) {
  source(`${row}: is replaced by ${which}: kept, told, and gone on with when it is back`,
    async () => {
      const pair = await syncedPair(SPEC);
      await withWatch(pair, {}, async (watching) => {
        const before = shot(pair.replica);
        fs.renameSync(pair.source, `${pair.dir}/away`);
        put(pair.source);
        await watching.event('waiting', { where: (event) => event.code === code });
        await assertKept(pair, watching, before);
        fs.unlinkSync(pair.source);
        fs.renameSync(`${pair.dir}/away`, pair.source);
        await watching.mirrored();
        await assertWatchesAgain(pair, watching);
      });
    });
}

source('S07: is being deleted: no more goes than is allowed at once', async () => {
  const pair = await syncedPair(SPEC);
  const files = Object.keys(SPEC).filter((at) => at.startsWith('f'));
  await withWatch(pair, { maxDelete: { entries: 5 }, settleMs: 1 }, async (watching) => {
    const remove = (some: readonly string[]): void =>
      some.forEach((at) => fs.unlinkSync(`${pair.source}/${at}`));
    remove(files.slice(0, 4));
    await until(() => !files.slice(0, 4).some((at) => isThere(pair.replica, at)));
    remove(files.slice(4));
    const { reason } = await watching.event('held');
    assert.is(reason, 'max-delete');
    // One more may have gone, whose deletion was told before the others.
    const before = [...readTree(pair.replica).keys()];
    assert.ok(files.filter((at) => before.includes(at)).length >= files.length - 5);
    removeTree(pair.source);
    await watching.event('waiting');
    assert.equal([...readTree(pair.replica).keys()], before);
  });
});

needs(source, { root: true, platform: 'linux', tools: ['setpriv'] })(
  'W10: becomes unreadable in a part: that is kept and told, the rest goes on', async () => {
    const pair = await syncedPair({ 'lock/a': 'A', 'lock/d/b': 'B', 'c': 'C', 'gone': 'x' });
    await withCliWatch(pair, { under: BOUND }, async (cli) => {
      fs.chmodSync(`${pair.source}/lock`, 0o000);
      await cli.untilLine(/cannot read lock.*EACCES/);
      fs.unlinkSync(`${pair.source}/gone`);
      makeTree(pair.source, { c: 'changed' });
      await until(() => !isThere(pair.replica, 'gone') && contentOf(pair.replica, 'c') !== 'C');
      assert.equal(['lock/a', 'lock/d/b'].map((at) => contentOf(pair.replica, at)), ['A', 'B']);
      makeTree(pair.source, { 'lock/a': 'changed behind the lock' });
      fs.chmodSync(`${pair.source}/lock`, 0o755);
      await until(() => differences(pair.source, pair.replica).length === 0,
        { timeoutMs: 20_000 });
    });
  });

source.run();
