import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { isRoot, lacking, skip } from '../support/needs.ts';
import { contentOf, newPair, syncedPair, type Pair } from '../support/pass.ts';
import { differences } from '../support/same.ts';
import { tempFolder, until } from '../support/temp.ts';
import { makeTree, type TreeSpec } from '../support/tree.ts';
import { assertNothingLeft, withWatch } from '../support/watch.ts';

const write = (pair: Pair, at: string, content: string): void =>
  fs.writeFileSync(`${pair.source}/${at}`, content);

const files = (count: number): TreeSpec =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, `${at}`]));

const holds = suite('watch: held deletions');

holds('are told once, while all else goes on, and carried out when approved', async () => {
  const pair = await syncedPair({ ...files(12), 'd/a': 'A' });
  const options = { maxDelete: { entries: 2 } };
  await withWatch(pair, options, async (watching) => {
    const mark = watching.mark();
    for (let at = 0; at < 5; at += 1) fs.unlinkSync(`${pair.source}/f${at}`);
    const held = await watching.event('held', { since: mark });
    assert.equal([held.reason, held.entries, held.limit, held.paths.length],
      ['max-delete', 5, 2, 5]);

    write(pair, 'd/a', 'changed meanwhile');
    await until(() => contentOf(pair.replica, 'd/a') === 'changed meanwhile');
    const { held: count } = await watching.fullPass();
    assert.is(count, 5);
    await watching.fullPass();
    assert.is(watching.all('held', mark).length, 1);
    watching.say('status');
    assert.is((await watching.event('status')).held, 5);

    fs.unlinkSync(`${pair.source}/f11`);
    await watching.fullPass();
    assert.equal(watching.all('held', mark).map(({ entries }) => entries), [5, 6]);
    assert.is(fs.readdirSync(pair.replica).length, 13);

    await watching.fullPass('approve');
    assert.equal(differences(pair.source, pair.replica), []);
    await assertNothingLeft(watching);
  });
});

holds('are approved as they were told, not as they are by then', async () => {
  const pair = await syncedPair(files(12));
  await withWatch(pair, { maxDelete: { entries: 0 } }, async (watching) => {
    fs.unlinkSync(`${pair.source}/f0`);
    await watching.event('held');
    fs.unlinkSync(`${pair.source}/f1`);
    // The pass that finds the other one is not over when this is said.
    watching.say('sync');
    watching.say('approve');
    const { pass } = await watching.event('pass-started',
      { where: ({ reason }) => reason === 'approved' });
    await watching.event('pass-finished', { where: (event) => event.pass === pass });
    assert.equal(['f0', 'f1'].map((name) => fs.existsSync(`${pair.replica}/${name}`)),
      [false, true]);
    await watching.fullPass('approve');
    assert.equal(differences(pair.source, pair.replica), []);
  });
});

holds('stay while changes beside them are carried over, until they are approved', async () => {
  const pair = await syncedPair(
    { 'd/a': '1', 'd/b': '2', 'd/c': '3', 'e/a': '4', 'e/b': '5', f: '6' });
  // They are one batch, however long this process has to wait for its turn.
  await withWatch(pair, { maxDelete: { entries: 4 }, settleMs: 1_000 }, async (watching) => {
    for (const name of ['d/a', 'd/b', 'd/c', 'e/a', 'e/b']) fs.unlinkSync(`${pair.source}/${name}`);
    await watching.event('held', { where: ({ entries }) => entries === 5 });
    // Of itself this is no more than the limit, and looks at all that is in the folder.
    fs.chmodSync(`${pair.source}/d`, 0o750);
    await until(() => (fs.statSync(`${pair.replica}/d`).mode & 0o777) === 0o750);
    fs.rmdirSync(`${pair.source}/e`);
    write(pair, 'f', 'changed');
    await until(() => contentOf(pair.replica, 'f') === 'changed');
    assert.equal(['d', 'e'].map((at) => fs.readdirSync(`${pair.replica}/${at}`)),
      [['a', 'b', 'c'], ['a', 'b']]);
    await watching.fullPass('approve');
    await watching.mirrored();
  });
});

holds('of a first contact stay while changes beside them are carried over', async () => {
  const pair = newPair({ a: 'A' });
  makeTree(pair.replica, files(12));
  await withWatch(pair, {}, async (watching) => {
    assert.is((await watching.event('held')).reason, 'first-contact');
    fs.chmodSync(pair.source, 0o750);
    await until(() => (fs.statSync(pair.replica).mode & 0o777) === 0o750);
    assert.is(fs.readdirSync(pair.replica).length, 13);
    await watching.fullPass('approve');
    assert.equal(differences(pair.source, pair.replica), []);
  });
});

holds('that come later are told with all that are held', async () => {
  const pair = await syncedPair(files(12));
  await withWatch(pair, { maxDelete: { entries: 0 } }, async (watching) => {
    fs.unlinkSync(`${pair.source}/f0`);
    await watching.event('held');
    fs.unlinkSync(`${pair.source}/f1`);
    const { paths } = await watching.event('held', { where: ({ entries }) => entries === 2 });
    assert.equal(paths.toSorted(), ['f0', 'f1']);
  });
});

