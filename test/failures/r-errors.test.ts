import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { skip } from '../support/needs.ts';
import {
  contentOf, isThere, newPair, syncedPair, syncNow, syncWell, type Pair,
} from '../support/pass.ts';
import { differences } from '../support/same.ts';
import { makeTree, symlink } from '../support/tree.ts';
import { assertNoLitter, injecting, lackingInjection, syncByCli } from './support.ts';

const writing = suite('a replica that fails in the middle:');
const reason = lackingInjection();
const injected = reason === undefined ? writing : skip(writing, reason);

/** A pair in which there is something of each kind to do. */
async function changedPair(): Promise<Pair> {
  const pair = await syncedPair({
    'd/a': 'old', 'd/b': 'old', 'd/gone': 'x', 'moves': 'moved', 'd/e/c': 'old',
  });
  makeTree(pair.source, {
    'd/a': 'newer', 'd/b': Buffer.alloc(3_000_000, 1), 'd/e/c': 'newer', 'new/f/g': 'G',
    'd/big': Buffer.alloc(5_000_000, 2), 'l': symlink('a'), 'late/f': 'L',
  });
  fs.unlinkSync(`${pair.source}/d/gone`);
  fs.renameSync(`${pair.source}/moves`, `${pair.source}/d/moved`);
  return pair;
}

// Only copies write at a position, so that nothing else fails.
for (const [row, what, inject] of [
  ['R05', 'the disk is full', 'pwrite64:error=ENOSPC'],
  ['R05', 'the disk is full after some writes', 'pwrite64:error=ENOSPC:when=3+'],
  ['R05', 'there is no room for new names', 'mkdir,symlink:error=ENOSPC'],
  ['R07', 'the quota is used up', 'pwrite64:error=EDQUOT:when=2+'],
  ['R08', 'the disk breaks when it is written to', 'pwrite64:error=EIO:when=2+'],
  ['R08', 'the disk breaks when names change', 'rename:error=EIO:when=2+'],
  ['R08', 'the disk breaks when something is removed', 'unlink,rmdir:error=EIO'],
] as const) {
  const code = /E[A-Z]+/.exec(inject)![0];
  injected(`${row}: ${what} (${code}): each path is old or new, and it is told`, async () => {
    const pair = await changedPair();
    const { code: exit, stdout, stderr } = await syncByCli(pair, injecting([`inject=${inject}`]));
    assert.is(exit, 1, stdout + stderr);
    assert.match(stdout, new RegExp(`: .*${code}`));
    for (const at of ['d/a', 'd/e/c']) assert.match(contentOf(pair.replica, at), /^(old|newer)$/);
    assert.ok([3, 3_000_000].includes(fs.statSync(`${pair.replica}/d/b`).size));
    assert.ok(!isThere(pair.replica, 'd/big')
      || fs.statSync(`${pair.replica}/d/big`).size === 5_000_000);
    assert.ok(isThere(pair.replica, 'moves') || isThere(pair.replica, 'd/moved'));
    if (!inject.startsWith('unlink')) assertNoLitter(pair.replica);
    await syncWell(pair);
  });
}

injected('R21: there are no links there: told each, all else is done, and no more', async () => {
  const pair = newPair({ 'l': symlink('a'), 'd/l': symlink('b'), 'd/f': 'F', 'a': 'A' });
  const noLinks = injecting(['inject=symlink,symlinkat:error=EPERM']);
  for (const round of ['first', 'second']) {
    const { code, stdout } = await syncByCli(pair, noLinks);
    assert.is(code, 1, stdout);
    assert.equal(stdout.split('\n').filter((line) => line.includes('EPERM')).length, 2, stdout);
    assert.equal(['d/f', 'a'].map((at) => contentOf(pair.replica, at)), ['F', 'A']);
    if (round === 'second') assert.not.match(stdout, /copied/);
  }
  await syncWell(pair);
});

injected('R21: modes cannot be set there: the content comes all the same', async () => {
  const pair = newPair({ 'd/f': 'F', 'a': 'A' });
  const { code } = await syncByCli(pair, injecting(['inject=chmod,fchmod,fchmodat:error=EPERM']));
  assert.is(code, 1);
  makeTree(pair.source, { 'd/f': 'newer' });
  await syncByCli(pair, injecting(['inject=chmod,fchmod,fchmodat:error=EPERM']));
  await syncWell(pair);
});

injected('R22: times are not what was set: nothing is copied again for that', async () => {
  const pair = newPair({ 'd/f': 'F', 'd/g': Buffer.alloc(200_000), 'a': 'A', 'l': symlink('a') });
  // As a file system does that knows whole seconds only, or none.
  const noTimes = injecting(['inject=utimensat,utimes,futimesat:retval=0']);
  await syncByCli(pair, noTimes);
  assert.ok(differences(pair.source, pair.replica).every((line) => line.includes(': time ')));
  const { stdout } = await syncByCli(pair, noTimes, ['--verbose']);
  assert.match(stdout, /full pass: nothing to do/);
  // What the replica made of it is what the record remembers.
  assert.is((await syncNow(pair)).quiet, true);
});

writing.run();
