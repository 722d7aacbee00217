import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { needs } from '../support/needs.ts';
import {
  contentOf, inodeOf, newPair, syncedPair, syncNow, syncWell, type Pair,
} from '../support/pass.ts';
import { differences } from '../support/same.ts';
import { removeTree, tempFolder, until } from '../support/temp.ts';
import { makeTree, readTree, type TreeSpec } from '../support/tree.ts';
import { assertNothingLeft, startWatch, withWatch, type Watching } from '../support/watch.ts';

const write = (pair: Pair, at: string, content: string): void =>
  fs.writeFileSync(`${pair.source}/${at}`, content);

const files = (count: number): TreeSpec =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, `${at}`]));

const source = suite('watch: a source that');

/** The replica, entry by entry. */
const shot = (pair: Pair): unknown => [...readTree(pair.replica)];

source('moves away is waited for, nothing is deleted, and it goes on when it is back', async () => {
  const pair = await syncedPair({ ...files(12), 'd/a': 'A' });
  const before = shot(pair);
  const inode = inodeOf(pair.replica, 'd/a');
  await withWatch(pair, {}, async (watching) => {
    const mark = watching.mark();
    fs.renameSync(pair.source, `${pair.dir}/away`);
    const { code } = await watching.event('waiting', { since: mark });
    assert.is(code, 'source-missing');
    watching.say('sync');
    watching.say('status');
    assert.is((await watching.event('status', { since: mark })).state, 'waiting');
    // Looked for again after 1 s and 2 s, told once, and once more to who asked.
    const since = performance.now();
    await until(() => performance.now() - since > 2_500);
    assert.equal(shot(pair), before);
    assert.is(watching.all('waiting', mark).length, 2);
    assert.equal(watching.all('pass-failed'), []);

    fs.writeFileSync(`${pair.dir}/away/new`, 'while it was away');
    fs.renameSync(`${pair.dir}/away`, pair.source);
    await watching.mirrored();
    assert.is(inodeOf(pair.replica, 'd/a'), inode);
    await watchesAgain(pair, watching);
  });
});

source('moves away and is back before anyone looks is watched again', async () => {
  const pair = await syncedPair({ a: 'A', 'd/b': 'B' });
  await withWatch(pair, {}, async (watching) => {
    // One pass runs, and another waits, which is asked for: that is what people are told.
    watching.say('sync');
    watching.say('sync');
    fs.renameSync(pair.source, `${pair.dir}/away`);
    // The thread that watches says so now; this one hears it when the folder is back.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    fs.renameSync(`${pair.dir}/away`, pair.source);
    await watchesAgain(pair, watching);
  });
});

source('is deleted and made again with other content is gone on with', async () => {
  const pair = await syncedPair({ a: 'A', 'd/b': 'B' });
  await withWatch(pair, {}, async (watching) => {
    removeTree(pair.source);
    fs.mkdirSync(pair.source);
    makeTree(pair.source, { a: 'another', 'e/c': 'C' });
    await watching.mirrored();
    await watchesAgain(pair, watching);
  });
});

source('is deleted, waited for, and made again holds what most of the replica is', async () => {
  const pair = await syncedPair(files(20));
  await withWatch(pair, {}, async (watching) => {
    const mark = watching.mark();
    removeTree(pair.source);
    await watching.event('waiting', { since: mark });
    assert.is(fs.readdirSync(pair.replica).length, 20);

    fs.mkdirSync(pair.source);
    write(pair, 'only', 'one');
    const held = await watching.event('held', { since: mark });
    assert.equal([held.reason, held.entries], ['first-contact', 20]);
    assert.is(contentOf(pair.replica, 'only'), 'one');
    assert.is(fs.readdirSync(pair.replica).length, 21);

    await watching.fullPass('approve');
    assert.equal(differences(pair.source, pair.replica), []);
    await watchesAgain(pair, watching);
  });
});

source('is emptied has its deletions held, whoever finds it', async () => {
  const pair = await syncedPair(files(8));
  await withWatch(pair, {}, async (watching) => {
    const mark = watching.mark();
    for (const name of fs.readdirSync(pair.source)) fs.unlinkSync(`${pair.source}/${name}`);
    const held = await watching.event('held', { since: mark });
    assert.equal([held.reason, held.entries], ['source-emptied', 8]);
    await watching.fullPass();
    assert.is(watching.all('held', mark).length, 1);
    assert.is(fs.readdirSync(pair.replica).length, 8);

    write(pair, 'f1', 'one is back');
    await until(() => contentOf(pair.replica, 'f1') === 'one is back');
    await watching.fullPass();
    assert.is(fs.readdirSync(pair.replica).length, 8);
    for (const at of [2, 3, 4]) write(pair, `f${at}`, 'more than half are');
    await until(() => contentOf(pair.replica, 'f4') === 'more than half are');
    await watching.fullPass();
    assert.equal(differences(pair.source, pair.replica), []);
  });
});

source('is emptied, and has one new file by the next full pass, still has them held', async () => {
  const pair = await syncedPair(files(8));
  await withWatch(pair, {}, async (watching) => {
    for (const name of fs.readdirSync(pair.source)) fs.unlinkSync(`${pair.source}/${name}`);
    await watching.event('held');
    write(pair, '.DS_Store', '');
    const { held } = await watching.fullPass();
    assert.equal([held, fs.readdirSync(pair.replica).length], [8, 9]);
  });
});

