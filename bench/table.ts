import { median } from './measure.ts';
import type { Work } from './peers.ts';
import type { Result } from './rounds.ts';

/** What each work may cost fsync, as a ratio to rsync: the project's goals. */
const GOALS: Readonly<Record<Work, number>> = {
  'first copy': 0.6, 'nothing to do': 0.6, '1 % each way': 0.7, 'a tenth moved': 0.5,
  'a tenth renamed': 0.5,
};

interface Row {
  readonly work: Work;
  readonly peer: string;
  readonly ms: number;
  readonly cpuMs: number | undefined;
  /** The median of the ratios within each round; undefined where a replica was not equal. */
  readonly ratio: number | undefined;
  readonly cpuRatio: number | undefined;
  readonly mib: number | undefined;
  readonly callsAFile: number | undefined;
  readonly copied: number | undefined;
}

/** Medians over the rounds, one row for each work and peer. */
export function rowsOf(results: readonly Result[], baseline: string, files: number): Row[] {
  const works = [...new Set(results.map(({ work }) => work))];
  const peers = [...new Set(results.map(({ peer }) => peer))];
  return works.flatMap((work) => peers.flatMap((peer): Row[] => {
    const ofPeer = (name: string): Result[] =>
      results.filter((one) => one.work === work && one.peer === name);
    const [mine, base] = [ofPeer(peer), ofPeer(baseline)];
    const all = (what: 'ms' | 'cpuMs' | 'mib' | 'calls' | 'copied'): number[] =>
      mine.flatMap(({ [what]: one }) => (one === undefined ? [] : [one]));
    if (all('ms').length === 0) return [];
    const ratio = (what: 'ms' | 'cpuMs'): number | undefined => {
      // What was not done to the end has no price.
      if (![...mine, ...base].every(({ equal }) => equal)) return undefined;
      const ratios = mine.flatMap((one) => {
        const other = base.find(({ round }) => round === one.round)?.[what];
        return one[what] === undefined || other === undefined ? [] : [one[what] / other];
      });
      return ratios.length === 0 ? undefined : median(ratios);
    };
    const [cpu, calls] = [all('cpuMs'), all('calls')];
    return [{
      work, peer, ms: median(all('ms')), cpuMs: cpu.length === 0 ? undefined : median(cpu),
      ratio: ratio('ms'), cpuRatio: ratio('cpuMs'), mib: most(all('mib')),
      callsAFile: calls[0] === undefined ? undefined : calls[0] / files,
      copied: most(all('copied')),
    }];
  }));
}

const most = (numbers: readonly number[]): number | undefined =>
  (numbers.length === 0 ? undefined : Math.max(...numbers));

/** The rows as text, aligned. */
export function table(rows: readonly Row[]): string {
  const number = (one: number | undefined, digits: number): string => one?.toFixed(digits) ?? '-';
  return aligned([
    ['work', 'peer', 'ms', 'ratio', 'goal', 'cpu ms', 'cpu ratio', 'peak MiB', 'calls a file',
      'copied'],
    ...rows.map(({ work, peer, ms, cpuMs, ratio, cpuRatio, mib, callsAFile, copied }) => [
      work, peer, number(ms, 0), ratio === undefined ? 'not equal' : number(ratio, 2),
      peer.startsWith('fsync') ? `${GOALS[work]}` : '', number(cpuMs, 0), number(cpuRatio, 2),
      number(mib, 0), number(callsAFile, 1), `${copied ?? '-'}`,
    ]),
  ]);
}

/** Two columns of words, then numbers. */
export function aligned(cells: readonly (readonly string[])[], words = 2): string {
  const widths = cells[0]!.map((_, column) =>
    Math.max(...cells.map((row) => row[column]!.length)));
  return cells.map((row) => row.map((cell, column) =>
    (column < words ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  '))
    .join('\n');
}
