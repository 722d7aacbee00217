import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { bindMount, unmount } from '../support/mounted.ts';
import { needs } from '../support/needs.ts';
import {
  assertMirrored, assertQuiet, contentOf, inodeOf, isThere, newPair, syncedPair, syncNow, syncWell,
} from '../support/pass.ts';
import { removeTree } from '../support/temp.ts';
import { fifo, file, folder, link, makeTree, symlink } from '../support/tree.ts';
import { withWatch } from '../support/watch.ts';

const types = suite('of what type it is:');

types('T03: links that lead nowhere, out, or up are copied as the text they are', async () => {
  const pair = newPair({
    'd/nope': symlink('nope'), 'd/etc': symlink('/etc'), 'd/up': symlink('../../../x'),
    'd/S': symlink('..'), 'root': symlink('/'),
  });
  await syncWell(pair);
  assert.is(fs.readlinkSync(`${pair.replica}/root`), '/');
});

types('T04: links in a ring end no pass', async () => {
  const pair = newPair({
    'loop': symlink('.'), 'a': symlink('b'), 'b': symlink('a'), 'd/self': symlink('self'),
    'd/e/up': symlink('..'),
  });
  await syncWell(pair);
});

types('T05: a link\'s target is any 4095 bytes', async () => {
  const long = 'x\xff\xfe\n'.repeat(1024).slice(0, 4095);
  const pair = newPair({ 'l': symlink(long), 'd/m': symlink('\xe9\x1b[2J') });
  await syncWell(pair);
  assert.is(fs.readlinkSync(`${pair.replica}/l`, 'latin1'), long);
  fs.unlinkSync(`${pair.source}/l`);
  fs.symlinkSync(Buffer.from(`${long.slice(0, -1)}y`, 'latin1'), `${pair.source}/l`);
  await syncWell(pair);
});

types('T06: a file of two names is changed by one, moved by one, and loses one', async () => {
  const pair = await syncedPair({ a: 'A', b: link('a'), c: link('a') });
  fs.appendFileSync(`${pair.source}/b`, ' and B');
  await syncWell(pair);
  assert.is(contentOf(pair.replica, 'a'), 'A and B');
  fs.renameSync(`${pair.source}/b`, `${pair.source}/d`);
  fs.unlinkSync(`${pair.source}/c`);
  const { counts } = await syncWell(pair);
  assert.is(counts?.copied, 0);
  assert.is(inodeOf(pair.replica, 'a'), inodeOf(pair.replica, 'd'));
});

needs(types, { root: true, platform: 'linux', tools: ['mknod', 'python3'] })(
  'T08: sockets, devices and FIFOs are told once and never opened, wherever they are', async () => {
    const pair = await syncedPair({ 'f': 'F', 'was': 'a file', 'd/g': 'G' });
    const special = (at: string): void => {
      execFileSync('mknod', [`${at}/zero`, 'c', '1', '5']);
      execFileSync('mknod', [`${at}/block`, 'b', '7', '99']);
      makeTree(at, { p1: fifo(), p2: fifo(), p3: fifo(), p4: fifo(), p5: fifo() });
      // The path of a socket is short by nature: it is bound from where it lies.
      execFileSync('python3', ['-c', 'import socket; socket.socket(socket.AF_UNIX).bind("sock")'],
        { cwd: at });
    };
    special(pair.source);
    special(`${pair.source}/d`);
    makeTree(pair.source, { 'new/h': 'H' });
    special(`${pair.source}/new`);
    fs.unlinkSync(`${pair.source}/was`);
    makeTree(pair.source, { 'was': fifo(), 'f': 'changed beside them' });

    const { exitCode, notices, problems } = await syncNow(pair);
    assert.equal([exitCode, problems], [0, []]);
    assert.equal(notices.filter((code) => code !== 'special'), []);
    for (const at of ['zero', 'p1', 'sock', 'd/zero', 'new/block', 'new/sock']) {
      assert.not(isThere(pair.replica, at), at);
    }
    assert.is(contentOf(pair.replica, 'was'), 'a file');
    assertMirrored(pair);
    await assertQuiet(pair);
  });

types('T10: a mode that changes alone is set, and nothing copied', async () => {
  const pair = await syncedPair({ 'f': file('F', { mode: 0o644 }), 'd/g': 'G' });
  const inode = inodeOf(pair.replica, 'f');
  fs.chmodSync(`${pair.source}/f`, 0o600);
  fs.chmodSync(`${pair.source}/d/g`, 0o000);
  const { moved } = await syncWell(pair);
  assert.equal(moved, []);
  assert.is(inodeOf(pair.replica, 'f'), inode);
});

types('T11: empty folders come, nested ones too, and go', async () => {
  const pair = await syncedPair({ a: 'A' });
  makeTree(pair.source, { 'e/e/e/': null, 'x/': null });
  await syncWell(pair);
  removeTree(`${pair.source}/e/e`);
  fs.rmdirSync(`${pair.source}/x`);
  await syncWell(pair);
  assert.equal(fs.readdirSync(pair.replica, { recursive: true }).toSorted(), ['a', 'e']);
});

types('T12: a folder has its time after all that is done in it, and then rests', async () => {
  const time = 1_000_000_000_000_000n;
  const pair = newPair({
    'd/': folder({ time }), 'd/f': 'F', 'd/gone': 'x', 'd/e/': folder({ time }), 'd/e/g': 'G',
  });
  await syncWell(pair);
  fs.unlinkSync(`${pair.source}/d/gone`);
  makeTree(pair.source, { 'd/f': 'newer', 'd/': folder({ time }), 'd/e/': folder({ time }) });
  await syncWell(pair);
  makeTree(pair.source, { 'd/e/': folder({ time: time + 1n }) });
  assert.equal((await syncWell(pair)).done, ['set d/e']);
});

types('T13: a file is emptied and filled again, also while it is watched', async () => {
  const pair = await syncedPair({ 'd/f': 'content' });
  for (const content of ['', 'content again', '']) {
    fs.writeFileSync(`${pair.source}/d/f`, content);
    await syncWell(pair);
  }
  await withWatch(pair, {}, async (watching) => {
    for (const content of ['x', '', 'longer than before', '']) {
      fs.writeFileSync(`${pair.source}/d/f`, content);
      await watching.mirrored();
    }
  });
});

needs(types, { root: true, platform: 'linux', tools: ['mount', 'umount'] })(
  'T14: files that claim to have no size, as in /proc, are read to their end', async () => {
    const pair = newPair({ 'proc/': null, 'f': 'F', 'type': '' });
    bindMount('/proc/sys/kernel/random', `${pair.source}/proc`);
    bindMount('/proc/sys/kernel/ostype', `${pair.source}/type`);
    const { problems } = await syncNow(pair);
    assert.equal(problems, []);
    assert.is(contentOf(pair.replica, 'type'), 'Linux\n');
    const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1');
    assert.is(contentOf(pair.replica, 'proc/boot_id'), boot);
    // Later passes too, although its size never is what was copied.
    assert.is((await syncNow(pair)).exitCode, 0);
    assert.is(contentOf(pair.replica, 'proc/boot_id'), boot);
    for (const at of ['proc', 'type']) unmount(`${pair.source}/${at}`);
  });

types.run();
