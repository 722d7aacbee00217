import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { builtCli } from '../support/built.ts';
import { runCli, startCli } from '../support/cli.ts';
import { needs, skip } from '../support/needs.ts';
import { assertMirrored, contentOf, newPair, syncWell, type Pair } from '../support/pass.ts';
import { differences } from '../support/same.ts';
import { removeTree, until } from '../support/temp.ts';
import { file, folder, makeTree, readTree, type TreeSpec } from '../support/tree.ts';
import { assertNoLitter, injecting, lackingInjection, syncByCli } from './support.ts';

const limits = suite('a process that is short of');
const onLinux = needs(limits, { platform: 'linux' });

/** A command line under a limit of the shell. */
const under = (limit: string): readonly string[] =>
  ['bash', '-c', `ulimit ${limit} && exec "$@"`, 'bash'];

onLinux('P08: descriptors (ulimit -n 40) copies, moves and removes every file', async () => {
  const wide: TreeSpec = Object.fromEntries(Array.from({ length: 300 }, (_, at) =>
    [`d${at % 30}/deep/er/f${at}`, `content ${at}`]));
  const deep = Array.from({ length: 60 }, (_, at) => `n${at}`).join('/');
  const pair = newPair({ ...wide, [`${deep}/f`]: 'deep', 'moves/a/b/c': 'x' });
  const limited = { under: under('-n 40'), script: builtCli() };
  for (const change of [
    () => {},
    () => {
      fs.renameSync(`${pair.source}/moves`, `${pair.source}/d1/moved`);
      removeTree(`${pair.source}/d2`);
      for (let at = 3; at < 30; at += 1) {
        fs.appendFileSync(`${pair.source}/d${at}/deep/er/f${at}`, 'more');
      }
    },
    () => removeTree(`${pair.source}/n0`),
  ]) {
    change();
    const { code, stdout, stderr } = await syncByCli(pair, limited);
    assert.equal([code, stderr], [0, ''], stdout);
    assertMirrored(pair);
  }
});

onLinux('P09: the right to big files (ulimit -f) keeps the old one, does the rest', async () => {
  const pair = newPair({ 'grows': 'old', 'a': 'a', 'z': 'z' });
  await syncWell(pair);
  makeTree(pair.source, {
    'grows': Buffer.alloc(300_000, 1), 'a': 'newer', 'd/big': Buffer.alloc(300_000, 2),
    'd/small': 's',
  });
  // In blocks of 1024 bytes: more than the record needs.
  const { code, stdout } = await syncByCli(pair, { under: under('-f 100') }, ['--json']);
  assert.is(code, 1);
  const problems = stdout.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ kind }) => kind === 'problem').map(({ code: why, path }) => `${why} ${path}`);
  assert.equal(problems.sort(), ['EFBIG d/big', 'EFBIG grows']);
  assert.equal(['grows', 'a', 'd/small'].map((at) => contentOf(pair.replica, at)),
    ['old', 'newer', 's']);
  assertNoLitter(pair.replica);
  await syncWell(pair);
});

limits('P10: memory (a heap of 56 MB) mirrors fifty thousand files of one folder', async () => {
  const pair = newPair({ 'd/': null });
  const at = (name: number): string => `${pair.source}/d/file ${name}`;
  for (let name = 0; name < 50_000; name += 1) fs.closeSync(fs.openSync(at(name), 'w'));
  const small = { node: ['--max-old-space-size=56'] };
  const first = await syncByCli(pair, small);
  assert.equal([first.code, first.stderr], [0, '']);
  assert.is(fs.readdirSync(`${pair.replica}/d`).length, 50_000);

  fs.writeFileSync(at(77), 'changed');
  const second = await syncByCli(pair, small);
  assert.equal([second.code, second.stderr], [0, '']);
  assert.is(contentOf(pair.replica, 'd/file 77'), 'changed');
});

const injected = lackingInjection() === undefined ? limits : skip(limits, lackingInjection()!);

injected('P15: processes (none can be begun) goes on without their help', async () => {
  const pair = newPair({ a: 'old' });
  // As where memory is overcommitted; those that are threads have a call of their own.
  const options = { ...injecting(['inject=clone,fork,vfork:error=ENOMEM']), script: builtCli() };
  const cli = startCli(['watch', pair.source, pair.replica, '--state-dir', pair.state,
    '--interval', '1d', '--on-sync', 'true'], options);
  try {
    await cli.untilLine(/the command of --on-sync failed: spawn .*ENOMEM/);
    makeTree(pair.source, { a: 'newer' });
    await until(() => differences(pair.source, pair.replica).length === 0);
    const mark = cli.mark();
    makeTree(pair.source, { b: 'new' });
    cli.say('sync\n');
    await cli.untilLine(/full pass: |copied b/, { after: mark });
    await until(() => differences(pair.source, pair.replica).length === 0);
  } finally {
    // Killed, strace would leave it behind.
    cli.say('quit\n');
    await cli.exited;
  }
});

