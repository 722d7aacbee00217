import { lastValueFrom, NEVER, tap } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { SyncEvent } from '../../lib/core/event.ts';
import type { Operation } from '../../lib/core/operation.ts';
import { trigger } from '../../lib/core/scope.ts';
import { DEFAULTS } from '../../lib/index.ts';
import { withMirror } from '../../lib/open.ts';
import { passOf } from '../../lib/pass-of.ts';
import { amountOf } from '../../lib/steps/progress.ts';
import { aroundJobs } from '../support/jobs.ts';
import { newPair } from '../support/pass.ts';

const amount = suite('amountOf');

const remove = { kind: 'remove', path: 'r', proof: 'r', type: 'folder' } as const;
const rows: readonly (readonly [string, readonly Operation[], number, number])[] = [
  ['nothing', [], 0, 0],
  ['copies, by their bytes', [
    { kind: 'copy', path: 'a', size: 5, replaces: false },
    { kind: 'copy', path: 'b', size: 7, replaces: true },
    { kind: 'symlink', path: 'l', replaces: false },
  ], 3, 12],
  ['removes, by all that goes', [{ ...remove, because: 'gone', entries: 40 }], 40, 0],
  ['nothing that only serves others', [
    { ...remove, because: 'litter', entries: 3 },
    { kind: 'set', path: '', type: 'folder', touched: true },
    { kind: 'park', path: 'p', temporary: 't', type: 'file' },
  ], 0, 0],
  ['not what is in new folders', [{ kind: 'copy-tree', path: 'd' }], 0, 0],
];
for (const [name, operations, files, bytes] of rows) {
  amount(`counts ${name}`, () => assert.equal(amountOf(operations), { files, bytes }));
}

amount.run();

// ---

const within = suite('a pass that has a big file in hand');

within('tells how much of it was read, before it is done', async () => {
  const { source, replica, state } = newPair({ big: Buffer.alloc(300_000) });
  const told: SyncEvent[] = [];
  let isTold = (): void => {};
  const options = { ...DEFAULTS, source, replica, stateDir: state, workers: 0 };
  await lastValueFrom(withMirror(options, NEVER, (mirror) => {
    let inHand = 0;
    const held = aroundJobs(mirror, async (job, run) => {
      if (job.kind !== 'apply') return run();
      inHand = 200_000;
      await new Promise<void>((resolve) => (isTold = resolve));
      inHand = 0;
      return run();
    });
    const pool = { ...held.pool, inHand: () => inHand };
    return passOf({ ...held, pool }, trigger({ reason: 'start', full: true }));
  }, 'sync').pipe(tap((event) => {
    told.push(event);
    if (event.kind === 'progress' && event.phase === 'apply') isTold();
  })));
  assert.equal(told.find((event) => event.kind === 'progress' && event.phase === 'apply'),
    { kind: 'progress', phase: 'apply', files: 0, bytes: 200_000, filesTotal: 2,
      bytesTotal: 300_000 });
});

within.run();
