import fs from 'node:fs';

import { concat, defer, ignoreElements, NEVER } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { BIRTH } from '../../lib/core/record.ts';
import { addChanges, trigger } from '../../lib/core/scope.ts';
import { DEFAULTS } from '../../lib/index.ts';
import { withMirror } from '../../lib/open.ts';
import { passOf } from '../../lib/pass-of.ts';
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

scope.run();
