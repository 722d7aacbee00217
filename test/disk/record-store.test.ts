import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeFolder } from '../../lib/disk/record-bytes.ts';
import { editFolder, MODE, type Row } from '../../lib/core/record.ts';
import { openRecord, type RecordStore } from '../../lib/disk/record-store.ts';
import { tempFolder } from '../support/temp.ts';

const pair = { source: '/a', replica: '/b' };
const rowOf = (seed: number): Row => Array.from({ length: 12 }, (_, column) => seed + column);
/** Of entries that are folders: there may be more below. */
const bytesOf = (...names: readonly string[]): Buffer =>
  encodeFolder(editFolder(undefined,
    new Map(names.map((name, at) => [nameFor(name), folderRow(at)]))));
const folderRow = (seed: number): Row => rowOf(seed).with(MODE, 0o040_755);
const nameFor = (folder: string): string => folder.replaceAll('/', '.');

/** What the store holds, as `folder: names`. */
async function held(store: RecordStore, at = ''): Promise<string[]> {
  const list: string[] = [];
  for await (const [folder, { names }] of store.subtree(at)) {
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

/** Each test runs with everything in memory, half of it, and all on disk. */
const modes: readonly [string, (...folders: readonly string[]) => Promise<RecordStore>][] = [
  ['in memory', (...folders) => filled(undefined, ...folders)],
  ['queued', (...folders) => filled(path.join(tempFolder(), 'r'), ...folders)],
  ['written', async (...folders) => {
    const store = await filled(path.join(tempFolder(), 'r'), ...folders);
    await store.flush();
    return store;
  }],
  ['half written', async (...folders) => {
    const store = await filled(path.join(tempFolder(), 'r'), ...folders);
    await store.flush();
    for (const each of folders.filter((_, at) => at % 2 === 0)) {
      store.put(each, bytesOf(`in ${each}`));
    }
    return store;
  }],
];

// ---

const reading = suite('RecordStore');

for (const [mode, open] of modes) {
  reading(`${mode}: gives what was put, and nothing for what was not`, async () => {
    const store = await open('', 'a', 'a/\xff\xc3', 'b');
    const found = await store.getMany(['a', 'none', '', 'a/\xff\xc3']);
    assert.equal(found.map((bytes) => bytes && Buffer.from(bytes)),
      [bytesOf('in a'), undefined, bytesOf('in '), bytesOf('in a/\xff\xc3')]);
    assert.is((await store.get('none')), undefined);
    assert.equal((await store.get('b'))?.names, ['in b']);
    await store.close();
  });

  reading(`${mode}: gives bytes that may be handed to another thread`, async () => {
    const store = await open('a');
    const [bytes] = await store.getMany(['a']);
    structuredClone(bytes, { transfer: [bytes!.buffer as ArrayBuffer] });
    assert.is(bytes!.length, 0);
    assert.equal((await store.get('a'))?.names, ['in a']);
    await store.close();
  });

  reading(`${mode}: a subtree is the folder and all below, in order, and no more`, async () => {
    const store = await open('a/b', 'a', 'a b', 'a-', 'a0', '', 'a/b c', 'a/b/d', 'a/\xff');
    const below = ['a', 'a/b', 'a/b c', 'a/b/d', 'a/\xff']
      .map((each) => `${each}: in ${nameFor(each)}`);
    assert.equal(await held(store, 'a'), below);
    assert.equal(await held(store, 'none'), []);
    assert.equal((await held(store)).map((line) => line.split(':')[0]),
      ['', 'a', 'a b', 'a-', 'a/b', 'a/b c', 'a/b/d', 'a/\xff', 'a0']);
    await store.close();
  });

  reading(`${mode}: removes a subtree and nothing beside it`, async () => {
    const store = await open('', 'a', 'a b', 'a/b', 'a/b/c', 'b');
    await store.removeTree('a');
    assert.equal(await held(store), [': in ', 'a b: in a b', 'b: in b']);
    await store.close();
  });

  reading(`${mode}: a folder without folders is all of its subtree`, async () => {
    const store = await open('a', 'a/b');
    await store.edit('a', new Map([['in a', rowOf(1)]]));
    assert.equal(await held(store, 'a'), ['a: in a']);
    await store.close();
  });

  reading(`${mode}: moves a subtree over another`, async () => {
    const store = await open('a', 'a b', 'a/b', 'a/b/c', 'd', 'd/old');
    await store.renameTree('a', 'd');
    assert.equal(await held(store),
      ['a b: in a b', 'd: in a', 'd/b: in a.b', 'd/b/c: in a.b.c']);
    await store.close();
  });

  reading(`${mode}: moves a subtree up and down its own path`, async () => {
    const store = await open('a', 'a/b', 'a/b/b', 'a/c');
    await store.renameTree('a/b', 'a');
    assert.equal(await held(store), ['a: in a.b', 'a/b: in a.b.b']);
    await store.renameTree('a', 'a/b');
    assert.equal(await held(store), ['a/b: in a.b', 'a/b/b: in a.b.b']);
    await store.close();
  });

  reading(`${mode}: counts entries, through puts, edits and removals`, async () => {
    const store = await open('', 'a', 'b');
    assert.is(await store.entries(), 3);
    await store.edit('a', new Map([['x', rowOf(1)], ['y', rowOf(2)]]));
    assert.is(await store.entries(), 5);
    await store.edit('a', new Map([['x', undefined], ['y', rowOf(3)]]));
    assert.is(await store.entries(), 4);
    await store.removeTree('b');
    assert.is(await store.entries(), 3);
    await store.close();
  });

  reading(`${mode}: edits of one folder at the same time are all kept`, async () => {
    const store = await open('a');
    await Promise.all(Array.from({ length: 20 }, (_, at) =>
      store.edit('a', new Map([[`n${String(at).padStart(2, '0')}`, rowOf(at)]]))));
    assert.is((await store.get('a'))?.names.length, 21);
    await store.close();
  });
}

reading('is all there when opened again', async () => {
  const folder = path.join(tempFolder(), 'r');
  const store = await openRecord(folder, pair);
  const all = Array.from({ length: 5_000 }, (_, at) => `f${String(at).padStart(4, '0')}`);
  for (const each of all) store.put(each, bytesOf(`in ${each}`, ...'abcdefgh'));
  await store.setMeta({ proven: true });
  await store.close();

  const again = await openRecord(folder, pair);
  assert.is(again.notice, undefined);
  assert.is(again.meta.proven, true);
  assert.equal((await held(again)).map((line) => line.split(':')[0]), all);
  assert.is(await again.entries(), 45_000);
  await again.close();
});

reading('writes by itself, without a flush', async () => {
  const folder = path.join(tempFolder(), 'r');
  const store = await openRecord(folder, pair);
  const written = (): number => fs.readdirSync(folder).filter((name) => name.endsWith('.log'))
    .reduce((sum, name) => sum + fs.statSync(path.join(folder, name)).size, 0);
  const before = written();
  store.put('a', bytesOf('x'));
  const end = Date.now() + 10_000;
  while (written() === before && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.ok(written() > before);
  await store.close();
});

reading('writes nothing where nothing changes', async () => {
  const folder = path.join(tempFolder(), 'r');
  const store = await filled(folder, 'a');
  await store.edit('a', new Map([['x', rowOf(1)]]), [...rowOf(5), 1]);
  await store.setMeta({ proven: true });
  await store.flush();
  const sizes = (): string => fs.readdirSync(folder)
    .map((name) => `${name} ${fs.statSync(path.join(folder, name)).size}`).join();
  const before = sizes();
  await store.edit('a', new Map([['x', rowOf(1)], ['none', undefined]]));
  await store.edit('a', new Map(), [...rowOf(5), 1]);
  await store.setMeta({ proven: true });
  await store.flush();
  assert.is(sizes(), before);
  await store.close();
});

reading('takes a damaged value for absent', async () => {
  const store = await openRecord(undefined, pair);
  const bytes = bytesOf('x');
  bytes[30]! ^= 1;
  store.put('a', bytes);
  store.put('b', bytesOf('y'));
  assert.is(await store.get('a'), undefined);
  assert.equal(await held(store), ['b: y']);
});

reading.run();
