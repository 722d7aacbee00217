import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { startCli, type Cli } from '../support/cli.ts';
import { needs } from '../support/needs.ts';
import { contentOf, newPair, type Pair } from '../support/pass.ts';
import { differences } from '../support/same.ts';
import { until } from '../support/temp.ts';
import { makeTree, type TreeSpec } from '../support/tree.ts';

type CliOptions = NonNullable<Parameters<typeof startCli>[1]>;
type Json = { readonly kind: string; readonly [field: string]: unknown };

/** Starts `fsync watch` of a pair; `redirect` and the like as in support/cli.ts. */
const startWatching = (pair: Pair, args: readonly string[] = [], options: CliOptions = {}): Cli =>
  startCli(['watch', pair.source, pair.replica, '--interval', '1d', ...args],
    { home: pair.dir, ...options });

const mirrored = (pair: Pair): Promise<void> =>
  until(() => {
    assert.equal(differences(pair.source, pair.replica), []);
    return true;
  }, { what: 'the replica is the source' });

/** Changes go on being carried over by events. */
async function goesOn(pair: Pair): Promise<void> {
  makeTree(pair.source, { 'goes/on': String(performance.now()) });
  await mirrored(pair);
}

/** A change that takes seconds to copy, in the middle of that. */
async function inTheMiddleOfACopy(pair: Pair): Promise<void> {
  fs.writeFileSync(`${pair.source}/big`, '');
  fs.truncateSync(`${pair.source}/big`, 6_000_000_000);
  await until(() => fs.readdirSync(pair.replica).some((name) => name.startsWith('.fsync-')));
}

const parsed = (lines: readonly string[]): Json[] =>
  lines.map((line) => JSON.parse(line) as Json);

/** Ends it as told, and says how it ended. */
async function quit(cli: Cli): Promise<void> {
  assert.equal(await cli.kill('SIGTERM'), { code: 0, signal: null });
}

/** A pipe that is full, and that nobody reads: for `1<>`, which waits for no reader. */
function fullPipe(pair: Pair): string {
  const at = `${pair.dir}/pipe`;
  execFileSync('mkfifo', [at]);
  const fd = fs.openSync(at, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
  fillers.push(fd);
  try {
    for (const size of [4096, 1]) for (;;) fs.writeSync(fd, Buffer.alloc(size, 'x'));
  } catch (error) {
    assert.is((error as NodeJS.ErrnoException).code, 'EAGAIN');
  }
  return at;
}

/** Open until the end: a pipe that nobody has open any more is empty. */
const fillers: number[] = [];

/** The running fsyncs of a pair, wherever they were started. */
const processesOf = (pair: Pair): number[] => fs.readdirSync('/proc').map(Number).filter((pid) => {
  try {
    return fs.readlinkSync(`/proc/${pid}/exe`) === process.execPath
      && fs.readlinkSync(`/proc/${pid}/cwd`) === pair.dir;
  } catch {
    return false;
  }
});

const signals = suite('the signal');

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  signals(`${signal} ends a watch with 0`, async () => {
    const pair = newPair({ a: 'A' });
    const cli = startWatching(pair);
    await cli.untilLine(/watching 1 folder/);
    assert.equal(await cli.kill(signal), { code: 0, signal: null });
    assert.match(cli.stdout.at(-1) ?? '', /stopped/);
    assert.equal(differences(pair.source, pair.replica), []);
  });

  signals(`${signal} ends a watch with 0 in the middle of a copy`, async () => {
    const pair = newPair({ a: 'A' });
    const cli = startWatching(pair);
    await cli.untilLine(/watching 1 folder/);
    await inTheMiddleOfACopy(pair);
    assert.equal(await cli.kill(signal), { code: 0, signal: null });
    assert.equal(fs.readdirSync(pair.replica), ['a']);
  });
}

signals('SIGTERM before the watcher is ready ends a watch too', async () => {
  const pair = newPair({ a: 'A' });
  const cli = startWatching(pair, ['--json']);
  await cli.untilLine(/"started"/);
  await quit(cli);
});

