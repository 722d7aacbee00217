import fs from 'node:fs';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { trigger } from '../../lib/core/scope.ts';
import { openPool, type Pool } from '../../lib/disk/pool.ts';
import { aroundJobs } from '../support/jobs.ts';
import { assertMirrored, newPair, passOnce, syncedPair } from '../support/pass.ts';
import { makeTree } from '../support/tree.ts';

const applied = suite('what is copied');

applied('goes on with new folders while a big file is copied', async () => {
  const pair = newPair();
  makeTree(pair.source, { 'big': 'b', 'folder/in': 'in' });
  fs.truncateSync(`${pair.source}/big`, 8_000_000);
  const order: string[] = [];
  await passOnce(pair, trigger({ reason: 'start', full: true }), (mirror) =>
    aroundJobs(mirror, async (job, run) => {
      if (job.kind !== 'apply' && job.kind !== 'copy-folders') return run();
      order.push(`${job.kind} begins`);
      const result = await run();
      order.push(`${job.kind} ends`);
      return result;
    }));
  const begun = order.indexOf('copy-folders begins');
  assert.ok(begun >= 0 && begun < order.indexOf('apply ends'), order.join(', '));
  assertMirrored(pair);
});

applied.run();

// ---

const moved = suite('folders that move in several batches');

moved('come into none that had the name before and is still open in another thread', async () => {
  const others = Array.from({ length: 60 }, (_, n) => `A${n + 10}`);
  const pair = await syncedPair({ 'a/f': 'f', 'q/in': 'q', 'c/in': 'c',
    ...Object.fromEntries(others.map((name) => [`old/${name}/in`, name])) });
  const rename = (from: string, to: string): void =>
    fs.renameSync(`${pair.source}/${from}`, `${pair.source}/${to}`);
  for (const name of others) rename(`old/${name}`, name);
  rename('a', 'b');
  rename('q', 'a');
  rename('c', 'a/c');
  // It is compared, by the thread that has `a` open from then on.
  fs.utimesSync(`${pair.source}/b/f`, 1, 1);

  const batches: (readonly string[])[] = [];
  const { problems } = await passOnce(pair, trigger({ reason: 'start', full: true }), (mirror) => {
    const other = openPool(0);
    const run: Pool['run'] = (job, context, heavy) => {
      const isApply = job.kind === 'apply';
      if (isApply) batches.push(job.operations.map(({ kind, path }) => `${kind} ${path}`));
      const isMain = isApply ? batches.length % 2 === 1 : job.kind !== 'compare';
      return (isMain ? mirror.pool : other).run(job, context, heavy);
    };
    const rest = (): void => [mirror.pool, other].forEach((pool) => pool.rest());
    return { ...mirror, pool: { ...mirror.pool, run, rest } };
  });
  assert.is(batches[0]!.at(-1), 'rename a');
  assert.is(batches[1]![0], 'rename a/c');
  assert.equal(problems, []);
  assertMirrored(pair);
});

moved.run();
