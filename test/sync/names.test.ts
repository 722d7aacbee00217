import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { runCli } from '../support/cli.ts';
import { needs } from '../support/needs.ts';
import {
  assertMirrored, inodeOf, isThere, newPair, syncedPair, syncNow, syncWell,
} from '../support/pass.ts';
import { makeTree, pathIn, symlink, type TreeSpec } from '../support/tree.ts';

/** All that a name may be, but '/' and NUL: bytes. Each becomes a file, a folder and a target. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'that are no UTF-8': ['f\xff\xfe', 'a\xff', 'a\xfe', '\xc3', '\xed\xa0\x80', '\xf5\x80\x80\x80'],
  'with control characters': ['a\nb', '\x1b[2Jx', '\x9b2J', 't\tab', '\r', '\x01', '\x7f', '\n'],
  'that shells and options would read': [
    '-rf', '--delete', ' lead', 'trail ', ' ', '*', '?', '[a]', '[!a]', '\\', 'back\\slash', '"',
    "'", '$(x)', '`x`', '#', '!', '!a', '...', '..a', ':', 'a:b', '~', '%s', 'a;b', '&', '{a,b}',
  ],
  'that objects have': ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length'],
  'as long as they may be': ['n'.repeat(255), '\xe2\x82\xac'.repeat(85), `.${'m'.repeat(254)}`],
  'that look alike': ['caf\xc3\xa9', 'cafe\xcc\x81', 'caf\xe9', 'Foo', 'foo', 'FOO', 'a', 'a '],
  'of our own temporary files': [
    '.fsync-0123456789abcdef', '.fsync-abcdefghijklmnop', '.fsync-x', '.fsync-', 'fsync',
  ],
};

const names = suite('names');

for (const [which, list] of Object.entries(NAMES)) {
  names(`${which} are mirrored, moved and removed`, async () => {
    const spec: TreeSpec = Object.fromEntries(list.flatMap((name, at) => [
      [name, `file ${at}`], [`d/${name}/${name}`, `in a folder ${at}`],
      [`links/${name}`, symlink(name)],
    ]));
    const pair = await syncedPair(spec);
    await syncWell(pair);

    // In a folder that is there already, one by one.
    makeTree(pair.source, { 'moved/': null });
    await syncWell(pair);
    const inodes = list.map((name) => inodeOf(pair.replica, name));
    for (const name of list) {
      fs.renameSync(pathIn(pair.source, name), pathIn(pair.source, `moved/${name}`));
    }
    const { counts } = await syncWell(pair);
    assert.is(counts?.renamed, list.length);
    assert.is(counts?.copied, 0);
    assert.equal(list.map((name) => inodeOf(pair.replica, `moved/${name}`)), inodes);

    for (const name of list) fs.unlinkSync(pathIn(pair.source, `moved/${name}`));
    await syncWell(pair);
  });
}

names('are told apart where only bytes that are no UTF-8 differ', async () => {
  const pair = await syncedPair({ 'a\xff': 'one', 'a\xfe': 'two' });
  fs.unlinkSync(pathIn(pair.source, 'a\xff'));
  assert.equal((await syncWell(pair)).moved, ['remove a\xff']);
  assert.is(isThere(pair.replica, 'a\xfe'), true);
});

names('that change only their case are renamed', async () => {
  const pair = await syncedPair({ Foo: 'x', 'Dir/f': 'y' });
  fs.renameSync(`${pair.source}/Foo`, `${pair.source}/foo`);
  fs.renameSync(`${pair.source}/Dir`, `${pair.source}/dir`);
  assert.equal((await syncWell(pair)).moved, ['rename Dir -> dir', 'rename Foo -> foo']);
});

names('of folders and their neighbours sort as bytes, not as paths', async () => {
  const pair = await syncedPair({ 'a/b': '1', 'a b/c': '2', 'a-b': '3', 'a.b/d': '4', 'a0': '5' });
  for (const name of ['a', 'a b', 'a.b']) {
    fs.renameSync(`${pair.source}/${name}`, `${pair.source}/z${name}`);
  }
  assert.is((await syncWell(pair)).counts?.copied, 0);
});

names('nested a thousand deep are mirrored, changed and removed', async () => {
  const pair = await syncedPair({ top: 'x' });
  const deep = Array.from({ length: 1000 }, () => 'd').join('/');
  makeTree(pair.source, { [`${deep}/f`]: 'deep' });
  await syncWell(pair);
  fs.appendFileSync(`${pair.source}/${deep}/f`, 'er');
  assert.equal((await syncWell(pair)).moved, [`copy ${deep}/f`]);
  fs.renameSync(`${pair.source}/d`, `${pair.source}/e`);
  assert.is((await syncWell(pair)).counts?.copied, 0);
  fs.rmSync(`${pair.source}/e`, { recursive: true });
  await syncWell(pair);
});

needs(names, { tools: ['python3'] })(
  'beyond the longest path are told, and nothing else suffers', async () => {
    const pair = await syncedPair({ 'near/f': 'x', 'old': 'y' });
    makeBeyondLongestPath(pair.source);
    makeTree(pair.source, { 'near/g': 'z' });
    fs.unlinkSync(`${pair.source}/old`);
    const { exitCode, problems } = await syncNow(pair);
    assert.is(exitCode, 1);
    assert.is(problems.length, 1, problems.join('\n'));
    assert.match(problems.join(), /^ENAMETOOLONG long/);
    assert.equal(fs.readdirSync(`${pair.replica}/near`), ['f', 'g']);
    assert.is(isThere(pair.replica, 'old'), false);
    // What is deep down goes by the same way.
    execFileSync('rm', ['-rf', `${pair.source}/${LONG}`]);
    await syncWell(pair);
  });

const LONG = 'long'.repeat(50);

/** 25 folders of 200 bytes: a path of 5,000, twice what PATH_MAX allows in one call. */
function makeBeyondLongestPath(dir: string): void {
  execFileSync('python3', ['-c', `
import os
os.chdir(${JSON.stringify(dir)})
for at in range(25):
    name = ${JSON.stringify(LONG)}
    os.mkdir(name)
    os.chdir(name)
open('f', 'w').write('x')`]);
}

