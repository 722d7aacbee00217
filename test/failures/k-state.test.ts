import { createServer } from 'node:net';
import fs from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { ClassicLevel } from 'classic-level';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { mountTmpfs, unmount } from '../support/mounted.ts';
import { needs } from '../support/needs.ts';
import {
  assertMirrored, contentOf, syncedPair, syncNow, syncWell, type Pair,
} from '../support/pass.ts';
import { random } from '../support/random.ts';
import { removeTree } from '../support/temp.ts';
import { file, link, makeTree, symlink } from '../support/tree.ts';
import { shot } from './support.ts';

const SPEC = {
  'a': 'one', 'b': file('two', { mode: 0o600 }), 'd/c': 'three', 'd/e/f': link('a'),
  'd/l': symlink('../a'), 'empty/': null, 'd/x/y/z': 'deep',
};

/** The folder of the pair's record. */
const recordOf = ({ state }: Pair): string =>
  path.join(state, fs.readdirSync(state)[0]!, 'record');

/** A record with tables beside its log, and a replica that all of it is true of. */
async function recordedPair(): Promise<Pair> {
  const pair = await syncedPair(SPEC);
  for (const name of ['g', 'h']) {
    makeTree(pair.source, { [name]: name, [`d/x/${name}`]: name });
    await syncWell(pair);
  }
  return pair;
}

const taken = suite('a state folder');

taken('with a link planted in it is refused by an event, and exit code 3', async () => {
  const pair = await syncedPair({ a: 'old' });
  const place = path.dirname(recordOf(pair));
  fs.renameSync(place, `${pair.dir}/elsewhere`);
  fs.symlinkSync(`${pair.dir}/elsewhere`, place);
  makeTree(pair.source, { a: 'newer' });
  const { exitCode, refused } = await syncNow(pair);
  assert.equal([exitCode, refused?.code], [3, 'state-folder-refused']);
  assert.is(contentOf(pair.replica, 'a'), 'old');
});

taken.run();

// ---

const damaged = suite('a damaged record');

type Damage = (content: Buffer, at: number) => Buffer;
const damages: Readonly<Record<string, Damage>> = {
  'cut short': (content, at) => content.subarray(0, at),
  'with a bit flipped': (content, at) => {
    const other = Buffer.from(content);
    other[at]! ^= 1 << (at % 8);
    return other;
  },
  'with zeros in it, as after a power cut': (content, at) =>
    Buffer.concat([content.subarray(0, at), Buffer.alloc(content.length - at)]),
};

/** Each length and each byte of all files: `FSYNC_FAULTS=all`. */
const STRIDE = process.env.FSYNC_FAULTS === 'all' ? 1 : 311;

for (const [how, damage] of Object.entries(damages)) {
  damaged(`K09: ${how}, anywhere, costs no more than time`, async () => {
    const pair = await recordedPair();
    const record = recordOf(pair);
    const whole = fs.readdirSync(record).filter((name) => name !== 'LOCK')
      .map((name) => [name, fs.readFileSync(`${record}/${name}`)] as const);
    const rng = random(9);
    for (const [name, content] of whole) {
      for (let at = rng.below(STRIDE); at < content.length; at += STRIDE) {
        // Besides, it is the record of an older state: the replica went on since.
        removeTree(record);
        fs.mkdirSync(record);
        for (const [each, bytes] of whole) fs.writeFileSync(`${record}/${each}`, bytes);
        fs.writeFileSync(`${record}/${name}`, damage(content, at));
        const text = `${name} at ${at}`;
        makeTree(pair.source, { 'a': text, 'd/moves 1': text, 'd/goes': 'x' });
        await syncNow(pair);
        fs.renameSync(`${pair.source}/d/moves 1`, `${pair.source}/moves 2`);
        fs.unlinkSync(`${pair.source}/d/goes`);
        const { exitCode, problems, held } = await syncNow(pair);
        assert.equal([exitCode, problems, held], [0, [], undefined], text);
        assertMirrored(pair);
      }
    }
  });
}

damaged.run();

// ---

const other = suite('a record');

