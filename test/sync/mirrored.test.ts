import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { builtCli } from '../support/built.ts';
import { runCli } from '../support/cli.ts';
import { systemError, watchingCalls } from '../support/faults.ts';
import { needs } from '../support/needs.ts';
import {
  assertMirrored, assertQuiet, contentOf, doneOf, inodeOf, isThere, newPair, passesOf, syncedPair,
  syncNow, syncWell,
} from '../support/pass.ts';
import { differences } from '../support/same.ts';
import {
  fifo, file, folder, link, makeTree, pathIn, readTree, setTime, symlink, type TreeSpec,
} from '../support/tree.ts';

const mirrored = suite('what is mirrored');

/** Each case is copied whole, made within a replica that has all else, and set on equal content. */
const cases: Readonly<Record<string, TreeSpec>> = {
  'files, their content whatever it is': {
    'text': 'hello', 'empty': '', 'zeros': Buffer.alloc(70_000), 'd/odd': 'a\0b\r\n',
    'just a chunk': Buffer.alloc(1_048_576, 1), 'more': Buffer.alloc(1_048_577, 2),
  },
  'folders, empty ones too': { 'e/': null, 'e2/e/e/': null, 'a/b/c/d/file': 'x' },
  'symlinks as links, wherever they lead': {
    'there': symlink('file'), 'file': 'x', 'gone': symlink('nowhere'), 'etc': symlink('/etc'),
    'up': symlink('../../x'), 'loop': symlink('loop'), 'self': symlink('.'),
    'odd': symlink('caf\xe9\xff'), 'long': symlink('x'.repeat(4000)), 'd/in': symlink('../file'),
  },
  'all twelve mode bits': {
    'none': file('x', { mode: 0o000 }), 'read': file('x', { mode: 0o444 }),
    'suid': file('x', { mode: 0o4755 }), 'sgid': file('x', { mode: 0o2755 }),
    'both': file('x', { mode: 0o6711 }), 'vtx': file('x', { mode: 0o1644 }),
    'open': file('x', { mode: 0o777 }), 'sticky/': folder({ mode: 0o1777 }),
    'group/': folder({ mode: 0o2775 }), 'group/in': 'x', 'shut/': folder({ mode: 0o500 }),
    'shut/in': 'x', 'search/': folder({ mode: 0o311 }), 'search/in/': null,
  },
  'times, to the microsecond': {
    'epoch': file('x', { time: 0n }), 'before': file('x', { time: -1n }),
    '1960': file('x', { time: -304_455_295_012_346n }),
    '1906': file('x', { time: -2_000_000_000_123_456n }),
    'micro': file('x', { time: 1_600_000_000_000_001n }),
    'nearly': file('x', { time: 1_600_000_000_999_999n }),
    '2200': file('x', { time: 7_258_118_400_123_456n }),
    'd/': folder({ time: 1_000_000_000_654_321n }), 'd/f': file('x', { time: -1_500_001n }),
    'd/e/': folder({ time: -86_400_000_001n }), 'l': symlink('x', { time: 123_456_789_012_345n }),
    'old link': symlink('x', { time: -77_777_777n }),
  },
  'hard links inside the tree as hard links': {
    'a': 'one', 'b': link('a'), 'd/c': link('a'), 'x': 'other', 'd/e/y': link('x'), 'z': 'other',
  },
  'the root itself': { '': folder({ mode: 0o710, time: 1_234_567_890_123_456n }), 'f': 'x' },
};

for (const [what, spec] of Object.entries(cases)) {
  mirrored(`${what}, in a first copy`, async () => {
    const pair = newPair(spec);
    await syncWell(pair);
  });

  mirrored(`${what}, made after a first copy`, async () => {
    const pair = await syncedPair({ 'earlier/x': 'x' });
    makeTree(pair.source, spec);
    await syncWell(pair);
  });
}

mirrored('each attribute when it changes, without copying', async () => {
  const spec: TreeSpec = { 'f': 'x', 'd/': null, 'd/g': 'y', 'l': symlink('t') };
  const pair = await syncedPair(spec);
  const at = (name: string): Buffer => pathIn(pair.source, name);

  fs.chmodSync(at('f'), 0o4711);
  fs.chmodSync(at('d'), 0o1700);
  setTime(at('d/g'), -5_000_001n);
  setTime(at('l'), 1_000_000_000_000_007n);
  setTime(at(''), 999_999_999_999_999n);
  fs.chmodSync(at(''), 0o751);
  const { done } = await syncWell(pair);
  assert.equal(done, ['set ', 'set d', 'set d/g', 'set f', 'set l']);
});