names('of ten thousand entries in one folder are mirrored', async () => {
  const spec = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`d/${at}`, '']));
  const pair = await syncedPair({ 'd/': null });
  makeTree(pair.source, spec);
  const { counts } = await syncNow(pair);
  assert.is(counts?.copied, 10_000);
  assertMirrored(pair);
});

names.run();

// ---

const asked = suite('the names of the two folders');

asked('are one pair however they are written', async () => {
  const { dir, source } = newPair({ f: 'x' });
  const home = dir;
  await runCli(['sync', source, `${dir}/D`], { home, cwd: dir });
  for (const args of [['S/', './D'], ['./S/../S', 'D//'], ['-s', 'S', '-r', `${dir}/S/../D`]]) {
    const { code } = await runCli(['sync', ...args], { home, cwd: dir });
    assert.is(code, 0, args.join(' '));
  }
  assert.is(fs.readdirSync(`${home}/state/fsync`).length, 1);
});

asked('are those that the system finds, behind a link as well', async () => {
  const { dir } = newPair({});
  makeTree(dir, {
    'there/deep/x': '', 'there/S/right': 'r', 'there/D/old': 'o', 'S/wrong': 'w', 'D/mine': 'm',
    'to': symlink('there/deep'), 'again': symlink('to'), 'in/up': symlink('../again/../S'),
    'lost': symlink('there/none/deep'),
  });
  const sync = async (...args: string[]) =>
    (await runCli(['sync', '--quiet', ...args], { home: dir, cwd: dir })).code;
  const behind = (name: string): string => `again/.//../${name}`;

  assert.is(await sync(behind('S'), behind('D'), '--trash', behind('T'), '--state-dir',
    behind('state'), '--log-file', behind('log/')), 0);
  assert.equal(fs.readdirSync(`${dir}/there`).toSorted(), ['D', 'S', 'T', 'deep', 'log', 'state']);
  assert.equal(fs.readdirSync(`${dir}/there/D`), ['right']);
  assert.equal(fs.readdirSync(`${dir}/D`), ['mine']);

  assert.is(await sync('in/up/../S', `${dir}/there/D`), 0);
  assert.is(await sync('S', 'lost/../D'), 3);
  makeTree(dir, { 'there/pair.json': JSON.stringify({ source: '../to/../S', replica: 'D' }) });
  assert.is(await sync('--config', behind('pair.json')), 0);
  assert.equal(fs.readdirSync(`${dir}/there/D`), ['right']);
  assert.equal(fs.readdirSync(`${dir}/D`), ['mine']);
});

asked('may be links, odd, and below odd folders', async () => {
  const { dir, source } = newPair({ f: 'x' });
  const odd = pathIn(dir, ' odd\n');
  fs.mkdirSync(odd);
  fs.symlinkSync(source, Buffer.concat([odd, Buffer.from('/link')]));
  const { code, stderr } = await runCli(['sync', 'link', ' $(x)'], {
    home: dir, cwd: odd.toString(),
  });
  assert.is(code, 0, stderr);
  assertMirrored({ dir, source, replica: `${odd.toString('latin1')}/ $(x)`, state: '' });
});

asked.run();
