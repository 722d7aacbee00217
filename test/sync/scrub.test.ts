import fs from 'node:fs';
import path from 'node:path';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { Row } from '../../lib/core/record.ts';
import { openRecord, type RecordStore } from '../../lib/disk/record-store.ts';
import { pairFolderName } from '../../lib/disk/state.ts';
import {
  assertMirrored, contentOf, syncNow, syncedPair, type Pair, type Passed,
} from '../support/pass.ts';
import { setTime } from '../support/tree.ts';
import { startWatch } from '../support/watch.ts';

// Of an odd number the two slices differ.
const NAMES = ['a', 'b', 'c', 'd', 'e'];
const SPEC = Object.fromEntries(NAMES.map((name) => [name, name.repeat(1_000)]));

async function withRecord<T>(
  { source, replica, state }: Pair, use: (record: RecordStore) => Promise<T>,
): Promise<T> {
  const folder = path.join(state, pairFolderName(source, replica), 'record');
  const record = await openRecord(folder, { source, replica });
  try {
    return await use(record);
  } finally {
    await record.close();
  }
}

/** Makes the record vouch for both sides as they are, however young they are. */
const vouch = (pair: Pair): Promise<void> => withRecord(pair, (record) => {
  const side = (dir: string, name: string): Row => {
    const { mode, size, mtimeMs, ctimeMs, ino, birthtimeMs } = fs.lstatSync(`${dir}/${name}`);
    return [mode, size, mtimeMs, ctimeMs, ino, birthtimeMs];
  };
  return record.edit('', new Map(NAMES.map((name) =>
    [name, [...side(pair.source, name), ...side(pair.replica, name)]])));
});

/** As a failing disk would: content changes, and nothing that the system tells of the file. */
async function rot(pair: Pair, name: string): Promise<void> {
  const at = `${pair.replica}/${name}`;
  const { mtimeNs } = fs.lstatSync(at, { bigint: true });
  fs.writeFileSync(at, '#', { flag: 'r+' });
  setTime(at, mtimeNs / 1_000n);
  await vouch(pair);
}

const scrubbed = ({ events }: Passed): number =>
  events.flatMap((event) => (event.kind === 'pass-finished' ? [event.scrubbed ?? 0] : []))[0]!;

const damaged = ({ events }: Passed): string[] => events.flatMap((event) =>
  (event.kind === 'notice' && event.code === 'damaged' ? [`${event.level} ${event.path}`] : []));

const scrub = suite('--scrub');

scrub('finds content that was damaged where it lies, tells it, and mends it', async () => {
  const pair = await syncedPair(SPEC);
  await rot(pair, 'b');
  assert.is((await syncNow(pair)).quiet, true);
  assert.is(contentOf(pair.replica, 'b')[0], '#');

  const passed = await syncNow(pair, { scrubPercent: 100 });
  assert.equal([passed.moved, damaged(passed)], [['copy b'], ['warn b']]);
  assert.is(scrubbed(passed), NAMES.length);
  assertMirrored(pair);
});

scrub('reads another slice of the files in each pass, and all of them in as many', async () => {
  const pair = await syncedPair(SPEC);
  await vouch(pair);
  const watching = startWatch(pair, { events: false, scrubPercent: 50 });
  try {
    const first = (await watching.event('pass-finished')).scrubbed ?? 0;
    for (const wanted of [NAMES.length - first, first, NAMES.length - first]) {
      const { quiet, scrubbed: read = 0 } = await watching.fullPass();
      assert.equal([quiet, read], [true, wanted]);
    }
  } finally {
    await watching.stop();
  }
});

scrub('tells nothing of what was just written', async () => {
  const pair = await syncedPair(SPEC);
  await vouch(pair);
  fs.writeFileSync(`${pair.source}/c`, 'C'.repeat(1_000));
  const passed = await syncNow(pair, { scrubPercent: 100 });
  assert.equal([passed.moved, damaged(passed)], [['copy c'], []]);
});

scrub('writes nothing where there is nothing to do', async () => {
  const pair = await syncedPair(SPEC);
  await vouch(pair);
  const rows = (): Promise<string> => withRecord(pair, async (record) =>
    JSON.stringify([...(await record.get(''))!.rows]));
  const ctimes = (): bigint[] =>
    NAMES.map((name) => fs.lstatSync(`${pair.replica}/${name}`, { bigint: true }).ctimeNs);
  const before = [await rows(), ctimes()];
  const passed = await syncNow(pair, { scrubPercent: 100 });
  assert.is(passed.quiet, true);
  assert.is(scrubbed(passed), NAMES.length);
  assert.equal([await rows(), ctimes()], before);
});

scrub.run();