mirrored('times below a microsecond: rounded down, and then left alone', async () => {
  const pair = newPair({ f: 'x' });
  // What the kernel gives a write are nanoseconds.
  for (let at = 0; at < 50; at += 1) fs.writeFileSync(pathIn(pair.source, `n${at}`), 'x');
  await syncWell(pair);
  for (const [at, { mtime }] of readTree(pair.replica)) {
    const { mtimeNs } = fs.lstatSync(pathIn(pair.source, at), { bigint: true });
    assert.is(mtime, mtimeNs / 1000n, at);
  }
});

mirrored('content and times after an update that keeps size and whole seconds', async () => {
  const pair = await syncedPair({ f: file('aaaa', { time: 1_000_000_000_100_000n }) });
  makeTree(pair.source, { f: file('bbbb', { time: 1_000_000_000_200_000n }) });
  await syncWell(pair);
});

mirrored('a time that differs by a microsecond, of a file, a folder and a symlink', async () => {
  const pair = await syncedPair({ f: 'x', 'd/': null, l: symlink('t'), 'd/g': 'y' });
  const times = readTree(pair.source);
  for (const at of ['f', 'd', 'l', '']) {
    setTime(pathIn(pair.source, at), times.get(at)!.mtime + 1n);
  }
  assert.equal((await syncWell(pair)).done, ['set ', 'set d', 'set f', 'set l']);
});

mirrored('a symlink that leads elsewhere, its text as long as before', async () => {
  const pair = await syncedPair({ l: symlink('aaa', { time: 5_000_000n }) });
  fs.unlinkSync(`${pair.source}/l`);
  makeTree(pair.source, { l: symlink('bbb', { time: 5_000_000n }) });
  await syncWell(pair);
  assert.is(fs.readlinkSync(`${pair.replica}/l`), 'bbb');
});

mirrored('a hard link that is made, taken apart, or made of other names', async () => {
  const pair = await syncedPair({ a: 'same', b: 'same', c: 'else', d: link('c') });
  fs.unlinkSync(`${pair.source}/b`);
  fs.linkSync(`${pair.source}/a`, `${pair.source}/b`);
  const made = await syncWell(pair);
  assert.equal(doneOf(made, 'copy'), []);
  assert.is(inodeOf(pair.replica, 'a'), inodeOf(pair.replica, 'b'));

  fs.unlinkSync(`${pair.source}/d`);
  fs.writeFileSync(`${pair.source}/d`, 'else');
  await syncWell(pair);
  assert.is.not(inodeOf(pair.replica, 'c'), inodeOf(pair.replica, 'd'));
});

mirrored('hard links in a new folder, more than a call takes arguments', async () => {
  const pair = newPair({ 'd/': null });
  const count = 7_000;
  for (let at = 0; at < count; at += 1) {
    fs.writeFileSync(`${pair.source}/d/a${at}`, '');
    fs.linkSync(`${pair.source}/d/a${at}`, `${pair.source}/d/b${at}`);
  }
  // On its stack are some 12,000: what it takes is less than the 125,000 of an ordinary one.
  const { code, stdout, stderr } = await runCli(
    ['sync', pair.source, pair.replica, '--state-dir', pair.state],
    { script: builtCli(), node: ['--stack-size=100'] });
  assert.is(code, 0, `${stdout}${stderr}`);
  assert.is(fs.readdirSync(`${pair.replica}/d`).length, 2 * count);
  assert.is(inodeOf(pair.replica, 'd/a7'), inodeOf(pair.replica, 'd/b7'));
});

mirrored('a file written through one of its names', async () => {
  const pair = await syncedPair({ a: 'old', b: link('a'), 'd/c': link('a') });
  fs.appendFileSync(`${pair.source}/b`, ' and new');
  await syncWell(pair);
  assert.is(contentOf(pair.replica, 'd/c'), 'old and new');
});

mirrored('never a socket, device or FIFO: told once, never opened', async () => {
  const pair = newPair({ p: fifo(), 'd/q': fifo(), f: 'x' });
  const { exitCode, notices } = await syncNow(pair);
  assert.is(exitCode, 0);
  assert.equal(notices, ['special', 'special']);
  assert.not(isThere(pair.replica, 'p'));
  assert.not(isThere(pair.replica, 'd/q'));
  assertMirrored(pair);
  await assertQuiet(pair);
});

