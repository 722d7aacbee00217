import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { runCli, startCli, type Cli } from '../support/cli.ts';
import { newPair, type Pair } from '../support/pass.ts';
import { random, type Random } from '../support/random.ts';
import { differences } from '../support/same.ts';
import { removeTree, until } from '../support/temp.ts';
import { pathIn } from '../support/tree.ts';

/** More of them: `FSYNC_KILLS=200`; others: `FSYNC_SEED=17`. */
const KILLS = Number(process.env.FSYNC_KILLS ?? 12);
const SEED = Number(process.env.FSYNC_SEED ?? 1);

/** A file whose first line is the digest of the rest: a torn one gives itself away. */
function sealed(rng: Random, size: number): Buffer {
  const rest = Buffer.alloc(size, rng.bytes(Math.min(size, 997)));
  return Buffer.concat([Buffer.from(`${sha1(rest)}\n`), rest]);
}

const sha1 = (content: Buffer): string => createHash('sha1').update(content).digest('hex');

const isWhole = (content: Buffer): boolean =>
  content.subarray(0, 40).toString('latin1') === sha1(content.subarray(41));

const TEMPORARY = /^\.fsync-[0-9a-z]{16}$/;

interface Listed {
  readonly files: string[];
  readonly folders: string[];
  /** Temporary files and folders, with nothing of what they hold. */
  readonly litter: string[];
}