signals('another one as the second ends it at once', async () => {
  const pair = newPair({ a: 'A' });
  // Nobody reads what it says, so that its end takes a second.
  const cli = startWatching(pair, [], { redirect: `1<>${fullPipe(pair)}` });
  await mirrored(pair);
  // Both are there when it goes on, however slow we are; which is the second one, the kernel says.
  for (const signal of ['SIGSTOP', 'SIGINT', 'SIGTERM'] as const) process.kill(cli.pid, signal);
  const { code, signal } = await cli.kill('SIGCONT');
  assert.is(code, null);
  assert.ok(signal === 'SIGTERM' || signal === 'SIGINT', String(signal));
});

signals('SIGUSR2 makes a full pass', async () => {
  const pair = newPair({ a: 'A' });
  const cli = startWatching(pair, ['--verbose']);
  await cli.untilLine(/watching 1 folder/);
  fs.writeFileSync(`${pair.replica}/a`, 'drifted, which no event tells');
  const after = cli.mark();
  process.kill(cli.pid, 'SIGUSR2');
  await cli.untilLine(/full pass started/, { after });
  await mirrored(pair);
  await quit(cli);
});

signals('SIGHUP is ignored without a terminal', async () => {
  const pair = newPair({ a: 'A' });
  const cli = startWatching(pair);
  await cli.untilLine(/watching 1 folder/);
  process.kill(cli.pid, 'SIGHUP');
  await goesOn(pair);
  assert.not.ok(cli.isOver());
  await quit(cli);
});

/** On a terminal of its own, all that is shown there written to a file. */
const underScript = (file: string): readonly string[] =>
  ['bash', '-c', `exec script -qefc "exec $(printf "%q " "$@")" ${file}`, 'bash'];

const withTerminal = needs(signals, { tools: ['script'], platform: 'linux' });

withTerminal('SIGHUP ends it when its terminal goes, in the middle of a copy too', async () => {
  const pair = newPair({ a: 'A' });
  const cli = startWatching(pair, [], { under: underScript('/dev/null') });
  await cli.untilLine(/watching 1 folder/);
  assert.is(processesOf(pair).length, 1);
  await inTheMiddleOfACopy(pair);
  await cli.kill('SIGKILL');
  await until(() => processesOf(pair).length === 0);
  assert.equal(fs.readdirSync(pair.replica), ['a']);
});

signals.run();

// ---

const stdin = suite('stdin');

for (const [what, options] of Object.entries<CliOptions>({
  'that is /dev/null': { redirect: '</dev/null' },
  'that is closed': { redirect: '<&-' },
  'that ends at once': { redirect: '< <(true)' },
  'that never rests': { redirect: '< <(yes sync | head -c 100000)' },
  'that is full of nonsense': { redirect: '< /bin/bash' },
})) {
  stdin(`${what} does not end a watch`, async () => {
    const pair = newPair({ a: 'A' });
    const cli = startWatching(pair, [], options);
    await cli.untilLine(/watching 1 folder/);
    await goesOn(pair);
    assert.not.ok(cli.isOver());
    await quit(cli);
  });
}

stdin('takes words', async () => {
  const pair = newPair({ a: 'A' });
  const cli = startWatching(pair, ['--json']);
  await cli.untilLine(/"watching"/);
  cli.say('status\n');
  await cli.untilLine(/"kind":"status"/);
  cli.say('nonsense\n');
  await cli.untilLine(/is no word/);
  cli.say('pause\nresume\n');
  await cli.untilLine(/"kind":"resumed"/);
  cli.say('sync\n');
  await cli.untilLine(/"reason":"asked"/);
  cli.say('quit\n');
  assert.equal(await cli.exited, { code: 0, signal: null });
  assert.is(parsed(cli.stdout).at(-1)?.kind, 'stopped');
});

const onTerminal = needs(stdin, { tools: ['script', 'mkfifo'], platform: 'linux' });

