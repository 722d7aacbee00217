import { lastValueFrom, NEVER, tap } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { SyncEvent } from '../../lib/core/event.ts';
import type { Operation } from '../../lib/core/operation.ts';
import { trigger } from '../../lib/core/scope.ts';
import { DEFAULTS, type Options } from '../../lib/index.ts';
import { withMirror } from '../../lib/open.ts';
import { passOf } from '../../lib/pass-of.ts';
import { amountOf } from '../../lib/steps/progress.ts';
import { aroundJobs } from '../support/jobs.ts';
import { newPair } from '../support/pass.ts';
import { link, type TreeSpec } from '../support/tree.ts';

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

const within = suite('a pass that has a job in hand');

/** A first pass: while a job is held, so many bytes are in hand, until that was told. */
async function toldWhile(
  spec: TreeSpec, isHeld: (operation: Operation) => boolean, inHand: number,
  more: Partial<Options> = {},
): Promise<SyncEvent[]> {
  const { source, replica, state } = newPair(spec);
  const told: SyncEvent[] = [];
  let isTold: (() => void) | undefined;
  const options = { ...DEFAULTS, source, replica, stateDir: state, workers: 0, ...more };
  await lastValueFrom(withMirror(options, NEVER, (mirror) => {
    const held = aroundJobs(mirror, async (job, run) => {
      if (job.kind !== 'apply' || !job.operations.some(isHeld)) return run();
      await new Promise<void>((resolve) => (isTold = resolve));
      isTold = undefined;
      return run();
    });
    const pool = { ...held.pool, inHand: () => (isTold === undefined ? 0 : inHand) };
    return passOf({ ...held, pool }, trigger({ reason: 'start', full: true }));
  }, 'sync').pipe(tap((event) => {
    if (event.kind !== 'progress' || event.phase !== 'apply' || isTold === undefined) return;
    told.push(event);
    isTold();
  })));
  return told;
}

within('tells how much of it was read, before it is done', async () => {
  const big = { big: Buffer.alloc(300_000) };
  assert.equal(await toldWhile(big, ({ kind }) => kind === 'copy', 200_000), [
    { kind: 'progress', phase: 'apply', files: 0, bytes: 200_000, filesTotal: 2,
      bytesTotal: 300_000 },
  ]);
});

within('counts files with several names among those of their new folders', async () => {
  const linked = { 'd/a': 'a', 'd/b': link('d/a'), 'd/c': 'cc' };
  const links = ({ kind }: Operation): boolean => kind === 'link';
  const done = { kind: 'progress', phase: 'apply', files: 3, bytes: 4 };
  assert.equal(await toldWhile(linked, links, 1), [done]);
  assert.equal(await toldWhile(linked, links, 1, { measure: true }), [
    { ...done, filesTotal: 4, bytesTotal: 4 },
  ]);
});

within.run();
