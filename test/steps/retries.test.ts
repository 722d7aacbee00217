import { NEVER, defer, ignoreElements, lastValueFrom } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { trigger } from '../../lib/core/scope.ts';
import { DEFAULTS } from '../../lib/index.ts';
import { withMirror } from '../../lib/open.ts';
import { passOf } from '../../lib/pass-of.ts';
import { systemError, watchingCalls } from '../support/faults.ts';
import { collect, newPair, type Passed } from '../support/pass.ts';

const retries = suite('a path that fails');

retries('is tried again after 1, 2, 4 … seconds, at the latest with the interval', async () => {
  const { source, replica, state } = newPair({ a: 'A' });
  const options = { ...DEFAULTS, source, replica, stateDir: state, workers: 0, intervalMs: 5_000 };
  const told: unknown[] = [];
  const passes = async (pass: () => Promise<Passed>): Promise<void> => {
    const tell = async (): Promise<void> => {
      const { events } = await pass();
      told.push(events.flatMap((event) => (event.kind === 'problem' ? [event.retryMs] : [])));
    };
    await watchingCalls(['readSync'], (call) => { throw systemError('EIO', call); }, async () => {
      for (let times = 1; times <= 5; times += 1) await tell();
    });
    await tell();
  };
  await lastValueFrom(withMirror(options, NEVER, (mirror) => defer(() => passes(() =>
    collect(passOf(mirror, trigger({ reason: 'asked', full: true }))))).pipe(ignoreElements()),
  'watch'));
  assert.equal(told, [[1_000], [2_000], [4_000], [5_000], [5_000], []]);
});

retries.run();
