import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import * as assert from 'uvu/assert';

import { isTemporary } from '../../lib/core/entry.ts';
import { runCli, startCli, type Cli, type Exit } from '../support/cli.ts';
import { lacking } from '../support/needs.ts';
import type { Pair } from '../support/pass.ts';
import { readTree } from '../support/tree.ts';

/** Root, but bound by modes as everybody is. */
export const BOUND = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search',
  '--inh-caps', '-dac_override,-dac_read_search'];

/** Who owns nothing. */
export const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

type CliOptions = NonNullable<Parameters<typeof startCli>[1]>;
type Ran = Exit & { readonly stdout: string; readonly stderr: string };

/** `fsync sync` of a pair in a process of its own. */
export const syncByCli = (
  { source, replica, state }: Pair, options: CliOptions = {}, args: readonly string[] = [],
): Promise<Ran> => runCli(['sync', source, replica, '--state-dir', state, ...args], options);

/**
 * Starts `fsync watch` of a pair in a process of its own, with an interval so long that events
 * alone count (unless `args` has one), and waits until it watches. Ended after the test, also where
 * that has stopped it.
 */
export async function withCliWatch(
  { source, replica, state }: Pair, options: CliOptions & { readonly args?: readonly string[] },
  test: (cli: Cli) => Promise<void>,
): Promise<void> {
  const { args = [], ...rest } = options;
  const interval = args.includes('--interval') ? [] : ['--interval', '1d'];
  const cli = startCli(
    ['watch', source, replica, '--state-dir', state, ...interval, ...args], rest);
  try {
    await cli.untilLine(/watching/, { timeoutMs: 60_000 });
    await test(cli);
  } finally {
    if (!cli.isOver()) process.kill(cli.pid, 'SIGCONT');
    await cli.kill('SIGKILL');
  }
}

/**
 * What runs a command under strace, its system calls failing or waiting as `inject` says in
 * strace's own words, only those that concern one of `paths` where there are any. A path counts
 * also by a descriptor that is open on it.
 */
export function injecting(
  inject: readonly string[], { paths = [] as readonly string[], log = '/dev/null' } = {},
): Required<Pick<CliOptions, 'under' | 'env'>> {
  return {
    // Nothing else stops for strace, which costs little so.
    under: ['strace', '-f', '--seccomp-bpf', '-qq', '-o', log,
      ...paths.flatMap((path) => ['-P', path]), ...inject.flatMap((each) => ['-e', each]),
      '-e', `trace=${inject.map((each) => /=([^:]+)/.exec(each)![1]).join(',')}`],
    // Calls that go through io_uring are not seen.
    env: { UV_USE_IO_URING: '0' },
  };
}

/** The process that a chain of wrappers ended up as: each has it as its child, or became it. */
export function innermost(pid: number): number {
  const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? pid : innermost(Number(children.split(' ')[0]));
}

/** Why nothing can be injected here; undefined where it can. */
export function lackingInjection(): string | undefined {
  const missing = lacking({ platform: 'linux', tools: ['strace'] });
  if (missing !== undefined) return missing;
  const probe = spawnSync('strace', ['-qq', '-o', '/dev/null', '-e', 'inject=chdir:error=EIO',
    'true']);
  return probe.status === 0 ? undefined : 'needs to trace processes';
}

/** Runs a test beside another process, which is killed after it. */
export async function beside(
  command: readonly [string, ...string[]], test: (child: ChildProcess) => Promise<void>,
): Promise<void> {
  const [tool, ...args] = command;
  const child = spawn(tool, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  await once(child, 'spawn');
  try {
    await test(child);
  } finally {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}

/** A process that runs a script of JavaScript, with `fs` at hand, and paths as `argv`. */
export const script = (text: string, ...argv: readonly string[]): [string, ...string[]] =>
  [process.execPath, '-e', `const fs = require('node:fs'); const argv = process.argv.slice(1);
    ${text}`, ...argv];

/**
 * Exchanges two names as fast as it can, in one step each time: there is no moment without either.
 * Where the other one is missing, since somebody removed it, it is a link to `target` again.
 */
export const flipper = (one: string, other: string, target = ''): [string, ...string[]] =>
  ['python3', '-c', `
import ctypes, os, sys
libc = ctypes.CDLL(None)
one, other, target = (name.encode() for name in sys.argv[1:])
while True:
    if libc.renameat2(-100, one, -100, other, 2) != 0 and target:
        try: os.symlink(target, other)
        except OSError: pass`, one, other, target];

/** Nothing of ours lies about, at any depth. */
export function assertNoLitter(dir: string): void {
  const names = fs.readdirSync(dir, { recursive: true, encoding: 'latin1' });
  assert.equal(names.filter((name) => isTemporary(name.split('/').at(-1)!)), []);
}

/** All of a folder, to see that nothing of it changed. */
export const shot = (dir: string): unknown => [...readTree(dir)];
