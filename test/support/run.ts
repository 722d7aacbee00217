// The runner of `npm test`. uvu's own passes a file that registers no test or ends early, and hangs
// with one that leaves something open; this one starts each file in a process of its own, bounds
// its time, and ends with `N passed, N failed`. Arguments choose files by a part of their path.
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Another folder of tests, for the runner's own test. */
const FOLDER = process.env.FSYNC_TEST_FOLDER ?? 'test';
const AT_ONCE = 2;
const WITH_RUNNER = 'test/support/with-runner.ts';
const LIMIT_MS = Number(process.env.FSYNC_TEST_LIMIT_MS ?? 600_000);

/** How long a file may take to end once its tests have: removing its folders may take a while. */
const GRACE_MS = Number(process.env.FSYNC_TEST_GRACE_MS ?? 60_000);

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What is wrong with the file as a whole; undefined where its tests say it all. */
  readonly wrong: string | undefined;
  readonly skips: readonly string[];
}

const running = new Set<ChildProcess>();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    for (const child of running) killGroup(child);
    process.kill(process.pid, signal);
  });
}

process.exitCode = await runAll(process.argv.slice(2));

async function runAll(wanted: readonly string[]): Promise<number> {
  const files = fs.readdirSync(path.resolve(ROOT, FOLDER), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => path.join(FOLDER, name))
    .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
    .toSorted();
  if (files.length === 0) console.log('no test file matches');

  const outcomes: Outcome[] = [];
  const work = async (queue: Iterator<string> & Iterable<string>): Promise<void> => {
    for (const file of queue) outcomes.push(await runFile(file));
  };
  const queue = files.filter((file) => !isAlone(file)).values();
  await Promise.all(Array.from({ length: AT_ONCE }, () => work(queue)));
  await work(files.filter(isAlone).values());

  for (const line of outcomes.flatMap((outcome) => outcome.skips)) console.log(line);
  const sum = (of: 'passed' | 'failed' | 'skipped'): number =>
    outcomes.reduce((total, outcome) => total + outcome[of], 0);
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
  console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped}`);

  return files.length === 0 || sum('failed') > 0 ? 1 : 0;
}

/** What waits for real events is not to wait for other tests as well. */
function isAlone(file: string): boolean {
  return /(?:^|\/)(?:rx|watch|kill|race)\/|watch[^/]*$/.test(file);
}

async function runFile(file: string): Promise<Outcome> {
  const start = performance.now();
  const { output, ended } = await outputOf(file);
  const outcome = judge(output, ended);

  const { passed, failed, skipped } = outcome;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const counts = `${passed} passed${failed > 0 ? `, ${failed} FAILED` : ''}`
    + (skipped > 0 ? `, ${skipped} skipped` : '');
  if (failed > 0) console.log(`\n---- ${file}\n${output.trimEnd()}\n----`);
  console.log(`${file}: ${counts}${outcome.wrong ? ` (${outcome.wrong})` : ''}, ${seconds} s`);
  return outcome;
}

/** Reads uvu's totals, and believes them only where the process ended as they say. */
function judge(raw: string, ended: string): Outcome {
  // oxlint-disable-next-line no-control-regex -- colours, where they are forced
  const output = raw.replace(/\x1b\[[0-9;]*m/g, '');
  const total = (name: string): number | undefined => {
    const last = [...output.matchAll(new RegExp(`^ {2}${name}: +(\\d+)$`, 'gm'))].at(-1);
    return last === undefined ? undefined : Number(last[1]);
  };

  const passed = total('Passed') ?? 0;
  const skipped = total('Skipped') ?? 0;
  const missed = (total('Total') ?? 0) - passed;
  const wrong = total('Total') === undefined ? `${ended || 'ended'} before its tests were done`
    : passed + missed + skipped === 0 ? 'ran no test'
    : ended === '' || (ended === 'exit code 1' && missed > 0) ? undefined
    : ended;

  return {
    passed, skipped, wrong,
    failed: missed > 0 ? missed : wrong === undefined ? 0 : 1,
    skips: [...output.matchAll(/^skipped: .*$/gm)].map(([line]) => line),
  };
}

/** Runs a file to its end, or kills it with all that it started; `ended` is '' if all is well. */
function outputOf(file: string): Promise<{ output: string; ended: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', WITH_RUNNER, file], {
      cwd: ROOT, detached: true, stdio: ['pipe', 'pipe', 'pipe'],
    });
    running.add(child);

    let output = '';
    let killed = '';
    const kill = (why: string) => () => {
      killed = why;
      killGroup(child);
    };
    const limit = setTimeout(kill(`killed after ${LIMIT_MS / 1000} s`), LIMIT_MS);
    let grace: NodeJS.Timeout | undefined;
    const take = (text: string): void => {
      output += text;
      if (grace === undefined && /^ {2}Duration: /m.test(output)) {
        grace = setTimeout(kill('left something open that kept it from ending'), GRACE_MS);
      }
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);

    child.on('error', (error) => take(`${error}\n`));
    child.on('exit', () => {
      clearTimeout(limit);
      clearTimeout(grace);
      // What the file started and left running would hold its output open.
      killGroup(child);
    });
    child.on('close', (code, signal) => {
      running.delete(child);
      const end = signal !== null ? `died of ${signal}` : code === 0 ? '' : `exit code ${code}`;
      resolve({ output, ended: killed || end });
    });
  });
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== /* already gone */ 'ESRCH') throw error;
  }
}
