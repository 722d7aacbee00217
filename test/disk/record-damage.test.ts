import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeFolder } from '../../lib/disk/record-bytes.ts';
import { editFolder, type Row } from '../../lib/core/record.ts';
import type { RecordNotice } from '../../lib/disk/record-meta.ts';
import { openRecord, type RecordStore } from '../../lib/disk/record-store.ts';
import { bootId } from '../../lib/disk/roots.ts';
import { tempFolder } from '../support/temp.ts';

const pair = { source: '/a', replica: '/b' };
const rowOf = (seed: number): Row => Array.from({ length: 12 }, (_, column) => seed + column);
const bytesOf = (...names: readonly string[]): Buffer =>
  encodeFolder(editFolder(undefined, new Map(names.map((name, at) => [name, rowOf(at)]))));

/** What the store holds, as `folder: names`. */
async function held(store: RecordStore): Promise<string[]> {
  const list: string[] = [];
  for await (const [folder, { names }] of store.subtree('')) {
    list.push(`${folder}: ${names.join(' ')}`);
  }
  return list;
}

async function filled(
  folder: string | undefined, ...folders: readonly string[]
): Promise<RecordStore> {
  const store = await openRecord(folder, pair);
  for (const each of folders) store.put(each, bytesOf(`in ${each}`));
  return store;
}

// ---

const damaging = suite('damage to the record');

async function made(): Promise<string> {
  const folder = path.join(tempFolder(), 'deep', 'record');
  const store = await filled(folder, 'a', 'b');
  await store.setMeta({ proven: true, open: { bootId: bootId(), since: 1 } });
  await store.close();
  return folder;
}

damaging('a table with a bit flipped is not even opened', async () => {
  const folder = await made();
  // Opened once more, so that there is a table.
  await (await openRecord(folder, pair)).close();
  const table = path.join(folder, fs.readdirSync(folder).find((name) => name.endsWith('.ldb'))!);
  const bytes = fs.readFileSync(table);
  bytes[20]! ^= 1;
  fs.writeFileSync(table, bytes);
  const store = await openRecord(folder, pair);
  assert.is(store.notice?.code, 'record-afresh');
  assert.is(store.meta.careful, true);
  assert.equal(await held(store), []);
  await store.close();

  const next = await openRecord(folder, pair);
  assert.is(next.notice, undefined);
  await next.close();
});

damaging('a log with a bit flipped has lost more: all is compared by content', async () => {
  const folder = await made();
  const log = path.join(folder, fs.readdirSync(folder).find((name) => name.endsWith('.log'))!);
  const bytes = fs.readFileSync(log);
  bytes[bytes.indexOf('in a')]! ^= 1;
  fs.writeFileSync(log, bytes);
  const store = await openRecord(folder, pair);
  assert.equal([store.notice?.code, store.meta.careful], ['record-afresh', true]);
  await store.close();
});

damaging('a log that a kill cut off at its end is taken as it is', async () => {
  const folder = await made();
  const log = path.join(folder, fs.readdirSync(folder).find((name) => name.endsWith('.log'))!);
  const whole = fs.readFileSync(log);
  const files = new Map(fs.readdirSync(folder).map((name) =>
    [name, fs.readFileSync(path.join(folder, name))]));
  for (let cut = 1; cut < 40; cut += 1) {
    for (const each of fs.readdirSync(folder)) fs.unlinkSync(path.join(folder, each));
    for (const [name, bytes] of files) fs.writeFileSync(path.join(folder, name), bytes);
    fs.writeFileSync(log, whole.subarray(0, -cut));
    const store = await openRecord(folder, pair);
    assert.equal([store.notice, store.meta.careful], [undefined, undefined], `${cut} bytes less`);
    await store.close();
  }
});

damaging('what could not be read is told from what is not there', async () => {
  const store = await openRecord(await damagedInside(), pair);
  const read = async (at: string): Promise<unknown> => (await store.getMany([at]))[0]?.length;
  assert.is(await read('f1500'), 0);
  assert.is(await read('f1500'), undefined, 'it was begun anew');
  await store.close();
});

damaging('a value that cannot be read is not written over without a mark', async () => {
  const folder = path.join(tempFolder(), 'record');
  const store = await filled(folder, 'a');
  const bytes = bytesOf('x', 'y');
  bytes[bytes.length - 1]! ^= 1;
  store.put('b', bytes);
  await store.edit('a', new Map([['x', rowOf(1)]]));
  await store.edit('c', new Map([['x', rowOf(1)]]));
  assert.is(store.meta.careful, undefined);
  await store.edit('b', new Map([['x', rowOf(1)]]));
  assert.is(store.meta.careful, true);
  await store.close();
  const next = await openRecord(folder, pair);
  assert.is(next.meta.careful, true);
  await next.close();
});

