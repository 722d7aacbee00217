import fs from 'node:fs';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { Mirror } from '../../lib/mirror.ts';
import { systemError, watchingCalls, type Call } from '../support/faults.ts';
import { needs } from '../support/needs.ts';
import {
  assertMirrored, assertQuiet, newPair, passesOf, type Pair, type Passed,
} from '../support/pass.ts';
import { aGrain } from '../support/temp.ts';
import { file } from '../support/tree.ts';

const owners = suite('owners that could not be given before');
const asRoot = needs(owners, { root: true, platform: 'linux' });

/** Passes of a pair whose owners could not be given when it was recorded, but now can be. */
function passesOnceAble(
  pair: Pair, act: (mirror: Mirror, pass: () => Promise<Passed>) => Promise<void>,
): Promise<void> {
  return passesOf(pair, async (mirror, pass) => {
    // What is racy is compared once more, owner and all, whatever the record says of owners.
    await aGrain();
    await watchingCalls(['chownSync', 'fchownSync', 'lchownSync'], (call) => {
      throw systemError('EPERM', call);
    }, () => pass());
    // So it is with the record of somebody else, and with that of an older version.
    await mirror.record.setMeta({ powers: undefined });
    await act(mirror, pass);
  });
}

const THEIRS = { uid: 1, gid: 2 };

for (const [what, name, fails, problem] of [
  ['look at', 'readdirSync', ({ args: [at] }: Call) => String(at).endsWith('/S/d'), 'EIO d'],
  ['set', 'chownSync', () => true, 'EIO d/f'],
] as const) {
  const title = `are given by a later pass where the first that could failed to ${what} them`;
  asRoot(title, async () => {
    const pair = newPair({ 'd/f': file('f', THEIRS), 'g': file('g', THEIRS) });
    await passesOnceAble(pair, async (mirror, pass) => {
      assert.is(fs.statSync(`${pair.replica}/d/f`).uid, 0);
      const failed = await watchingCalls([name], (call) => {
        if (fails(call)) throw systemError('EIO', call);
      }, () => pass());
      assert.ok(failed.problems.includes(problem), failed.problems.join());
      assert.ok((await pass()).done.includes('set d/f'));
      assertMirrored(pair);
      assert.is(mirror.record.meta.ownersDue, undefined);
    });
    await assertQuiet(pair);
  });
}

asRoot('are tried once, also where something cannot be looked at for long', async () => {
  const pair = newPair({ 'd/f': file('f', THEIRS), 'g': file('g', THEIRS) });
  await passesOnceAble(pair, (_, pass) =>
    watchingCalls(['chownSync', 'readdirSync'], (call) => {
      const { name, args: [at] } = call;
      if (name === 'chownSync') throw systemError('EPERM', call);
      if (String(at).endsWith('/S/d')) throw systemError('EIO', call);
    }, async () => {
      assert.equal((await pass()).done, ['set g']);
      const { done, problems } = await pass();
      assert.equal([done, problems], [[], ['EIO d']]);
    }));
});

asRoot('are asked for everywhere where more failed than is worth a list', async () => {
  const names = Array.from({ length: 101 }, (_, at) => `f${at}`);
  const pair = newPair(Object.fromEntries(names.map((name) => [name, file(name, THEIRS)])));
  await passesOnceAble(pair, async ({ record }, pass) => {
    await watchingCalls(['chownSync'], (call) => {
      throw systemError('EIO', call);
    }, () => pass());
    assert.equal(record.meta.ownersDue, ['']);
    await pass();
    assertMirrored(pair);
  });
  await assertQuiet(pair);
});

owners.run();
