import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { startCli } from '../support/cli.ts';
import { skip } from '../support/needs.ts';
import { contentOf, isThere, syncedPair, syncWell } from '../support/pass.ts';
import { until } from '../support/temp.ts';
import { makeTree, type TreeSpec } from '../support/tree.ts';
import {
  assertNoLitter, injecting, innermost, lackingInjection, syncByCli,
} from './support.ts';

const reading = suite('a source that fails in the middle:');
const reason = lackingInjection();
const injected = reason === undefined ? reading : skip(reading, reason);

injected('S11: a file cannot be read: its old content stays, no other is stopped', async () => {
  const pair = await syncedPair({ 'b': 'old b', 'd/c': 'old c', 'gone': 'x' });
  makeTree(pair.source, { 'b': 'new b', 'd/c': 'new c', 'new/e': 'e', 'new/f': 'f' });
  fs.unlinkSync(`${pair.source}/gone`);
  const { code, stdout } = await syncByCli(pair, injecting(
    ['inject=read,pread64,copy_file_range:error=EIO'],
    { paths: ['b', 'new/e'].map((at) => `${pair.source}/${at}`) }));
  assert.is(code, 1, stdout);
  assert.match(stdout, /\bb: .*EIO/);
  assert.match(stdout, /\bnew\/e: .*EIO/);
  assert.is(contentOf(pair.replica, 'b'), 'old b');
  assert.equal(['d/c', 'new/f'].map((at) => contentOf(pair.replica, at)), ['new c', 'f']);
  assert.not(isThere(pair.replica, 'gone'));
  assert.not(isThere(pair.replica, 'new/e'));
  assertNoLitter(pair.replica);
  await syncWell(pair);
});

const SPEC: TreeSpec = { 'd/e/f': 'F', 'd/g': 'G', 'd/gone': 'x', 'other': 'old', 'gone': 'x' };

for (const [row, what, inject] of [
  ['S12', 'be listed', 'inject=getdents64:error=EIO'],
  ['S13', 'be asked, with an error that has no name',
    'inject=getdents64,statx,newfstatat,lstat:error=ESTALE'],
  ['S13', 'be reached any more', 'inject=getdents64,statx,newfstatat,lstat,openat:error=ENOTCONN'],
] as const) {
  injected(`${row}: a folder cannot ${what}: all that is in it stays`, async () => {
    const pair = await syncedPair(SPEC);
    for (const at of ['d/gone', 'gone']) fs.unlinkSync(`${pair.source}/${at}`);
    makeTree(pair.source, { other: 'new' });
    const { code, stdout } = await syncByCli(pair,
      injecting([inject], { paths: [`${pair.source}/d`] }));
    assert.is(code, 1, stdout);
    assert.match(stdout, new RegExp(`cannot read d: .*${/E[A-Z]+$/.exec(inject)![0]}`));
    for (const at of ['d/e/f', 'd/g', 'd/gone']) assert.ok(isThere(pair.replica, at), at);
    assert.not(isThere(pair.replica, 'gone'));
    assert.is(contentOf(pair.replica, 'other'), 'new');
    await syncWell(pair);
  });
}

injected('S13: the root itself is stale: nothing is done at all', async () => {
  const pair = await syncedPair(SPEC);
  fs.unlinkSync(`${pair.source}/gone`);
  const { code } = await syncByCli(pair, injecting(
    ['inject=getdents64:error=ESTALE'], { paths: [pair.source] }));
  assert.ok(code === 1 || code === 3, `exit code ${code}`);
  for (const at of ['d/e/f', 'd/g', 'gone']) assert.ok(isThere(pair.replica, at), at);
  await syncWell(pair);
});

for (const [which, at] of [['a folder', 'd'], ['the root', '']] as const) {
  injected(`S14: the listing of ${which} lacks names without an error: they are kept`, async () => {
    const pair = await syncedPair(SPEC);
    const path = at === '' ? pair.source : `${pair.source}/${at}`;
    const { stdout } = await syncByCli(pair,
      injecting(['inject=getdents64:retval=0'], { paths: [path] }));
    for (const name of ['d/e/f', 'd/g', 'd/gone', 'gone', 'other']) {
      assert.ok(isThere(pair.replica, name), `${name}; ${stdout}`);
    }
    await syncWell(pair);
  });
}

injected('S16: a big file hangs while it is read: others go on, and it can be ended', async () => {
  const names = Array.from({ length: 300 }, (_, at) => `d/${at}`);
  const pair = await syncedPair({
    ...Object.fromEntries(names.map((name) => [name, 'old'])), 'hangs': 'old',
  });
  for (const name of names) fs.writeFileSync(`${pair.source}/${name}`, 'changed');
  // So big that a worker reads it, and never the thread that hears signals.
  fs.writeFileSync(`${pair.source}/hangs`, Buffer.alloc(20_000_000, 'x'));
  const cli = startCli(['sync', pair.source, pair.replica, '--state-dir', pair.state],
    injecting(['inject=read,pread64:delay_enter=60000000'], { paths: [`${pair.source}/hangs`] }));
  try {
    await until(() => innermost(cli.pid) !== cli.pid);
    const pid = innermost(cli.pid);
    await until(() => names.every((name) => contentOf(pair.replica, name) === 'changed'));
    // The first lets the read end, and waits; the second does not.
    await until(() => isGoneAfter(pid, 'SIGTERM'), { everyMs: 500 });
  } finally {
    await cli.kill('SIGKILL');
  }
  assert.is(contentOf(pair.replica, 'hangs'), 'old');
});

reading.run();

/** Sends a signal, unless the process has ended; one whose end nobody has seen yet is a zombie. */
function isGoneAfter(pid: number, signal: NodeJS.Signals): boolean {
  try {
    if (/^State:\tZ/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))) return true;
    process.kill(pid, signal);
    return false;
  } catch {
    return true;
  }
}
