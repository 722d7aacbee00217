// `npm run breaks`: applies each break of the table to a throw-away copy of the tree, and runs the
// test of the broken promise there, which must fail. Ends with `N caught, N missed, N stale`.
// Arguments choose breaks by a part of the promise, the file or the test. A promise whose test was
// seen to fail is one that `npm test` really keeps an eye on.
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { CATALOGUE_BREAKS } from '../failures/breaks/all.ts';
import { ROOT } from '../support/sources.ts';
import { BREAKS } from './all.ts';
import { unfit, type Break } from './break.ts';
import { CATALOGUE, readPromises, type Promised } from './promises.ts';

const AT_ONCE = 2;
const WITH_RUNNER = 'test/support/with-runner.ts';
const LIMIT_MS = 90_000;
const COPIED = [
  'lib', 'test', 'docs', 'cli.ts', 'build.ts', 'package.json', 'tsconfig.json',
  'tsconfig.build.json', 'fsync.events.schema.json',
];

interface Verdict {
  readonly result: 'caught' | 'missed' | 'stale';
  readonly why: string;
}

const copies = new Set<string>();
const running = new Set<ChildProcess>();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    for (const child of running) killGroup(child);
    for (const copy of copies) fs.rmSync(copy, { recursive: true, force: true });
    process.kill(process.pid, signal);
  });
}

const promises = new Map([...readPromises(), ...readPromises(CATALOGUE)]
  .map((one) => [one.id, one]));
const ALL = [...BREAKS, ...CATALOGUE_BREAKS];
process.exitCode = await runAll(process.argv.slice(2));

async function runAll(wanted: readonly string[]): Promise<number> {
  const queue = ALL.filter((one) => {
    const test = promises.get(one.promise);
    const words = `${one.promise} ${one.file} ${test?.file} ${test?.name}`;
    return wanted.length === 0 || wanted.some((part) => words.includes(part));
  }).values();

  const tally = { caught: 0, missed: 0, stale: 0 };
  const work = async (): Promise<void> => {
    const copy = copyTree();
    try {
      for (const one of queue) {
        const { result, why } = await judge(copy, one);
        tally[result] += 1;
        const told = result === 'caught' ? result : result.toUpperCase();
        console.log(`${told} ${one.promise} (${one.file}): ${why}`);
      }
    } finally {
      fs.rmSync(copy, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));

  console.log(`${tally.caught} caught, ${tally.missed} missed, ${tally.stale} stale`);
  return tally.missed + tally.stale > 0 || tally.caught === 0 ? 1 : 0;
}

/** A copy of what tests need, in which they use our `suite` instead of uvu's. */
function copyTree(): string {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'fsync-breaks-'));
  copies.add(copy);
  for (const name of COPIED) fs.cpSync(ROOT + name, path.join(copy, name), { recursive: true });
  fs.symlinkSync(fs.realpathSync(`${ROOT}node_modules`), path.join(copy, 'node_modules'));

  const tests = path.join(copy, 'test');
  const only = path.join(tests, 'breaks/only.ts');
  for (const name of fs.readdirSync(tests, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.test.ts')) continue;
    const file = path.join(tests, name);
    const text = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(file, text.replace(" from 'uvu';", ` from '${only}';`));
  }
  return copy;
}

async function judge(copy: string, one: Break): Promise<Verdict> {
  const test = promises.get(one.promise);
  if (test === undefined) return { result: 'stale', why: 'there is no such promise' };

  const whole = new Map<string, string>();
  try {
    for (const edit of [one, ...one.and ?? []]) {
      const file = path.join(copy, edit.file);
      const why = unfit(`${copy}/`, edit);
      if (why !== undefined) return { result: 'stale', why };
      const text = fs.readFileSync(file, 'utf8');
      if (!whole.has(file)) whole.set(file, text);
      fs.writeFileSync(file, text.replace(edit.find, () => edit.replace));
    }
    return await runTest(copy, test);
  } finally {
    for (const [file, text] of whole) fs.writeFileSync(file, text);
  }
}

/** Runs one test, and nothing else. Caught is the break if it began, and did not pass. */
function runTest(copy: string, { file, name }: Promised): Promise<Verdict> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', WITH_RUNNER, file], {
      cwd: copy, detached: true, stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, FSYNC_BREAKS_TEST: name, NO_COLOR: '1' },
    });
    running.add(child);
    const limit = setTimeout(() => killGroup(child), LIMIT_MS);
    let output = '';
    const take = (text: string): void => void (output += text);
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.on('exit', () => {
      clearTimeout(limit);
      killGroup(child);
    });
    child.on('close', (code) => {
      running.delete(child);
      resolve(verdict(output, code, `${file}: ${name}`));
    });
  });
}

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // They are gone already.
  }
}

function verdict(output: string, code: number | null, test: string): Verdict {
  const skipped = /^skipped: .*$/m.exec(output)?.[0];
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  if (!/^began: /m.test(output)) {
    return { result: 'missed', why: skipped ?? `no such test: ${test}; ${last}` };
  }
  if (code === 0) return { result: 'missed', why: `it passes all the same: ${test}` };
  const how = /FAIL/.test(output) ? 'fails' : code === null ? 'hangs' : 'breaks off';
  return { result: 'caught', why: `${how}: ${test}` };
}
