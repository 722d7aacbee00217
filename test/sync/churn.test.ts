import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { startChurn } from '../support/churn.ts';
import { newPair, syncNow, type Passed } from '../support/pass.ts';
import { differences } from '../support/same.ts';

/** Other seeds, to look for more: `FSYNC_SEEDS=1-2000`. */
const [FROM, TO] = (process.env.FSYNC_SEEDS ?? '1-12').split('-').map(Number) as [number, number];
const ROUNDS = 5;

const churn = suite('after whatever happened, a pass');

/** All that tells how a round went wrong, where it did. */
function assertWell(passed: Passed, wrong: readonly string[], log: readonly string[]): void {
  const { problems, refused, done } = passed;
  const trouble = [...wrong, ...problems, ...(refused === undefined ? [] : [refused.text])];
  assert.is(trouble.length, 0, [...trouble, 'after', ...log, 'fsync did', ...done].join('\n'));
}

/** Rounds of steps in the source (and in the replica), each followed by a pass, and a quiet one. */
async function run(seed: number, inReplica: boolean): Promise<void> {
  const pair = newPair();
  const inSource = startChurn(pair.source, seed);
  const options = { approveDeletes: true };

  for (let round = 0; round < ROUNDS; round += 1) {
    const mark = inSource.log.length;
    const drift = inReplica && round > 0 ? startChurn(pair.replica, seed * 100 + round) : undefined;
    for (let at = 0; at < (round === 0 ? 30 : 12); at += 1) inSource.step();
    for (let at = 0; at < 4; at += 1) drift?.step();

    const log = [
      `seed ${seed}, round ${round}`, ...inSource.log.slice(mark),
      ...(drift?.log ?? []).map((line) => `in the replica: ${line}`),
    ];
    const passed = await syncNow(pair, options);
    assertWell(passed, differences(pair.source, pair.replica), log);
    const again = await syncNow(pair, options);
    assertWell(again, again.done.map((line) => `not quiet: ${line}`), [...log, ...passed.done]);
  }
}

for (let seed = FROM; seed <= TO; seed += 1) {
  churn(`makes the replica the source, and the next is quiet: seed ${seed}`, () =>
    run(seed, false));
  churn(`does so though the replica was changed, too: seed ${seed}`, () => run(seed, true));
}

churn.run();
