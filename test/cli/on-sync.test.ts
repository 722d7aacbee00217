import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { commandHook, linesOf, variablesOf } from '../../lib/cli/on-sync.ts';
import type { Changes } from '../../lib/core/hook.ts';
import { runCli, startCli } from '../support/cli.ts';
import { tempFolder, until } from '../support/temp.ts';

const CHANGES: Changes = {
  source: '/s', replica: '/r\xc3\xa9', passes: 2, operations: 3, left: 1, bytes: 5, problems: 4,
  counts: { copied: 1, folders: 2, renamed: 3, linked: 4, set: 5, removed: 6 },
  events: [{ kind: 'operation-done', operation: 'copy', path: 'a\nb', type: 'file', bytes: 5 }],
};

const told = suite('what the command of --on-sync is told');

told('is the counts and the folders in its environment', () => {
  assert.equal(variablesOf(CHANGES), {
    FSYNC_COPIED: '1', FSYNC_FOLDERS: '2', FSYNC_RENAMED: '3', FSYNC_LINKED: '4', FSYNC_SET: '5',
    FSYNC_REMOVED: '6', FSYNC_BYTES: '5', FSYNC_PASSES: '2', FSYNC_PROBLEMS: '4',
    FSYNC_SOURCE: '/s', FSYNC_REPLICA: '/ré',
  });
});

told('is a line of JSON for each change, and how many are left out', () => {
  const lines = [...linesOf(CHANGES, new Date(0))].map((line) => JSON.parse(line));
  const time = '1970-01-01T00:00:00.000Z';
  assert.equal(lines, [{ time, ...CHANGES.events[0]! }, { time, kind: 'dropped', lines: 1 }]);
});

told.run();

// ---

const command = suite('commandHook');

const never = (): AbortSignal => new AbortController().signal;
const failure = (hook: Promise<void>): Promise<string> =>
  hook.then(() => 'none', (error: Error) => error.message);

command('fails with what the command ended with', async () => {
  assert.is(await failure(commandHook('true')(CHANGES, never())), 'none');
  assert.is(await failure(commandHook('exit 7')(CHANGES, never())), 'exit code 7');
  assert.is(await failure(commandHook('kill -9 $$')(CHANGES, never())), 'it was ended by SIGKILL');
});

command('need not read what it is told', async () => {
  const events = Array.from({ length: 20_000 }, () => CHANGES.events[0]!);
  assert.is(await failure(commandHook('exec <&-')({ ...CHANGES, events }, never())), 'none');
});

command('is told by a signal to end, with all that it started', async () => {
  const file = `${tempFolder()}/pids`;
  const ending = new AbortController();
  const ended = failure(commandHook(`sleep 1000 & echo $! >${file}; wait`)(CHANGES, ending.signal));
  await until(() => /\n/.test(fs.readFileSync(file, 'utf8')));
  ending.abort();
  assert.is(await ended, 'it was ended, since fsync ends');
  await untilGone(file);
});

command.run();

/** The file has a process's id. */
async function untilGone(file: string): Promise<void> {
  const pid = Number(fs.readFileSync(file, 'utf8'));
  await until(() => {
    try {
      return !process.kill(pid, 0);
    } catch {
      return true;
    }
  });
}

// ---

const option = suite('--on-sync');

/** A home with a source of one file. */
function newHome(): string {
  const home = tempFolder();
  fs.mkdirSync(`${home}/S`);
  fs.writeFileSync(`${home}/S/f`, 'f');
  return home;
}

option('is run after a sync that changed something, and waited for', async () => {
  const home = newHome();
  const line = 'cat >told; echo "$FSYNC_COPIED copied to $FSYNC_REPLICA"';
  const args = ['sync', 'S', 'D', '--on-sync', line];
  const first = await runCli(args, { home });
  assert.is(first.code, 0);
  assert.match(first.stderr, `1 copied to ${home}/D`);
  assert.not.match(first.stdout, '1 copied to');
  const events = fs.readFileSync(`${home}/told`, 'utf8').trimEnd().split('\n')
    .map((text) => JSON.parse(text) as { kind: string; path?: string });
  assert.equal(events.map(({ kind, path }) => path ?? kind), ['f', '', 'pass-finished']);
  fs.rmSync(`${home}/told`);
  assert.is((await runCli(args, { home })).stderr, '');
  assert.is(fs.existsSync(`${home}/told`), false);
});

option('makes sync exit with 1 where it fails, with one line that says so', async () => {
  const { code, stdout } = await runCli(['sync', 'S', 'D', '--on-sync', 'exit 3'],
    { home: newHome() });
  assert.is(code, 1);
  assert.match(stdout, /WARN {2}the command of --on-sync failed: exit code 3$/m);
});

option('has its time where a sync is told to end, which is whole by then', async () => {
  const home = newHome();
  const line = 'echo >runs; until [ -e go ]; do sleep 0.01; done; echo >done';
  const cli = startCli(['sync', 'S', 'D', '--on-sync', line], { home });
  await until(() => fs.existsSync(`${home}/runs`));
  const ended = cli.kill();
  fs.writeFileSync(`${home}/go`, '');
  assert.equal(await ended, { code: 0, signal: null });
  assert.ok(fs.existsSync(`${home}/done`));
  assert.not.match(cli.stdout.join('\n'), 'interrupted');
});

option('is run while a watch goes on, its failures counted in status', async () => {
  const home = newHome();
  const cli = startCli(['watch', 'S', 'D', '--on-sync', 'echo ran >>runs; exit 3'], { home });
  await cli.untilLine(/watching 1 folder/, { timeoutMs: 90_000 });
  await cli.untilLine(/the command of --on-sync failed/, { timeoutMs: 90_000 });
  fs.writeFileSync(`${home}/S/g`, 'g');
  await until(() => fs.readFileSync(`${home}/runs`, 'utf8').trim().split('\n').length === 2);
  const after = cli.mark();
  cli.say('status\n');
  await cli.untilLine(/--on-sync failed \d time/, { after, timeoutMs: 90_000 });
  assert.is((await cli.kill()).code, 0);
});

option('leaves nothing behind that heeds no SIGTERM where fsync is told to end', async () => {
  const home = newHome();
  const stubborn = `sh -c 'trap "" TERM; echo $$ >pid; exec sleep 1000' >/dev/null 2>&1`;
  const cli = startCli(['sync', 'S', 'D', '--on-sync', `${stubborn} & wait`], { home });
  await until(() => /\n/.test(fs.readFileSync(`${home}/pid`, 'utf8')));
  assert.is((await cli.kill()).code, 1);
  await untilGone(`${home}/pid`);
});

option.run();
