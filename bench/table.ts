import { median } from './measure.ts';
import type { Result, Work } from './rounds.ts';

/** What each work may cost, as a ratio to rsync: the project's goals. */
const GOALS: Readonly<Record<Work, number>> = {
  'first copy': 0.6, 'nothing to do': 0.6, '1 % each way': 0.7, 'a tenth moved': 0.5,
};

interface Row {
  readonly work: Work;
  readonly peer: string;
  readonly ms: number;
  readonly cpuMs: number | undefined;
  /** The median of the ratios within each round; undefined where a replica was not equal. */
  readonly ratio: number | undefined;
  readonly mib: number | undefined;
  readonly copied: number | undefined;
}

/** Medians over the rounds, one row for each work and peer. */
export function rowsOf(results: readonly Result[], baseline: string): Row[] {
  const works = [...new Set(results.map(({ work }) => work))];
  const peers = [...new Set(results.map(({ peer }) => peer))];
  return works.flatMap((work) => peers.map((peer): Row => {
    const mine = results.filter((one) => one.work === work && one.peer === peer);
    const base = results.filter((one) => one.work === work && one.peer === baseline);
    const ratios = mine.map((one) => one.ms / base.find(({ round }) => round === one.round)!.ms);
    const known = mine.flatMap(({ mib }) => (mib === undefined ? [] : [mib]));
    const cpu = mine.flatMap(({ cpuMs }) => (cpuMs === undefined ? [] : [cpuMs]));
    return {
      work, peer, ms: median(mine.map(({ ms }) => ms)),
      cpuMs: cpu.length === 0 ? undefined : median(cpu),
      ratio: [...mine, ...base].every(({ equal }) => equal) ? median(ratios) : undefined,
      mib: known.length === 0 ? undefined : Math.max(...known),
      copied: mine[0]?.copied === undefined ? undefined
        : Math.max(...mine.map(({ copied }) => copied ?? 0)),
    };
  }));
}

/** The rows as text, aligned. */
export function table(rows: readonly Row[]): string {
  const cells = [
    ['work', 'peer', 'ms', 'ratio', 'goal', 'cpu ms', 'peak MiB', 'copied'],
    ...rows.map(({ work, peer, ms, cpuMs, ratio, mib, copied }) => [
      work, peer, ms.toFixed(0), ratio === undefined ? 'not equal' : ratio.toFixed(2),
      `${GOALS[work]}`, cpuMs?.toFixed(0) ?? '-', mib?.toFixed(0) ?? '-', `${copied ?? '-'}`,
    ]),
  ];
  const widths = cells[0]!.map((_, column) =>
    Math.max(...cells.map((row) => row[column]!.length)));
  return cells.map((row) => row.map((cell, column) =>
    (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  '))
    .join('\n');
}
