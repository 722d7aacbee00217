import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { assertNoLitter, lackingInjection } from '../failures/support.ts';
import { builtCli } from '../support/built.ts';
import { runCli, type Exit } from '../support/cli.ts';
import { skip } from '../support/needs.ts';
import { contentOf, inodeOf, isThere, syncedPair, syncNow, type Pair } from '../support/pass.ts';
import { removeTree } from '../support/temp.ts';
import { makeTree } from '../support/tree.ts';
import { momentsIn, TRACED, type Moment } from './calls.ts';

const aside = suite('kill -9 while folders change places');
const reason = lackingInjection();
const traced = reason === undefined ? aside : skip(aside, reason);

/** Where they were and go: in a circle, a child around its parent, into a folder yet to be made. */
const MOVES = { 'a': 'b', 'b': 'c', 'c': 'a', 'e/f': 'f', 'e': 'f/e', 'g': 'n/g', 'h': 'g' };
/** Those in which something is ignored. */
const OWNERS = ['a', 'b', 'c', 'e/f', 'e'] as const;
/** Rules for each place by its name from the top: under a temporary name they find nothing. */
const RULES = [...'abcef', 'e/f', 'f/e', 'f/e/f'].map((folder) => `/${folder}/own`);

traced('leaves none under a temporary name, and what is ignored in them is kept', async () => {
  const inTrace = await momentsOf();
  assert.ok(inTrace.length >= 10, `${inTrace.length} moments`);
  let kills = 0;
  for (const moment of inTrace) if (await killAt(moment)) kills += 1;
  assert.ok(kills >= inTrace.length - 1, `${kills} of ${inTrace.length} came before the end`);
});

aside.run();

/** The moments at which a folder of the replica gets another name, or is made. */
async function momentsOf(): Promise<Moment[]> {
  const pair = await cyclePair();
  const trace = `${pair.dir}/trace`;
  const { code } = await sync(pair, ['-y', '-o', trace, '-e', `trace=${TRACED}`]);
  assert.is(code, 0);
  assertRight(pair);
  const moments = momentsIn(trace, pair.dir).filter(({ call }) => /^rename|^mkdir/.test(call));
  removeTree(pair.dir);
  return moments;
}

async function cyclePair(): Promise<Pair> {
  const options = { ignore: RULES, workers: 0 };
  const pair = await syncedPair(
    Object.fromEntries(Object.keys(MOVES).map((at) => [`${at}/in`, `in ${at}`])), options);
  for (const at of OWNERS) makeTree(pair.replica, { [`${at}/own`]: `own ${at}` });
  await syncNow(pair, options);

  const rename = (from: string, to: string): void =>
    fs.renameSync(`${pair.source}/${from}`, `${pair.source}/${to}`);
  for (const at of ['a', 'b', 'c']) rename(at, `${at}.`);
  for (const at of ['a', 'b', 'c'] as const) rename(`${at}.`, MOVES[at]);
  rename('e/f', 'f');
  rename('e', 'f/e');
  fs.mkdirSync(`${pair.source}/n`);
  rename('g', 'n/g');
  rename('h', 'g');
  return pair;
}

/** Whether the kill came before the end. */
async function killAt({ call, nth, line }: Moment): Promise<boolean> {
  const pair = await cyclePair();
  const inodes = Object.keys(MOVES).map((at) => inodeOf(pair.replica, at));
  try {
    const { code } = await sync(pair, ['-o', '/dev/null', '-e', `trace=${call}`,
      '-e', `inject=${call}:signal=KILL:when=${nth}`]);
    assert.is((await sync(pair, ['-o', '/dev/null', '-e', 'trace=none'])).code, 0);
    assertRight(pair);
    assert.equal(Object.values(MOVES).map((at) => inodeOf(pair.replica, at)), inodes);
    return code === null || code === 137;
  } catch (error) {
    console.log(`at ${call} ${nth}: ${line}`);
    throw error;
  } finally {
    removeTree(pair.dir);
  }
}

/** Each folder is where it was to go, with all that was in it. */
function assertRight({ replica }: Pair): void {
  assertNoLitter(replica);
  for (const [from, to] of Object.entries(MOVES)) {
    assert.is(contentOf(replica, `${to}/in`), `in ${from}`);
  }
  for (const from of OWNERS) {
    const own = `${MOVES[from]}/own`;
    assert.ok(isThere(replica, own), `${own}, which is ignored, is gone`);
    assert.is(contentOf(replica, own), `own ${from}`);
  }
}

/** All of its work in one thread: calls come in one order. */
const sync = ({ source, replica, state }: Pair, strace: readonly string[]): Promise<Exit> =>
  runCli(['sync', source, replica, '--state-dir', state, '--workers', '0',
    ...RULES.flatMap((rule) => ['--ignore', rule])],
  { script: builtCli(), under: ['strace', '-f', '-qq', ...strace],
    env: { UV_USE_IO_URING: '0', UV_THREADPOOL_SIZE: '1' } });