source('becomes a link is waited for until that is approved', async () => {
  const pair = await syncedPair({ ...files(3), 'd/a': 'A' });
  await withWatch(pair, {}, async (watching) => {
    const mark = watching.mark();
    fs.renameSync(pair.source, `${pair.dir}/real`);
    fs.symlinkSync('real', pair.source);
    fs.writeFileSync(`${pair.dir}/real/d/a`, 'changed');
    const { code } = await watching.event('waiting', { since: mark });
    assert.ok(['source-missing', 'source-became-link'].includes(code), code);
    await watching.event('waiting', {
      since: mark, where: (event) => event.code === 'source-became-link',
    });
    assert.is(contentOf(pair.replica, 'd/a'), 'A');

    watching.say('approve');
    await until(() => contentOf(pair.replica, 'd/a') === 'changed');
    await until(() => differences(`${pair.dir}/real`, pair.replica).length === 0);
    fs.writeFileSync(`${pair.dir}/real/d/a`, 'changed once more');
    await until(() => contentOf(pair.replica, 'd/a') === 'changed once more');
  });
});

source.run();

/** Events come from the folder that is the source now, not from the one it was. */
async function watchesAgain(pair: Pair, watching: Watching): Promise<void> {
  await until(() => {
    makeTree(pair.source, { 'again/and/again': String(performance.now()) });
    return watching.all('pass-started').at(-1)?.reason === 'changes';
  }, { everyMs: 300, what: 'changes are told again' });
  await watching.mirrored();
  await assertNothingLeft(watching);
}

// ---

const replica = suite('watch: a replica that');

replica('is removed is made again whole by the next pass', async () => {
  const pair = await syncedPair({ a: 'A', 'd/b': 'B' });
  await withWatch(pair, {}, async (watching) => {
    removeTree(pair.replica);
    const { problems } = await watching.fullPass();
    assert.is(problems, 0);
    assert.equal(differences(pair.source, pair.replica), []);

    removeTree(pair.replica);
    write(pair, 'd/b', 'changed while there is no replica');
    await watching.mirrored();
    await assertNothingLeft(watching);
  });
});

replica('is removed with the folder that held it is waited for', async () => {
  const pair = newPair({ a: 'A' });
  const held = { ...pair, replica: `${pair.dir}/holder/D` };
  fs.mkdirSync(`${pair.dir}/holder`);
  await withWatch(held, {}, async (watching) => {
    removeTree(`${pair.dir}/holder`);
    write(pair, 'a', 'changed');
    const { code } = await watching.event('waiting');
    assert.is(code, 'replica-parent-missing');
    fs.mkdirSync(`${pair.dir}/holder`);
    await watching.mirrored();
  });
});

needs(replica, { platform: 'linux' })(
  'is elsewhere is locked no more, what is made in its place is', async () => {
    const pair = await syncedPair({ a: 'A' });
    await withWatch(pair, {}, async (watching) => {
      // It keeps its number, which is what another folder gets when this one is removed.
      const other = { ...pair, replica: `${pair.dir}/other`, state: `${pair.dir}/other-state` };
      fs.renameSync(pair.replica, other.replica);
      await syncWell(other);

      await watching.fullPass();
      assert.equal(differences(pair.source, pair.replica), []);
      const { refused } = await syncNow({ ...pair, state: other.state });
      assert.is(refused?.code, 'locked');
    });
  });

replica('became the folder that held it does not stand in its own way', async () => {
  const { dir, ...rest } = newPair({ a: 'A' });
  const pair = { ...rest, dir, replica: `${dir}/holder/D` };
  fs.mkdirSync(`${dir}/holder`);
  await withWatch(pair, {}, async (watching) => {
    fs.renameSync(pair.replica, `${dir}/moved`);
    fs.rmdirSync(`${dir}/holder`);
    fs.renameSync(`${dir}/moved`, `${dir}/holder`);
    await watching.fullPass();
    assert.equal(differences(pair.source, pair.replica), []);
  });
});

replica.run();

// ---

const start = suite('watch: a start');

start('without a source is refused, and the stream ends', async () => {
  const pair = { ...newPair(), source: `${tempFolder()}/missing` };
  const watching = startWatch(pair);
  await until(() => watching.isOver());
  assert.equal(watching.events.map(({ kind }) => kind), ['started', 'pass-failed', 'stopped']);
  const [failed] = watching.all('pass-failed');
  assert.equal([failed?.code, failed?.exitCode], ['source-missing', 3]);
  assert.is(watching.all('stopped')[0]?.reason, 'failed');
});

start('beside another watch of the replica is refused', async () => {
  const pair = await syncedPair({ a: 'A' });
  await withWatch(pair, {}, async () => {
    const other = startWatch({ ...pair, state: `${pair.dir}/other-state` });
    await until(() => other.isOver());
    const [failed] = other.all('pass-failed');
    assert.equal([failed?.code, failed?.exitCode], ['locked', 3]);
  });
});

start('after another watch of the pair has ended is fine', async () => {
  const pair = newPair({ a: 'A' });
  for (let at = 0; at < 3; at += 1) {
    write(pair, 'a', `${at}`);
    const watching = startWatch(pair);
    await watching.event('pass-finished');
    await watching.stop();
    assert.equal(differences(pair.source, pair.replica), []);
  }
});

start.run();
