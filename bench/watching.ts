import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { measure, median } from './measure.ts';
import { rsync } from './peers.ts';
import { heldBy } from './processes.ts';
import { churn, makeTree, moveTenth, type Tree } from './tree.ts';

export interface WatchSetting {
  /** A folder of our own, on the file system to be measured. */
  readonly folder: string;
  readonly cli: string;
  readonly files: number;
  readonly tell: (line: string) => void;
}

/** What is measured of a watch, with what it may be. */
export type WatchRow = readonly [what: string, found: number, unit: string, goal: string];

const SAVES = 100;
const BURST = 3_000;
/** That long it is left alone, until all that a start brings with it is over. */
const REST_MS = 10_000;
const TICK_MS = 1;

/** A running watch of a tree, and then one that hears of nothing. */
export async function measureWatch(setting: WatchSetting): Promise<WatchRow[]> {
  setting.tell(`making a tree of ${setting.files} files`);
  const tree = makeTree(path.join(setting.folder, 'source'), setting.files);
  return [...await measureHearing(setting, tree), ...await measureDeaf(setting, tree)];
}

/** At rest, a full pass with nothing to do, saved files, and a burst of new ones. */
async function measureHearing(
  { folder, cli, tell }: WatchSetting, { root, folders }: Tree,
): Promise<WatchRow[]> {
  const replica = path.join(folder, 'replica');
  const begin = performance.now();
  const watch = start(cli, root, replica, path.join(folder, 'state'));
  try {
    await watch.line('"watching"');
    const readyMs = performance.now() - begin;
    await watch.line('"watcher-ready"', '"pass-finished"');
    tell('it watches, and rests');
    await sleep(REST_MS);
    const resting = heldBy(watch.pid);
    await sleep(REST_MS);
    const rested = heldBy(watch.pid);

    const ratios: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const ratio = await besideRsync(folder, root, watch, 'nothing to do', tell);
      // The first one of rsync copies.
      if (round > 0) ratios.push(ratio);
    }

    const before = heldBy(watch.pid).cpuMs;
    const waits = await save(root, replica, folders);
    const cpuMs = (heldBy(watch.pid).cpuMs - before) / SAVES;
    const burstMs = await burst(root, replica);
    return [
      ['ready after the start, the first copy beside it', readyMs, 'ms', ''],
      ['memory at rest', rested.mib, 'MiB', '150'],
      ['memory at its peak', rested.peakMib, 'MiB', ''],
      ['watches', rested.watches, '', ''],
      ['CPU in ten seconds of rest', rested.cpuMs - resting.cpuMs, 'ms', '0'],
      ['a full pass with nothing to do, to rsync', median(ratios), '', '0.5'],
      ['a saved file, until it is there, median', median(waits), 'ms', '60'],
      ['a saved file, until it is there, worst', Math.max(...waits), 'ms', '100'],
      ['a saved file, CPU', cpuMs, 'ms', '5'],
      [`${BURST} new files, from the last one until all are there`, burstMs, 'ms', '500'],
    ];
  } finally {
    await watch.end();
  }
}

/** Full passes that find what no event announced, in code that is warm. */
async function measureDeaf({ folder, cli, tell }: WatchSetting, tree: Tree): Promise<WatchRow[]> {
  const [replica, state] = [path.join(folder, 'replica'), path.join(folder, 'state')];
  const watch = start(cli, tree.root, replica, state, { FSYNC_EVENTS: 'off' });
  try {
    await watch.line('"pass-finished"');
    const ratios: number[][] = [];
    for (let round = 0; round < 4; round += 1) {
      churn(tree, round);
      const one = await besideRsync(folder, tree.root, watch, '1 % each way', tell);
      moveTenth(tree, round);
      const other = await besideRsync(folder, tree.root, watch, 'a tenth moved', tell);
      if (round > 0) ratios.push([one, other]);
    }
    const [changed, moved] = [0, 1].map((at) => median(ratios.map((both) => both[at]!)));
    return [
      ['a full pass with 1 % each way, to rsync', changed!, '', '0.6'],
      ['a full pass with a tenth moved, to rsync', moved!, '', '0.4'],
    ];
  } finally {
    await watch.end();
  }
}

/** The ratio of a full pass to rsync, which has a replica of its own. */
async function besideRsync(
  folder: string, source: string, watch: Watch, what: string, tell: WatchSetting['tell'],
): Promise<number> {
  const peer = path.join(folder, 'rsync');
  const { ms } = await measure(rsync.command(source, peer, '', false), path.join(folder, 'out'));
  const { ms: own } = JSON.parse(await watch.ask('sync')) as { readonly ms: number };
  tell(`a full pass, ${what}: ${own} ms, rsync ${ms.toFixed(0)} ms`);
  return own / ms;
}

/** Saves a file in one folder after the other, and waits for each. */
async function save(
  root: string, replica: string, folders: readonly string[],
): Promise<number[]> {
  const waits: number[] = [];
  for (let at = 0; at < SAVES; at += 1) {
    const name = path.join(folders[(at * 997) % folders.length]!, 'saved.txt');
    const content = `saved for the ${at}th time`;
    const begin = performance.now();
    fs.writeFileSync(path.join(root, name), content);
    await until(() => fs.readFileSync(path.join(replica, name), 'utf8') === content);
    waits.push(performance.now() - begin);
    await sleep(150);
  }
  return waits;
}

async function burst(root: string, replica: string): Promise<number> {
  fs.mkdirSync(path.join(root, 'burst'));
  for (let at = 0; at < BURST; at += 1) fs.writeFileSync(path.join(root, `burst/${at}`), `${at}`);
  const begin = performance.now();
  await until(() => fs.readdirSync(path.join(replica, 'burst')).length === BURST);
  return performance.now() - begin;
}

/** Looks again and again; what is not there is not there yet. */
async function until(holds: () => boolean): Promise<void> {
  for (;;) {
    try {
      if (holds()) return;
    } catch { /* Not yet. */ }
    await sleep(TICK_MS);
  }
}

function start(
  cli: string, source: string, replica: string, state: string, env: NodeJS.ProcessEnv = {},
): Watch {
  const child = spawn(process.execPath,
    [cli, 'watch', source, replica, '--json', '--interval', '1d', '--state-dir', state],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const lines = linesOf(child);
  const line = async (...words: string[]): Promise<string> => {
    for (;;) {
      const found = lines.findIndex((one) => words.every((word) => one.includes(word)));
      if (found >= 0) return lines.splice(0, found + 1).at(-1)!;
      if (child.exitCode !== null) throw new Error(`the watch ended with ${child.exitCode}`);
      await sleep(TICK_MS);
    }
  };
  return {
    pid: child.pid!,
    line,
    ask: (word) => {
      child.stdin!.write(`${word}\n`);
      return line('"pass-finished"', '"asked"');
    },
    end: async () => {
      child.kill('SIGTERM');
      await until(() => child.exitCode !== null || child.signalCode !== null);
    },
  };
}

interface Watch {
  readonly pid: number;
  /** Waits for a line that has all of these words. */
  line(...words: string[]): Promise<string>;
  /** Says a word, and waits for the pass that it asks for. */
  ask(word: string): Promise<string>;
  end(): Promise<void>;
}

function linesOf(child: ChildProcess): string[] {
  const lines: string[] = [];
  let open = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
    const [first = '', ...others] = chunk.split('\n');
    open += first;
    for (const next of others) {
      lines.push(open);
      open = next;
    }
  });
  return lines;
}
