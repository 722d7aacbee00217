import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { lacking, skip } from '../support/needs.ts';
import {
  assertMirrored, contentOf, newPair, passOver, syncedPair, syncNow, syncWell, type Pair,
} from '../support/pass.ts';
import { removeTree, tempFolder, until } from '../support/temp.ts';
import { makeTree, symlink } from '../support/tree.ts';
import { syncByCli } from './support.ts';

const names = suite('names');

names('N02: with control characters reach no output as they are', async () => {
  const odd = ['a\nb', '\x1b[2Jx', '\x9b2J', 't\tab', '\r', '\x07', '\x7f', '\u202e', '\u2028']
    .map((name) => Buffer.from(name).toString('latin1'));
  const pair = newPair(Object.fromEntries(odd.flatMap((name) => [
    [name, 'x'], [`d${name}/in`, 'y'], [`l${name}`, symlink(name)],
  ])));
  const log = `${pair.dir}/log`;
  const said: string[] = [];
  for (const change of [
    () => {},
    () => odd.forEach((name) => fs.appendFileSync(Buffer.from(`${pair.source}/${name}`, 'latin1'),
      'more')),
    () => odd.forEach((name) => {
      removeTree(`${pair.source}/${name}`);
      removeTree(`${pair.source}/d${name}`);
    }),
  ]) {
    change();
    for (const flags of [['--verbose'], ['--json'], ['--dry-run']]) {
      const { stdout, stderr } = await syncByCli(pair, {},
        [...flags, '--approve-deletes', '--log-file', log]);
      said.push(...stdout.split('\n'), ...stderr.split('\n'));
    }
    assertMirrored(pair);
  }
  const lines = [...said, ...fs.readFileSync(log, 'utf8').split('\n')];
  assert.ok(lines.length > 100);
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  const acting = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]/;
  assert.equal(lines.filter((line) => acting.test(line)), []);
});

names('N06: too long a path for the replica alone is told, and nothing else suffers', async () => {
  const pair = newPair({ 'near/f': 'x' });
  const replica = `${pair.dir}/${'r'.repeat(200)}/${'r'.repeat(200)}/D`;
  fs.mkdirSync(replica, { recursive: true });
  const far: Pair = { ...pair, replica };
  await syncWell(far);

  // Near PATH_MAX in the source, beyond it in the replica.
  const deep = Array.from({ length: 19 }, () => 'long'.repeat(49)).join('/');
  makeTree(pair.source, { [`${deep}/f`]: 'deep', 'near/g': 'y' });
  for (let round = 0; round < 2; round += 1) {
    const { exitCode, problems } = await syncNow(far);
    assert.is(exitCode, 1);
    assert.is(problems.length, 1, problems.join('\n'));
    assert.match(problems[0]!, /^ENAMETOOLONG long/);
    assert.equal(fs.readdirSync(`${replica}/near`), ['f', 'g']);
  }
  removeTree(`${pair.source}/${deep.split('/')[0]}`);
  await syncWell(far, { approveDeletes: true });
});

names('N06: paths up to the longest are mirrored, moved and removed', async () => {
  const pair = await syncedPair({ a: 'a' });
  const room = 4095 - pair.source.length - '/'.length;
  const deep = `${'n'.repeat(100)}/`.repeat(50).slice(0, room - 2).replace(/\/$/, 'n');
  for (const at of [`${deep}/f`, `${deep.slice(0, -1)}/f`]) makeTree(pair.source, { [at]: at });
  await syncWell(pair);
  fs.renameSync(`${pair.source}/${'n'.repeat(100)}`, `${pair.source}/${'m'.repeat(100)}`);
  assert.is((await syncWell(pair)).counts?.copied, 0);
});

// ---

/** A file system that takes names that differ in case for the same one. */
function mountCaseless(dir: string): { at: string; unmount: () => void } {
  const [image, at] = [`${dir}/image`, `${dir}/caseless`];
  fs.writeFileSync(image, '');
  fs.truncateSync(image, 8 << 20);
  execFileSync('mkfs.exfat', [image], { stdio: 'pipe' });
  fs.mkdirSync(at);
  const device = execFileSync('losetup', ['-f', '--show', image], { encoding: 'utf8' }).trim();
  let done = false;
  const unmount = (): void => {
    if (done) return;
    done = true;
    spawnSync('umount', ['-l', at]);
    spawnSync('losetup', ['-d', device]);
  };
  process.prependListener('exit', unmount);
  execFileSync('mount.exfat-fuse', [device, at], { stdio: 'pipe' });
  return { at, unmount };
}

function lackingCaseless(): string | undefined {
  const missing = lacking({
    root: true, platform: 'linux', tools: ['mkfs.exfat', 'mount.exfat-fuse', 'losetup'],
  });
  if (missing !== undefined) return missing;
  try {
    mountCaseless(tempFolder()).unmount();
    return undefined;
  } catch {
    return 'needs FUSE';
  }
}

const reason = lackingCaseless();
const onCaseless = reason === undefined ? names : skip(names, reason);

