import fs from 'node:fs';

/** Often enough for passes of some hundred milliseconds, and some files of /proc each time. */
const EVERY_MS = 50;

/**
 * Looks at a process and all below it until the end, and then says the sum of their peaks of
 * memory: what they would need if each had its peak at once. Undefined without /proc.
 */
export function peakOfTree(pid: number | undefined): { end(): number | undefined } {
  const peaks = new Map<number, number>();
  const look = (): void => {
    if (pid === undefined) return;
    // The first one is the tool that measures.
    for (const one of below(pid)) {
      const kib = numberOf(`/proc/${one}/status`, /^VmHWM:\s+(\d+)/m);
      if (kib !== undefined) peaks.set(one, kib);
    }
  };
  const timer = setInterval(look, EVERY_MS);
  return {
    end: () => {
      clearInterval(timer);
      const kib = [...peaks.values()].reduce((sum, one) => sum + one, 0);
      return kib === 0 ? undefined : kib / 1_024;
    },
  };
}

/** What a process holds now: memory now and at its peak, time on all cores, watches. */
export interface Held {
  readonly mib: number;
  readonly peakMib: number;
  readonly cpuMs: number;
  readonly watches: number;
}

export function heldBy(pid: number): Held {
  const kib = (what: string): number =>
    numberOf(`/proc/${pid}/status`, new RegExp(`^${what}:\\s+(\\d+)`, 'm')) ?? NaN;
  return {
    mib: kib('VmRSS') / 1_024, peakMib: kib('VmHWM') / 1_024,
    cpuMs: cpuMsOf(pid), watches: watchesOf(pid),
  };
}

/** All threads together, also those that ended; in steps of a hundredth of a second. */
function cpuMsOf(pid: number): number {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** inotify says a line for each. */
function watchesOf(pid: number): number {
  return fs.readdirSync(`/proc/${pid}/fdinfo`).reduce((sum, fd) => {
    try {
      const info = fs.readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8');
      return sum + (info.match(/^inotify wd:/gm)?.length ?? 0);
    } catch {
      return sum;
    }
  }, 0);
}

function below(pid: number): number[] {
  try {
    const text = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    const children = text === '' ? [] : text.split(' ').map(Number);
    return children.flatMap((child) => [child, ...below(child)]);
  } catch {
    return [];
  }
}

function numberOf(file: string, pattern: RegExp): number | undefined {
  try {
    const found = pattern.exec(fs.readFileSync(file, 'utf8'));
    return found === null ? undefined : Number(found[1]);
  } catch {
    return undefined;
  }
}
