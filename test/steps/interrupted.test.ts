import fs from 'node:fs';
import { basename } from 'node:path';

import { defer, ignoreElements, lastValueFrom, NEVER } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { isTemporary } from '../../lib/core/entry.ts';
import type { Operation } from '../../lib/core/operation.ts';
import { addChanges, changeAt, trigger, type ChangedPaths } from '../../lib/core/scope.ts';
import type { Job } from '../../lib/disk/job.ts';
import { DEFAULTS } from '../../lib/index.ts';
import type { Mirror } from '../../lib/mirror.ts';
import { withMirror } from '../../lib/open.ts';
import { passOf } from '../../lib/pass-of.ts';
import { assertNoLitter } from '../failures/support.ts';
import { systemError, watchingCalls } from '../support/faults.ts';
import { aroundJobs } from '../support/jobs.ts';
import {
  collect, contentOf, inodeOf, passOnce, passOver, syncedPair, syncWell, type Pair, type Passed,
} from '../support/pass.ts';

const interrupted = suite('a pass that is interrupted');

const FULL = trigger({ reason: 'asked', full: true });

/** A full pass that is told to quit right after it renamed something, or linked. */
async function quitAfter(
  kind: Operation['kind'], pair: Pair,
): Promise<void> {
  await passOnce(pair, FULL, (mirror) => aroundJobs(mirror, async (job, run) => {
    const result = await run();
    mirror.memory.cancelled ||= isApplying(job, kind);
    return result;
  }));
}

const isApplying = (job: Job, kind: Operation['kind']): boolean =>
  job.kind === 'apply' && job.operations.some((one) => one.kind === kind);

const swapTwins = (pair: Pair): void => exchange(pair, 'a', 'b');

function exchange({ source }: Pair, one: string, other: string): void {
  fs.renameSync(`${source}/${one}`, `${source}/t`);
  fs.renameSync(`${source}/${other}`, `${source}/${one}`);
  fs.renameSync(`${source}/t`, `${source}/${other}`);
}

interrupted('is over when nothing of it is at work, also where a thread died', async () => {
  const pair = await syncedPair({ gone: 'same', touched: 'other' });
  fs.copyFileSync(`${pair.source}/gone`, `${pair.source}/new`);
  fs.rmSync(`${pair.source}/gone`);
  fs.utimesSync(`${pair.source}/touched`, 1, 1);
  let isDead = (): void => {};
  const dead = new Promise<void>((resolve) => (isDead = resolve));
  const plans: unknown[] = [];
  const { refused } = await passOnce(pair, FULL, (mirror) =>
    aroundJobs(mirror, async (job, run) => {
      if (job.kind === 'digest') {
        isDead();
        throw new Error('a thread died');
      }
      if (job.kind !== 'compare') return run();
      await dead;
      await new Promise(setImmediate);
      plans.push(mirror.memory.plan$.value);
      return run();
    }));
  assert.is(refused?.code, 'internal');
  assert.equal(plans, ['not yet']);
  await syncWell(pair);
});

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

interrupted('leaves no file and no folder under a temporary name', async () => {
  const pair = await syncedPair({ 'a': 'first', 'b': 'other', 'd/f': 'F', 'e/g': 'G' });
  swapTwins(pair);
  await quitAfter('park', pair);
  assertNoLitter(pair.replica);
  assert.equal(['a', 'b'].map((name) => contentOf(pair.replica, name)), ['first', 'other']);

  exchange(pair, 'd', 'e');
  await quitAfter('park', pair);
  assertNoLitter(pair.replica);
  await syncWell(pair);
});

interrupted('leaves none either where a file and a folder changed places once more', async () => {
  const pair = await syncedPair({ 'x': 'the file', 'y/in': 'in' });
  exchange(pair, 'x', 'y');
  await passOnce(pair, FULL, (mirror) => aroundJobs(mirror, (job, run) => {
    if (isApplying(job, 'remove')) exchange(pair, 'x', 'y');
    return run();
  }));
  assertNoLitter(pair.replica);
  assert.is(contentOf(pair.replica, 'x'), 'the file');
  await syncWell(pair);
});

interrupted('leaves no folder with another time by what was put back', async () => {
  const pair = await syncedPair({ 'm/in': 'x' });
  const link = `${pair.source}/m`;
  fs.rmSync(link, { recursive: true });
  fs.symlinkSync('elsewhere', link);
  await passOver(pair, [changeAt('m')], (mirror) => aroundJobs(mirror, (job, run) => {
    if (isApplying(job, 'symlink')) fs.unlinkSync(link);
    return run();
  }));
  assert.is(contentOf(pair.replica, 'm/in'), 'x');
  const [from, to] = [pair.source, pair.replica].map((at) => fs.statSync(at, { bigint: true }));
  assert.is(to!.mtimeNs / 1000n, from!.mtimeNs / 1000n);
});

interrupted('leaves none for long where neither its new nor its old place is free', async () => {
  const pair = await syncedPair({ 'd/f': 'F', 'e/g': 'G' });
  exchange(pair, 'd', 'e');
  const { source, replica, state } = pair;
  const options = { ...DEFAULTS, source, replica, stateDir: state, workers: 0 };
  const left: ChangedPaths[] = [];
  let broken: string | undefined;
  const passAt = (mirror: Mirror, changes: ChangedPaths): Promise<Passed> =>
    collect(passOf(mirror, trigger({ reason: 'changes', changes }), ({ retry, arrived }) =>
      void left.push(...retry ? [retry.changes] : [], ...arrived ? [arrived] : [])));
  await lastValueFrom(withMirror(options, NEVER, (mirror) => defer(async () => {
    const changes = addChanges(undefined, ['d', 'e'].map(changeAt));
    await watchingCalls(['renameSync'], (call) => {
      const [from, to] = [0, 1].map((at) => basename(String(call.args[at])));
      if (!isTemporary(from!) || isTemporary(to!) || from !== (broken ?? from)) return;
      broken = from;
      throw systemError('EIO', call);
    }, async () => {
      assert.equal((await passAt(mirror, changes)).problems, ['EIO d']);
      assert.is(fs.readdirSync(replica).filter(isTemporary).length, 1);
      for (const each of left.splice(0)) await passAt(mirror, each);
    });
  }).pipe(ignoreElements()), 'watch'));
  assertNoLitter(replica);
  await syncWell(pair);
});

interrupted('by another folder in place of a root is told, and removes nothing more', async () => {
  for (const root of ['source', 'replica'] as const) {
    const pair = await syncedPair({ a: 'A', b: 'B', c: 'C' });
    fs.unlinkSync(`${pair.source}/b`);
    const { problems, exitCode } = await passOnce(pair, FULL, (mirror) =>
      aroundJobs(mirror, async (job, run) => {
        if (isApplying(job, 'remove')) {
          fs.renameSync(pair[root], `${pair.dir}/elsewhere`);
          fs.cpSync(`${pair.dir}/elsewhere`, pair[root], { recursive: true });
        }
        return run();
      }));
    assert.equal([problems, exitCode], [['root-moved '], 1], root);
    assert.is(contentOf(pair.replica, 'b'), 'B', root);
    fs.rmSync(`${pair.dir}/elsewhere`, { recursive: true });
  }
});

interrupted.run();
