import fs from 'node:fs';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { addChanges, changeAt, trigger } from '../../lib/core/scope.ts';
import type { RecordStore } from '../../lib/disk/record-store.ts';
import type { Memory } from '../../lib/mirror.ts';
import { assertMirrored, passOnce, passOver, syncedPair } from '../support/pass.ts';
import { aGrain } from '../support/temp.ts';

const linked = suite('a file with several names');

linked('that was written by a name that is gone by now is so by the other one', async () => {
  const pair = await syncedPair({ 'a/file': 'content', 'b/x': 'x' });
  fs.linkSync(`${pair.source}/a/file`, `${pair.source}/b/other`);
  await passOver(pair, [changeAt('b/other')]);
  assertMirrored(pair);

  fs.writeFileSync(`${pair.source}/b/other`, 'written by its other name');
  fs.unlinkSync(`${pair.source}/b/other`);
  await passOver(pair, [changeAt('b/other')]);
  assertMirrored(pair);
});

linked('that was written by a name that is gone with its folder is so by the other one', async () => {
  const pair = await syncedPair({ 'a/file': 'content', 'b/deep/x': 'x' });
  fs.linkSync(`${pair.source}/a/file`, `${pair.source}/b/deep/other`);
  await passOver(pair, [changeAt('b/deep/other')]);
  assertMirrored(pair);

  fs.writeFileSync(`${pair.source}/b/deep/other`, 'written by its other name');
  fs.rmSync(`${pair.source}/b`, { recursive: true });
  await passOver(pair, [changeAt('b')]);
  assertMirrored(pair);
});

linked('and so it is where a file has come in the place of that folder', async () => {
  const pair = await syncedPair({ 'a/file': 'content', 'b/x': 'x' });
  fs.linkSync(`${pair.source}/a/file`, `${pair.source}/b/other`);
  await passOver(pair, [changeAt('b/other')]);
  fs.chmodSync(`${pair.source}/b/other`, 0o600);
  fs.rmSync(`${pair.source}/b`, { recursive: true });
  fs.writeFileSync(`${pair.source}/b`, 'a file');
  await passOver(pair, [changeAt('b')]);
  assertMirrored(pair);
});

linked('that gets one in a folder that moves is linked there, not copied', async () => {
  const pair = await syncedPair({ 'file': 'content', 'old/x': 'x' });
  fs.renameSync(`${pair.source}/old`, `${pair.source}/new`);
  fs.linkSync(`${pair.source}/file`, `${pair.source}/new/other`);
  const { moved } = await passOver(pair, ['old', 'new'].map(changeAt));
  assert.equal(moved, ['link new/other = file', 'rename old -> new']);
  assertMirrored(pair);
});

linked('that got one while the move of its folder had to wait is linked with it then', async () => {
  const many = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`full/${at}`, `${at}`]));
  const pair = await syncedPair({ ...many, 'old/file': 'content' });
  fs.rmSync(`${pair.source}/full`, { recursive: true });
  fs.renameSync(`${pair.source}/old`, `${pair.source}/full`);
  fs.linkSync(`${pair.source}/full/file`, `${pair.source}/other`);
  // What is compared now is believed the next time.
  await aGrain();
  const first = await passOver(pair, ['full', 'old', 'other'].map(changeAt));
  assert.equal(first.moved, ['copy other']);

  const changes = addChanges(undefined, ['full', 'old'].map(changeAt));
  const over = trigger({ reason: 'deletions-settled', changes, ripe: true });
  const { moved } = await passOnce(pair, over, (mirror) => mirror);
  assert.equal(moved.filter((one) => !one.startsWith('remove')),
    ['link other = full/file', 'rename old -> full']);
  assertMirrored(pair);
});

linked('is looked for in the record only where the last full pass met one', async () => {
  const pair = await syncedPair({ a: 'A', 'gone/x': 'x', 'gone too/y': 'y' });
  const fullPass = async (): Promise<boolean> => {
    let after: Memory | undefined;
    await passOnce(pair, trigger({ reason: 'interval', full: true }), (mirror) => {
      after = mirror.memory;
      return mirror;
    });
    return after!.hasLinks;
  };
  const sweepsWithout = async (name: string, hasLinks: boolean): Promise<number> => {
    fs.rmSync(`${pair.source}/${name}`, { recursive: true });
    let sweeps = 0;
    await passOver(pair, [changeAt(name)], (mirror) => {
      mirror.memory.hasLinks = hasLinks;
      const subtree: RecordStore['subtree'] = (path) => {
        if (path === '') sweeps += 1;
        return mirror.record.subtree(path);
      };
      return { ...mirror, record: Object.assign(Object.create(mirror.record), { subtree }) };
    });
    return sweeps;
  };

  assert.is(await fullPass(), false);
  assert.is(await sweepsWithout('gone', false), 0);
  fs.linkSync(`${pair.source}/a`, `${pair.source}/b`);
  assert.is(await fullPass(), true, 'one was linked');
  assert.is(await fullPass(), true, 'one was met');
  assert.is(await sweepsWithout('gone too', true), 1);
  assertMirrored(pair);
});

linked.run();
