import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { CHANGING, systemError, watchingCalls, type Call } from '../support/faults.ts';
import { contentOf, isThere, syncNow, syncWell, type Pair } from '../support/pass.ts';
import { removeTree } from '../support/temp.ts';
import { changedPair, OPTIONS } from './scenario.ts';
import { assertNoLitter } from './support.ts';

/** After each call instead of some: `FSYNC_FAULTS=all`. */
const STRIDE = process.env.FSYNC_FAULTS === 'all' ? 1 : 7;

const killed = suite('killed in the middle of a pass');

/**
 * A pass that changes nothing more from its n-th changing call on, neither in the replica nor in
 * the record: what a kill at that call leaves. Returns how many calls there were.
 */
async function killedAt(
  pair: Pair, call: number, counts: (call: Call) => boolean = () => true,
): Promise<number> {
  const record = path.join(pair.state, fs.readdirSync(pair.state)[0]!, 'record');
  const left = new Map<string, Buffer>();
  let calls = 0;
  await watchingCalls(CHANGING, (one) => {
    if (calls < call && !counts(one)) return;
    calls += 1;
    if (calls < call) return;
    if (calls === call) {
      for (const name of fs.readdirSync(record).filter((each) => each !== 'LOCK')) {
        left.set(name, fs.readFileSync(`${record}/${name}`));
      }
    }
    throw systemError('EIO', one);
  }, () => syncNow(pair, OPTIONS));
  if (calls < call) return calls;

  removeTree(record);
  fs.mkdirSync(record);
  for (const [name, bytes] of left) fs.writeFileSync(`${record}/${name}`, bytes);
  return Infinity;
}

/** What each file may hold: all of what it held before, or all of what it is to hold. */
const WHOLE: Readonly<Record<string, readonly string[]>> = {
  'keep': ['kept'], 'kept/deep/f': ['kept'], 'edit': ['old', 'newer'], 'a': ['AAAA', 'BBBBB'],
  'big': ['\x01'.repeat(10_000), '\x02'.repeat(12_000)], 'b': ['BBBBB', 'AAAA'],
  'mode': ['m'], 'h1': ['hard'], 'h2': ['hard', 'BBBBB'],
};

killed('K01: at any call, files are whole, and the next pass does the rest', async () => {
  let calls = Infinity;
  for (let at = 1; at <= calls; at += STRIDE) {
    const pair = await changedPair();
    calls = await killedAt(pair, at);
    for (const [file, contents] of Object.entries(WHOLE)) {
      assert.ok(contents.includes(contentOf(pair.replica, file)), `${file} at call ${at}`);
    }
    // What moved is under its old name or its new one.
    assert.ok(isThere(pair.replica, 'moves') || isThere(pair.replica, 'moved'), `at call ${at}`);
    const { problems } = await syncWell(pair, OPTIONS);
    assert.equal(problems, []);
    assertNoLitter(pair.replica);
    removeTree(pair.dir);
  }
});

killed('K15: at any call on what changes its type, the next pass does the rest', async () => {
  const counts = ({ args }: Call): boolean =>
    args.some((arg) => /\/(?:folder )?to (?:folder|link|file)$/.test(String(arg)));
  let calls = Infinity;
  for (let at = 1; at <= calls; at += 1) {
    const pair = await changedPair();
    calls = await killedAt(pair, at, counts);
    await syncWell(pair, OPTIONS);
    removeTree(pair.dir);
    if (calls < Infinity) assert.ok(calls >= 6, `${calls} calls`);
  }
});

killed.run();
