import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeFolder } from '../../lib/disk/record-bytes.ts';
import { editFolder, type Row } from '../../lib/core/record.ts';
import { openRecord, type RecordStore } from '../../lib/disk/record-store.ts';
import { bootId } from '../../lib/disk/roots.ts';
import { needs } from '../support/needs.ts';
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

const opening = suite('openRecord');

async function made(): Promise<string> {
  const folder = path.join(tempFolder(), 'deep', 'record');
  const store = await filled(folder, 'a', 'b');
  await store.setMeta({ proven: true, open: { bootId: bootId(), since: 1 } });
  await store.close();
  return folder;
}

opening('makes its folder for this user alone', async () => {
  assert.is(fs.statSync(await made()).mode & 0o777, 0o700);
});

opening('begins anew, with a notice, for another pair or version', async () => {
  const folder = await made();
  const other = await openRecord(folder, { source: '/a', replica: '/c' });
  assert.is(other.notice?.code, 'record-afresh');
  assert.match(other.notice?.text ?? '', 'another pair');
  assert.equal(await held(other), []);
  assert.is(other.meta.proven, false);
  await other.setMeta({ version: 99 } as object);
  await other.close();

  const newer = await openRecord(folder, { source: '/a', replica: '/c' });
  assert.match(newer.notice?.text ?? '', 'another version');
  await newer.close();
});

opening('forgets a mark when told so', async () => {
  const folder = await made();
  const store = await openRecord(folder, pair);
  assert.equal(store.meta.open, { bootId: bootId(), since: 1 });
  await store.setMeta({ open: undefined });
  await store.close();
  const again = await openRecord(folder, pair);
  assert.is(again.meta.open, undefined);
  await again.close();
});

opening('is refused to a second process, and to a second store', async () => {
  const folder = await made();
  const store = await openRecord(folder, pair);
  const module = JSON.stringify(path.resolve('lib/disk/record-store.ts'));
  const script = `import { openRecord } from ${module};
    await openRecord(${JSON.stringify(folder)}, ${JSON.stringify(pair)})
      .then(() => console.log('opened'), (error) => console.log(error.code, error.message));`;
  const child = spawnSync(process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.match(child.stdout, /^record-in-use another fsync works on this pair/);
  let code: unknown;
  await openRecord(folder, pair).catch((error: NodeJS.ErrnoException) => { code = error.code; });
  assert.is(code, 'record-in-use');
  assert.equal(await held(store), ['a: in a', 'b: in b']);
  await store.close();
});

opening('never follows a link at its place or in it, and works in memory then', async () => {
  const outside = tempFolder();
  const link = path.join(tempFolder(), 'record');
  fs.symlinkSync(outside, link);
  const store = await openRecord(link, pair);
  assert.is(store.notice?.code, 'record-in-memory');
  store.put('a', bytesOf('x'));
  await store.setMeta({ proven: true });
  assert.equal(await held(store), ['a: x']);
  await store.close();
  assert.equal(fs.readdirSync(outside), []);

  const folder = await made();
  fs.symlinkSync(path.join(outside, 'planted'), path.join(folder, 'LOG.old'));
  const other = await openRecord(folder, pair);
  assert.is(other.notice?.code, 'record-in-memory');
  await other.close();
  assert.equal(fs.readdirSync(outside), []);
});

opening('works in memory where a file is in its place', async () => {
  const file = path.join(tempFolder(), 'record');
  fs.writeFileSync(file, '');
  const store = await filled(file, 'a');
  assert.is(store.notice?.code, 'record-in-memory');
  assert.equal(await held(store), ['a: in a']);
  await store.close();
});

const mounting = needs(opening, { root: true, platform: 'linux', tools: ['mount', 'umount'] });

mounting('is kept in memory while the disk is full, told once, and written later', async () => {
  const now = performance.now.bind(performance);
  const folder = tempFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'none', folder]);
  try {
    const told: string[] = [];
    const at = path.join(folder, 'record');
    const store = await openRecord(at, pair, (notice) => told.push(notice.code));
    const big = Array.from({ length: 3_000 }, () => Math.random().toString(36).slice(2));
    for (let each = 0; each < 10; each += 1) {
      store.put(`f${each}`, bytesOf(...big.map((name) => name + each)));
      await store.flush();
    }
    assert.equal(told, ['record-unwritable']);
    assert.is((await held(store)).length, 10);
    assert.is(await store.entries(), 30_000);
    await store.setMeta({ proven: true });
    await store.flush();

    execFileSync('mount', ['-o', 'remount,size=60m', folder]);
    performance.now = () => now() + 60_000;
    await store.flush();
    await store.close();
    const again = await openRecord(at, pair);
    assert.is(again.notice, undefined);
    assert.is(again.meta.proven, true);
    assert.is(await again.entries(), 30_000);
    await again.close();
  } finally {
    performance.now = now;
    execFileSync('umount', ['-l', folder]);
  }
});

mounting('works in memory on a read-only disk', async () => {
  const folder = await made();
  execFileSync('mount', ['--bind', folder, folder]);
  execFileSync('mount', ['-o', 'remount,ro,bind', folder]);
  try {
    const store = await openRecord(folder, pair);
    assert.is(store.notice?.code, 'record-in-memory');
    await store.close();
  } finally {
    execFileSync('umount', ['-l', folder]);
  }
  const again = await openRecord(folder, pair);
  assert.is(again.notice, undefined);
  assert.equal(await held(again), ['a: in a', 'b: in b']);
  await again.close();
});

opening.run();
