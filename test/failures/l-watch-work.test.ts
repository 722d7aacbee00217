import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { suite, type Callback } from 'uvu';

import { needs } from '../support/needs.ts';
import { newPair, type Pair } from '../support/pass.ts';
import { ROOT } from '../support/sources.ts';
import { removeTree, until } from '../support/temp.ts';
import { makeTree, type TreeSpec } from '../support/tree.ts';
import { assertNothingLeft, withWatch } from '../support/watch.ts';

const run = promisify(execFile);

/** A command that runs in a folder, while the watch runs in this process. */
const inFolder = (cwd: string) => async (
  tool: string, ...args: readonly string[]
): Promise<void> => {
  await run(tool, args, { cwd, env: { ...process.env, ...QUIET } });
};

/** Nothing of the user's own settings, no editor, nobody asked. */
const QUIET = {
  GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', TERM: 'dumb',
  GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b',
  GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b',
};

const work = suite('while people work in the source, events alone keep the replica:');

/** Work that is done while a watch is ready; soon after it the replica is the source. */
const keeps = (
  spec: TreeSpec, prepare: (pair: Pair) => Promise<void> | void,
  act: (pair: Pair) => Promise<void> | void,
): Callback<object> => async () => {
  const pair = newPair(spec);
  await prepare(pair);
  await withWatch(pair, {}, async (watching) => {
    await act(pair);
    await watching.mirrored(60_000);
    await assertNothingLeft(watching);
  });
};

const nothing = (): void => {};

needs(work, { tools: ['git'] })('L01: git goes from version to version', keeps({}, async (pair) => {
  const git = inFolder(pair.source);
  await git('git', 'init', '-q', '-b', 'main');
  for (let version = 1; version <= 3; version += 1) {
    for (let at = 0; at < 120; at += 1) {
      const folder = `${pair.source}/d${(at * version) % 11}/e${at % version}`;
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(`${folder}/f${at}`, `${at} of ${at % 3 === 0 ? version : 'all'}`);
    }
    if (version > 1) removeTree(`${pair.source}/d${version}`);
    await git('git', 'add', '-A');
    await git('git', 'commit', '-qm', `v${version}`);
    await git('git', 'tag', `v${version}`);
  }
}, async (pair) => {
  const git = inFolder(pair.source);
  for (const version of ['v1', 'v3', 'v2', 'v1', 'main']) {
    await git('git', 'checkout', '-q', version);
  }
  await git('git', 'gc', '-q');
}));

needs(work, { tools: ['npm', 'tar'] })('L02: npm installs packages', keeps(
  { 'package.json': '{ "name": "work", "version": "1.0.0" }' },
  async ({ dir }) => {
    for (let at = 0; at < 12; at += 1) {
      const spec: TreeSpec = Object.fromEntries(Array.from({ length: 25 }, (_, file) =>
        [`package/lib/d${file % 5}/f${file}.js`, `${at} ${file}`]));
      const json = `{ "name": "p${at}", "version": "1.0.0", "bin": "lib/d0/f0.js" }`;
      makeTree(`${dir}/p${at}`, { ...spec, 'package/package.json': json });
      await inFolder(dir)('tar', 'czf', `p${at}.tgz`, '-C', `p${at}`, 'package');
    }
  },
  async ({ dir, source }) => {
    const npm = inFolder(source);
    const flags = ['--offline', '--no-audit', '--no-fund', '--silent', '--cache', `${dir}/cache`];
    const packages = Array.from({ length: 12 }, (_, at) => `../p${at}.tgz`);
    await npm('npm', 'install', ...flags, ...packages);
    await npm('npm', 'uninstall', ...flags, 'p1', 'p2');
  },
));

work('L03: a tree of a thousand files is copied into it', keeps({ a: 'a' }, nothing, ({ source }) =>
  inFolder(source)('cp', '-r', `${ROOT}node_modules/rxjs/dist/esm`, '.')));

needs(work, { tools: ['tar'] })('L05: an archive is unpacked into it', keeps(
  { a: 'a' }, ({ dir }) => inFolder(dir)('tar', 'cf', 'a.tar', '-C', ROOT, 'lib', 'test'),
  ({ source }) => inFolder(source)('tar', 'xf', '../a.tar'),
));

