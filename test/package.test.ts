import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { skip } from './support/needs.ts';
import { ROOT } from './support/sources.ts';
import { tempFolder } from './support/temp.ts';

const HOME = tempFolder();
const PACKAGE = `${HOME}/node_modules/fsync-cli`;
const CLI = `${PACKAGE}/dist/cli.js`;

const MANIFEST = JSON.parse(fs.readFileSync(`${ROOT}package.json`, 'utf8')) as {
  readonly version: string;
  readonly man: readonly string[];
  readonly dependencies: object;
  readonly files: readonly string[];
  readonly scripts: Readonly<Record<string, string>>;
};

/** What is packed beside the code; some of it is left out. */
const SHIPPED = MANIFEST.files.filter((name) => name !== 'dist' && !name.startsWith('!'));

const installed = suite('the package as it is installed');

/** Packed as `npm publish` does it, and unpacked with nothing beside it but what it depends on. */
installed.before(() => {
  const stage = tempFolder();
  run('node', '--import', 'tsx', `${ROOT}build.ts`, `${stage}/dist`);
  const { dependencies } = MANIFEST;
  for (const name of ['package.json', ...SHIPPED]) {
    fs.cpSync(ROOT + name, `${stage}/${name}`, { recursive: true });
  }
  // Something that is not to be packed.
  fs.writeFileSync(`${stage}/secret`, '');
  run('npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', HOME, stage);
  const packed = fs.readdirSync(HOME).find((name) => name.endsWith('.tgz'));
  fs.mkdirSync(PACKAGE, { recursive: true });
  run('tar', '-xzf', `${HOME}/${packed}`, '--strip-components=1', '-C', PACKAGE);
  for (const name of [...Object.keys(dependencies), '@types']) {
    fs.symlinkSync(`${ROOT}node_modules/${name}`, `${HOME}/node_modules/${name}`);
  }
  fs.writeFileSync(`${HOME}/package.json`, '{ "type": "module" }');
});

installed('has a command that mirrors, in threads of its own', () => {
  const source = folders(200);
  assert.is(run('node', CLI, '--version'), `${MANIFEST.version}\n`);
  run('node', CLI, 'sync', source, `${HOME}/mirror`, '--state-dir', `${HOME}/state`,
    '--workers', '1', '--json');
  run('diff', '-r', source, `${HOME}/mirror`);
});

installed('has what it needs, and nothing else', () => {
  assert.equal(fs.readdirSync(PACKAGE).toSorted(), ['dist', 'package.json', ...SHIPPED].toSorted());
  assert.equal(fs.readdirSync(`${PACKAGE}/docs`),
    fs.readdirSync(`${ROOT}docs`).filter((name) => name !== 'picture.ts'));
  // npm puts it where man finds it only if it is in a list.
  assert.ok(Array.isArray(MANIFEST.man));
  assert.match(fs.readFileSync(`${PACKAGE}/${MANIFEST.man[0]}`, 'utf8'), /^\.TH FSYNC 1/);
});

