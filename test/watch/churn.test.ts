import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { startChurn, WATCHABLE_NAMES, type Churn } from '../support/churn.ts';
import { inodeOf, newPair, syncedPair } from '../support/pass.ts';
import { random } from '../support/random.ts';
import { differences } from '../support/same.ts';
import { CHURN_STEPS, churnSeeds } from '../support/seeds.ts';
import { assertNothingLeft, startWatch, withWatch, type Watching } from '../support/watch.ts';

const SEEDS = churnSeeds(6);

/** Churns as people do: in bursts, with pauses that end batches, or do not. */
async function churnFor(churning: Churn, seed: number, steps: number): Promise<void> {
  const rng = random(seed + 1_000_000);
  for (let at = 0; at < steps; at += 1) {
    churning.step();
    if (rng.once(4)) await delay(rng.pick([1, 1, 10, 40, 70, 150]));
  }
}

/** Makes a failure tell the seed and all that was done. */
async function telling(seed: number, churning: Churn, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    console.log(`seed ${seed}:\n${churning.log.join('\n')}`);
    throw error;
  }
}

const events = suite('watch: by events alone');

for (const seed of SEEDS) {
  events(`a folder that is churned is equal soon after it rests, seed ${seed}`, async () => {
    const pair = newPair();
    const churning = startChurn(pair.source, seed, WATCHABLE_NAMES);
    await churnFor(churning, seed, 60);

    await telling(seed, churning, () => withWatch(pair, {}, async (watching) => {
      await churnFor(churning, seed, CHURN_STEPS);
      await watching.mirrored();
      await assertNothingLeft(watching);
    }));
  });
}

events('a churn during the first pass and the start of the watcher is not missed', async () => {
  for (const seed of SEEDS.slice(0, 3)) {
    const pair = newPair();
    const churning = startChurn(pair.source, seed, WATCHABLE_NAMES);
    await churnFor(churning, seed, 100);

    await telling(seed, churning, async () => {
      const watching = startWatch(pair);
      try {
        await churnFor(churning, seed, 100);
        await watching.ready();
        await watching.mirrored();
        await assertNothingLeft(watching);
      } finally {
        await watching.stop();
      }
    });
  }
});

events.run();

// ---

const interval = suite('watch: by full passes alone');

for (const seed of SEEDS.slice(0, 2)) {
  interval(`a folder that is churned is equal after the next one, seed ${seed}`, async () => {
    const pair = newPair();
    const churning = startChurn(pair.source, seed);
    await churnFor(churning, seed, 60);
    const watching = startWatch(pair, { events: false, intervalMs: 2000 });

    await telling(seed, churning, async () => {
      try {
        for (let round = 0; round < 3; round += 1) {
          await churnFor(churning, seed + round, 80);
          await nextFullPass(watching);
          assert.equal(differences(pair.source, pair.replica), []);
        }
        assert.equal(watching.all('watching'), []);
      } finally {
        await watching.stop();
      }
    });
  });
}

interval('renames are moved, not copied', async () => {
  const pair = await syncedPair({
    'd/e/a': 'A', 'd/b': 'B', c: 'CC', same1: 'alike', same2: 'alike', 'far/away/x': 'X',
  });
  const before = ['d', 'd/e/a', 'c', 'far/away/x'].map((at) => inodeOf(pair.replica, at));

  const watching = startWatch(pair, { events: false, intervalMs: 2000 });
  try {
    await watching.event('pass-finished');
    const mark = watching.mark();
    fs.renameSync(`${pair.source}/d`, `${pair.source}/far/d`);
    fs.renameSync(`${pair.source}/c`, `${pair.source}/far/d/e/c2`);
    fs.renameSync(`${pair.source}/far/away/x`, `${pair.source}/x`);
    fs.renameSync(`${pair.source}/same1`, `${pair.source}/same3`);
    await nextFullPass(watching);

    assert.equal(watching.moved(mark), ['rename c -> far/d/e/c2', 'rename d -> far/d',
      'rename far/away/x -> x', 'rename same1 -> same3']);
    const after = ['far/d', 'far/d/e/a', 'far/d/e/c2', 'x'].map((at) => inodeOf(pair.replica, at));
    assert.equal(after, before);
    assert.equal(differences(pair.source, pair.replica), []);
  } finally {
    await watching.stop();
  }
});

interval.run();

/** The end of a full pass that begins from now on. */
async function nextFullPass(watching: Watching): Promise<void> {
  const since = watching.mark();
  const { pass } = await watching.event('pass-started', {
    since, where: ({ scope }) => scope === 'full', // What a pass left to do is tried again between.
  });
  await watching.event('pass-finished', { where: (event) => event.pass === pass });
}
