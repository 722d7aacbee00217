import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { fromText } from '../../lib/core/entry.ts';
import { openDatabase } from '../../lib/disk/record-database.ts';
import type { RecordMeta } from '../../lib/disk/record-meta.ts';
import { openRecord, type RecordStore } from '../../lib/disk/record-store.ts';
import { mountTmpfs, unmount } from '../support/mounted.ts';
import { needs } from '../support/needs.ts';
import {
  contentOf, isThere, newPair, syncedPair, syncNow, syncWell, type Pair,
} from '../support/pass.ts';
import { makeTree } from '../support/tree.ts';

const mounts = suite('what is recorded of a folder is lost, and it is empty now');
const mounted = needs(mounts, { platform: 'linux', root: true });

const SPEC = { 'd/f': 'x', 'd/e/f': 'y', 'other/f': 'z' };

const placeOf = ({ source, replica, state }: Pair): Parameters<typeof openDatabase> => [
  path.join(state, fs.readdirSync(state)[0]!, 'record'),
  { source: fromText(source), replica: fromText(replica) },
];

/** The value of `d` is gone, as a kill leaves it that came before it was written, or damaged. */
async function loseD(pair: Pair, how: 'gone' | 'damaged'): Promise<void> {
  const { database } = await openDatabase(...placeOf(pair));
  const value = (await database!.get(Buffer.from('fd')))!;
  value[value.length - 1]! ^= 1;
  await (how === 'gone' ? database!.del(Buffer.from('fd'))
    : database!.put(Buffer.from('fd'), value));
  await database!.close();
}

async function withRecord<T>(pair: Pair, use: (record: RecordStore) => T): Promise<T> {
  const record = await openRecord(...placeOf(pair));
  const result = await use(record);
  await record.close();
  return result;
}

const mountsOf = (pair: Pair): Promise<RecordMeta['mounts']> =>
  withRecord(pair, (record) => record.meta.mounts);

function empty({ source }: Pair): void {
  for (const name of ['d/f', 'd/e', 'other/f']) fs.rmSync(`${source}/${name}`, { recursive: true });
}

/** It stays, and is told, until somebody approves that it goes. */
async function assertKept(pair: Pair): Promise<void> {
  for (let pass = 0; pass < 2; pass += 1) {
    const { problems, exitCode } = await syncNow(pair);
    assert.equal([problems, exitCode], [['mount-unknown d'], 1]);
    assert.is(contentOf(pair.replica, 'd/e/f'), 'y');
    assert.not(isThere(pair.replica, 'other/f'));
  }
  await syncWell(pair, { approveDeletes: true });
  assert.not(isThere(pair.replica, 'd/f'));
  assert.equal(await mountsOf(pair), []);
}

for (const how of ['gone', 'damaged'] as const) {
  mounted(`(${how}) what was in it stays where it was a mount`, async () => {
    const pair = newPair({ 'd/': null, 'other/f': 'z' });
    mountTmpfs(`${pair.source}/d`);
    makeTree(pair.source, SPEC);
    await syncWell(pair);
    assert.equal(await mountsOf(pair), ['d']);
    await loseD(pair, how);
    unmount(`${pair.source}/d`);
    fs.unlinkSync(`${pair.source}/other/f`);
    await assertKept(pair);
  });

  mounts(`(${how}) what was in it goes where it was none`, async () => {
    const pair = await syncedPair(SPEC);
    await withRecord(pair, (record) => record.setMeta({ careful: true }));
    await loseD(pair, how);
    empty(pair);
    await syncWell(pair);
    assert.not(isThere(pair.replica, 'd/f'));
  });
}

mounts('stays also where nobody knows what was a mount', async () => {
  const pair = await syncedPair(SPEC);
  await loseD(pair, 'damaged');
  await withRecord(pair, (record) => record.setMeta({ mounts: undefined, careful: true }));
  empty(pair);
  await assertKept(pair);
});

mounts.run();
