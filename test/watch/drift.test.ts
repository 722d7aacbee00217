import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { shot } from '../failures/support.ts';
import { startChurn, WATCHABLE_NAMES, type Churn } from '../support/churn.ts';
import { newPair, type Pair } from '../support/pass.ts';
import { random, type Random } from '../support/random.ts';
import { differences } from '../support/same.ts';
import { CHURN_STEPS, churnSeeds } from '../support/seeds.ts';
import { makeTree } from '../support/tree.ts';
import { assertNothingLeft, withWatch } from '../support/watch.ts';

const SEEDS = churnSeeds(2);

const drift = suite('watch: somebody edits the replica, too');

for (const seed of SEEDS) {
  drift(`the next full pass mends it, and nothing outside is touched, seed ${seed}`, async () => {
    const pair = newPair();
    makeTree(`${pair.dir}/out`, OUTSIDE);
    const before = shot(`${pair.dir}/out`);
    const rng = random(seed);
    const inSource = startChurn(pair.source, seed, WATCHABLE_NAMES);
    for (let at = 0; at < 60; at += 1) inSource.step();

    await withWatch(pair, { intervalMs: 1_000, approveDeletes: true }, async (watching) => {
      const inReplica = startChurn(pair.replica, seed + 1_000_000);
      for (let at = 0; at < CHURN_STEPS; at += 1) {
        inSource.step();
        if (rng.once(3)) edit(pair, inReplica, rng);
        if (rng.once(4)) await delay(rng.pick([1, 1, 10, 40, 70, 150]));
      }
      const done = (): string => [`seed ${seed}`, ...inSource.log, ...inReplica.log].join('\n');
      await watching.fullPass();
      assert.is(differences(pair.source, pair.replica).join('\n'), '', done());
      await assertNothingLeft(watching);
      assert.equal(shot(`${pair.dir}/out`), before);
    });
  });
}

drift.run();

/** The same names as inside: whatever goes astray finds what it looks for. */
const OUTSIDE = { 'a': 'A', 'b/c': 'C', 'b/a': 'A', 'sub/deep/file': 'F', 'sub/file': 'F' };

/** One thing that somebody does to the replica, while it is worked at: it may fail. */
function edit({ dir, replica }: Pair, churning: Churn, rng: Random): void {
  try {
    if (!rng.once(6)) churning.step();
    else lead(`${replica}/${rng.pick(fs.readdirSync(replica))}`, `${dir}/out`);
  } catch (error) {
    assert.ok(['ENOENT', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ENOTEMPTY'].includes(
      (error as NodeJS.ErrnoException).code ?? ''), String(error));
  }
}

/** Puts a link that leads out of the replica in the place of what is there. */
function lead(at: string, target: string): void {
  fs.rmSync(at, { recursive: true, force: true });
  fs.symlinkSync(target, at);
}
