import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { contentOf, inodeOf, isThere, syncedPair } from '../support/pass.ts';
import { until } from '../support/temp.ts';
import { makeTree, setTime, symlink, type TreeSpec } from '../support/tree.ts';
import { assertNothingLeft, withWatch } from '../support/watch.ts';
import { beside, script } from './support.ts';

const events = suite('a watcher that leaves out what happened:');

/** Looks before anyone has finished. */
const HASTY = { settleMs: 1, maxWaitMs: 2 };

const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

events('W04: files in folders that are brand-new are there, by events alone', async () => {
  const pair = await syncedPair({ a: 'A' });
  await withWatch(pair, HASTY, async (watching) => {
    for (const at of numbers(150)) {
      makeTree(pair.source, { [`d${at}/a/b/`]: null });
      await delay(at % 12);
      makeTree(pair.source, { [`d${at}/a/b/f`]: '1', [`d${at}/g`]: '2' });
    }
    await watching.mirrored();
    await assertNothingLeft(watching);
  });
});

events('W05: what is written under a temporary name in a new folder, then renamed', async () => {
  const pair = await syncedPair({ a: 'A' });
  await withWatch(pair, HASTY, async (watching) => {
    for (const at of numbers(75)) {
      makeTree(pair.source, { [`d${at}/`]: null });
      await delay(at % 12);
      makeTree(pair.source, { [`d${at}/.t`]: `${at}` });
      fs.renameSync(`${pair.source}/d${at}/.t`, `${pair.source}/d${at}/final`);
    }
    await watching.mirrored();
    await assertNothingLeft(watching);
  });
});

events('W06: what comes and goes at once leaves nothing, and is no problem', async () => {
  const pair = await syncedPair({ 'd/a': 'A' });
  await withWatch(pair, HASTY, async (watching) => {
    for (const at of numbers(200)) {
      const name = `${pair.source}/d/${at % 7 === 0 ? 'again' : at}`;
      fs.writeFileSync(name, 'x');
      await delay(at % 4);
      fs.unlinkSync(name);
    }
    makeTree(pair.source, { 'd/k': 'kept' });
    await watching.mirrored();
    assert.equal(fs.readdirSync(`${pair.replica}/d`).toSorted(), ['a', 'k']);
    assert.equal(watching.all('problem'), []);
    await assertNothingLeft(watching);
  });
});

events('W11: names as editors use them are mirrored at once, like all others', async () => {
  const pair = await syncedPair({ 'd/a': 'A' });
  const names = ['foo~', '.a.swp', '.a.swx', 'x.sublime.tmp', '.#lock', '4913', '.goutputstream-1'];
  await withWatch(pair, {}, async (watching) => {
    for (const name of names) {
      makeTree(pair.source, { [`d/${name}`]: 'first' });
      await until(() => isThere(pair.replica, `d/${name}`), { what: `${name} is there` });
      fs.writeFileSync(`${pair.source}/d/${name}`, 'and then more');
      await until(() => contentOf(pair.replica, `d/${name}`) === 'and then more');
    }
    await watching.mirrored();
    await assertNothingLeft(watching);
  });
});

events('W12: a change that keeps the time it had, or sets an old one', async () => {
  const time = 1_000_000_000_000_000n;
  const pair = await syncedPair({ 'd/a': 'old', 'd/b': 'old' });
  for (const at of ['a', 'b']) setTime(`${pair.source}/d/${at}`, time);
  await withWatch(pair, {}, async (watching) => {
    fs.writeFileSync(`${pair.source}/d/a`, 'new');
    setTime(`${pair.source}/d/a`, time);
    await until(() => contentOf(pair.replica, 'd/a') === 'new');
    makeTree(pair.source, { new: 'new' });
    setTime(`${pair.source}/new`, time);
    fs.renameSync(`${pair.source}/new`, `${pair.source}/d/b`);
    await until(() => contentOf(pair.replica, 'd/b') === 'new');
    await watching.mirrored();
    await assertNothingLeft(watching);
  });
});

