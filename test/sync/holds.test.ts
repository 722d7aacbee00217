import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { runCli } from '../support/cli.ts';
import { systemError, watchingCalls } from '../support/faults.ts';
import {
  assertMirrored, contentOf, isThere, newPair, syncedPair, syncNow, syncWell, type Pair,
} from '../support/pass.ts';
import { differences } from '../support/same.ts';
import { aGrain, removeTree } from '../support/temp.ts';
import { file, folder, makeTree, readTree, type TreeSpec } from '../support/tree.ts';

/** So many files, some of them in folders: `count` entries in all. */
const many = (count: number, prefix = 'f'): TreeSpec =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`${prefix}${at}`, `${at}`]));

/** So many files that nobody else has. */
const precious = (count: number): TreeSpec =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`precious${at}`, `mine ${at}`]));

const emptied = suite('a source that was emptied');

emptied('keeps everything, says so, and exits with 3', async () => {
  const pair = await syncedPair({ 'a': 'a', 'd/b': 'b', 'd/e/': null });
  const before = readTree(pair.replica);
  fs.readdirSync(pair.source).forEach((name) => removeTree(`${pair.source}/${name}`));
  for (let at = 0; at < 2; at += 1) {
    const { exitCode, held, moved } = await syncNow(pair);
    assert.is(exitCode, 3);
    assert.is(held?.reason, 'source-emptied');
    assert.is(held?.entries, 4);
    assert.equal(moved, []);
  }
  assert.equal([...readTree(pair.replica).keys()], [...before.keys()]);

  const { counts, exitCode } = await syncNow(pair, { approveDeletes: true });
  assert.is(exitCode, 0);
  assert.is(counts?.removed, 4);
  assertMirrored(pair);
  await syncWell(pair);
});

emptied('is held even where only one entry was left', async () => {
  const pair = await syncedPair({ only: 'x' });
  fs.unlinkSync(`${pair.source}/only`);
  assert.is((await syncNow(pair)).held?.reason, 'source-emptied');
  assert.ok(isThere(pair.replica, 'only'));
});

emptied('is held without a record, too', async () => {
  const pair = newPair();
  makeTree(pair.replica, { 'a': 'a', 'd/b': 'b' });
  assert.is((await syncNow(pair)).held?.reason, 'source-emptied');
  assert.ok(isThere(pair.replica, 'd/b'));
});

emptied('is held where all that is left in it is ignored', async () => {
  const pair = await syncedPair(many(5), { ignore: ['lost+found'] });
  fs.readdirSync(pair.source).forEach((name) => removeTree(`${pair.source}/${name}`));
  makeTree(pair.source, { 'lost+found/': null });
  const { held } = await syncNow(pair, { ignore: ['lost+found'] });
  assert.equal([held?.reason, held?.entries], ['source-emptied', 5]);
});

emptied('is held where an ignore file is left that says nothing, and is as recorded', async () => {
  const pair = await syncedPair({ ...many(5), '.fsyncignore': '# nothing' });
  await aGrain();
  await syncWell(pair);
  for (const name of Object.keys(many(5))) removeTree(`${pair.source}/${name}`);
  const { held } = await syncNow(pair);
  assert.equal([held?.reason, held?.entries], ['source-emptied', 5]);
});

emptied('is never told to hold more entries than there are', async () => {
  const pair = await syncedPair(many(3));
  fs.readdirSync(pair.source).forEach((name) => removeTree(`${pair.source}/${name}`));
  assert.is((await syncNow(pair)).held?.of, 3);
  makeTree(pair.source, precious(2));
  assert.is((await syncNow(pair)).held?.entries, 3);
  fs.readdirSync(pair.source).forEach((name) => removeTree(`${pair.source}/${name}`));
  const { held } = await syncNow(pair);
  assert.equal([held?.entries, held?.of], [5, 5]);
});

emptied('is held until most of it is back, or somebody says so', async () => {
  const pair = await syncedPair(many(10));
  fs.readdirSync(pair.source).forEach((name) => removeTree(`${pair.source}/${name}`));
  assert.is((await syncNow(pair)).held?.entries, 10);
  makeTree(pair.source, { '.DS_Store': '', ...many(4) });
  assert.equal((({ held }) => [held?.reason, held?.entries, held?.of])(await syncNow(pair)),
    ['source-emptied', 6, 10]);
  makeTree(pair.source, many(5));
  assert.is((await syncNow(pair)).counts?.removed, 5);
  await syncWell(pair);
});

emptied('and never held anything is mirrored: an empty folder', async () => {
  const pair = newPair();
  await syncWell(pair);
});

emptied.run();

// ---

const first = suite('at first contact');

