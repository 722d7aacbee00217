import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { rsyncDifferences } from '../test/support/same.ts';
import { countCalls, measure, type Measured } from './measure.ts';
import type { Peer, Work } from './peers.ts';
import { churn, makeTree, moveTenth, renameTenth, type Tree } from './tree.ts';

/** One peer's work in one round. */
export interface Result extends Partial<Measured> {
  readonly round: number;
  readonly peer: string;
  readonly work: Work;
  readonly copied: number | undefined;
  /** Calls of the system; counted in a round of its own, which has no times. */
  readonly calls?: number;
  /** Its replica was its source afterwards: a ratio of anything else means nothing. */
  readonly equal: boolean;
}

/** What is done to the source before each work. */
const WORKS: readonly (readonly [Work, (tree: Tree, round: number) => void])[] = [
  ['first copy', () => {}],
  ['nothing to do', () => {}],
  ['1 % each way', churn],
  ['a tenth moved', moveTenth],
  ['a tenth renamed', renameTenth],
];

export interface Setting {
  /** A folder of our own, on the file system to be measured. */
  readonly folder: string;
  readonly files: number;
  readonly rounds: number;
  readonly peers: readonly Peer[];
  /** One more round in which calls of the system are counted. */
  readonly calls: boolean;
  readonly tell: (line: string) => void;
}

/**
 * All peers do the same works from one source, each into replicas of its own, one after the other
 * in each round, so that what disturbs the machine disturbs all of them. Replicas are fresh, and
 * on a disk nothing is deleted between rounds: ext4 creates ten times slower for minutes
 * afterwards. In memory they go after each round, so that a million files need no more than two
 * or three times their room.
 */
export async function measureRounds(setting: Setting): Promise<Result[]> {
  const { folder, files, rounds, peers, calls, tell } = setting;
  tell(`making a tree of ${files} files`);
  const tree = makeTree(path.join(folder, 'source'), files);
  const results: Result[] = [];

  for (let round = 0; round < rounds + (calls ? 1 : 0); round += 1) {
    for (const [work, prepare] of WORKS) {
      prepare(tree, round);
      for (const peer of turned(peers, round)) {
        if (peer.onlyWork !== undefined && peer.onlyWork !== work) continue;
        const result = await measureOne(setting, tree, peer, work, round);
        results.push(result);
        tell(told(result));
      }
    }
    for (const peer of peers) if (peer.onlyWork === undefined) end(setting, tree, peer, round);
  }
  return results;
}

/** Each round begins with another peer: who comes first finds the cache in another state. */
const turned = (peers: readonly Peer[], round: number): readonly Peer[] =>
  peers.map((_, at) => peers[(at + round) % peers.length]!);

const replicaOf = (folder: string, peer: Peer, round: number): string =>
  path.join(folder, `${peer.name}-${round}`);

async function measureOne(
  { folder, rounds }: Setting, tree: Tree, peer: Peer, work: Work, round: number,
): Promise<Result> {
  const replica = replicaOf(folder, peer, round);
  const state = `${replica}.state`;
  const output = `${replica}.out`;
  fs.mkdirSync(state, { recursive: true });
  if (work === 'first copy') warm(folder, tree);
  // What another peer wrote is not to be written out on this one's time.
  spawnSync('sync', ['-f', folder]);
  const command = peer.command(tree.root, replica, state, work === 'first copy');
  const measured = round < rounds ? await measure(command, output)
    : { calls: await countCalls(command, output) };
  const equal = isEqual(tree.root, replica);
  return { ...measured, round, peer: peer.name, work, copied: peer.copied(output), equal };
}

function told({ round, work, peer, ms, calls, equal }: Result): string {
  const found = ms === undefined ? `${calls} calls` : `${ms.toFixed(0)} ms`;
  return `round ${round + 1}, ${work}, ${peer}: ${found}${equal ? '' : ', NOT EQUAL'}`;
}

/** By rsync's judgement of sizes, times, modes and owners. */
function isEqual(source: string, replica: string): boolean {
  const run = spawnSync('rsync', ['-aHni', '--delete', `${source}/`, `${replica}/`],
    { maxBuffer: 1 << 30 });
  return run.status === 0 && run.stdout.length === 0;
}

const TMPFS = 0x01021994;

/** Reading all content takes its time: once a round is enough. */
function end({ folder }: Setting, tree: Tree, peer: Peer, round: number): void {
  const replica = replicaOf(folder, peer, round);
  if (isEqual(tree.root, replica) && rsyncDifferences(tree.root, replica).length > 0) {
    throw new Error(`${peer.name}: the content of its replica is not the source's`);
  }
  if (isInMemory(folder)) fs.rmSync(replica, { recursive: true, force: true });
}

/**
 * In memory each first copy begins with room that was used and left just before: pages that a
 * virtual machine has to ask its host for made whoever came later a third slower.
 */
function warm(folder: string, { root }: Tree): void {
  if (!isInMemory(folder)) return;
  const before = path.join(folder, 'before');
  spawnSync('cp', ['-a', root, before]);
  fs.rmSync(before, { recursive: true, force: true });
}

const isInMemory = (folder: string): boolean => fs.statfsSync(folder).type === TMPFS;