function list(dir: string): Listed {
  const found: Listed = { files: [], folders: [''], litter: [] };
  for (const at of found.folders) {
    for (const entry of entriesOf(pathIn(dir, at))) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`;
      if (TEMPORARY.test(entry.name)) found.litter.push(path);
      else if (entry.isDirectory()) found.folders.push(path);
      else found.files.push(path);
    }
  }
  return found;
}

/** None, of a folder that went since it was listed. */
function entriesOf(folder: Buffer): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    assert.is((error as NodeJS.ErrnoException).code, 'ENOENT');
    return [];
  }
}

/** Most files that there are at a time. */
const MOST_FILES = 150;

/** One thing that people do, always by renaming a whole file into its place. */
function step(pair: Pair, rng: Random, made: { count: number }): void {
  const { files, folders } = list(pair.source);
  const at = (path: string): string => `${pair.source}/${path}`;
  const fresh = (): string => {
    const folder = rng.pick(folders);
    made.count += 1;
    return folder === '' ? `e${made.count}` : `${folder}/e${made.count}`;
  };
  const put = (path: string): void => {
    const size = rng.pick([0, 5, 900, 20_000, 300_000, rng.once(8) ? 20_000_000 : 3_000]);
    fs.writeFileSync(`${pair.dir}/unfinished`, sealed(rng, size));
    fs.renameSync(`${pair.dir}/unfinished`, at(path));
  };
  const fewer = files.length > MOST_FILES;
  const kind = fewer ? 'remove-folder' : rng.pick(['put', 'put', 'put', 'rewrite', 'rewrite',
    'rewrite', 'mkdir', 'tree', 'rename', 'rename-folder', 'swap', 'remove', 'remove-folder',
    'chmod'] as const);
  const file = files.length === 0 ? undefined : rng.pick(files);
  const folder = folders.length < 2 ? undefined : rng.pick(folders.slice(1));

  if (kind === 'put') put(fresh());
  if (kind === 'rewrite' && file !== undefined) put(file);
  if (kind === 'mkdir') fs.mkdirSync(at(fresh()));
  if (kind === 'tree') {
    const path = fresh();
    fs.mkdirSync(at(`${path}/deep`), { recursive: true });
    for (let count = rng.below(12); count >= 0; count -= 1) put(`${path}/deep/t${count}`);
    put(`${path}/t`);
  }
  if (kind === 'rename' && file !== undefined) fs.renameSync(at(file), at(fresh()));
  if (kind === 'rename-folder' && folder !== undefined) {
    const to = fresh();
    if (!`${to}/`.startsWith(`${folder}/`)) fs.renameSync(at(folder), at(to));
  }
  if (kind === 'swap' && files.length > 1) {
    const other = rng.pick(files);
    fs.renameSync(at(file!), `${pair.dir}/aside`);
    if (other !== file) fs.renameSync(at(other), at(file!));
    fs.renameSync(`${pair.dir}/aside`, at(other));
  }
  if (kind === 'remove' && file !== undefined) fs.unlinkSync(at(file));
  if (kind === 'remove-folder' && folder !== undefined) removeTree(at(folder));
  if (kind === 'chmod' && file !== undefined) {
    fs.chmodSync(at(file), rng.pick([0o600, 0o644, 0o755]));
  }
}

/** What is under its own name is whole: what the source had at some moment. */
function assertWhole(pair: Pair): void {
  const torn = list(pair.replica).files
    .filter((path) => !isWhole(fs.readFileSync(`${pair.replica}/${path}`)));
  assert.equal(torn, [], 'files are torn');
}

const args = (pair: Pair, command: 'watch' | 'sync'): string[] => [
  command, pair.source, pair.replica, '--approve-deletes',
  ...(command === 'watch' ? ['--interval', '1d'] : []),
];

/** Churns with pauses, in which it is looked often whether the moment has come. */
async function churnUntil(
  pair: Pair, rng: Random, made: { count: number }, hasCome: () => boolean,
): Promise<void> {
  while (!hasCome()) {
    step(pair, rng, made);
    const end = performance.now() + rng.pick([1, 5, 20, 60, 150]);
    while (!hasCome() && performance.now() < end) await delay(1);
  }
}

/** What a killed process leaves: its end, its litter. */
interface Killed {
  readonly litter: number;
  readonly wasOver: boolean;
}

const isAtWork = ({ replica }: Pair): boolean =>
  fs.existsSync(replica) && list(replica).litter.length > 0;

async function killInTheMiddle(pair: Pair, rng: Random, made: { count: number }): Promise<Killed> {
  const command = rng.once(3) ? 'sync' : 'watch';
  for (let count = 0; count < 15; count += 1) step(pair, rng, made);
  const cli: Cli = startCli(args(pair, command), { home: pair.dir });
  // At any moment, from before it has begun; but mostly when it has something in hand.
  const end = performance.now() + 400 + rng.below(command === 'sync' ? 1_000 : 2_500);
  const isAimed = !rng.once(3);
  await churnUntil(pair, rng, made, () =>
    performance.now() > end || (isAimed && isAtWork(pair)));
  const wasOver = cli.isOver();
  await cli.kill('SIGKILL');
  if (!fs.existsSync(pair.replica)) return { litter: 0, wasOver };
  assertWhole(pair);
  return { litter: list(pair.replica).litter.length, wasOver };
}

/** The next start, of either kind, makes all well. */
async function converge(pair: Pair, rng: Random): Promise<void> {
  if (rng.once(2)) {
    const { code, stderr } = await runCli(args(pair, 'sync'), { home: pair.dir });
    assert.equal([code, stderr], [0, '']);
    assert.equal(differences(pair.source, pair.replica), []);
  } else {
    const cli = startCli(args(pair, 'watch'), { home: pair.dir });
    await cli.untilLine(/watching/);
    await until(() => differences(pair.source, pair.replica).length === 0);
    assert.equal(await cli.kill('SIGTERM'), { code: 0, signal: null });
    assert.equal(differences(pair.source, pair.replica), []);
  }
  assert.equal(list(pair.replica).litter, []);
}

const kill = suite('kill -9');

kill(`leaves whole files, and the next start converges, ${KILLS} times`, async () => {
  const pair = newPair();
  const rng = random(SEED);
  const made = { count: 0 };
  let litter = 0;
  let over = 0;
  for (let at = 1; at <= KILLS; at += 1) {
    try {
      const killed = await killInTheMiddle(pair, rng, made);
      if (killed.litter > 0) litter += 1;
      if (killed.wasOver) over += 1;
      // Now and then it is killed again before anything was put right.
      if (!rng.once(4)) await converge(pair, rng);
    } catch (error) {
      console.log(`at kill ${at} of seed ${SEED}`);
      throw error;
    }
  }
  await converge(pair, rng);
  console.log(`${KILLS} kills: ${litter} left litter, ${over} came after the end`);
});

kill.run();
