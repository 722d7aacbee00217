import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { WRITE_NEW } from '../../lib/disk/copy-file.ts';
import { needs, skip } from '../support/needs.ts';
import {
  contentOf, inodeOf, newPair, syncedPair, syncNow, syncWell,
} from '../support/pass.ts';
import { tempFolder } from '../support/temp.ts';
import { file, makeTree, readTree, symlink } from '../support/tree.ts';
import {
  beside, flipper, injecting, lackingInjection, shot, syncByCli,
} from './support.ts';

const others = suite('a replica that others reach into:');

needs(others, { platform: 'linux', tools: ['python3'] })(
  'R16: a folder is swapped for a link all the time: nothing is written or removed behind it',
  async () => {
    const pair = await syncedPair({ 'sub/f': 'old', 'sub/d/g': 'old', 'sub/gone': 'x' });
    makeTree(pair.dir, { 'out/f': 'outside', 'out/d/g': 'outside', 'out/gone': 'x' });
    const before = shot(`${pair.dir}/out`);
    fs.symlinkSync('../out', `${pair.replica}/sub2`);
    const attacker = flipper(`${pair.replica}/sub`, `${pair.replica}/sub2`, '../out');
    await beside(attacker, async () => {
      for (let round = 0; round < 20; round += 1) {
        makeTree(pair.source, {
          'sub/f': `newer ${round}`, 'sub/d/g': `newer ${round}`, [`sub/new${round}`]: 'N',
          [`sub/tree${round}/t`]: 'T',
        });
        fs.rmSync(`${pair.source}/sub/gone`, { force: true });
        fs.rmSync(`${pair.source}/sub/new${round - 1}`, { force: true });
        if (round % 3 === 2) fs.chmodSync(`${pair.source}/sub/f`, 0o600 + round);
        await syncNow(pair);
        assert.equal(shot(`${pair.dir}/out`), before);
      }
    });
    await syncWell(pair);
    assert.equal(shot(`${pair.dir}/out`), before);
  });

const reason = lackingInjection();
const traced = reason === undefined ? others : skip(others, reason);

traced('R18: whatever is opened there to be written is new, of a name nobody guesses', async () => {
  const pair = await syncedPair({ 'a': 'old', 'd/b': 'old' });
  makeTree(pair.source, {
    'a': 'newer', 'd/b': Buffer.alloc(2_000_000, 1), 'd/c': 'C', 'new/e/f': 'F', 'l': symlink('a'),
  });
  const log = `${pair.dir}/trace`;
  const { under, env } = injecting(['inject=openat:delay_enter=0'], { log });
  // In one thread: the lines of two may be torn in the log.
  const { code, stderr } = await syncByCli(pair,
    { under: [...under, '-y'], env }, ['--workers', '0']);
  assert.is(code, 0, stderr);
  const opened = fs.readFileSync(log, 'utf8').split('\n').filter((line) =>
    /O_(WRONLY|RDWR|CREAT)/.test(line) && line.includes(`= `) && line.includes(`<${pair.replica}`));
  assert.ok(opened.length >= 4, opened.join('\n'));
  for (const line of opened) {
    // What is ours already may be opened once more by its descriptor, which leads nowhere else.
    const isOurs = /"\/proc\/self\/fd\/\d+"/.test(line);
    for (const flag of isOurs ? [] : ['O_CREAT', 'O_EXCL', 'O_NOFOLLOW']) {
      assert.ok(line.includes(flag), line);
    }
    // A temporary name, or a final one in a folder that has one.
    assert.match(line, /<[^>]*\/\.fsync-[0-9a-z]{16}[/>]/);
  }
});

others('R18: a name that is planted all the same is not opened', () => {
  const dir = tempFolder();
  makeTree(dir, { passwd: 'x', planted: symlink('passwd'), loose: symlink('nowhere'), f: 'mine' });
  for (const name of ['planted', 'loose', 'f']) {
    assert.throws(() => fs.openSync(`${dir}/${name}`, WRITE_NEW, 0o600),
      ({ code }: NodeJS.ErrnoException) => code === 'EEXIST');
  }
  assert.equal(fs.readdirSync(dir).toSorted(), ['f', 'loose', 'passwd', 'planted']);
});

others('R19: a snapshot of hard links keeps its content, whatever becomes of the replica',
  async () => {
    const pair = await syncedPair({ 'f': 'old', 'd/g': 'old', 'd/gone': 'x', 'big': 'x-x-x-x' });
    const files = ['f', 'd/g', 'd/gone', 'big'];
    makeTree(pair.dir, { 'snap/d/': null });
    for (const at of files) fs.linkSync(`${pair.replica}/${at}`, `${pair.dir}/snap/${at}`);
    makeTree(pair.source, { 'f': 'newer', 'd/g': '', 'big': Buffer.alloc(6_000_000, 1) });
    fs.unlinkSync(`${pair.source}/d/gone`);
    await syncWell(pair);
    fs.appendFileSync(`${pair.source}/f`, 'and more');
    fs.truncateSync(`${pair.source}/big`, 4);
    await syncWell(pair);
    assert.equal(files.map((at) => contentOf(`${pair.dir}/snap`, at)),
      ['old', 'old', 'x', 'x-x-x-x']);
  });

needs(others, { root: true, platform: 'linux', tools: ['chattr'] })(
  'R12: a file may only grow: told, its content stays, the rest is done', async () => {
    const pair = await syncedPair({ 'log': 'line\n', 'd/g': 'old', 'gone': 'x' });
    execFileSync('chattr', ['+a', `${pair.replica}/log`]);
    try {
      makeTree(pair.source, { 'log': 'line\nanother\n', 'd/g': 'newer' });
      fs.unlinkSync(`${pair.source}/gone`);
      const { exitCode, problems } = await syncNow(pair);
      assert.equal([exitCode, problems], [1, ['EPERM log']]);
      assert.equal(['log', 'd/g'].map((at) => contentOf(pair.replica, at)), ['line\n', 'newer']);
      assert.equal([...readTree(pair.replica).keys()], ['', 'd', 'd/g', 'log']);
    } finally {
      execFileSync('chattr', ['-a', `${pair.replica}/log`]);
    }
    await syncWell(pair);
  });

needs(others, { platform: 'linux' })('R23: a program runs from there: it is replaced, and runs on',
  async () => {
    const pair = newPair({ prog: file(fs.readFileSync('/bin/sleep'), { mode: 0o755 }) });
    await syncWell(pair);
    const child = spawn(`${pair.replica}/prog`, ['60'], { stdio: 'ignore' });
    await once(child, 'spawn');
    try {
      const inode = inodeOf(pair.replica, 'prog');
      fs.writeFileSync(`${pair.source}/prog`, 'another program');
      await syncWell(pair);
      assert.is.not(inodeOf(pair.replica, 'prog'), inode);
      assert.is(child.exitCode ?? child.signalCode, null);
    } finally {
      child.kill('SIGKILL');
    }
  });

others.run();
