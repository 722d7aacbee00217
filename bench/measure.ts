import { spawn } from 'node:child_process';
import fs from 'node:fs';

/** One process, from its start to its end. */
export interface Measured {
  readonly ms: number;
  /** The most memory that it had at once, in MiB; undefined where the system does not tell. */
  readonly mib: number | undefined;
}

/** How often the memory of a running process is read; its peak is the system's, not ours. */
const LOOK_MS = 20;

/**
 * Runs a command to its end, its output into files, and throws where it fails. The clock stops when
 * its parent hears of the end, for every peer alike.
 */
export async function measure(command: readonly string[], output: string): Promise<Measured> {
  const [program, ...rest] = command;
  const out = fs.openSync(output, 'w');
  const errors = fs.openSync(`${output}.err`, 'w');
  const begin = performance.now();
  const child = spawn(program!, rest, { stdio: ['ignore', out, errors] });
  let mib: number | undefined;
  const looking = setInterval(() => (mib = peakOf(child.pid) ?? mib), LOOK_MS);

  const code = await new Promise<number | null>((ended, failed) => {
    child.on('exit', ended);
    child.on('error', failed);
  });
  const ms = performance.now() - begin;

  clearInterval(looking);
  fs.closeSync(out);
  fs.closeSync(errors);
  if (code !== 0) {
    throw new Error(`${command.join(' ')}: exit ${code}\n${fs.readFileSync(`${output}.err`)}`);
  }
  return { ms, mib };
}

function peakOf(pid: number | undefined): number | undefined {
  try {
    const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(status);
    return found === null ? undefined : Number(found[1]) / 1024;
  } catch {
    // The process has just ended, or this is not Linux.
    return undefined;
  }
}

/** The middle of some numbers: one slow round does not move it. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
