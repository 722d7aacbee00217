import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { bindMount, mountTmpfs, unmount } from '../support/mounted.ts';
import { needs } from '../support/needs.ts';
import { contentOf, isThere, newPair, syncedPair } from '../support/pass.ts';
import { removeTree, until } from '../support/temp.ts';
import { makeTree } from '../support/tree.ts';
import { assertNothingLeft, withWatch } from '../support/watch.ts';
import { assertNoLitter, shot } from './support.ts';

const replica = suite('while it is watched, the replica');
const mounts = needs(replica, { root: true, platform: 'linux', tools: ['mount', 'umount'] });

mounts('R03: is unmounted: nothing is written beside it, and all is there when it is back',
  async () => {
    const pair = newPair({ 'a': 'A', 'd/b': 'B' });
    makeTree(pair.dir, { 'D/': null, 'disk/': null });
    mountTmpfs(`${pair.dir}/disk`);
    bindMount(`${pair.dir}/disk`, pair.replica);
    await withWatch(pair, {}, async (watching) => {
      const mark = watching.mark();
      unmount(pair.replica);
      makeTree(pair.source, { 'a': 'changed', 'd/new': 'N' });
      fs.unlinkSync(`${pair.source}/d/b`);
      const { code } = await watching.event('waiting');
      assert.is(code, 'replica-other-file-system');
      watching.say('sync');
      // Long enough for the next look at it, which comes a second after the first one.
      const since = performance.now();
      await until(() => performance.now() - since > 1_500);
      assert.equal(fs.readdirSync(pair.replica), []);
      assert.equal(watching.moved(mark), []);

      bindMount(`${pair.dir}/disk`, pair.replica);
      await watching.mirrored();
      await assertNothingLeft(watching);
    });
    unmount(pair.replica);
    unmount(`${pair.dir}/disk`);
  });

for (const [which, put, code] of [
  ['a link', (at: string) => fs.symlinkSync('elsewhere', at), 'replica-became-link'],
  ['a file', (at: string) => fs.writeFileSync(at, 'precious'), 'replica-not-a-folder'],
] as const) {
  replica(`R04: is replaced by ${which}: refused, and nothing is touched there`, async () => {
    const pair = await syncedPair({ 'a': 'A', 'd/b': 'B', 'c': 'C' });
    makeTree(pair.dir, { 'elsewhere/passwd': 'x', 'elsewhere/a': 'another', 'elsewhere/d/': null });
    await withWatch(pair, {}, async (watching) => {
      const before = shot(`${pair.dir}/elsewhere`);
      fs.renameSync(pair.replica, `${pair.dir}/away`);
      put(pair.replica);
      makeTree(pair.source, { 'a': 'changed', 'd/b': 'changed', 'd/new': 'N' });
      fs.unlinkSync(`${pair.source}/c`);
      await watching.event('waiting', { where: (event) => event.code === code });
      watching.say('sync');
      const since = performance.now();
      await until(() => performance.now() - since > 1_500);
      assert.equal(shot(`${pair.dir}/elsewhere`), before);
      if (which === 'a file') assert.is(contentOf(pair.dir, 'D'), 'precious');

      fs.unlinkSync(pair.replica);
      fs.renameSync(`${pair.dir}/away`, pair.replica);
      await watching.mirrored();
      await assertNothingLeft(watching);
    });
  });
}

mounts('R05: is full: told and tried again, the rest goes on, and room ends it', async () => {
  const pair = newPair({ 'big': Buffer.alloc(1_000_000, 1), 'a': 'A' });
  fs.mkdirSync(pair.replica);
  mountTmpfs(pair.replica, 'size=2m');
  await withWatch(pair, {}, async (watching) => {
    const mark = watching.mark();
    fs.writeFileSync(`${pair.source}/big`, Buffer.alloc(4_000_000, 2));
    const { path, code } = await watching.event('problem', { since: mark });
    assert.equal([path, code], ['big', 'ENOSPC']);
    makeTree(pair.source, { 'a': 'changed', 'd/small': 'fits' });
    await until(() => contentOf(pair.replica, 'a') === 'changed' && isThere(pair.replica, 'd'));
    assert.ok(fs.readFileSync(`${pair.replica}/big`).equals(Buffer.alloc(1_000_000, 1)));
    await watching.event('problem', { since: mark, where: ({ retryMs }) => retryMs === 2000 });
    execFileSync('mount', ['-o', 'remount,size=20m', pair.replica]);
    await watching.mirrored();
    assertNoLitter(pair.replica);
    await assertNothingLeft(watching);
  });
  unmount(pair.replica);
});

mounts('R08: becomes read-only: told once for each try, and all is done when it ends', async () => {
  const pair = newPair({ 'a': 'A', 'd/b': 'B', 'c': 'C' });
  fs.mkdirSync(pair.replica);
  mountTmpfs(pair.replica);
  await withWatch(pair, {}, async (watching) => {
    const mark = watching.mark();
    execFileSync('mount', ['-o', 'remount,ro', pair.replica]);
    makeTree(pair.source, { 'a': 'changed', 'd/new': 'N', 'e/f/g': 'G' });
    fs.renameSync(`${pair.source}/d/b`, `${pair.source}/b`);
    fs.unlinkSync(`${pair.source}/c`);
    await watching.event('problem', { since: mark, where: ({ retryMs }) => retryMs === 2000 });
    assert.equal(watching.all('problem', mark).filter(({ code }) => code !== 'EROFS'), []);
    execFileSync('mount', ['-o', 'remount,rw', pair.replica]);
    await watching.mirrored();
    await assertNothingLeft(watching);
  });
  unmount(pair.replica);
});

replica('R02: is removed while changes come: whole again, whatever the record says', async () => {
  const pair = await syncedPair({ 'a': 'A', 'd/b': 'B', 'd/e/c': 'C' });
  await withWatch(pair, {}, async (watching) => {
    for (const at of [1, 2, 3]) {
      removeTree(pair.replica);
      makeTree(pair.source, { 'd/b': `changed ${at}`, [`new${at}`]: 'N' });
      await watching.fullPass();
      await watching.mirrored();
    }
    await assertNothingLeft(watching);
  });
});

replica.run();
