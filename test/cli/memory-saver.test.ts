import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { memorySaver } from '../../lib/cli/memory-saver.ts';
import type { PairEvent } from '../../lib/core/event.ts';
import { until } from '../support/temp.ts';

const APPLIES = { kind: 'progress', phase: 'apply', files: 1, bytes: 1 } as PairEvent;
const started = (scope: 'full' | 'incremental'): PairEvent =>
  ({ kind: 'pass-started', pass: 1, scope, reason: 'changes' });
const FINISHED = { kind: 'pass-finished' } as PairEvent;

const memory = suite('memory is saved');

memory('by a watch at rest, and in full passes until they have something to do', async () => {
  const asked: boolean[] = [];
  const tell = memorySaver(true, (saves) => asked.push(saves), 1);
  tell(started('full'));
  assert.equal(asked, [true]);
  tell(APPLIES);
  tell(APPLIES);
  assert.equal(asked, [true, false]);
  tell(FINISHED);
  await until(() => asked.length > 2);
  assert.equal(asked, [true, false, true]);
});

memory('by a watch not between the passes of a burst', () => {
  const asked: boolean[] = [];
  const tell = memorySaver(true, (saves) => asked.push(saves), 1 << 30);
  for (let pass = 0; pass < 3; pass += 1) {
    tell(started('incremental'));
    tell(FINISHED);
  }
  assert.equal(asked, [true, false]);
});

memory('by a single pass once it has much to do', () => {
  const asked: boolean[] = [];
  const tell = memorySaver(false, (saves) => asked.push(saves), 1);
  tell(started('full'));
  assert.equal(asked, []);
  tell(APPLIES);
  tell(FINISHED);
  assert.equal(asked, [true]);
});

memory.run();
