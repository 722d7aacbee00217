import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { Difference } from '../../lib/core/difference.ts';
import { fromText, samePath } from '../../lib/core/entry.ts';
import { DEFAULTS } from '../../lib/core/options.ts';
import { addChanges, changeAt, trigger } from '../../lib/core/scope.ts';
import { newMemory, type Work } from '../../lib/mirror.ts';
import { newTally } from '../../lib/tally.ts';
import { countMissed } from '../../lib/steps/audit.ts';
import { tempFolder } from '../support/temp.ts';

const audit = suite('the audit');

/** How many of two names that vanished it counts, where one of them waited when the pass began. */
function missedOf(waits: string): number {
  const dir = tempFolder();
  const memory = { ...newMemory(DEFAULTS.intervalMs), fullPasses: 1 };
  const tally = newTally();
  const work = {
    mirror: { memory, options: DEFAULTS }, trigger: trigger({ reason: 'asked', full: true }),
    // Long after the folder changed.
    tally, startedMs: Date.now() + 60_000, context: { source: fromText(dir) },
    waiting: addChanges(undefined, [changeAt(waits)]),
  } as unknown as Work;
  const differences = ['a', 'b'].map((name) => ({ kind: 'vanished', at: samePath(name) }));
  countMissed(work, differences as unknown as Difference[], { entries: new Map() });
  return tally.missed;
}

audit('counts no deletion of an episode that ends while it looks', () => {
  assert.is(missedOf('a'), 1);
  assert.is(missedOf('elsewhere'), 2);
});

audit.run();