onTerminal('that is a pipe moves no cursor: the last line goes before an answer', async () => {
  const pair = newPair({ a: 'A' });
  const [pipe, screen] = ['pipe', 'screen'].map((name) => `${pair.dir}/${name}`);
  execFileSync('mkfifo', [pipe!]);
  const words = fs.openSync(pipe!, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
  fillers.push(words);
  const cli = startWatching(pair, [], { under: underScript(screen!), redirect: `<${pipe}` });
  const shown = shownOn(screen!);
  await shown(/next full pass at [^\n]*$/);
  fs.writeSync(words, 'nonsense\n');
  const before = (await shown(/is no word/)).split('is no word')[0]!;
  assert.ok(before.includes(ERASE));
  assert.not.match(before.slice(before.lastIndexOf(ERASE)), /next full pass/);
  fs.writeSync(words, 'quit\n');
  assert.is((await cli.exited).code, 0);
});

onTerminal('that is a terminal: what a word sets going is told on lines of its own', async () => {
  const pair = newPair({ a: 'A' });
  const screen = `${pair.dir}/screen`;
  const plain = { NO_COLOR: '1' };
  const cli = startWatching(pair, [], { under: underScript(screen), env: plain });
  const shown = shownOn(screen);
  await shown(/next full pass at [^\n]*$/);
  cli.say('pause\n');
  await shown(/type "resume"[^\n]*$/);
  makeTree(pair.source, { b: 'B' });
  cli.say('resume\n');
  const before = (await shown(/copied b/)).split('copied b')[0]!;
  assert.not.match(before.slice(before.lastIndexOf(ERASE)), /next full pass|type "resume"/);
  cli.say('quit\n');
  assert.is((await cli.exited).code, 0);
});

/** Waits for something in the file that has all that a terminal was shown; resolves to that. */
const shownOn = (screen: string) => async (what: RegExp): Promise<string> => {
  const text = (): string => (fs.existsSync(screen) ? fs.readFileSync(screen, 'utf8') : '');
  await until(() => what.test(text()), { what: `${what} on the terminal` });
  return text();
};

/** What takes the last line of a terminal away. */
const ERASE = '\r\x1b[K';

stdin.run();

// ---

const stdout = suite('stdout');

for (const [what, redirect] of Object.entries({
  'that is closed': () => '>&-',
  'that nobody reads after the first line': () => '> >(head -1 >/dev/null)',
  'that is a full disk': () => '>/dev/full',
  'that is a full disk, as stderr is': () => '>/dev/full 2>/dev/full',
  'that is a pipe nobody reads': (pair: Pair) => `1<>${fullPipe(pair)}`,
  'that is a pipe nobody reads, as stderr is': (pair: Pair) => `1<>${fullPipe(pair)} 2>&1`,
})) {
  stdout(`${what} does not stop mirroring`, async () => {
    const pair = newPair({ a: 'A' });
    const cli = startWatching(pair, ['--verbose', '--json'], { redirect: redirect(pair) });
    await mirrored(pair);
    await goesOn(pair);
    // Many lines: more than a pipe or a queue of the system takes.
    const spec: TreeSpec = Object.fromEntries(Array.from({ length: 1_500 }, (_, at) =>
      [`many/${at % 7}/${'long name '.repeat(10)}${at}`, `${at}`]));
    makeTree(pair.source, spec);
    await mirrored(pair);
    await goesOn(pair);
    assert.not.ok(cli.isOver());
    await quit(cli);
  });
}

stdout('with --json is one object a line and nothing else', async () => {
  const pair = newPair({ 'new\nline': 'N', 'caf\xe9': 'not UTF-8', d: null });
  const cli = startWatching(pair, ['--json', '--verbose']);
  await cli.untilLine(/"kind":"watching"/);
  await goesOn(pair);
  cli.say('status\nhelp\n');
  await cli.untilLine(/"kind":"status"/);
  await quit(cli);

  const events = parsed(cli.stdout);
  assert.ok(events.every(({ kind, time }) => typeof kind === 'string' && typeof time === 'string'));
  assert.is(events[0]?.kind, 'started');
  assert.is(events.at(-1)?.kind, 'stopped');
  assert.ok(events.some(({ kind, path }) => kind === 'operation-done' && path === 'goes/on')
    || events.some(({ kind, path }) => kind === 'operation-done' && path === 'goes'));
  assert.equal(cli.stderr, []);
});

stdout.run();

// ---

const outputs = suite('what fsync writes itself');

/** Each pass that says or writes something must not make the next: soon there are none any more. */
async function comesToRest(passes: () => number): Promise<void> {
  let seen = -1;
  const isQuiet = (): boolean => {
    const before = seen;
    seen = passes();
    return seen === before;
  };
  await until(isQuiet, { everyMs: 3_000, what: 'no pass begins any more' });
}

const passesOf = (events: readonly Json[]): number =>
  events.filter(({ kind }) => kind === 'pass-started').length;

outputs('in the source, as its log, makes no loop, and full passes mirror it', async () => {
  const pair = newPair({ a: 'A', 'logs/': null });
  const log = `${pair.source}/logs/fsync.log`;
  const cli = startWatching(pair, ['--json', '--log-file', log]);
  await cli.untilLine(/"kind":"watching"/);
  makeTree(pair.source, { b: 'B' });
  await until(() => contentOf(pair.replica, 'b') === 'B');
  await comesToRest(() => passesOf(parsed(cli.stdout)));

  const after = cli.mark();
  process.kill(cli.pid, 'SIGUSR2');
  await cli.untilLine(/"kind":"pass-finished".*"scope":"full"/, { after });
  const mirroredLog = contentOf(pair.replica, 'logs/fsync.log');
  assert.ok(mirroredLog.length > 100);
  assert.ok(fs.readFileSync(log, 'latin1').startsWith(mirroredLog));
  await comesToRest(() => passesOf(parsed(cli.stdout)));
  await quit(cli);
});

outputs('in the source, as its stdout, makes no loop', async () => {
  const pair = newPair({ a: 'A' });
  const out = `${pair.source}/out.jsonl`;
  const cli = startWatching(pair, ['--json', '--verbose'], { redirect: `>${out}` });
  const lines = (): Json[] =>
    parsed(fs.readFileSync(out, 'utf8').split('\n').slice(0, -1));
  await until(() => lines().some(({ kind }) => kind === 'watching'));
  makeTree(pair.source, { b: 'B' });
  await until(() => contentOf(pair.replica, 'b') === 'B');
  await comesToRest(() => passesOf(lines()));
  await quit(cli);
});

for (const side of ['source', 'replica'] as const) {
  outputs(`in the ${side}, as its state, is left alone, and told once`, async () => {
    const pair = newPair({ a: 'A' });
    fs.mkdirSync(pair.replica);
    const cli = startWatching(pair, ['--json', '--state-dir', `${pair[side]}/my/state`]);
    await cli.untilLine(/"kind":"watching"/);
    makeTree(pair.source, { b: 'B' });
    await until(() => contentOf(pair.replica, 'b') === 'B');
    await comesToRest(() => passesOf(parsed(cli.stdout)));
    const after = cli.mark();
    process.kill(cli.pid, 'SIGUSR2');
    await cli.untilLine(/"kind":"pass-finished".*"scope":"full"/, { after });

    const other = side === 'source' ? 'replica' : 'source';
    assert.not.ok(fs.existsSync(`${pair[other]}/my/state`));
    assert.ok(fs.readdirSync(`${pair[side]}/my/state`).length > 0);
    const notices = parsed(cli.stdout).filter(({ kind }) => kind === 'notice');
    assert.equal(notices.map(({ code, path }) => [code, path]), [['own-state', 'my/state']]);
    assert.equal(parsed(cli.stdout).filter(({ kind }) => kind === 'problem'), []);
    await quit(cli);
  });
}

outputs.run();
