import fs from 'node:fs';

import { concat, defer, ignoreElements, NEVER } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { BIRTH } from '../../lib/core/record.ts';
import { addChanges, trigger, type Change } from '../../lib/core/scope.ts';
import type { Job } from '../../lib/disk/job.ts';
import { DEFAULTS } from '../../lib/index.ts';
import type { Mirror } from '../../lib/mirror.ts';
import { withMirror } from '../../lib/open.ts';
import { passOf } from '../../lib/pass-of.ts';
import { aroundJobs } from '../support/jobs.ts';
import { assertMirrored, collect, syncedPair } from '../support/pass.ts';

const scope = suite('what an incremental pass looks at');

scope('is what was announced, though the folder recorded no birth', async () => {
  const pair = await syncedPair({ 'd/f': 'old', 'd/sub/g': 'old' });
  const { source, replica, state } = pair;
  const options = { ...DEFAULTS, source, replica, stateDir: state };
  fs.writeFileSync(`${source}/d/f`, 'newer');

  const { moved } = await collect(withMirror(options, NEVER, ({ record, ...mirror }) => concat(
    // As where the system did not tell of births when it was first seen.
    defer(async () => {
      const self = [...(await record.get('d'))!.self];
      self[BIRTH] = 0;
      await record.edit('d', new Map(), self);
    }).pipe(ignoreElements()),
    defer(() => passOf({ ...mirror, record }, trigger({
      reason: 'changes', changes: addChanges(undefined, [{ folder: 'd', name: 'f' }]),
    }))),
  ), 'watch'));
  assert.equal(moved, ['copy d/f']);
  assertMirrored(pair);
});

scope('is not inside a folder that took the recorded one\'s place while that got its times',
  async () => {
    const pair = await syncedPair({ 'd/f': 'f', 'd/sub/g': 'g' });
    const { source, replica, state } = pair;
    const options = { ...DEFAULTS, source, replica, stateDir: state };
    const isSet = (job: Job): boolean => job.kind === 'apply'
      && job.operations.some(({ kind, path }) => kind === 'set' && path === 'd');
    let isSwapped = false;
    const swapAtSet = (mirror: Mirror): Mirror => aroundJobs(mirror, async (job, run) => {
      if (isSet(job) && !isSwapped) {
        isSwapped = true;
        fs.renameSync(`${source}/d`, `${source}/t`);
        fs.mkdirSync(`${source}/d`);
        fs.renameSync(`${source}/t`, `${source}/d/was`);
      }
      return run();
    });
    const changed = (...changes: Change[]): ReturnType<typeof trigger> =>
      trigger({ reason: 'changes', changes: addChanges(undefined, changes) });
    fs.writeFileSync(`${source}/d/new`, 'new');

    const { events } = await collect(withMirror(options, NEVER, (opened) => {
      const mirror = swapAtSet(opened);
      return concat(
        defer(() => passOf(mirror, changed({ folder: 'd', name: 'new' }))),
        defer(() => passOf(mirror, changed(
          { folder: '', name: 'd' }, { folder: '', name: 't' }, { folder: 'd', name: 'was' }))),
      );
    }, 'watch'));
    assert.equal(events.filter(({ kind }) => kind === 'problem'), []);
    assertMirrored(pair);
  });

scope.run();
