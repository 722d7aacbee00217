import fs from 'node:fs';
import path from 'node:path';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { changeAt } from '../../lib/core/scope.ts';
import type { Job } from '../../lib/disk/job.ts';
import type { RecordStore } from '../../lib/disk/record-store.ts';
import { systemError, watchingCalls } from '../support/faults.ts';
import { aroundJobs } from '../support/jobs.ts';
import {
  assertMirrored, contentOf, newPair, passOver, syncedPair, syncWell, type Pair, type Passed,
} from '../support/pass.ts';
import { aGrain } from '../support/temp.ts';

const meanwhile = suite('names of files that change while they are mirrored');

/** A pass over some names; `act` happens just before the first job of a kind that it does. */
function passDuring(
  pair: Pair, names: readonly string[], isMoment: (job: Job) => boolean, act: () => unknown,
): Promise<Passed> {
  let isOver = false;
  return passOver(pair, names.map(changeAt), (mirror) => aroundJobs(mirror, async (job, run) => {
    if (!isOver && isMoment(job)) {
      isOver = true;
      await act();
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

meanwhile('are set right though somebody changed the file just before it was linked', async () => {
  const pair = await syncedPair({ a: 'A' });
  fs.chmodSync(`${pair.source}/a`, 0o644);
  // What is younger would be looked at again anyway.
  await aGrain();
  await syncWell(pair);
  fs.linkSync(`${pair.source}/a`, `${pair.source}/b`);
  fs.linkSync(`${pair.source}/a`, `${pair.source}/c`);
  await passDuring(pair, ['b', 'c'], applies, () => fs.chmodSync(`${pair.replica}/a`, 0o4755));
  await syncWell(pair);
});

meanwhile('are not linked to a file that could not be copied', async () => {
  const pair = await syncedPair({ m: 'old' });
  const { source, replica } = pair;
  fs.appendFileSync(`${source}/m`, ' changed');
  fs.linkSync(`${source}/m`, `${source}/z`);
  const { problems } = await watchingCalls(['renameSync'], (call) => {
    if (path.basename(String(call.args[1])) === 'm') throw systemError('ENOSPC', call);
  }, () => passAt(pair, 'm', 'z'));
  assert.equal(problems, ['ENOSPC m', 'ENOSPC z']);
  assert.equal(fs.readdirSync(replica), ['m']);
  await passAt(pair, 'm', 'z');
  assertMirrored(pair);
});

meanwhile('are linked though one was copied as a file of its own', async () => {
  const pair = await syncedPair({ q: 'Q', in: 'in' });
  const { source, replica } = pair;
  fs.appendFileSync(`${source}/in`, ' more');
  await passDuring(pair, ['in'], applies, async () => {
    fs.rmSync(`${source}/in`);
    fs.linkSync(`${source}/q`, `${source}/in`);
    // What is copied now is believed the next time.
    await aGrain();
  });
  assert.is(contentOf(replica, 'in'), 'Q');
  const { moved } = await passAt(pair, 'in');
  assert.equal(moved, ['link q = in']);
  assertMirrored(pair);
  assert.equal((await passAt(pair, 'in', 'q')).moved, []);
});

// ---

/** How often the record is swept by a pass over one name. */
async function sweepsAt(pair: Pair, name: string): Promise<number> {
  let sweeps = 0;
  const { done } = await passOver(pair, [changeAt(name)], (mirror) => {
    const subtree: RecordStore['subtree'] = (from) => {
      if (from === '') sweeps += 1;
      return mirror.record.subtree(from);
    };
    return { ...mirror, record: Object.assign(Object.create(mirror.record), { subtree }) };
  });
  assert.equal(done, []);
  return sweeps;
}

meanwhile('are looked for once a pass where some are outside of the source', async () => {
  const pair = newPair({ 'a/f': 'F', 'b': 'B' });
  const { dir, source } = pair;
  fs.linkSync(`${source}/a/f`, `${source}/g`);
  for (const [at, out] of [['a/f', 'out1'], ['b', 'out2']]) {
    fs.linkSync(`${source}/${at}`, `${dir}/${out}`);
  }
  await aGrain();
  await syncWell(pair);
  for (const name of ['a/f', 'g', 'b']) assert.is(await sweepsAt(pair, name), 1, name);
});

meanwhile.run();