for (const mask of ['000', '077']) {
  limits(`P11: rights by its umask ${mask} gives modes as the source has them`, async () => {
    const spec = { f: file('x', { mode: 0o666 }), 'd/': folder({ mode: 0o777 }), 'd/g': 'y' };
    const pair = newPair(spec);
    for (let round = 0; round < 2; round += 1) {
      const { code, stderr } = await syncByCli(pair,
        { under: ['bash', '-c', `umask ${mask} && exec "$@"`, 'bash'] });
      assert.equal([code, stderr], [0, '']);
      assertMirrored(pair);
      makeTree(pair.source, { 'new/h': file('z', { mode: 0o640 }), 'f': 'newer' });
    }
    const [own] = fs.readdirSync(pair.state);
    assert.is(fs.statSync(`${pair.state}/${own}`).mode & 0o777, 0o700);
  });
}

onLinux('P12: a working folder needs none for absolute paths, and says so for others', async () => {
  const pair = newPair({ f: 'x' });
  const gone = {
    script: builtCli(), home: pair.dir,
    under: ['bash', '-c', 'cd "$(mktemp -d)" && rmdir "$PWD" && exec "$@"', 'bash'],
  };
  const { code, stderr } = await syncByCli(pair, gone);
  assert.equal([code, stderr], [0, '']);
  assertMirrored(pair);

  const { source, replica } = pair;
  for (const line of [
    ['sync', 'S', 'D'], ['watch', source, 'D'], ['check', '-s', source, '-r', 'D'], ['sync'],
    ['sync', source, replica, '--log-file', 'log'], ['sync', source, replica, '--trash', 'T'],
    ['sync', '--config', 'c.json'], ['explain', 'f', source, replica], ['doctor', 'S', 'D'],
    ['status', 'S'], ['stop', 'S'],
  ]) {
    const relative = await runCli(line, gone);
    assert.equal([relative.code, relative.stdout], [3, ''], line.join(' '));
    assert.match(relative.stderr, /^fsync: ".+" leads nowhere, since the working folder .+$/,
      line.join(' '));
  }
  for (const line of [['doctor', source, replica], ['status'], ['explain', source]]) {
    assert.not.match((await runCli(line, gone)).stderr, /working folder|uv_cwd/, line.join(' '));
  }
});

onLinux('P12: a working folder that another one replaces hears of changes in it', async () => {
  const pair = newPair({ f: 'x' });
  // As by `rm -rf` and `git clone`.
  await assertGoesOn(pair, { cwd: pair.source, source: '.', told: '../told', lose: () => {} });
});

onLinux('P12: a working folder that goes for good leaves its relative paths as they were',
  async () => {
    const pair = newPair({ f: 'x' });
    const cwd = `${pair.dir}/cwd`;
    fs.mkdirSync(cwd);
    await assertGoesOn(pair,
      { cwd, source: '../S', told: `${pair.dir}/told`, lose: () => fs.rmdirSync(cwd) });
  });

/** A watch whose source is removed and made anew, together with its working folder or after it. */
async function assertGoesOn(
  pair: Pair,
  { cwd, source, told, lose }: { cwd: string; source: string; told: string; lose: () => void },
): Promise<void> {
  const cli = startCli(['watch', source, '../D', '--interval', '1d', '--state-dir', '../state',
    '--trash', '../T', '--on-sync', `echo "$FSYNC_SOURCE" >> ${told}`], { cwd });
  await cli.untilLine(/watching/);
  lose();
  removeTree(pair.source);
  await cli.untilLine(/waiting: the source/);
  makeTree(pair.source, { f: 'newer' });
  await until(() => differences(pair.source, pair.replica).length === 0);
  makeTree(pair.source, { later: 'x' });
  await until(() => differences(pair.source, pair.replica).length === 0);
  assert.equal(await cli.kill('SIGTERM'), { code: 0, signal: null });
  assert.equal(cli.stdout.filter((line) => line.includes('watcher ended')), []);
  assert.ok([...readTree(`${pair.dir}/T`).keys()].some((at) => at.endsWith('/f')));
  assert.equal(new Set(contentOf(pair.dir, 'told').trim().split('\n')), new Set([pair.source]));
}

onLinux('P12: a working folder that goes while it runs loses nothing', async () => {
  const pair = newPair({ 'cwd/': null });
  fs.rmdirSync(`${pair.source}/cwd`);
  fs.mkdirSync(`${pair.dir}/cwd`);
  const cli = startCli(['watch', '../S', '../D', '--interval', '1d', '--state-dir', '../state',
    '--log-file', '../log', '--workers', '1'], { home: pair.dir, cwd: `${pair.dir}/cwd` });
  await cli.untilLine(/watching/);
  fs.rmdirSync(`${pair.dir}/cwd`);
  // Enough to start a thread, which is not to ask for the folder either.
  makeTree(pair.source, Object.fromEntries(Array.from({ length: 200 }, (_, at) =>
    [`n${at}/deep/f`, `${at}`])));
  await until(() => differences(pair.source, pair.replica).length === 0, { timeoutMs: 20_000 });
  assert.equal(await cli.kill('SIGTERM'), { code: 0, signal: null });
  assert.match(contentOf(pair.dir, 'log'), /stopped/);
});

limits.run();