needs(work, { tools: ['rsync'] })('L05: rsync writes into it', keeps(
  { 'lib/extra': 'x', 'lib/open.ts': 'old' }, nothing,
  ({ source }) => inFolder(source)('rsync', '-a', '--delete', `${ROOT}lib/`, 'lib/'),
));

needs(work, { tools: ['python3'] })('L06: a database in WAL mode is written to', keeps(
  {}, nothing, ({ source }) => inFolder(source)('python3', '-c', `
import sqlite3, time
one = sqlite3.connect('db')
one.execute('PRAGMA journal_mode = WAL')
one.execute('CREATE TABLE t (n INTEGER, text TEXT)')
for at in range(150):
    with one: one.execute('INSERT INTO t VALUES (?, ?)', (at, 'x' * 500))
    if at % 20 == 0: one.execute('PRAGMA wal_checkpoint(TRUNCATE)')
    time.sleep(0.005)
one.close()`),
));

work('L07: logs are rotated while they are written', keeps({ 'log': '' }, nothing, async (pair) => {
  const at = (name: string): string => `${pair.source}/${name}`;
  for (let round = 0; round < 12; round += 1) {
    for (let line = 0; line < 40; line += 1) {
      fs.appendFileSync(at('log'), `round ${round}, line ${line}\n`);
      if (line % 8 === 0) await delay(5);
    }
    for (let old = 4; old >= 0; old -= 1) {
      const name = old === 0 ? 'log' : `log.${old}`;
      if (fs.existsSync(at(name))) fs.renameSync(at(name), at(`log.${old + 1}`));
    }
    fs.writeFileSync(at('log'), '');
  }
}));

/** What editors do when they save: `~` and swap files, in place or by a rename. */
const SAVES: Readonly<Record<string, (at: string, text: string) => void>> = {
  'in place': (at, text) => fs.writeFileSync(at, text),
  'in place, with a backup': (at, text) => {
    fs.copyFileSync(at, `${at}~`);
    fs.writeFileSync(at, text);
    fs.unlinkSync(`${at}~`);
  },
  'by a rename': (at, text) => {
    fs.writeFileSync(`${at}.tmp`, text);
    fs.renameSync(`${at}.tmp`, at);
  },
  'by a rename, the old one a backup for a while': (at, text) => {
    fs.writeFileSync(`${at.slice(0, at.lastIndexOf('/'))}/4913`, '');
    fs.unlinkSync(`${at.slice(0, at.lastIndexOf('/'))}/4913`);
    fs.renameSync(at, `${at}~`);
    fs.writeFileSync(at, text);
    fs.unlinkSync(`${at}~`);
  },
};
for (const [how, save] of Object.entries(SAVES)) {
  work(`L08: files are saved ${how}`, keeps({ 'd/a': 'a', 'd/b': 'b' }, nothing, async (pair) => {
    for (let round = 0; round < 15; round += 1) {
      save(`${pair.source}/d/${round % 2 === 0 ? 'a' : 'b'}`, `text ${round}`);
      await delay([0, 1, 20, 70][round % 4]);
    }
  }));
}

for (const backupcopy of ['yes', 'no', 'auto']) {
  needs(work, { tools: ['vim'] })(`L08: vim saves with backupcopy=${backupcopy}`, keeps(
    { 'd/a': 'a\n' }, nothing, ({ source }) => inFolder(source)('vim', '-u', 'NONE', '-N', '-es',
      `-cset backupcopy=${backupcopy} writebackup`, '-cnormal ofirst', '-cw', '-cnormal osecond',
      '-cwq', 'd/a'),
  ));
}

work('L09: it is removed all but one file, and restored', keeps(
  { 'stays': 'x', ...bulk(150) },
  ({ dir }) => inFolder(dir)('cp', '-a', 'S', 'backup'),
  async ({ dir, source, replica }) => {
    for (const name of fs.readdirSync(source)) {
      if (name !== 'stays') removeTree(`${source}/${name}`);
    }
    await until(() => fs.readdirSync(replica).join() === 'stays', { timeoutMs: 60_000 });
    await inFolder(dir)('cp', '-a', 'backup/.', 'S/');
  },
));

work.run();

function bulk(count: number): TreeSpec {
  return Object.fromEntries(Array.from({ length: count }, (_, at) =>
    [`d${at % 7}/e${at % 3}/f${at}`, `content ${at}`]));
}
