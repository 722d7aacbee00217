import fs from 'node:fs';

import { NEVER, lastValueFrom, tap, toArray } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { CTIME, REPLICA, COLUMNS, findRow } from '../../lib/core/record.ts';
import { trigger } from '../../lib/core/scope.ts';
import { openRecord, type RecordStore } from '../../lib/disk/record-store.ts';
import { DEFAULTS } from '../../lib/index.ts';
import type { Memory } from '../../lib/mirror.ts';
import { withMirror } from '../../lib/open.ts';
import { passOf } from '../../lib/pass-of.ts';
import { systemError, watchingCalls } from '../support/faults.ts';
import {
  contentOf, newPair, syncedPair, syncNow, syncWell, type Pair,
} from '../support/pass.ts';
import type { TreeSpec } from '../support/tree.ts';

const cut = suite('after a power cut');

async function withRecord(pair: Pair, act: (record: RecordStore) => Promise<void>): Promise<void> {
  const [folder] = fs.readdirSync(pair.state);
  const { source, replica } = pair;
  const record = await openRecord(`${pair.state}/${folder}/record`, { source, replica });
  await act(record);
  await record.close();
}

/** The disk lost a file's content, and the record knows nothing of that. */
async function loseContent(pair: Pair, name: string): Promise<void> {
  const at = `${pair.replica}/${name}`;
  const { size, mtimeMs } = fs.statSync(at);
  fs.writeFileSync(at, Buffer.alloc(size));
  fs.utimesSync(at, mtimeMs / 1000, mtimeMs / 1000);
  await withRecord(pair, async (record) => {
    const folder = (await record.get(''))!;
    const from = findRow(folder, name) * COLUMNS;
    const row = [...folder.rows.subarray(from, from + COLUMNS)];
    row[REPLICA + CTIME] = fs.statSync(at).ctimeMs;
    await record.edit('', new Map([[name, row]]));
  });
}

cut('under another boot id what the record vouches for is compared', async () => {
  const pair = newPair({ a: 'content', b: 'B' });
  fs.utimesSync(`${pair.source}/a`, 1_000_000_000, 1_000_000_000);
  await syncWell(pair);
  await loseContent(pair, 'a');
  assert.equal((await syncNow(pair)).done, [], 'the record does not vouch for it');

  await withRecord(pair, (record) => record.setMeta({ open: { bootId: 'another', since: 0 } }));
  const { notices, moved } = await syncNow(pair);
  assert.equal([notices, moved], [['after-restart'], ['copy a']]);
  assert.is(contentOf(pair.replica, 'a'), 'content');
});

cut('nor is size and time enough for what the record lost', async () => {
  const pair = await syncedPair({ a: 'content', 'd/b': 'B' });
  await withRecord(pair, async (record) => {
    await record.removeTree('');
    await record.setMeta({ open: { bootId: 'another', since: 0 } });
  });
  const { size, mtime } = fs.statSync(`${pair.replica}/a`);
  fs.writeFileSync(`${pair.replica}/a`, Buffer.alloc(size));
  fs.utimesSync(`${pair.source}/a`, mtime, mtime);
  fs.utimesSync(`${pair.replica}/a`, mtime, mtime);
  assert.equal((await syncNow(pair)).moved, ['copy a']);
  assert.is(contentOf(pair.replica, 'a'), 'content');
});

cut('what was compared once is not compared at each later sync', async () => {
  const pair = await syncedPair({ a: 'A' });
  await withRecord(pair, (record) => record.setMeta({ open: { bootId: 'another', since: 0 } }));
  assert.equal((await syncNow(pair)).notices, ['after-restart']);
  assert.equal((await syncNow(pair)).notices, []);
});

/** All that was recorded so far may be lost. */
const losePower = (pair: Pair): Promise<void> =>
  withRecord(pair, (record) => record.setMeta({ open: { bootId: 'another', since: 0 } }));

/** The content alone is another's: size, times, and what the record knows are as they were. */
async function losingPair(spec: TreeSpec): Promise<Pair> {
  const pair = newPair(spec);
  fs.utimesSync(`${pair.source}/a`, 1_000_000_000, 1_000_000_000);
  await syncWell(pair);
  await loseContent(pair, 'a');
  await losePower(pair);
  return pair;
}

cut('what could not be read yet is not believed by the next pass', async () => {
  const pair = await losingPair({ a: 'content', b: 'B' });
  const unread = await watchingCalls(['readSync'], (call) => {
    throw systemError('EIO', call);
  }, () => syncNow(pair, { workers: 0 }));
  assert.equal([unread.moved, unread.exitCode], [[], 1]);
  assert.equal((await syncNow(pair)).moved, ['copy a']);
  assert.is(contentOf(pair.replica, 'a'), 'content');
});

cut('nor is what was left out meanwhile', async () => {
  const pair = await losingPair({ 'a': 'content', 'b': 'B' });
  assert.equal((await syncNow(pair, { ignore: ['a'] })).moved, []);
  assert.equal((await syncNow(pair)).moved, ['copy a']);
});

