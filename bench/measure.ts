import { spawn } from 'node:child_process';
import fs from 'node:fs';

/** One process, from its start to its end, with those that it waited for. */
export interface Measured {
  readonly ms: number;
  /** Time on all cores together; says more than the clock where others use the machine as well. */
  readonly cpuMs: number | undefined;
  /** The most memory that one of them had at once, in MiB. */
  readonly mib: number | undefined;
}

/** GNU time; without it there is the clock alone. */
const TIME = '/usr/bin/time';
const hasTime = fs.existsSync(TIME);

/** Runs a command to its end, its output into files, and throws where it fails. */
export async function measure(command: readonly string[], output: string): Promise<Measured> {
  const usage = `${output}.usage`;
  const all = hasTime ? [TIME, '-o', usage, '-f', '%U %S %M', ...command] : command;
  const out = fs.openSync(output, 'w');
  const errors = fs.openSync(`${output}.err`, 'w');
  const begin = performance.now();
  const child = spawn(all[0]!, all.slice(1), { stdio: ['ignore', out, errors] });

  const code = await new Promise<number | null>((ended, failed) => {
    child.on('exit', ended);
    child.on('error', failed);
  });
  const ms = performance.now() - begin;

  fs.closeSync(out);
  fs.closeSync(errors);
  if (code !== 0) {
    throw new Error(`${command.join(' ')}: exit ${code}\n${fs.readFileSync(`${output}.err`)}`);
  }
  if (!hasTime) return { ms, cpuMs: undefined, mib: undefined };
  const [user, system, kib] = fs.readFileSync(usage, 'utf8').trim().split(' ').map(Number);
  return { ms, cpuMs: (user! + system!) * 1_000, mib: kib! / 1_024 };
}

/** The middle of some numbers: one slow round does not move it. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
