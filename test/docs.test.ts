import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { builtCli } from './support/built.ts';
import { needs, skip } from './support/needs.ts';
import { ROOT } from './support/sources.ts';
import { tempFolder } from './support/temp.ts';

const docs = suite('the examples in the docs');

for (const { name, text } of documents()) {
  // They tell a story: each goes on where the one before it ended.
  const shell = examplesIn(text, 'sh').join('\n');
  if (shell !== '') {
    needs(docs, { tools: ['bash', 'git'] })(`work in a shell :: ${name}`, async () => {
      const { folder, env } = workplace();
      await run(['bash', '-euo', 'pipefail', '-c', shell], folder, env);
    });
  }

  for (const [at, script] of examplesIn(text, 'js').entries()) {
    docs(`work with the library :: ${name}, no. ${at + 1}`, async () => {
      const { folder, env } = workplace();
      fs.mkdirSync(`${folder}/project`);
      fs.writeFileSync(`${folder}/project/file`, 'hello');
      fs.writeFileSync(`${folder}/example.mjs`, script);
      await run([process.execPath, 'example.mjs'], folder, env);
      assert.equal(fs.readdirSync(`${folder}/copy`), ['file']);
    });
  }
}

docs('are found', () => {
  const counts = ['sh', 'js'].map((language) =>
    documents().flatMap(({ text }) => examplesIn(text, language)).length);
  assert.ok(counts[0]! >= 10 && counts[1]! >= 4, counts.join(' and '));
});

const UNIT = fs.readFileSync(`${ROOT}docs/fsync.service`, 'utf8');
// What it does not complain of where it should, it does not look at.
(complaints(UNIT.replace('Restart=', 'Rastert=')).length > 0 ? docs
  : skip(docs, 'needs a systemd-analyze that can verify'))(
  'have a unit that systemd understands', () => {
    assert.equal(complaints(UNIT), []);
  });

docs.run();

/** What systemd says of a unit, but for the man page, which is not installed here. */
function complaints(unit: string): readonly string[] {
  const folder = tempFolder();
  fs.writeFileSync(`${folder}/fsync.service`, unit);
  const { stderr } = spawnSync('systemd-analyze',
    ['verify', '--user', '--man=no', `${folder}/fsync.service`],
    { encoding: 'utf8', env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder } });
  return (stderr ?? '').split('\n').filter((line) => line.includes('fsync.service'));
}

interface Document {
  readonly name: string;
  readonly text: string;
}

function documents(): readonly Document[] {
  const below = fs.readdirSync(`${ROOT}docs`).filter((name) => name.endsWith('.md'));
  return ['README.md', ...below.toSorted().map((name) => `docs/${name}`)]
    .map((name) => ({ name, text: fs.readFileSync(ROOT + name, 'utf8') }));
}

/** The blocks that begin with three backticks and, say, `sh run`. */
function examplesIn(text: string, language: string): readonly string[] {
  const fence = new RegExp(`^\`\`\`${language} run\n([^]*?)^\`\`\`$`, 'gm');
  return [...text.matchAll(fence)].map(([, example = '']) => example);
}

/** An empty folder, in which there are a command `fsync` and a package `fsync-cli`. */
function workplace(): { folder: string; env: NodeJS.ProcessEnv } {
  const [folder, home] = [tempFolder(), tempFolder()];
  const cli = builtCli();
  fs.mkdirSync(`${home}/bin`);
  fs.writeFileSync(`${home}/bin/fsync`, `#!/bin/sh\nexec ${process.execPath} ${cli} "$@"\n`,
    { mode: 0o755 });
  fs.mkdirSync(`${folder}/node_modules`);
  fs.symlinkSync(cli.replace(/\/dist\/cli\.js$/, ''), `${folder}/node_modules/fsync-cli`);
  fs.symlinkSync(`${ROOT}node_modules/rxjs`, `${folder}/node_modules/rxjs`);

  return { folder, env: { ...process.env, PATH: `${home}/bin:${process.env['PATH']}`, HOME: home,
    XDG_STATE_HOME: `${home}/state`, XDG_RUNTIME_DIR: home } };
}

/** Runs a command to its end, and ends with it what it left running; throws where it fails. */
function run(
  [command = '', ...args]: readonly string[], cwd: string, env: NodeJS.ProcessEnv,
): Promise<void> {
  const child = spawn(command, args, { cwd, env, detached: true,
    stdio: ['ignore', 'pipe', 'pipe'] });
  const killAll = (): void => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // All have ended.
    }
  };
  process.once('exit', killAll);

  let output = '';
  const take = (text: string): void => void (output += text);
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      process.off('exit', killAll);
      killAll();
      if (code === 0) resolve();
      else reject(new Error(`exit code ${code}:\n${output}`));
    });
  });
}