first('a replica of ten entries, most of them not in the source, is kept', async () => {
  const pair = newPair({ ...many(4), mine: 'mine' });
  makeTree(pair.replica, { ...many(4), ...many(6, 'precious') });
  const { exitCode, held, moved } = await syncNow(pair);
  assert.is(exitCode, 3);
  assert.equal([held?.reason, held?.entries, held?.of], ['first-contact', 6, 10]);
  // Only the deletions are held.
  assert.equal(moved, ['copy mine']);
  const others = differences(pair.source, pair.replica)
    .filter((line) => !/precious|^\.:/.test(line));
  assert.equal(others, []);
  assert.is((await syncNow(pair)).exitCode, 3);
  await syncNow(pair, { approveDeletes: true });
  await syncWell(pair);
});

first('what was copied since is no reason to let go of what was held', async () => {
  const pair = newPair(many(100));
  makeTree(pair.replica, precious(20));
  for (let at = 0; at < 3; at += 1) {
    const { exitCode, held } = await syncNow(pair);
    assert.equal([exitCode, held?.reason, held?.entries, held?.of],
      [3, 'first-contact', 20, 20]);
  }
  const { counts } = await syncNow(pair, { approveDeletes: true });
  assert.is(counts?.removed, 20);
  await syncWell(pair);
});

first('is over when most of what was held is in the source, too, or gone', async () => {
  const pair = newPair(many(30));
  makeTree(pair.replica, precious(20));
  assert.is((await syncNow(pair)).held?.entries, 20);
  makeTree(pair.source, precious(10));
  assert.equal((await syncNow(pair)).held, undefined);
  await syncWell(pair);
});

first('is not over with a pass that could not look', async () => {
  const pair = newPair({ mine: 'mine' });
  makeTree(pair.replica, precious(20));
  const { exitCode, moved } = await watchingCalls(['readdirSync'], (call) => {
    if (String(call.args[0]) === pair.source) throw systemError('EIO', call);
  }, () => syncNow(pair, { workers: 0 }));
  assert.equal([exitCode, moved], [1, []]);
  assert.is((await syncNow(pair)).held?.reason, 'first-contact');
});

first('entries inside folders count, and their folders', async () => {
  const pair = newPair({ a: 'a' });
  makeTree(pair.replica, { a: 'a', 'home/': null, ...many(8, 'home/') });
  const { held } = await syncNow(pair);
  assert.equal([held?.entries, held?.of, held?.paths], [9, 10, ['home']]);
});

first('a replica of nine entries is gone on with', async () => {
  const pair = newPair({ a: 'a' });
  makeTree(pair.replica, { a: 'a', ...many(8) });
  await syncWell(pair);
});

first('a replica of which half would go is gone on with, and proven then', async () => {
  const pair = newPair(many(10, 'a'));
  makeTree(pair.replica, { ...many(10, 'a'), ...many(10, 'b') });
  await syncWell(pair);
  // Proven: what is deleted now is daily work.
  for (let at = 0; at < 9; at += 1) fs.unlinkSync(`${pair.source}/a${at}`);
  await syncWell(pair);
});

first('what only moved is no deletion', async () => {
  const pair = newPair({ 'new/': null, ...many(20, 'new/') });
  makeTree(pair.replica, { 'old/': null, ...many(20, 'old/') });
  const { counts } = await syncWell(pair);
  assert.equal([counts?.renamed, counts?.removed], [20, 1]);
});

first('a folder in the way counts: it is kept, and what needs its place waits', async () => {
  const pair = newPair({ 'home': 'now a file', 'x/y': 'z', 'b': 'b' });
  makeTree(pair.replica, { 'home/': null, ...many(15, 'home/') });
  const { held, exitCode } = await syncNow(pair);
  assert.is(exitCode, 3);
  assert.equal(held?.paths, ['home']);
  assert.is(contentOf(pair.replica, 'home/3'), '3');
  assert.is(contentOf(pair.replica, 'x/y'), 'z');
  await syncNow(pair, { approveDeletes: true });
  await syncWell(pair);
});

first('swapped arguments lose nothing', async () => {
  const { dir, source, replica } = newPair({ 'work/': null, ...many(30, 'work/') });
  makeTree(replica, { 'old': 'x' });
  const { code, stdout, stderr } = await runCli(['sync', replica, source], { home: dir });
  assert.is(code, 3);
  assert.match(stdout + stderr, /--approve-deletes/);
  assert.is(contentOf(source, 'work/7'), '7');
});

first('another folder in the source\'s place is judged like it', async () => {
  const pair = await syncedPair(many(20));
  removeTree(pair.source);
  makeTree(pair.source, { 'clone': 'x', 'f1': '1' });
  const { held, exitCode } = await syncNow(pair);
  assert.is(exitCode, 3);
  assert.equal([held?.reason, held?.entries], ['first-contact', 19]);
  assert.is(contentOf(pair.replica, 'clone'), 'x');
  assert.is(contentOf(pair.replica, 'f7'), '7');

  // It is gone on with, and what it has again is no longer held.
  makeTree(pair.source, many(20));
  await syncWell(pair);
});