cut('nor is its content moved by what the record knows of it', async () => {
  // So big that its inode is believed where the record is.
  const pair = await losingPair({ a: 'content '.repeat(150_000), b: 'B' });
  fs.renameSync(`${pair.source}/a`, `${pair.source}/c`);
  assert.equal((await syncNow(pair)).moved, ['copy c', 'remove a']);
});

cut('what was written before the last time the disk had all is believed', async () => {
  const pair = newPair({ a: 'content', b: 'B' });
  fs.utimesSync(`${pair.source}/a`, 1_000_000_000, 1_000_000_000);
  await syncWell(pair);
  await loseContent(pair, 'a');
  await withRecord(pair, async (record) => {
    const period = record.meta.period + 1;
    await record.setMeta({ open: { bootId: 'another', since: period }, period });
  });
  assert.equal((await syncNow(pair)).moved, []);
});

cut('what was compared and found equal is not compared after the next restart', async () => {
  const pair = newPair({ a: 'content', b: 'B' });
  fs.utimesSync(`${pair.source}/a`, 1_000_000_000, 1_000_000_000);
  await syncWell(pair);
  await losePower(pair);
  assert.equal((await syncNow(pair)).notices, ['after-restart']);

  await loseContent(pair, 'a');
  await withRecord(pair, (record) =>
    record.setMeta({ open: { bootId: 'another', since: record.meta.period } }));
  const { notices, moved } = await syncNow(pair);
  assert.equal([notices, moved], [['after-restart'], []]);
});

cut('a damaged record may have known of it: all content is compared', async () => {
  const pair = await losingPair({ a: 'content', b: 'B' });
  const record = `${pair.state}/${fs.readdirSync(pair.state)[0]}/record`;
  fs.writeFileSync(`${record}/CURRENT`, '');
  const { notices, moved } = await syncNow(pair);
  assert.equal([notices, moved], [['record-afresh'], ['copy a']]);
});

const BUSY: Readonly<Record<string, Partial<Memory>>> = {
  'the disk has all only where no pass aside still writes': { asides: 1 },
  'the disk is not asked again before it has answered': { confirming: Promise.resolve() },
};
for (const [name, busy] of Object.entries(BUSY)) cut(name, async () => {
  const { source, replica, state } = await syncedPair({ a: 'A' });
  fs.writeFileSync(`${source}/a`, 'changed');
  const options = { ...DEFAULTS, source, replica, stateDir: state };
  await lastValueFrom(withMirror(options, NEVER, (mirror) => {
    Object.assign(mirror.memory, busy);
    return passOf(mirror, trigger({ reason: 'start', full: true })).pipe(tap(({ kind }) => {
      const { memory, record } = mirror;
      if (kind !== 'pass-finished') return;
      assert.equal([memory.since, typeof record.meta.open], [0, 'object']);
    }));
  }, 'sync'));
});

cut('a sync asks the disk for what was written before it', async () => {
  const pair = newPair({ a: 'A', 'd/c': 'C' });
  fs.utimesSync(`${pair.source}/a`, 1_000_000_000, 1_000_000_000);
  const log = `${pair.dir}/asked`;
  const asked = (): number =>
    (fs.existsSync(log) ? fs.readFileSync(log, 'utf8').split('\n').length - 1 : 0);
  fs.mkdirSync(`${pair.dir}/bin`);
  fs.writeFileSync(`${pair.dir}/bin/sync`, `#!/bin/sh\necho "$@" >> ${log}\n`, { mode: 0o755 });
  const { PATH } = process.env;
  process.env.PATH = `${pair.dir}/bin:${PATH}`;
  try {
    await syncNow(pair);
    assert.is(asked(), 0, 'nothing was written before the first');
    await syncNow(pair);
    assert.is(asked(), 1);
    await withRecord(pair, async ({ meta }) => assert.is(meta.open, undefined));
    await syncNow(pair);
    assert.is(asked(), 1, 'nothing was written since');
    await loseContent(pair, 'a');
    fs.writeFileSync(`${pair.source}/d/b`, 'B');
    assert.equal((await syncNow(pair)).moved, ['copy d/b']);
    await withRecord(pair, ({ meta, setMeta }) =>
      setMeta({ open: { ...meta.open!, bootId: 'another' } }));
    assert.equal((await syncNow(pair)).moved, [], 'what was confirmed is believed');
  } finally {
    process.env.PATH = PATH;
  }
});

cut('the mark of an open pass is there before the first change', async () => {
  const pair = await syncedPair({ a: 'A' });
  await withRecord(pair, (record) => record.setMeta({ open: undefined }));
  fs.writeFileSync(`${pair.source}/a`, 'changed');

  const { source, replica, state } = pair;
  const options = { ...DEFAULTS, source, replica, stateDir: state };
  const marks: unknown[] = [];
  await lastValueFrom(withMirror(options, NEVER, (mirror) =>
    passOf(mirror, trigger({ reason: 'start', full: true })).pipe(tap(({ kind }) => {
      if (kind === 'operation-done') marks.push(typeof mirror.record.meta.open?.bootId);
    })), 'sync').pipe(toArray()));
  assert.equal(marks, ['string']);
});

cut.run();
