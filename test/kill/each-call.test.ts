import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { changedPair, OPTIONS } from '../failures/scenario.ts';
import { assertNoLitter, lackingInjection, shot } from '../failures/support.ts';
import { builtCli } from '../support/built.ts';
import { runCli, type Exit } from '../support/cli.ts';
import { isRoot, skip } from '../support/needs.ts';
import { contentOf, isThere, newPair, syncWell, type Pair } from '../support/pass.ts';
import { removeTree } from '../support/temp.ts';
import { file, link, makeTree, readTree, symlink } from '../support/tree.ts';
import { momentsIn, sampleOf, TRACED, type Moment } from './calls.ts';

/** At each call instead of some: `FSYNC_FAULTS=all`, a quarter of an hour. */
const ALL = process.env.FSYNC_FAULTS === 'all';

const calls = suite('kill -9 at a call of the system');
const reason = lackingInjection();
const traced = reason === undefined ? calls : skip(calls, reason);

/** A sync with something of each kind of operation in it. */
interface Scene {
  readonly make: () => Promise<Pair>;
  readonly trash?: true;
  /** Of each how manieth kind of call one is tried, where not all are. */
  readonly stride: number;
}

const SCENES: Readonly<Record<string, Scene>> = {
  'of a first copy': { make: firstPair, stride: 3 },
  'of a sync with all kinds of changes': { make: richPair, stride: 1 },
  'of such a sync with a trash': { make: richPair, trash: true, stride: 3 },
};

for (const [what, scene] of Object.entries(SCENES)) {
  traced(`K01: ${what}: files are whole, and the next sync does the rest`, async () => {
    const moments = await momentsOf(scene);
    assert.ok(moments.length >= 40, `${moments.length} moments`);
    const chosen = ALL ? moments : sampleOf(moments, scene.stride);
    let kills = 0;
    for (const moment of chosen) if (await killAt(scene, moment)) kills += 1;
    // The order of calls may differ a little from run to run; but not so much.
    assert.ok(kills >= chosen.length * 0.9, `${kills} of ${chosen.length} came before the end`);
    console.log(`${what}: killed at ${kills} of ${moments.length} calls that change something`);
  });
}

calls.run();

/** What nobody may touch: a link of the source leads there. */
const OUTSIDE = { 'out/f': 'outside', 'out/d/g': 'outside' };

async function firstPair(): Promise<Pair> {
  const pair = newPair({
    'f': 'F', 'd/e/g': 'G', 'd/e/h': link('f'), 'l': symlink('../out'), 'empty/': null,
    'big': file(Buffer.alloc(150_000, 'b'), { mode: 0o444 }), 'd/other': 'o',
    'sparse': 'x',
  });
  fs.truncateSync(`${pair.source}/sparse`, 300_000);
  fs.appendFileSync(`${pair.source}/sparse`, 'end');
  if (isRoot()) fs.chownSync(`${pair.source}/d/other`, 12, 12);
  makeTree(pair.dir, OUTSIDE);
  return pair;
}

/** The scenario of all changes, with owners, holes and links out of the source. */
async function richPair(): Promise<Pair> {
  const pair = await changedPair();
  makeTree(pair.dir, OUTSIDE);
  makeTree(pair.source, {
    'sparse': 'x', 'out': symlink('../out'), 'kept/other': 'o', 'many': Buffer.alloc(200_000, 'm'),
  });
  fs.truncateSync(`${pair.source}/sparse`, 300_000);
  fs.appendFileSync(`${pair.source}/sparse`, 'end');
  if (isRoot()) fs.chownSync(`${pair.source}/kept/other`, 12, 12);
  return pair;
}

/** Runs the sync once to its end, and notes at which calls it could be killed. */
async function momentsOf(scene: Scene): Promise<Moment[]> {
  const pair = await scene.make();
  const trace = `${pair.dir}/trace`;
  const { code } = await sync(pair, scene, ['-y', '-o', trace, '-e', `trace=${TRACED}`]);
  assert.is(code, 0);
  const moments = momentsIn(trace, pair.dir);
  removeTree(pair.dir);
  return moments;
}