const damages: readonly [string, (at: string) => void][] = [
  ['emptied', (at) => fs.truncateSync(at, 0)],
  ['cut in half', (at) => fs.truncateSync(at, fs.statSync(at).size >> 1)],
  ['overwritten', (at) => fs.writeFileSync(at, Buffer.alloc(fs.statSync(at).size + 9, 0xa5))],
  ['removed', (at) => fs.unlinkSync(at)],
];
for (const kind of ['CURRENT', 'MANIFEST', 'ldb', 'log']) {
  for (const [how, damage] of damages) {
    damaging(`works on with ${kind} ${how}, and tells where it was needed`, async () => {
      const folder = await made();
      // Opened once more, so that there are tables besides the log.
      const before = await openRecord(folder, pair);
      before.put('c', bytesOf('new'));
      await before.close();
      for (const name of fs.readdirSync(folder)) {
        if (name.startsWith(kind) || name.endsWith(`.${kind}`)) damage(path.join(folder, name));
      }

      const told: RecordNotice[] = [];
      const store = await openRecord(folder, pair, (notice) => told.push(notice));
      const lines = await held(store);
      assert.is(await store.get('none'), undefined);
      await store.getMany(['a', 'b', 'c']);
      if (kind !== 'log') assert.ok(store.notice ?? told[0], `told, with ${lines.join()}`);
      if (store.notice?.code === 'record-afresh') assert.is(store.meta.careful, true);
      assert.ok(['', 'a: in a,b: in b', 'a: in a,b: in b,c: new', 'c: new'].includes(lines.join()));

      // It is of use again at once, and in the next run.
      store.put('later', bytesOf('x'));
      await store.edit('c', new Map([['y', rowOf(1)]]));
      await store.setMeta({ proven: true });
      await store.close();
      const next = await openRecord(folder, pair);
      assert.is(next.notice, undefined);
      assert.equal((await next.get('later'))?.names, ['x']);
      assert.is(next.meta.proven, true);
      await next.close();
    });
  }
}

damaging('survives any damage to any file, byte by byte', async () => {
  const folder = await made();
  const good = await openRecord(folder, pair);
  await good.close();
  const whole = new Map(fs.readdirSync(folder).map((name) =>
    [name, fs.readFileSync(path.join(folder, name))]));
  const expected = ['a: in a', 'b: in b'];
  for (const [name, content] of whole) {
    const step = Math.max(1, content.length >> 4);
    for (let at = 0; at < content.length; at += step) {
      for (const each of fs.readdirSync(folder)) fs.unlinkSync(path.join(folder, each));
      for (const [each, bytes] of whole) fs.writeFileSync(path.join(folder, each), bytes);
      const damaged = Buffer.from(content);
      damaged[at]! ^= 0x55;
      fs.writeFileSync(path.join(folder, name), damaged);

      const store = await openRecord(folder, pair);
      const lines = await held(store);
      const values = lines.map((line) => line.split(': ')[1]!);
      assert.ok(values.every((value) => expected.some((line) => line.endsWith(value))),
        `${name} damaged at ${at}: ${lines.join()}`);
      await store.close();
    }
  }
});

/** A record damaged in its middle, which its opening does not read: a kill left no sums. */
async function damagedInside(): Promise<string> {
  const folder = path.join(tempFolder(), 'record');
  const store = await openRecord(folder, pair);
  for (let at = 1_000; at < 2_000; at += 1) store.put(`f${at}`, bytesOf(`${at ** 5}`, 'x'));
  await store.close();
  await (await openRecord(folder, pair)).close();
  fs.unlinkSync(path.join(folder, 'tables'));
  for (const name of fs.readdirSync(folder).filter((each) => each.endsWith('.ldb'))) {
    const fd = fs.openSync(path.join(folder, name), 'r+');
    const { size } = fs.fstatSync(fd);
    fs.writeSync(fd, Buffer.alloc(size >> 1, 0xa5), 0, size >> 1, size >> 2);
    fs.closeSync(fd);
  }
  return folder;
}

const readings: readonly [string, (store: RecordStore) => Promise<unknown>][] = [
  ['get', (store) => store.get('f1500')],
  ['getMany, twice at once', (store) =>
    Promise.all([store.getMany(['f1500', 'f1501']), store.getMany(['f1502'])])],
  ['edit', (store) => store.edit('f1500', new Map([['y', [1]]]))],
  ['subtree', (store) => held(store)],
  ['entries', (store) => store.entries()],
];
for (const [what, read] of readings) {
  damaging(`found by ${what} begins it anew, told once, and loses nothing new`, async () => {
    const folder = await damagedInside();
    const told: string[] = [];
    const store = await openRecord(folder, pair, (notice) => told.push(notice.code));
    assert.is(store.notice, undefined);
    store.put('new', bytesOf('x'));
    await read(store);
    assert.equal(told, ['record-damaged']);
    assert.is(store.meta.careful, true);
    const after = await held(store);
    assert.equal(after, what === 'edit' ? ['f1500: y', 'new: x'] : ['new: x']);
    await store.close();

    const again = await openRecord(folder, pair);
    assert.is(again.notice, undefined);
    assert.is(again.meta.careful, true);
    assert.equal(await held(again), after);
    await again.close();
  });
}

damaging('that cannot be begun anew is kept in memory, and told', async () => {
  const folder = await damagedInside();
  const told: string[] = [];
  const store = await openRecord(folder, pair, (notice) => told.push(notice.code));
  // Through a link nothing is written.
  fs.symlinkSync('elsewhere', `${folder}/planted`);
  store.put('new', bytesOf('x'));
  await store.get('f1500');
  assert.equal(told, ['record-damaged', 'record-unwritable']);
  assert.equal(await held(store), ['new: x']);
  await store.close();
});

damaging.run();
