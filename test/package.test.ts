import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { ROOT } from './support/sources.ts';
import { tempFolder } from './support/temp.ts';

const HOME = tempFolder();
const PACKAGE = `${HOME}/node_modules/fsync-cli`;
const CLI = `${PACKAGE}/dist/cli.js`;

const installed = suite('the package as it is installed');

/** Where the package is installed with nothing beside it but what it depends on. */
installed.before(() => {
  run('node', '--import', 'tsx', `${ROOT}build.ts`, `${PACKAGE}/dist`);
  fs.copyFileSync(`${ROOT}package.json`, `${PACKAGE}/package.json`);
  const { dependencies } = JSON.parse(fs.readFileSync(`${ROOT}package.json`, 'utf8')) as
    { dependencies: object };
  for (const name of [...Object.keys(dependencies), '@types']) {
    fs.symlinkSync(`${ROOT}node_modules/${name}`, `${HOME}/node_modules/${name}`);
  }
  fs.writeFileSync(`${HOME}/package.json`, '{ "type": "module" }');
});

installed('has a command that mirrors, in threads of its own', () => {
  const source = folders(200);
  const { version } = JSON.parse(fs.readFileSync(`${ROOT}package.json`, 'utf8'));
  assert.is(run('node', CLI, '--version'), `${version}\n`);
  run('node', CLI, 'sync', source, `${HOME}/mirror`, '--state-dir', `${HOME}/state`,
    '--workers', '1', '--json');
  run('diff', '-r', source, `${HOME}/mirror`);
});

installed('has a library that mirrors, and watches until it is told to quit', () => {
  const source = folders(3);
  fs.writeFileSync(`${HOME}/use.js`, `
    import { Subject } from 'rxjs';
    import { sync, watch } from 'fsync-cli';
    const options = { source: ${JSON.stringify(source)}, replica: 'copy', stateDir: 'state' };
    sync(options).subscribe({ complete() {
      const word$ = new Subject();
      watch(options, word$).subscribe({
        next: ({ kind }) => kind === 'watching' && word$.next('quit'),
        complete: () => console.log('over'),
      });
    } });`);
  assert.is(run('node', 'use.js'), 'over\n');
  run('diff', '-r', source, `${HOME}/copy`);
});

installed('has types', () => {
  fs.writeFileSync(`${HOME}/typed.ts`, `
    import type { Observable } from 'rxjs';
    import { DEFAULTS, check, type SyncEvent } from 'fsync-cli';
    export const event$: Observable<SyncEvent> = check({ source: 'a', replica: 'b' });
    export const settleMs: number = DEFAULTS.settleMs;
    // @ts-expect-error It has no such option.
    check({ source: 'a', replica: 'b', sauce: 'c' });`);
  run(`${ROOT}node_modules/.bin/tsc`, '--noEmit', '--strict', '--module', 'nodenext',
    '--types', 'node', 'typed.ts');
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

/** A new folder with as many folders in it, and a file in each. */
function folders(count: number): string {
  const root = tempFolder();
  for (let n = 0; n < count; n += 1) {
    fs.mkdirSync(`${root}/${n}`);
    fs.writeFileSync(`${root}/${n}/file`, `${n}`);
  }
  return root;
}