installed('has all that its README leads to', () => {
  const readme = fs.readFileSync(`${PACKAGE}/README.md`, 'utf8');
  const links = [...readme.matchAll(/\]\(([^)#]+)/g)].map(([, link = '']) => link);
  assert.ok(links.length > 5);
  assert.equal(links.filter((link) => !fs.existsSync(`${PACKAGE}/${link}`)), []);
});

installed('runs nothing where it is installed', () => {
  const scripts = Object.keys(MANIFEST.scripts).filter((name) => name.includes('install'));
  assert.equal(scripts, []);
});

/** Other Nodes, by the paths of their commands, as .ci/run gets them. */
const NODES = (process.env['FSYNC_TEST_NODES'] ?? '').split(':').filter((name) => name !== '');
for (const node of NODES) {
  installed(`mirrors with ${run(node, '--version').trim()}`, () => {
    const [source, home] = [folders(200), tempFolder()];
    const [mirror, state] = [`${home}/mirror`, ['--state-dir', `${home}/state`]];
    goesWell(node, 'sync', source, mirror, ...state);
    goesWell(node, 'watch', source, mirror, ...state);
    goesWell(node, 'check', source, mirror, '--checksum');
    fs.writeFileSync(`${source}/new`, '');
    useLibrary(node, source, home);
    run('diff', '-r', source, `${home}/mirror`);
  });
}
if (NODES.length === 0) {
  skip(installed, 'needs other Nodes, named in FSYNC_TEST_NODES')(
    'mirrors with other Nodes', () => {});
}

const CONFIG = `
  import { defineConfig, type PairConfig } from 'fsync-cli';
  const pair: PairConfig = { source: 'S', replica: 'D' };
  export default defineConfig({ interval: '5m', pairs: [pair] });`;

for (const node of [process.execPath, ...NODES]) {
  const reads = run(node, '-p', 'Boolean(process.features.typescript)') === 'true\n';
  installed(`${reads ? 'reads' : 'refuses in one line'} a fsync.config.ts with `
    + run(node, '--version').trim(), () => {
    const cwd = fs.mkdtempSync(`${HOME}/typed-`);
    fs.mkdirSync(`${cwd}/S`);
    fs.writeFileSync(`${cwd}/S/file`, '');
    fs.writeFileSync(`${cwd}/fsync.config.ts`, CONFIG);
    const { status, stderr } = spawnSync(node, [CLI, 'sync', '--state-dir', 'state'],
      { cwd, encoding: 'utf8' });
    assert.is(status, reads ? 0 : 2, stderr);
    if (reads) assert.equal(fs.readdirSync(`${cwd}/D`), ['file']);
    else {
      assert.match(stderr, new RegExp('^fsync: fsync.config.ts: Node [\\d.]+ does not read '
        + 'TypeScript: run fsync with Node 22.18 or newer, or write the file as '
        + 'fsync.config.mjs\n$'));
    }
  });
}

installed('has a library that mirrors, and watches until it is told to quit', () => {
  const [source, home] = [folders(3), tempFolder()];
  useLibrary('node', source, home);
  run('diff', '-r', source, `${home}/mirror`);
});

installed('has types', () => {
  fs.writeFileSync(`${HOME}/typed.ts`, `
    import type { Observable } from 'rxjs';
    import { DEFAULTS, check, type SyncEvent } from 'fsync-cli';
    export const event$: Observable<SyncEvent> = check({ source: 'a', replica: 'b' });
    export const settleMs: number = DEFAULTS.settleMs;
    // @ts-expect-error It has no such option.
    check({ source: 'a', replica: 'b', sauce: 'c' });
    check({ source: 'a', replica: 'b', ignore: undefined, trash: undefined });`);
  run(`${ROOT}node_modules/.bin/tsc`, '--noEmit', '--strict', '--exactOptionalPropertyTypes',
    '--module', 'nodenext', '--types', 'node', 'typed.ts');
});

installed('tells the licence of all that is bundled', () => {
  const told = fs.readFileSync(`${PACKAGE}/dist/LICENSES.md`, 'utf8');
  const missing = ['chokidar', 'classic-level', 'consola', 'env-paths', 'ignore', 'meow', 'rxjs']
    .filter((name) => !new RegExp(`^# ${name} [\\d.]+\n\n[^#]*Copyright`, 'm').test(told));
  assert.equal(missing, []);
});

installed.run();

/** A command's output; throws with all it said where it fails. */
function run(command: string, ...args: string[]): string {
  const cwd = fs.existsSync(`${HOME}/package.json`) ? HOME : ROOT;
  const { status, stdout, stderr } = spawnSync(command === 'node' ? process.execPath : command,
    args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** The command has nothing to complain of; a watch is told to quit. */
function goesWell(node: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(node, [CLI, ...args],
    { cwd: HOME, encoding: 'utf8', input: 'quit\n' });
  assert.equal({ status, stderr }, { status: 0, stderr: '' });
}

/** Syncs and watches as a program that uses the library would. */
function useLibrary(node: string, source: string, home: string): void {
  const options = { source, replica: `${home}/mirror`, stateDir: `${home}/state` };
  fs.writeFileSync(`${HOME}/use.js`, `
    import { Subject } from 'rxjs';
    import { sync, watch } from 'fsync-cli';
    const options = ${JSON.stringify(options)};
    sync(options).subscribe({ complete() {
      const word$ = new Subject();
      watch(options, word$).subscribe({
        next: ({ kind }) => kind === 'watching' && word$.next('quit'),
        complete: () => console.log('over'),
      });
    } });`);
  assert.is(run(node, 'use.js'), 'over\n');
}

/** A new folder with as many folders in it, and a file in each. */
function folders(count: number): string {
  const root = tempFolder();
  for (let n = 0; n < count; n += 1) {
    fs.mkdirSync(`${root}/${n}`);
    fs.writeFileSync(`${root}/${n}/file`, `${n}`);
  }
  return root;
}
