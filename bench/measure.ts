import { spawn } from 'node:child_process';
import fs from 'node:fs';

import { peakOfTree } from './processes.ts';

/** One process, from its start to its end, with those that it waited for. */
export interface Measured {
  readonly ms: number;
  /** Time on all cores together; says more than the clock where others use the machine as well. */
  readonly cpuMs: number | undefined;
  /** The peaks of all its processes together, in MiB. */
  readonly mib: number | undefined;
}

export interface Command {
  readonly line: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** GNU time; without it there is the clock alone. */
const TIME = '/usr/bin/time';
const hasTime = fs.existsSync(TIME);

/** Runs a command to its end, its output into files, and throws where it fails. */
export async function measure(command: Command, output: string): Promise<Measured> {
  const usage = `${output}.usage`;
  const timed = hasTime ? [TIME, '-o', usage, '-f', '%U %S %M', ...command.line] : command.line;
  const begin = performance.now();
  const { peakMib } = await run({ ...command, line: timed }, output);
  const ms = performance.now() - begin;

  if (!hasTime) return { ms, cpuMs: undefined, mib: peakMib };
  const [user, system, kib] = fs.readFileSync(usage, 'utf8').trim().split(' ').map(Number);
  // A short run may end before anybody looks at its processes.
  const mib = Math.max(peakMib ?? 0, kib! / 1_024);
  return { ms, cpuMs: (user! + system!) * 1_000, mib };
}

/** How many calls of the system a command makes, as strace counts them: slow, and not timed. */
export async function countCalls(command: Command, output: string): Promise<number> {
  const counts = `${output}.calls`;
  const line = ['strace', '-f', '-qq', '-c', '-o', counts, ...command.line];
  // What goes through io_uring is no call that anybody could count.
  await run({ line, env: { ...command.env, UV_USE_IO_URING: '0' } }, output);
  const total = fs.readFileSync(counts, 'utf8').trimEnd().split('\n').at(-1)!;
  // % time, seconds, µs a call, calls, errors if any, `total`.
  return Number(total.trim().split(/\s+/)[3]);
}

async function run(
  { line, env }: Command, output: string,
): Promise<{ readonly peakMib: number | undefined }> {
  const out = fs.openSync(output, 'w');
  const errors = fs.openSync(`${output}.err`, 'w');
  const child = spawn(line[0]!, line.slice(1),
    { stdio: ['ignore', out, errors], env: { ...process.env, ...env } });
  const peak = peakOfTree(child.pid);
  const code = await new Promise<number | null>((ended, failed) => {
    child.on('exit', ended);
    child.on('error', failed);
  }).finally(() => {
    fs.closeSync(out);
    fs.closeSync(errors);
  });
  const peakMib = peak.end();
  if (code === 0) return { peakMib };
  const said = fs.readFileSync(`${output}.err`, 'utf8').trim().slice(0, 500);
  throw new Error(`${line.join(' ')}: exit ${code}: ${said}`);
}

/** The middle of some numbers: one slow round does not move it. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