mirrored('a FIFO that is gone is forgotten by the next full pass, one out of sight is not',
  async () => {
    const pair = newPair({ p: fifo(), 'd/q': fifo(), 'd/f': '' });
    await passesOf(pair, async ({ memory }, pass) => {
      assert.equal((await pass()).notices, ['special', 'special']);
      assert.equal((await pass()).notices, []);
      fs.unlinkSync(`${pair.source}/p`);
      const hidden = await watchingCalls(['readdirSync'], (call) => {
        if (String(call.args[0]).endsWith('/S/d')) throw systemError('EIO', call);
      }, pass);
      assert.equal([hidden.problems, hidden.notices], [['EIO d'], []]);
      assert.equal([...memory.specials], ['d/q']);
      makeTree(pair.source, { p: fifo() });
      assert.equal((await pass()).notices, ['special']);
    });
  });

mirrored('the time of a folder that somebody touches just when it was set', async () => {
  const pair = await syncedPair({ 'd/f': 'x' });
  setTime(`${pair.source}/d`, 1_000_000n);
  const moments = ['before', 'set', 'touched'];
  await watchingCalls(['utimesSync', 'fstatSync'], ({ name }) => {
    if (name === 'utimesSync' ? moments[0] !== 'before' : moments[0] !== 'set') return;
    moments.shift();
    if (moments[0] === 'touched') setTime(`${pair.replica}/d`, 5_000_000n);
  }, () => syncWell(pair));
  assert.equal(moments, ['touched']);
});

mirrored('a file that became a FIFO is no longer mirrored, and nothing blocks', async () => {
  const pair = await syncedPair({ p: 'file', f: 'x' });
  fs.unlinkSync(`${pair.source}/p`);
  makeTree(pair.source, { p: fifo(), g: 'y' });
  const { exitCode } = await syncNow(pair);
  assert.is(exitCode, 0);
  assertMirrored(pair);
});

mirrored('dot files and what others leave out: there are no hidden rules', async () => {
  const pair = newPair({
    '.git/HEAD': 'ref', 'node_modules/x/index.js': 'x', '.DS_Store': 'x', 'a~': 'x', '.a.swp': 'x',
    '.gitignore': '*', 'CVS/Root': 'x', 'core': 'x', '.fsync-conf': 'x', 'Thumbs.db': 'x',
  });
  await syncWell(pair);
});

needs(mirrored, { root: true })('owner and group, as root', async () => {
  const pair = newPair({
    f: file('x', { uid: 1234, gid: 4321, mode: 0o6755 }), 'd/': folder({ uid: 99, gid: 98 }),
    'd/in': file('x', { uid: 0, gid: 77 }), l: symlink('x', { uid: 65_534, gid: 5 }),
    '': folder({ uid: 7, gid: 8 }),
  });
  await syncWell(pair);
  fs.chownSync(`${pair.source}/f`, 1, 2);
  fs.chmodSync(`${pair.source}/f`, 0o4711);
  fs.lchownSync(`${pair.source}/l`, 3, 4);
  const { done } = await syncWell(pair);
  assert.equal(done, ['set f', 'set l']);
});

mirrored('a sparse file, without filling its holes', async () => {
  const pair = newPair({ sparse: '' });
  fs.truncateSync(`${pair.source}/sparse`, 1 << 26);
  fs.appendFileSync(`${pair.source}/sparse`, 'end');
  await syncWell(pair);
  assert.ok(fs.statSync(`${pair.replica}/sparse`).blocks < 4096, 'its holes were written');
});

mirrored('each file whole, whatever it grows or shrinks to', async () => {
  const pair = await syncedPair({ a: Buffer.alloc(5_000_000, 1), b: 'x', c: Buffer.alloc(100) });
  makeTree(pair.source, { a: '', b: Buffer.alloc(5_000_000, 3), c: Buffer.alloc(99) });
  await syncWell(pair);
});

mirrored('modes whatever the umask is', async () => {
  const before = process.umask(0o077);
  try {
    const pair = newPair({ f: file('x', { mode: 0o666 }), 'd/': folder({ mode: 0o777 }) });
    await syncWell(pair);
  } finally {
    process.umask(before);
  }
});

mirrored('a new folder in which something cannot be mirrored, all but that', async () => {
  const pair = await syncedPair({ a: 'x' });
  makeTree(pair.source, { 'new/p': fifo(), 'new/f': 'x', 'new/d/g': 'x' });
  assert.is((await syncNow(pair)).exitCode, 0);
  assert.equal(differences(pair.source, pair.replica), []);
});

mirrored.run();
