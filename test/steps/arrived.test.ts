import fs from 'node:fs';

import { concat, defer, NEVER } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { addChanges, trigger, type Trigger } from '../../lib/core/scope.ts';
import { DEFAULTS } from '../../lib/index.ts';
import type { Mirror } from '../../lib/mirror.ts';
import { withMirror } from '../../lib/open.ts';
import { passOf } from '../../lib/pass-of.ts';
import { aroundJobs } from '../support/jobs.ts';
import {
  assertMirrored, collect, inodeOf, isThere, syncedPair, type Pair, type Passed,
} from '../support/pass.ts';
import { makeTree } from '../support/tree.ts';
import { grownOld } from '../support/temp.ts';

const arrived = suite('a folder that moves into one that is just copied');

/** A pair with `old`, and beside the source `out`, both too old to be just made. */
async function agedPair(): Promise<Pair> {
  const pair = await syncedPair({ 'old/x': 'X', 'old/sub/y': 'Y' });
  makeTree(`${pair.dir}/out`, { x: 'X' });
  await grownOld();
  fs.mkdirSync(`${pair.source}/new/sub`, { recursive: true });
  return pair;
}

const changed = (name: string): Trigger =>
  trigger({ reason: 'changes', changes: addChanges(undefined, [{ folder: '', name }]) });

/** A pass that is told of `new`, and another one; `meanwhile` as each begins to copy folders. */
function twoPasses(
  { source, replica, state }: Pair, command: 'watch' | 'sync', then: string, meanwhile: () => void,
): Promise<Passed> {
  const interrupted = (mirror: Mirror): Mirror => aroundJobs(mirror, (job, run) => {
    if (job.kind === 'copy-folders') meanwhile();
    return run();
  });
  const options = { ...DEFAULTS, source, replica, stateDir: state, workers: 0 };
  return collect(withMirror(options, NEVER, (mirror) => concat(
    passOf(interrupted(mirror), changed('new')),
    defer(() => passOf(interrupted(mirror), changed(then))),
  ), command));
}

const moveOnce = (from: string, to: string): void => {
  if (fs.existsSync(from)) fs.renameSync(from, to);
};

arrived('is renamed by the pass that follows', async () => {
  const pair = await agedPair();
  const { source, replica } = pair;
  const inode = inodeOf(replica, 'old');
  // Told of its old name only, that pass would remove it there.
  const { moved, problems } = await twoPasses(pair, 'watch', 'old', () =>
    moveOnce(`${source}/old`, `${source}/new/sub/old`));
  assert.equal(problems, []);
  assert.equal(moved, ['copy-tree new', 'rename old -> new/sub/old']);
  assert.is(inodeOf(replica, 'new/sub/old'), inode);
  assertMirrored(pair);
});

arrived('is copied by that pass, however busy it is, where it had no name before', async () => {
  const pair = await agedPair();
  const { source, dir } = pair;
  let times = 0;
  const { moved } = await twoPasses(pair, 'watch', 'nothing', () => {
    moveOnce(`${dir}/out`, `${source}/new/sub/out`);
    fs.writeFileSync(`${source}/new/sub/out/file${times += 1}`, '');
  });
  assert.equal(moved, ['copy-tree new', 'copy-tree new/sub/out']);
});

arrived('is copied at once where no other pass follows', async () => {
  const pair = await agedPair();
  const { source, replica } = pair;
  const { moved } = await twoPasses(pair, 'sync', 'nothing', () =>
    moveOnce(`${source}/old`, `${source}/new/sub/old`));
  assert.equal(moved, ['copy-tree new']);
  assert.ok(isThere(replica, 'new/sub/old/sub/y'));
});

arrived.run();