/** Whether the kill came before the end. */
async function killAt(scene: Scene, { call, nth, line }: Moment): Promise<boolean> {
  const pair = await scene.make();
  const before = { source: shot(pair.source), out: shot(`${pair.dir}/out`), texts: texts(pair) };
  try {
    const { code } = await sync(pair, scene, ['-o', '/dev/null', '-e', `trace=${call}`,
      '-e', `inject=${call}:signal=KILL:when=${nth}`]);
    assertWhole(pair, before.texts);
    if (scene.trash === true) assertNothingLost(pair, before.texts);
    const { notices, problems } = await syncWell(pair, optionsOf(pair, scene));
    assert.equal(problems, []);
    assert.equal(notices.filter((each) => each.startsWith('record-')), []);
    assertNoLitter(pair.replica);
    assert.equal({ source: shot(pair.source), out: shot(`${pair.dir}/out`) },
      { source: before.source, out: before.out });
    return code === null || code === 137;
  } catch (error) {
    console.log(`at ${call} ${nth}: ${line}`);
    throw error;
  } finally {
    removeTree(pair.dir);
  }
}

const optionsOf = (pair: Pair, { trash }: Scene): Parameters<typeof syncWell>[1] =>
  ({ ...OPTIONS, ...(trash === true ? { trash: `${pair.dir}/trash` } : {}) });

/**
 * All of its work in one thread, and that of the record in another: calls come in one order.
 * (A kill is not injected with --seccomp-bpf.)
 */
const sync = ({ source, replica, state, dir }: Pair, scene: Scene, strace: readonly string[]):
Promise<Exit> => runCli([
  'sync', source, replica, '--state-dir', state, '--workers', '0', '--chunk-size', '64KiB',
  ...(scene.trash === true ? ['--trash', `${dir}/trash`] : []),
], {
  script: builtCli(), under: ['strace', '-f', '-qq', ...strace],
  env: { UV_USE_IO_URING: '0', UV_THREADPOOL_SIZE: '1' },
});

/** What each path of a side holds, before. */
interface Texts {
  readonly old: ReadonlyMap<string, string>;
  readonly new: ReadonlyMap<string, string>;
}

const texts = (pair: Pair): Texts => ({ old: textsIn(pair.replica), new: textsIn(pair.source) });

function textsIn(dir: string): Map<string, string> {
  const found = isThere(dir, '') ? [...readTree(dir)] : [];
  return new Map(found.filter(([, { type }]) => type === 'file')
    .map(([at]) => [at, contentOf(dir, at)]));
}

/** Each file is what it was or what it is to be; in a folder that moved, as it was elsewhere. */
function assertWhole({ replica }: Pair, known: Texts): void {
  const all = new Set([...known.old.values(), ...known.new.values()]);
  const now = textsIn(replica);
  for (const [at, text] of now) {
    if (/(?:^|\/)\.fsync-/.test(at)) continue;
    const own = [known.old.get(at), known.new.get(at)].filter((each) => each !== undefined);
    const moved = /^(?:d|dd|p|q)\//.test(at) || own.length === 0;
    assert.ok(moved ? all.has(text) : own.includes(text), `${at} is torn`);
  }
  for (const [at, text] of known.old) {
    if (known.new.get(at) === text) assert.is(now.get(at), text, `${at} is gone`);
  }
}

/** What was in the replica is still there, under whatever name, or in the trash. */
function assertNothingLost({ dir, replica }: Pair, known: Texts): void {
  const kept = new Set([...textsIn(replica).values(), ...textsIn(`${dir}/trash`).values()]);
  const lost = [...known.old].filter(([, text]) => !kept.has(text));
  assert.equal(lost, []);
}
