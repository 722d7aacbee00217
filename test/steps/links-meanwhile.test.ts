import fs from 'node:fs';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { changeAt } from '../../lib/core/scope.ts';
import type { Job } from '../../lib/disk/job.ts';
import { aroundJobs } from '../support/jobs.ts';
import {
  assertMirrored, passOver, syncedPair, type Pair, type Passed,
} from '../support/pass.ts';

const meanwhile = suite('names of files that change while they are mirrored');

/** A pass over some names; `act` happens just before the first job of a kind that it does. */
function passDuring(
  pair: Pair, names: readonly string[], isMoment: (job: Job) => boolean, act: () => void,
): Promise<Passed> {
  let isOver = false;
  return passOver(pair, names.map(changeAt), (mirror) => aroundJobs(mirror, (job, run) => {
    if (!isOver && isMoment(job)) {
      isOver = true;
      act();
    }
    return run();
  }));
}

const applies = (job: Job): boolean => job.kind === 'apply';
const passAt = (pair: Pair, ...names: readonly string[]): Promise<Passed> =>
  passOver(pair, names.map(changeAt));

meanwhile('are not linked to a file that the source has no more', async () => {
  const pair = await syncedPair({ m: 'old' });
  const { source, replica } = pair;
  fs.appendFileSync(`${source}/m`, ' changed');
  fs.linkSync(`${source}/m`, `${source}/z`);
  fs.writeFileSync(`${source}/n`, 'new');

  const during = await passDuring(pair, ['m', 'z'], applies, () =>
    fs.renameSync(`${source}/n`, `${source}/m`));
  assert.equal([during.moved, during.problems], [['copy m'], ['changed z']]);
  assert.is(fs.existsSync(`${replica}/z`), false);
  // Its problem is tried again: no event tells of it.
  await passAt(pair, 'z');
  assertMirrored(pair);
});

meanwhile.run();