events('W13: a folder of a thousand entries that moves is one rename', async () => {
  const spec: TreeSpec = Object.fromEntries(
    numbers(1_000).map((at) => [`d/${at % 60}/${at}`, `${at}`]));
  const pair = await syncedPair({ a: 'A', ...spec });
  const inode = inodeOf(pair.replica, 'd/7/7');
  await withWatch(pair, {}, async (watching) => {
    const mark = watching.mark();
    let isAway = false;
    fs.renameSync(`${pair.source}/d`, `${pair.source}/e`);
    await until(() => {
      const [old, now] = ['d', 'e'].map((name) => isThere(pair.replica, name));
      isAway ||= old === false && now === false;
      return now === true;
    }, { everyMs: 0 });
    await watching.mirrored();
    assert.is(isAway, false, 'the folder had neither name');
    assert.is(inodeOf(pair.replica, 'e/7/7'), inode);
    assert.equal(watching.moved(mark), ['rename d -> e']);
    await assertNothingLeft(watching);
  });
});

events('W14: a file that is written to without end starves no other', async () => {
  const pair = await syncedPair({ 'd/log': '', 'd/a': 'A' });
  const writes = 'for (;;) fs.appendFileSync(argv[0], "line\\n");';
  await withWatch(pair, { maxWaitMs: 300 }, async (watching) => {
    await beside(script(writes, `${pair.source}/d/log`), async () => {
      await until(() => fs.statSync(`${pair.source}/d/log`).size > 50_000);
      for (const at of numbers(5)) {
        fs.writeFileSync(`${pair.source}/d/a`, `change ${at}`);
        await until(() => contentOf(pair.replica, 'd/a') === `change ${at}`);
      }
      await until(() => fs.statSync(`${pair.replica}/d/log`).size > 0);
      const mark = watching.mark();
      const since = performance.now();
      const { size } = fs.statSync(`${pair.source}/d/log`);
      await until(() => fs.statSync(`${pair.source}/d/log`).size > 3 * size);
      const passes = watching.all('pass-started', mark).length;
      // One at the end of each longest wait; as many again, for those that try anew.
      const most = 2 + 2 * (performance.now() - since) / 300;
      assert.ok(passes <= most, `${passes} passes, not ${most} at most`);
    });
    await watching.mirrored();
  });
});

events('W16: links out of the source, and in a ring, are not followed by the watcher', async () => {
  const pair = await syncedPair({
    'root': symlink('/'), 'loop': symlink('.'), 'd/up': symlink('..'), 'out': symlink('../out'),
  });
  fs.mkdirSync(`${pair.dir}/out`);
  await withWatch(pair, {}, async (watching) => {
    assert.is(watching.all('watching')[0]?.folders, 2);
    const mark = watching.mark();
    makeTree(pair.dir, { 'out/f': 'outside' });
    makeTree(pair.source, { 'd/after': 'x' });
    await watching.mirrored();
    assert.is(watching.all('pass-started', mark).length, 1);
    await assertNothingLeft(watching);
  });
});

events('W17: what happens in a folder that moved out of the source is not told', async () => {
  const pair = await syncedPair({ 'd/e/f': 'F', 'a': 'A' });
  await withWatch(pair, {}, async (watching) => {
    fs.renameSync(`${pair.source}/d`, `${pair.dir}/scratch`);
    await until(() => !isThere(pair.replica, 'd'));
    await watching.mirrored();
    const mark = watching.mark();
    makeTree(pair.dir, { 'scratch/new': 'x', 'scratch/e/new': 'x', 'scratch/e/f': 'changed' });
    fs.writeFileSync(`${pair.source}/a`, 'after');
    await watching.mirrored();
    assert.equal(watching.moved(mark), ['copy a']);
    assert.equal(watching.all('problem'), []);
    await assertNothingLeft(watching);
  });
});

events.run();
