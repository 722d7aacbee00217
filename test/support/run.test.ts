import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { tempFolder, until } from './temp.ts';
import { makeTree } from './tree.ts';

const runner = suite('the runner');

const RUN = fileURLToPath(new URL('run.ts', import.meta.url));
const START = `import { suite } from '${import.meta.resolve('uvu')}'; const t = suite('s');`;
const GOOD = `${START} t('x', () => {}); t.run();`;

function run(
  files: Readonly<Record<string, string>>, args: readonly string[] = [],
  [limitMs, graceMs] = [60_000, 30_000],
): [number | null, string] {
  const dir = tempFolder();
  makeTree(dir, files);
  const env = {
    ...process.env,
    FSYNC_TEST_FOLDER: dir, FSYNC_TEST_LIMIT_MS: String(limitMs),
    FSYNC_TEST_GRACE_MS: String(graceMs),
  };
  const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', RUN, ...args],
    { env, encoding: 'utf8' });
  return [status, stdout];
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1)!;

runner('adds up the tests of all files, and repeats why some were skipped', () => {
  const [status, said] = run({
    'a.test.ts': `${START} t('x', () => {}); t('y', () => {}); t.run();`,
    'b/c.test.ts': `${START} t('x', () => {}); t.skip(); console.log('skipped: why'); t.run();`,
    'b/not-a-test.ts': 'throw new Error("not to be run")',
  });

  assert.is(status, 0);
  assert.match(said, /\nskipped: why\n3 passed, 0 failed, 1 skipped\n$/);
});

runner('counts failed tests, and shows their file whole', () => {
  const [status, said] = run({
    'a.test.ts': `${START} t('x', () => {}); t('bad', () => { throw Error('boom'); }); t.run();`,
  });

  assert.is(status, 1);
  assert.is(lastLine(said), '1 passed, 1 failed');
  assert.match(said, /boom/);
});

runner('fails on files that end well without having run their tests', () => {
  const cases: Readonly<Record<string, string>> = {
    'no test': `${START} t.run();`,
    'no run': `${START} t('x', () => {});`,
    'early end': `${START} t('x', () => process.exit(0)); t.run();`,
    'never settles': `${START} t('x', () => new Promise(() => {})); t.run();`,
    'first hook throws': `${START} t.before(() => { throw 1; }); t('x', () => {}); t.run();`,
    'throws no Error': `${START} t('x', () => { throw 'text'; }); t.run();`,
    'bad exit': `${GOOD} process.on('exit', () => process.exit(9));`,
    'late rejection': `${GOOD} setTimeout(() => Promise.reject(1), 200);`,
    'syntax': 'const = 1;',
  };

  const files = Object.entries(cases).map(([name, text]) => [`${name}.test.ts`, text] as const);
  const [status, said] = run(Object.fromEntries(files));
  assert.is(status, 1);
  for (const [name] of files) {
    assert.match(said.split('\n').find((line) => line.includes(`/${name}: `))!, /, 1 FAILED/, name);
  }
  assert.match(lastLine(said), new RegExp(`^\\d+ passed, ${files.length} failed$`));
});

runner('kills files that never end', () => {
  const [status, said] = run({
    'busy.test.ts': `${START} t('x', () => { for (;;); }); t.run();`,
    'open.test.ts': `${GOOD} setInterval(() => {}, 1000);`,
  }, [], [3_000, 500]);

  assert.is(status, 1);
  assert.is(lastLine(said), '1 passed, 2 failed');
});

runner('leaves nothing running when it is killed', async () => {
  const dir = tempFolder();
  makeTree(dir, { 'open.test.ts': `${START}
    import { spawn } from 'node:child_process';
    import fs from 'node:fs';
    t('x', () => new Promise(() => {
      const child = spawn('sleep', ['600']);
      fs.writeFileSync('${dir}/made', process.pid + ' ' + child.pid);
      fs.renameSync('${dir}/made', '${dir}/pids');
    }));
    t.run();` });
  const running = spawn(process.execPath, ['--import', 'tsx', RUN],
    { env: { ...process.env, FSYNC_TEST_FOLDER: dir }, stdio: 'ignore' });
  await until(() => fs.existsSync(`${dir}/pids`));
  running.kill('SIGKILL');
  const pids = fs.readFileSync(`${dir}/pids`, 'utf8').split(' ').map(Number);
  try {
    await until(() => !pids.some(isAlive), { timeoutMs: 10_000, what: 'they end with the runner' });
  } finally {
    for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL');
  }
});

runner('runs only the files that are asked for, and fails where there is none', () => {
  const files = { 'one.test.ts': GOOD, 'two.test.ts': 'bad' };
  const [status, said] = run(files, ['/one.test']);

  assert.is(status, 0);
  assert.is(lastLine(said), '1 passed, 0 failed');
  assert.is(run(files, ['three'])[0], 1);
});

runner.run();

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
