import fs from 'node:fs';
import path from 'node:path';

import { exitCodeOf } from '../core/event.ts';
import type { Path } from '../core/entry.ts';
import type { SyncEvent } from '../core/event.ts';
import { fullPath } from '../full-path.ts';
import { examine, explain } from '../index.ts';
import { createReporter } from '../report/reporter.ts';
import type { LookJob } from './arguments.ts';
import { askOne } from './ask.ts';
import { findPeers, isMeant, type Peer } from './peers.ts';
import { commandLine } from './quote.ts';
import pkg from '../../package.json' with { type: 'json' };

/** Does `explain` and `doctor`: what they find goes where all events go. */
export async function lookAndTell(job: LookJob): Promise<number> {
  const reporter = createReporter(job.output);
  let code = 0;
  const tell = (event: SyncEvent): void => {
    code = Math.max(code, exitCodeOf(event));
    reporter.report(event);
  };
  if (job.command === 'doctor') await examineAll(job, tell);
  else await explainPath(job, tell);
  await reporter.close();
  return code;
}

/** Two of those that come with fsync are the system's business as well as ours. */
const VERSIONS = { fsync: pkg.version, 'classic-level': pkg.dependencies['classic-level'],
  chokidar: pkg.devDependencies.chokidar };

/** Looking for watches removes the sockets of dead ones. */
async function examineAll({ options }: LookJob, tell: (event: SyncEvent) => void): Promise<void> {
  const { peers, silent } = await findPeers();
  for (const peer of peers) peer.close();
  const running = { watches: peers.length, silent };
  await all(examine({ ...options, versions: VERSIONS, running }), tell);
}

const all = (event$: ReturnType<typeof explain>, tell: (event: SyncEvent) => void) =>
  new Promise<void>((resolve, reject) => {
    event$.subscribe({ next: tell, error: reject, complete: resolve });
  });

/** A watch of the pair knows what is held, and by which options it goes. */
async function explainPath(job: LookJob, tell: (event: SyncEvent) => void): Promise<void> {
  const { peers } = await findPeers();
  try {
    const { source, replica } = job.options;
    const mine = peers.filter((peer) => (source === undefined || replica === undefined
      ? mirrors(peer, job.path)
      : isMeant(peer, { source, replica })));
    const [peer] = mine;
    if (source === undefined && (peer === undefined || mine.length > 1)) {
      tell({ kind: 'pass-failed', code: 'no-watch', text: whichPair(job.path, mine),
        exitCode: 2 });
      return;
    }
    const held: readonly Path[] = peer === undefined ? [] : await heldBy(peer);
    const pair = { source: source ?? peer!.source, replica: replica ?? peer!.replica };
    await all(explain({ ...peer?.options, ...job.options, ...pair }, job.path, held), tell);
  } finally {
    for (const peer of peers) peer.close();
  }
}

/** The paths whose removal a watch holds. */
async function heldBy(peer: Peer): Promise<readonly Path[]> {
  const held: Path[] = [];
  const asking = { question: 'pending', wait: false, timeoutMs: 5_000 } as const;
  await askOne(peer, { ...asking, source: undefined, replica: undefined }, (event) => {
    if (event.kind === 'pending') held.push(event.path);
  });
  return held;
}

function whichPair(asked: string, peers: readonly Peer[]): string {
  if (peers.length === 0) {
    return `no watch of yours mirrors ${asked}: write fsync explain PATH SOURCE REPLICA`;
  }
  const lines = peers.map(({ source, replica }) =>
    commandLine(['fsync', 'explain', asked, source, replica]));
  return `${peers.length} watches mirror it: write one of ${lines.join(', ')}`;
}

/** Whether a path lies in one of the two folders of a watch, by any of its names. */
function mirrors({ source, replica }: Peer, asked: string): boolean {
  const full = fullPath(asked);
  const names = [full, path.join(realOf(path.dirname(full)), path.basename(full))];
  return [source, replica].flatMap((root) => [root, realOf(root)]).some((root) =>
    names.some((name) => name === root || name.startsWith(root === '/' ? root : `${root}/`)));
}

function realOf(full: string): string {
  try {
    return fs.realpathSync(full);
  } catch {
    return full;
  }
}
