import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { mountTmpfs, unmount } from '../support/mounted.ts';
import { needs } from '../support/needs.ts';
import { contentOf, isThere, newPair, syncedPair, syncNow, syncWell } from '../support/pass.ts';
import { makeTree } from '../support/tree.ts';
import { assertNoLitter } from './support.ts';

const failing = suite('a path that fails does not stop the others:');
const onTmpfs = needs(failing, { root: true, platform: 'linux', tools: ['mount', 'umount'] });
const onExt = needs(failing, { root: true, platform: 'linux', tools: ['chattr'] });

onTmpfs('R05: the disk is full: what is there stays, what fits is done', async () => {
  const pair = newPair({ 'big': Buffer.alloc(1_000_000, 1), 'a': 'a', 'z': 'z' });
  fs.mkdirSync(pair.replica);
  mountTmpfs(pair.replica, 'size=2m');
  await syncWell(pair);

  makeTree(pair.source, {
    'big': Buffer.alloc(4_000_000, 2), 'a': 'newer', 'z': 'newer', 'd/new': 'n',
    'd/bigger': Buffer.alloc(5_000_000, 3),
  });
  const { exitCode, problems } = await syncNow(pair);
  assert.is(exitCode, 1);
  assert.equal(problems, ['ENOSPC big', 'ENOSPC d/bigger']);
  assert.equal(fs.readFileSync(`${pair.replica}/big`), Buffer.alloc(1_000_000, 1));
  assert.equal(['a', 'z', 'd/new'].map((at) => contentOf(pair.replica, at)),
    ['newer', 'newer', 'n']);
  assertNoLitter(pair.replica);

  execFileSync('mount', ['-o', 'remount,size=20m', pair.replica]);
  await syncWell(pair);
  unmount(pair.replica);
});

onTmpfs('R05: there is no room until the removes made some', async () => {
  const pair = newPair({ 'old': Buffer.alloc(1_500_000, 1), 'z': 'z' });
  fs.mkdirSync(pair.replica);
  mountTmpfs(pair.replica, 'size=2m');
  await syncWell(pair);
  fs.unlinkSync(`${pair.source}/old`);
  makeTree(pair.source, { 'new': Buffer.alloc(1_700_000, 2) });
  const first = await syncNow(pair);
  assert.is(first.exitCode, 0, first.problems.join());
  await syncWell(pair);
  unmount(pair.replica);
});

onTmpfs('R06: there are no inodes left', async () => {
  const pair = newPair({ 'a': 'a' });
  fs.mkdirSync(pair.replica);
  mountTmpfs(pair.replica, 'nr_inodes=5,size=10m');
  makeTree(pair.source, { 'a': 'newer', 'b': 'b', 'c': 'c', 'd': 'd', 'e': 'e', 'f/g': 'g' });
  const { exitCode, problems } = await syncNow(pair);
  assert.is(exitCode, 1);
  assert.ok(problems.length > 0 && problems.every((each) => each.startsWith('ENOSPC ')));
  execFileSync('mount', ['-o', 'remount,nr_inodes=50', pair.replica]);
  await syncWell(pair);
  unmount(pair.replica);
});

onTmpfs('R08: the replica is read-only', async () => {
  const pair = newPair({ 'a': 'a', 'b': 'b' });
  fs.mkdirSync(pair.replica);
  mountTmpfs(pair.replica);
  await syncWell(pair);
  makeTree(pair.source, { 'a': 'newer', 'new/f': 'f' });
  fs.unlinkSync(`${pair.source}/b`);
  execFileSync('mount', ['-o', 'remount,ro', pair.replica]);
  const { exitCode, problems } = await syncNow(pair);
  assert.is(exitCode, 1);
  assert.ok(problems.every((each) => each.startsWith('EROFS ')), problems.join());
  execFileSync('mount', ['-o', 'remount,rw', pair.replica]);
  await syncWell(pair);
  unmount(pair.replica);
});

onExt('R11: a file of the replica is immutable', async () => {
  const pair = await syncedPair({ 'f': 'old', 'gone': 'x', 'moves': 'm', 'd/g': 'old', 'h': 'h' });
  const fixed = ['f', 'gone', 'moves'].map((at) => `${pair.replica}/${at}`);
  execFileSync('chattr', ['+i', ...fixed]);
  try {
    makeTree(pair.source, { 'f': 'newer', 'd/g': 'newer', 'new': 'n' });
    fs.unlinkSync(`${pair.source}/gone`);
    fs.unlinkSync(`${pair.source}/h`);
    fs.renameSync(`${pair.source}/moves`, `${pair.source}/moved`);
    const { exitCode, problems } = await syncNow(pair);
    assert.is(exitCode, 1);
    assert.equal(problems.map((each) => each.split(' ')[0]).filter((code) => code !== 'EPERM'), []);
    assert.equal(['f', 'd/g', 'new'].map((at) => contentOf(pair.replica, at)),
      ['old', 'newer', 'n']);
    assert.not(isThere(pair.replica, 'h'));
    assertNoLitter(pair.replica);
  } finally {
    execFileSync('chattr', ['-i', ...fixed]);
  }
  await syncWell(pair);
});

onExt('R12: a folder of the replica is immutable', async () => {
  const pair = await syncedPair({ 'd/f': 'old', 'd/gone': 'x', 'e/g': 'old' });
  execFileSync('chattr', ['+i', `${pair.replica}/d`]);
  try {
    makeTree(pair.source, { 'd/f': 'newer', 'd/new': 'n', 'e/g': 'newer' });
    fs.unlinkSync(`${pair.source}/d/gone`);
    const { exitCode } = await syncNow(pair);
    assert.is(exitCode, 1);
    assert.equal([contentOf(pair.replica, 'd/f'), contentOf(pair.replica, 'e/g')],
      ['old', 'newer']);
  } finally {
    execFileSync('chattr', ['-i', `${pair.replica}/d`]);
  }
  await syncWell(pair);
});

failing.run();