first('another folder with the same in it is simply gone on with', async () => {
  const pair = await syncedPair(many(20));
  removeTree(pair.source);
  makeTree(pair.source, many(20));
  assert.equal((await syncWell(pair)).moved, []);
});

first.run();

// ---

const limit = suite('--max-delete');

limit('as a percentage is of what there was when it was passed', async () => {
  const pair = await syncedPair(many(20));
  const maxDelete = { percent: 20 };
  for (let at = 0; at < 5; at += 1) fs.unlinkSync(`${pair.source}/f${at}`);
  assert.is((await syncNow(pair, { maxDelete })).held?.entries, 5);
  makeTree(pair.source, precious(20));
  for (let at = 0; at < 2; at += 1) {
    const { held } = await syncNow(pair, { maxDelete });
    assert.equal([held?.entries, held?.of, held?.limit], [5, 20, 4]);
  }
  assert.is((await syncNow(pair, { maxDelete: { percent: 25 } })).counts?.removed, 5);
});

for (const [maxDelete, deleted, isHeld] of [
  [{ entries: 3 }, 3, false], [{ entries: 3 }, 4, true], [{ entries: 0 }, 1, true],
  [{ percent: 50 }, 10, false], [{ percent: 50 }, 11, true], [{ percent: 0 }, 1, true],
  [{ percent: 100 }, 19, false],
] as const) {
  const asked = 'entries' in maxDelete ? `${maxDelete.entries}` : `${maxDelete.percent}%`;
  limit(`${asked} ${isHeld ? 'holds' : 'lets go'} ${deleted} of 20`, async () => {
    const pair = await syncedPair(many(20));
    for (let at = 0; at < deleted; at += 1) fs.unlinkSync(`${pair.source}/f${at}`);
    makeTree(pair.source, { new: 'x' });
    fs.renameSync(`${pair.source}/f19`, `${pair.source}/renamed`);
    const { exitCode, held, counts } = await syncNow(pair, { maxDelete });
    assert.is(exitCode, isHeld ? 3 : 0);
    assert.is(counts?.removed, isHeld ? 0 : deleted);
    assert.is(held?.entries, isHeld ? deleted : undefined);
    assert.is(contentOf(pair.replica, 'renamed'), '19');
    assert.is(contentOf(pair.replica, 'new'), 'x');
    await syncWell(pair, { maxDelete, approveDeletes: true });
  });
}

for (const [how, lose] of Object.entries({
  'went on both sides': (pair) => {
    for (const root of [pair.source, pair.replica]) removeTree(`${root}/big`);
  },
  'is a file now, on both sides': (pair) => {
    for (const root of [pair.source, pair.replica]) {
      removeTree(`${root}/big`);
      makeTree(root, { big: file('x', { time: 1_000_000_000_000_000n }) });
    }
  },
  'went in the replica, and most of it in the source': (pair) => {
    removeTree(`${pair.replica}/big`);
    removeTree(`${pair.source}/big/in`);
  },
} satisfies Record<string, (pair: Pair) => void>)) {
  limit(`as a percentage does not count what was recorded of a folder that ${how}`, async () => {
    const pair = await syncedPair(
      { ...many(20), ...many(600, 'big/in/f'), ...many(9, 'big/in/d/') });
    lose(pair);
    await syncWell(pair);
    for (let at = 0; at < 14; at += 1) fs.unlinkSync(`${pair.source}/f${at}`);
    const { held } = await syncNow(pair, { maxDelete: { percent: 50 } });
    assert.equal([held?.reason, held?.entries], ['max-delete', 14]);
  });
}

limit('counts what is inside removed folders, but no renames', async () => {
  const pair = await syncedPair({ 'd/': null, ...many(5, 'd/'), 'e/a': 'a', 'stay': 's' });
  removeTree(`${pair.source}/d`);
  fs.renameSync(`${pair.source}/e`, `${pair.source}/moved`);
  const { held, moved } = await syncNow(pair, { maxDelete: { entries: 5 } });
  assert.equal([held?.reason, held?.entries, held?.limit], ['max-delete', 6, 5]);
  assert.equal(moved, ['rename e -> moved']);
  await syncWell(pair, { maxDelete: { entries: 6 } });
});

limit('does not count what moved out of a removed folder', async () => {
  const pair = await syncedPair({ 'd/': null, ...many(5, 'd/'), 'stay': 's' });
  for (let at = 0; at < 4; at += 1) {
    fs.renameSync(`${pair.source}/d/${at}`, `${pair.source}/${at}`);
  }
  removeTree(`${pair.source}/d`);
  const { counts } = await syncWell(pair, { maxDelete: { entries: 2 } });
  assert.is(counts?.removed, 2);
});

limit('does not hold what is told as one name with other content', async () => {
  const pair = await syncedPair({ a: 'a', b: 'b' });
  fs.unlinkSync(`${pair.source}/a`);
  makeTree(pair.source, { 'a/': folder(), 'b': 'changed' });
  await syncWell(pair, { maxDelete: { entries: 0 } });
});

limit.run();