/** Changes what is stored, as another version would have written it. */
async function restore(pair: Pair, change: (key: string, value: Buffer) => Buffer): Promise<void> {
  const database = new ClassicLevel<Buffer, Buffer>(recordOf(pair),
    { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  for (const [key, value] of await database.iterator().all()) {
    await database.put(key, change(key.toString('latin1'), value));
  }
  await database.close();
}

function withVersion(value: Buffer, version: number): Buffer {
  const json = value.toString().replace(/^\d+ /, '')
    .replace(/"version":\d+/, `"version":${version}`);
  return Buffer.from(`${crc32(json)} ${json}`);
}

for (const [which, version] of [['an older', 0], ['a newer', 99]] as const) {
  other(`K10: of ${which} version is begun anew, told, and nothing is copied`, async () => {
    const pair = await recordedPair();
    await restore(pair, (key, value) => (key === 'm' ? withVersion(value, version) : value));
    fs.appendFileSync(`${pair.source}/a`, ' more');
    const { moved, notices } = await syncNow(pair);
    assert.equal(notices, ['record-afresh']);
    assert.equal(moved.filter((each) => !/^(?:copy|link) (?:a|d\/e\/f)\b/.test(each)), []);
    await syncWell(pair);
  });
}

other('K10: whose values are of another format is as none, and nothing is copied', async () => {
  const pair = await recordedPair();
  await restore(pair, (key, value) => {
    if (key === 'm') return value;
    const changed = Buffer.from(value);
    changed.writeUInt32LE(changed.readUInt32LE(12) ^ 0x10, 12);
    changed.writeUInt32LE(crc32(changed.subarray(12)), 8);
    return changed;
  });
  assert.equal((await syncWell(pair)).moved, []);
});

for (const at of ['', '/CURRENT', '/LOG', '/LOCK', '/MANIFEST-000001']) {
  other(`K11: with a symlink planted at record${at} is not written through it`, async () => {
    const pair = await recordedPair();
    makeTree(`${pair.dir}/out`, { 'CURRENT': 'precious', 'f': 'precious' });
    const planted = recordOf(pair) + at;
    removeTree(planted);
    fs.symlinkSync(at === '' ? `${pair.dir}/out` : `${pair.dir}/out/f`, planted);
    const before = shot(`${pair.dir}/out`);
    fs.appendFileSync(`${pair.source}/b`, ' more');
    const { exitCode, notices } = await syncNow(pair);
    assert.equal([exitCode, notices], [0, ['record-in-memory']]);
    assertMirrored(pair);
    assert.equal(shot(`${pair.dir}/out`), before);
  });
}

for (const [what, options, fill] of [
  ['on a full disk', 'size=64k', 65_536], ['on a read-only file system', 'size=8m', 0],
] as const) {
  needs(other, { root: true, platform: 'linux', tools: ['mount', 'umount'] })(
    `K11: ${what} is told of, and the pass does its work`, async () => {
      const pair = await syncedPair(SPEC);
      removeTree(pair.state);
      fs.mkdirSync(pair.state);
      mountTmpfs(pair.state, fill === 0 ? `${options},ro` : options);
      if (fill > 0) fs.writeFileSync(`${pair.state}/filled`, Buffer.alloc(fill));
      makeTree(pair.source, { 'a': 'changed', 'new/f': 'f' });
      const { exitCode, notices } = await syncNow(pair);
      assert.is(exitCode, 0);
      assert.ok(notices.some((code) => /^(?:record|state)-/.test(code)), notices.join());
      assertMirrored(pair);
      unmount(pair.state);
    });
}

other('K06: left by one that was killed, in another boot, bars nobody', async () => {
  const pair = await recordedPair();
  fs.writeFileSync(`${recordOf(pair)}/LOCK`, '1\n');
  await restore(pair, (key, value) => {
    if (key !== 'm') return value;
    const json = JSON.parse(value.toString().replace(/^\d+ /, '')) as object;
    const text = JSON.stringify({ ...json, open: { bootId: 'another', since: 0 } });
    return Buffer.from(`${crc32(text)} ${text}`);
  });
  // What was written in that boot may be lost, though it looks as it should.
  const { mtime } = fs.statSync(`${pair.replica}/a`);
  fs.writeFileSync(`${pair.replica}/a`, 'eno');
  fs.utimesSync(`${pair.replica}/a`, mtime, mtime);
  const { exitCode, notices } = await syncNow(pair);
  assert.equal([exitCode, notices], [0, ['after-restart']]);
  assert.is(contentOf(pair.replica, 'a'), 'one');
  await syncWell(pair);
});

needs(other, { platform: 'linux' })('K16: is not worked with beside another version', async () => {
  const pair = await recordedPair();
  const { dev, ino } = fs.statSync(pair.replica, { bigint: true });
  // Of the lock's names all versions have this one.
  const server = createServer().listen(`\0fsync:by:${dev}:${ino}:4321-0123456789ab`);
  fs.appendFileSync(`${pair.source}/a`, ' more');
  const before = shot(pair.replica);
  const { refused } = await syncNow(pair);
  server.close();
  assert.is(refused?.code, 'locked');
  assert.match(refused?.text ?? '', /process 4321/);
  assert.equal(shot(pair.replica), before);
  await syncWell(pair);
});

other.run();