holds('are approved by --approve-deletes in the first full pass, and no later', async () => {
  const pair = await syncedPair(files(12));
  fs.unlinkSync(`${pair.source}/f0`);
  const options = { maxDelete: { entries: 0 }, approveDeletes: true };
  await withWatch(pair, options, async (watching) => {
    assert.equal(differences(pair.source, pair.replica), []);
    fs.unlinkSync(`${pair.source}/f1`);
    assert.is((await watching.event('held')).entries, 1);
    assert.is((await watching.fullPass()).held, 1);
    assert.is(contentOf(pair.replica, 'f1'), '1');
  });
});

holds('are forgotten when the source has the entries again', async () => {
  const pair = await syncedPair(files(12));
  await withWatch(pair, { maxDelete: { entries: 2 } }, async (watching) => {
    const outside = `${pair.dir}/outside`;
    fs.mkdirSync(outside);
    const names = ['f1', 'f2', 'f3'];
    const move = (from: string, to: string): void => {
      for (const name of names) fs.renameSync(`${from}/${name}`, `${to}/${name}`);
    };
    move(pair.source, outside);
    await watching.event('held');
    move(outside, pair.source);
    await watching.mirrored();
    const { held } = await watching.fullPass('approve');
    assert.is(held, 0);
    assert.is(fs.readdirSync(pair.replica).length, 12);
    watching.say('status');
    assert.is((await watching.event('status')).held, 0);
  });
});

holds('that wait for the end of their episode keep nothing else from being seen', async () => {
  const many = Object.fromEntries(Object.entries(files(150)).map(([at, one]) => [`d/${at}`, one]));
  const pair = await syncedPair({ ...many, keep: 'K', other: 'O' });
  await withWatch(pair, {}, async (watching) => {
    // What was to be renamed to their place had to wait, and is gone before they are over.
    const mark = watching.mark();
    fs.rmSync(`${pair.source}/d`, { recursive: true });
    fs.renameSync(`${pair.source}/keep`, `${pair.source}/d`);
    await watching.event('pass-finished', { since: mark });
    fs.unlinkSync(`${pair.source}/d`);
    await watching.mirrored(20_000);
    await assertNothingLeft(watching);
  });
});

holds.run();

// ---

const failing = suite('watch: a path that fails');

/** Makes writing a file fail, whoever we are: what it takes, and what undoes it. */
const obstacle = (pair: Pair, at: string): { put: () => void; take: () => void; code: string } =>
  (isRoot()
    ? { put: () => chattr('+i', pair, at), take: () => chattr('-i', pair, at), code: 'EPERM' }
    : { put: () => fs.chmodSync(`${pair.source}/${at}`, 0),
        take: () => fs.chmodSync(`${pair.source}/${at}`, 0o644), code: 'EACCES' });

const chattr = (flag: string, pair: Pair, at: string): unknown =>
  execFileSync('chattr', [flag, `${pair.replica}/${at}`], { stdio: 'pipe' });

function noObstacle(): string | undefined {
  if (!isRoot()) return undefined;
  const missing = lacking({ tools: ['chattr'] });
  if (missing !== undefined) return missing;
  const probe = { dir: '', source: '', replica: tempFolder(), state: '' };
  fs.writeFileSync(`${probe.replica}/probe`, '');
  try {
    chattr('+i', probe, 'probe');
    chattr('-i', probe, 'probe');
    return undefined;
  } catch {
    return 'needs immutable files in the temporary folder';
  }
}

const reason = noObstacle();
const failingTest = reason === undefined ? failing : skip(failing, reason);

failingTest('is told, stops no other, is tried again, and recovers', async () => {
  const pair = await syncedPair({ bad: 'old', good: 'old', 'd/good': 'old' });
  const { put, take, code } = obstacle(pair, 'bad');
  await withWatch(pair, {}, async (watching) => {
    const mark = watching.mark();
    write(pair, 'bad', 'new');
    put();
    try {
      write(pair, 'good', 'new');
      write(pair, 'd/good', 'new');
      await until(() => contentOf(pair.replica, 'good') === 'new'
        && contentOf(pair.replica, 'd/good') === 'new');
      const told = (): (number | undefined)[] =>
        watching.all('problem', mark).map(({ retryMs }) => retryMs);
      await until(() => told().length >= 3);
      assert.equal(told().slice(0, 3), [1000, 2000, 4000]);
      const [first] = watching.all('problem', mark);
      assert.equal([first?.path, first?.code], ['bad', code]);
      watching.say('status');
      assert.is((await watching.event('status')).problems, 1);
      assert.is(watching.all('pass-finished', mark).at(-1)?.failing, 1);
      assert.is(contentOf(pair.replica, 'bad'), 'old');
    } finally {
      take();
    }
    await watching.mirrored();
    // What is mirrored may have been so a moment before the end of its pass.
    await until(() => watching.all('pass-finished', mark).at(-1)?.failing === undefined);
    watching.say('status');
    await watching.event('status', { where: ({ problems }) => problems === 0 });
    await assertNothingLeft(watching);
  });
});

failing.run();
