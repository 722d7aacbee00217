import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { sync } from '../../lib/index.ts';
import { runCli } from '../support/cli.ts';
import { isThere, newPair, syncedPair, syncNow, type Pair } from '../support/pass.ts';
import { removeTree } from '../support/temp.ts';
import { makeTree, pathIn, readTree } from '../support/tree.ts';

const dry = suite('--dry-run');

const SPEC = { 'a': 'a', 'd/b': 'b', 'd/e/f': 'f', 'old/g': 'g', 'mode': 'x', 'over': 'xx' };

/** Some of everything that a pass may have to do. */
function changeAll({ source }: Pair): void {
  fs.unlinkSync(`${source}/a`);
  fs.renameSync(`${source}/d`, `${source}/moved`);
  removeTree(`${source}/old`);
  fs.chmodSync(`${source}/mode`, 0o600);
  makeTree(source, { 'new/h/i': 'i', 'n': 'n', 'over': 'changed' });
  fs.symlinkSync('x', `${source}/link`);
  fs.linkSync(`${source}/n`, `${source}/n2`);
}

/** Everything of a folder: content, times, modes, inodes, and when any of that was changed. */
const snapshot = (dir: string): unknown => [...readTree(dir)].map(([at, found]) =>
  [at, found, fs.lstatSync(pathIn(dir, at), { bigint: true }).ctimeNs]);

dry('prints what a pass would do, and changes neither replica nor state', async () => {
  const pair = await syncedPair(SPEC);
  changeAll(pair);
  const before = [pair.source, pair.replica, pair.state].map(snapshot);
  for (let at = 0; at < 2; at += 1) {
    const { events, exitCode, moved, counts } = await syncNow(pair, { dryRun: true });
    assert.is(exitCode, 0);
    assert.equal(moved, ['copy n', 'copy over', 'copy-tree new', 'link n2 = n', 'remove a',
      'remove old (2)', 'rename d -> moved', 'symlink link']);
    assert.is(counts?.removed, 3);
    const done = events.filter((event) => event.kind === 'operation-done');
    assert.equal(done.map((event) => event.dryRun).filter((each) => !each), []);
  }
  assert.equal([pair.source, pair.replica, pair.state].map(snapshot), before);
  assert.equal(fs.readdirSync(pair.dir).toSorted(), ['D', 'S', 'state']);
});

dry('plans what the pass then does', async () => {
  const pair = await syncedPair(SPEC);
  changeAll(pair);
  makeTree(pair.source, { '.fsyncignore': '*.o', 'new/h/i.o': 'ignored', 'new/k': 'kk' });
  fs.linkSync(`${pair.source}/new/k`, `${pair.source}/new/h/k`);
  fs.linkSync(`${pair.source}/n`, `${pair.source}/new/n3`);
  fs.symlinkSync('k', `${pair.source}/new/l`);
  const planned = await syncNow(pair, { dryRun: true, detail: true });
  const done = await syncNow(pair, { detail: true });
  assert.is(done.exitCode, 0);
  const told = ({ events }: typeof done) => events.filter(({ kind }) => kind === 'operation-done')
    .map((event) => JSON.stringify(Object.entries({ ...event, dryRun: true }).sort())).sort();
  assert.equal(told(planned), told(done));
  assert.equal(planned.counts, done.counts);
});

dry('makes no state folder, where there is none yet', async () => {
  const pair = newPair(SPEC);
  makeTree(pair.replica, { 'a': 'a' });
  const { exitCode, moved } = await syncNow(pair, { dryRun: true });
  assert.is(exitCode, 0);
  assert.ok(moved.includes('copy mode'));
  assert.not(isThere(pair.dir, 'state'));
});

dry('makes no replica', async () => {
  const pair = newPair(SPEC);
  await syncNow(pair, { dryRun: true });
  assert.not(isThere(pair.dir, 'D'));
});

dry('says nothing where there is nothing to do', async () => {
  const pair = await syncedPair(SPEC);
  const { done, exitCode } = await syncNow(pair, { dryRun: true });
  assert.equal([done, exitCode], [[], 0]);
});

dry('exits with 3 where the pass would hold or refuse', async () => {
  const pair = await syncedPair(SPEC);
  removeTree(`${pair.source}/d`);
  const before = snapshot(pair.replica);
  const limited = await syncNow(pair, { dryRun: true, maxDelete: { entries: 1 } });
  assert.equal([limited.exitCode, limited.held?.entries], [3, 4]);
  fs.readdirSync(pair.source).forEach((name) => removeTree(`${pair.source}/${name}`));
  assert.is((await syncNow(pair, { dryRun: true })).held?.reason, 'source-emptied');
  removeTree(pair.source);
  assert.is((await syncNow(pair, { dryRun: true })).exitCode, 3);
  assert.equal(snapshot(pair.replica), before);
});

dry('approves nothing for later', async () => {
  const pair = await syncedPair(SPEC);
  fs.readdirSync(pair.source).forEach((name) => removeTree(`${pair.source}/${name}`));
  const unproven = newPair({ a: 'A' });
  makeTree(unproven.replica, Object.fromEntries(Array.from({ length: 20 }, (_, at) => [at, 'x'])));
  for (const each of [pair, unproven]) {
    assert.is((await syncNow(each, { dryRun: true, approveDeletes: true })).exitCode, 0);
    assert.is((await syncNow(each)).exitCode, 3);
  }
});

dry('leaves no temporary copy of the record behind', async () => {
  const pair = await syncedPair(SPEC);
  const temporary = `${pair.dir}/tmp`;
  fs.mkdirSync(temporary);
  const { code } = await runCli(
    ['sync', pair.source, pair.replica, '--dry-run', '--state-dir', pair.state],
    { env: { TMPDIR: temporary } });
  assert.is(code, 0);
  assert.equal(fs.readdirSync(temporary).filter((name) => name.startsWith('fsync')), []);
});

dry('ends as ever where its temporary folders are removed meanwhile', async () => {
  const pair = newPair(SPEC);
  const { TMPDIR } = process.env;
  process.env.TMPDIR = fs.mkdtempSync(`${pair.dir}/tmp-`);
  try {
    const { source, replica, state: stateDir } = pair;
    await sync({ source, replica, stateDir, dryRun: true }).forEach(({ kind }) => {
      if (kind === 'pass-finished') removeTree(process.env.TMPDIR!);
    });
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
});

dry('is told as such by the command', async () => {
  const pair = await syncedPair(SPEC);
  changeAll(pair);
  const { code, stdout } = await runCli(
    ['sync', pair.source, pair.replica, '--dry-run', '--state-dir', pair.state]);
  assert.is(code, 0);
  assert.match(stdout, /would.*d.*moved/);
  assert.ok(isThere(pair.replica, 'd'));
});

dry.run();