onCaseless('N09: that differ only in case, where they cannot, are told, not swapped', async () => {
  const pair = newPair({ 'Foo': 'one', 'foo': 'other', 'plain': 'p', 'Dir/a': 'a', 'z': 'z' });
  const { at, unmount } = mountCaseless(pair.dir);
  const caseless = { ...pair, replica: `${at}/D` };
  await syncNow(caseless);
  const kept = contentOf(caseless.replica, 'foo');
  assert.ok(['one', 'other'].includes(kept));
  for (let round = 0; round < 3; round += 1) {
    const { exitCode, problems, moved } = await syncNow(caseless);
    assert.is(exitCode, 1);
    assert.match(problems.join(), /^same-name [Ff]oo$/);
    assert.equal(moved, []);
    assert.is(contentOf(caseless.replica, 'foo'), kept);
  }

  // A name may change its case, where it is the only one of its kind.
  fs.unlinkSync(`${pair.source}/Foo`);
  fs.renameSync(`${pair.source}/plain`, `${pair.source}/PLAIN`);
  await syncNow(caseless);
  assert.equal(fs.readdirSync(caseless.replica).sort(), ['Dir', 'PLAIN', 'foo', 'z']);
  assert.equal(['foo', 'PLAIN'].map((name) => contentOf(caseless.replica, name)), ['other', 'p']);
  // Times are coarse there, and what changed within two seconds is looked at again.
  const { ctimeMs } = fs.statSync(`${pair.source}/PLAIN`);
  await until(() => Date.now() - ctimeMs > 2_500, { what: 'the change to be old' });
  await syncNow(caseless);
  assert.is((await syncNow(caseless)).quiet, true);
  unmount();
});

onCaseless('N09: that change their case with all that is in them are there at once', async () => {
  const pair = newPair({ 'foo': 'one', 'dir/a': 'a', 'none/': null, 'type': 't', 'moved/m': 'm' });
  const { at, unmount } = mountCaseless(pair.dir);
  const caseless = { ...pair, replica: `${at}/D` };
  const { source, replica } = caseless;
  await syncNow(caseless);
  for (const name of fs.readdirSync(source)) {
    if (name !== 'moved') fs.rmSync(`${source}/${name}`, { recursive: true });
  }
  makeTree(source,
    { 'Foo': 'another', 'Dir/b': 'b', 'None/n': 'n', 'Type/t': 'tt', 'Moved/': null });
  fs.renameSync(`${source}/moved/m`, `${source}/Moved/m`);
  fs.rmdirSync(`${source}/moved`);

  // Held, they stay, and what is new does not come over them.
  const { exitCode, problems } = await syncNow(caseless, { maxDelete: { entries: 0 } });
  assert.equal([exitCode, problems], [3, []]);
  assert.equal(fs.readdirSync(replica).sort(), ['dir', 'foo', 'moved', 'none', 'type']);
  assert.equal(contentOf(replica, 'foo') + contentOf(replica, 'moved/m'), 'onem');

  assert.is((await syncNow(caseless)).exitCode, 0);
  const all = ['Dir', 'Dir/b', 'Foo', 'Moved', 'Moved/m', 'None', 'None/n', 'Type', 'Type/t'];
  assert.equal(fs.readdirSync(replica, { recursive: true }).sort(), all);
  assert.is(contentOf(replica, 'Foo'), 'another');
  unmount();
});

onCaseless('N09: that change their case do not take what is ignored away', async () => {
  const pair = newPair({ '.fsyncignore': '*.o', 'dir/a': 'a' });
  const { at, unmount } = mountCaseless(pair.dir);
  const caseless = { ...pair, replica: `${at}/D` };
  await syncNow(caseless);
  makeTree(caseless.replica, { 'dir/own.o': 'own', 'lib.o': 'lib' });
  fs.rmSync(`${pair.source}/dir`, { recursive: true });
  makeTree(pair.source, { 'Dir/b': 'b', 'Lib.O': 'another' });
  for (let round = 0; round < 2; round += 1) {
    assert.equal((await syncNow(caseless)).problems, ['ignored-inside dir', 'same-name Lib.O']);
    assert.is(contentOf(caseless.replica, 'dir/own.o'), 'own');
    assert.is(contentOf(caseless.replica, 'lib.o'), 'lib');
  }
  const { exitCode } = await syncNow(caseless, { deleteIgnored: true });
  assert.is(exitCode, 0);
  assert.equal(fs.readdirSync(caseless.replica).sort(), ['.fsyncignore', 'Dir', 'Lib.O']);
  assert.is(contentOf(caseless.replica, 'Lib.O'), 'another');
  unmount();
});

onCaseless('N09: that differ only in case are told by incremental passes as well', async () => {
  const pair = newPair({ 'Foo': 'one', 'Dir/a': 'a' });
  const { at, unmount } = mountCaseless(pair.dir);
  const caseless = { ...pair, replica: `${at}/D` };
  const { source, replica } = caseless;
  await syncNow(caseless);
  const over = (folder: string, ...all: readonly string[]): ReturnType<typeof passOver> =>
    passOver(caseless, all.map((name) => ({ folder, name })));

  // Another file comes, and goes again; another folder, told of by what is in it.
  fs.writeFileSync(`${source}/foo`, 'other');
  const { problems, moved } = await over('', 'foo');
  assert.equal([problems, moved], [['same-name foo'], []]);
  fs.unlinkSync(`${source}/foo`);
  assert.equal((await over('', 'foo')).moved, []);
  fs.mkdirSync(`${source}/dir/sub`, { recursive: true });
  fs.writeFileSync(`${source}/dir/sub/b`, 'b');
  for (const folder of ['dir/sub', 'dir']) {
    const passed = await over(folder, folder === 'dir' ? 'sub' : 'b');
    assert.equal([passed.problems, passed.moved], [['same-name dir'], []]);
  }
  assert.equal(fs.readdirSync(`${replica}/Dir`), ['a']);
  assert.is(contentOf(replica, 'Foo'), 'one');

  // What changes its case is renamed.
  fs.renameSync(`${source}/Foo`, `${source}/FOO`);
  fs.rmSync(`${source}/dir`, { recursive: true });
  await over('', 'Foo', 'FOO', 'dir');
  assert.equal(fs.readdirSync(replica).sort(), ['Dir', 'FOO']);
  assert.is(contentOf(replica, 'FOO'), 'one');
  unmount();
});

names.run();
