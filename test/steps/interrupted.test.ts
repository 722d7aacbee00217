import fs from 'node:fs';

import { NEVER, defer, ignoreElements, lastValueFrom } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { trigger } from '../../lib/core/scope.ts';
import { DEFAULTS } from '../../lib/index.ts';
import type { Mirror } from '../../lib/mirror.ts';
import { withMirror } from '../../lib/open.ts';
import { passOf } from '../../lib/pass-of.ts';
import { aroundJobs } from '../support/jobs.ts';
import { collect, contentOf, inodeOf, syncedPair, syncWell, type Pair } from '../support/pass.ts';

const interrupted = suite('a pass that is interrupted');

/** A full pass that is told to quit right after it renamed something, or linked. */
async function quitAfter(
  kind: 'rename' | 'link', { source, replica, state }: Pair,
): Promise<void> {
  const options = { ...DEFAULTS, source, replica, stateDir: state, workers: 0 };
  const quitting = (mirror: Mirror): Mirror => aroundJobs(mirror, async (job, run) => {
    const result = await run();
    mirror.memory.cancelled ||= job.kind === 'apply'
      && job.operations.some((one) => one.kind === kind);
    return result;
  });
  await lastValueFrom(withMirror(options, NEVER, (mirror) => defer(() =>
    collect(passOf(quitting(mirror), trigger({ reason: 'asked', full: true }))))
    .pipe(ignoreElements()), 'sync'));
}

function swapTwins({ source }: Pair): void {
  fs.renameSync(`${source}/a`, `${source}/t`);
  fs.renameSync(`${source}/b`, `${source}/a`);
  fs.renameSync(`${source}/t`, `${source}/b`);
}

interrupted('leaves nothing that is taken for equal by size and time', async () => {
  const pair = await syncedPair({ a: 'first', b: 'other' });
  const time = '1000000000';
  for (const name of ['a', 'b']) fs.utimesSync(`${pair.source}/${name}`, time, time);
  await syncWell(pair);

  // The twins change places, are renamed in the replica, and change places once more.
  swapTwins(pair);
  await quitAfter('rename', pair);
  assert.equal(['a', 'b'].map((name) => contentOf(pair.replica, name)), ['other', 'first']);
  swapTwins(pair);
  await syncWell(pair);
  assert.equal(['a', 'b'].map((name) => contentOf(pair.replica, name)), ['first', 'other']);
});

interrupted('leaves no link that is taken for equal by size and time', async () => {
  const pair = await syncedPair({ a: 'first', b: 'other' });
  const [time, other] = ['1000000000', '2000000000'];
  fs.utimesSync(`${pair.source}/a`, time, time);
  fs.utimesSync(`${pair.source}/b`, other, other);
  await syncWell(pair);

  // In the replica somebody gives one the other's time, which is not set before its links.
  fs.utimesSync(`${pair.replica}/a`, other, other);
  fs.linkSync(`${pair.source}/a`, `${pair.source}/link`);
  await quitAfter('link', pair);
  assert.is(inodeOf(pair.replica, 'link'), inodeOf(pair.replica, 'a'));
  swapTwins(pair);
  await syncWell(pair);
  assert.equal(['a', 'b'].map((name) => contentOf(pair.replica, name)), ['other', 'first']);
});

interrupted.run();
