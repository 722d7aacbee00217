import fs from 'node:fs';

import { concat, defer, EMPTY, NEVER } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { addChanges, trigger, type ChangedPaths } from '../../lib/core/scope.ts';
import { DEFAULTS } from '../../lib/index.ts';
import type { Mirror } from '../../lib/mirror.ts';
import { withMirror } from '../../lib/open.ts';
import { passOf } from '../../lib/pass-of.ts';
import { assertMirrored, collect, inodeOf, isThere, syncedPair } from '../support/pass.ts';
import { until } from '../support/temp.ts';

const arrived = suite('a folder that moves into one that is just copied');

/** `moved` happens as soon as the pass begins to copy folders. */
const interrupted = ({ pool, ...mirror }: Mirror, moved: () => void): Mirror => ({
  ...mirror,
  pool: {
    ...pool, ahead: pool.ahead,
    run: (job, context, heavy) => {
      if (job.kind === 'copy-folders') moved();
      return pool.run(job, context, heavy);
    },
  },
});

for (const command of ['watch', 'sync'] as const) {
  arrived(
    command === 'watch' ? 'is renamed by the pass that follows' : 'is copied by a single pass',
    async () => {
      const pair = await syncedPair({ 'old/x': 'X', 'old/sub/y': 'Y' });
      const { source, replica, state } = pair;
      const bornMs = Date.now();
      await until(() => Date.now() - bornMs > 2100, { what: 'it is old', timeoutMs: 9000 });
      const inode = inodeOf(replica, 'old');
      fs.mkdirSync(`${source}/new/sub`, { recursive: true });
      const move = (): void => {
        if (isThere(source, 'old')) fs.renameSync(`${source}/old`, `${source}/new/sub/old`);
      };

      let left: ChangedPaths | undefined;
      const options = { ...DEFAULTS, source, replica, stateDir: state, workers: 0 };
      const { moved, problems } = await collect(withMirror(options, NEVER, (mirror) => concat(
        passOf(interrupted(mirror, move), trigger({
          reason: 'changes', changes: addChanges(undefined, [{ folder: '', name: 'new' }]),
        }), (result) => {
          left = result.arrived;
        }),
        defer(() => (left === undefined ? EMPTY
          : passOf(mirror, trigger({ reason: 'retry', changes: left })))),
      ), command));
      assert.equal(problems, []);
      if (command === 'sync') {
        assert.equal([moved, left], [['copy-tree new'], undefined]);
        assert.ok(isThere(replica, 'new/sub/old/sub/y'));
        return;
      }
      assert.equal(moved, ['copy-tree new', 'rename old -> new/sub/old']);
      assert.is(inodeOf(replica, 'new/sub/old'), inode);
      assertMirrored(pair);
    },
  );
}

arrived.run();
