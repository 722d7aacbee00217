import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { CHANGING, LOOKING, systemError, watchingCalls, type Call } from '../support/faults.ts';
import { contentOf, syncNow, syncWell, type Pair, type Passed } from '../support/pass.ts';
import { random } from '../support/random.ts';
import { differences } from '../support/same.ts';
import { removeTree } from '../support/temp.ts';
import { changedPair, OPTIONS } from './scenario.ts';
import { shot } from './support.ts';

/** Each call of a pass instead of some: `FSYNC_FAULTS=all`. */
const ALL = process.env.FSYNC_FAULTS === 'all';
/** More of them: `FSYNC_SEEDS=1-500`. */
const [FROM, TO] = (process.env.FSYNC_SEEDS ?? '1-8').split('-').map(Number) as [number, number];

const failing = suite('where calls of the system fail');

/**
 * A pass over everything that can change, some of its calls failing as `fails` says: it harms
 * nothing, it does not say that all is done unless it is, and the next pass does it.
 */
async function assertHarmless(
  names: Parameters<typeof watchingCalls>[0], fails: (call: Call, at: number) => string | undefined,
): Promise<number> {
  const pair = await changedPair();
  const source = shot(pair.source);
  let calls = 0;
  const failed: string[] = [];
  const told = (): string => `after ${failed.join(', ')}`;

  const passed = await watchingCalls(names, (call) => {
    const code = fails(call, calls += 1);
    if (code === undefined) return;
    failed.push(`${code} at call ${calls}, ${call.name} ${String(call.args[0])}`);
    throw systemError(code, call);
  }, () => syncNow(pair, OPTIONS));
  assert.equal(shot(pair.source), source, told());
  assert.is(contentOf(pair.replica, 'keep') + contentOf(pair.replica, 'kept/deep/f'), 'keptkept');
  assertTold(pair, passed, told());

  const again = await syncNow(pair, OPTIONS);
  assert.equal([again.exitCode, ...differences(pair.source, pair.replica)], [0], told());
  removeTree(pair.dir);
  return calls;
}

function assertTold(pair: Pair, { exitCode, problems, refused }: Passed, told: string): void {
  const left = differences(pair.source, pair.replica);
  if (exitCode === 0) assert.equal(left, [], `said to be done ${told}`);
  else assert.ok(problems.length > 0 || refused !== undefined, told);
  // One path's failure ends no pass; what is not known of a root does, and of its lock, which reads
  // as often as the machine has many sockets.
  const allowed = /^(?:(?:source|replica)-unreadable|not-locked)$/;
  if (refused !== undefined) assert.match(refused.code, allowed, told);
}

for (const [what, names, code, stride] of [
  ['one that looks', LOOKING, 'EIO', 7], ['one that changes something', CHANGING, 'ENOSPC', 9],
] as const) {
  failing(`P15: ${what}, nothing is lost, all is told, and the next pass does it`, async () => {
    let calls = Infinity;
    for (let at = 1; at <= calls; at += ALL ? 1 : stride) {
      calls = await assertHarmless(names, (_, call) => (call === at ? code : undefined));
    }
  });
}

failing('P15: a folder around new ones, none of them is taken for a mount', async () => {
  for (let nth = 1; nth <= 6; nth += 1) {
    let looks = 0;
    await assertHarmless(['lstatSync'], ({ args }) =>
      (String(args[0]).endsWith('/S/new') && (looks += 1) === nth ? 'EACCES' : undefined));
  }
});

for (let seed = FROM; seed <= TO; seed += 1) {
  failing(`P15: several, as chance has it, seed ${seed}`, async () => {
    const rng = random(seed);
    // The roots are looked at first; what is not known of them ends the pass.
    await assertHarmless([...new Set([...LOOKING, ...CHANGING])], (_, call) =>
      (call > 20 && rng.once(30)
        ? rng.pick(['EIO', 'EACCES', 'ENOMEM', 'ESTALE', 'EMFILE']) : undefined));
  });
}

failing('P15: one that looks at a root, nothing is done, and all is as it was', async () => {
  for (const side of ['source', 'replica'] as const) {
    const pair = await changedPair();
    const before = [shot(pair.source), shot(pair.replica)];
    const { exitCode, done, refused } = await watchingCalls(['lstatSync', 'openSync'], (call) => {
      if (call.args[0] === pair[side]) throw systemError('EIO', call);
    }, () => syncNow(pair, OPTIONS));
    assert.equal([exitCode, done, refused?.code], [3, [], `${side}-unreadable`]);
    assert.equal([shot(pair.source), shot(pair.replica)], before);
    assert.ok(fs.existsSync(pair.replica));
  }
});

for (const [what, at, call] of [
  ['a file that moves', 'moves', 'lstatSync'], ['a folder that moves', 'd', 'lstatSync'],
  ['a file that gets another mode', 'mode', 'lstatSync'],
] as const) {
  failing(`P15: ${what} is gone from the replica when its turn comes, it is told`, async () => {
    const pair = await changedPair();
    const { exitCode } = await watchingCalls([call], ({ args }) => {
      // The scan looks at plain paths, what follows by way of descriptors.
      if (/^\/proc\/self\/fd\/\d+\/(.*)$/.exec(String(args[0]))?.[1] !== at) return;
      removeTree(`${pair.replica}/${at}`);
    }, () => syncNow(pair, OPTIONS));
    assert.is(exitCode, 1);
    await syncWell(pair, OPTIONS);
  });
}

failing('P15: a root vanishes under a pass, which does not say that all is done', async () => {
  for (const side of ['source', 'replica'] as const) {
    const pair = await changedPair();
    const { exitCode, done } = await watchingCalls(['readdirSync'], ({ args }) => {
      if (args[0] === pair.source) fs.renameSync(pair[side], `${pair.dir}/away`);
    }, () => syncNow(pair, OPTIONS));
    assert.equal([exitCode, done], [1, []]);
    fs.renameSync(`${pair.dir}/away`, pair[side]);
    await syncWell(pair, OPTIONS);
  }
});

failing.run();
