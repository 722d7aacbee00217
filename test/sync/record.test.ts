import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { fromText } from '../../lib/core/entry.ts';
import { changeAt, trigger } from '../../lib/core/scope.ts';
import { openDatabase } from '../../lib/disk/record-database.ts';
import { openRecord } from '../../lib/disk/record-store.ts';
import {
  assertMirrored, assertQuiet, contentOf, doneOf, inodeOf, isThere, passOnce, passOver,
  syncConfirmed, syncedPair, syncNow, syncWell, type Pair,
} from '../support/pass.ts';
import { removeTree } from '../support/temp.ts';
import {
  file, folder, link, makeTree, pathIn, readTree, setTime, symlink, type TreeSpec,
} from '../support/tree.ts';

const SPEC = {
  '': folder({ time: 1_000_000_000_000_001n }), 'a': 'one', 'b': file('two', { mode: 0o4711 }),
  'd/c': 'three', 'd/e/f': link('a'), 'd/l': symlink('../a'), 'empty/': null, 'd/old': file('x', {
    time: -1n,
  }),
};

/** The folder of the pair's record. */
function recordOf(pair: Pair): string {
  const [only, ...others] = fs.readdirSync(pair.state);
  assert.equal(others, []);
  return path.join(pair.state, only!, 'record');
}

const ctimesOf = (dir: string): Map<string, bigint> => new Map([...readTree(dir).keys()]
  .map((at) => [at, fs.lstatSync(pathIn(dir, at), { bigint: true }).ctimeNs]));

/** Everything that is recorded, as text. */
async function recorded(pair: Pair): Promise<string> {
  const record = await openRecord(recordOf(pair), {
    source: fromText(pair.source), replica: fromText(pair.replica),
  });
  const lines = [JSON.stringify(record.meta)];
  for await (const [at, { self, names, rows }] of record.subtree('')) {
    lines.push(`${at}: ${self.join()} ${names.join()} ${rows.join()}`);
  }
  await record.close();
  return lines.join('\n');
}

const quiet = suite('a pass with nothing to do');

quiet('writes nothing in the replica, and nothing in the record', async () => {
  const pair = await syncedPair(SPEC);
  // The first looks once more at what is younger than the clock's grain.
  await syncNow(pair);
  await syncConfirmed(pair);
  const [ctimes, record] = [ctimesOf(pair.replica), await recorded(pair)];
  for (let at = 0; at < 3; at += 1) assert.is((await syncNow(pair)).quiet, true);
  assert.equal(ctimesOf(pair.replica), ctimes);
  assert.is(await recorded(pair), record);
});

quiet('says so: no operation, no problem, no notice', async () => {
  const pair = await syncedPair(SPEC);
  const { events } = await syncNow(pair);
  assert.equal(events.map(({ kind }) => kind).filter((kind) => kind !== 'progress'),
    ['started', 'pass-started', 'pass-finished', 'stopped']);
});

quiet('never writes in the source, whatever it does', async () => {
  const pair = await syncedPair(SPEC);
  const before = ctimesOf(pair.source);
  removeTree(`${pair.replica}/d`);
  fs.appendFileSync(`${pair.replica}/b`, 'x');
  await syncNow(pair, { checksum: true });
  await syncNow(pair);
  assert.equal(ctimesOf(pair.source), before);
});

quiet.run();

// ---

const lost = suite('a record');

const damages: Readonly<Record<string, (pair: Pair) => void>> = {
  'deleted': (pair) => removeTree(pair.state),
  'emptied': (pair) => {
    for (const name of fs.readdirSync(recordOf(pair))) fs.unlinkSync(`${recordOf(pair)}/${name}`);
  },
  'overwritten': (pair) => {
    for (const name of fs.readdirSync(recordOf(pair))) {
      const at = `${recordOf(pair)}/${name}`;
      fs.writeFileSync(at, Buffer.alloc(fs.statSync(at).size, 0xa5));
    }
  },
  'cut short': (pair) => {
    for (const name of fs.readdirSync(recordOf(pair))) {
      const at = `${recordOf(pair)}/${name}`;
      fs.truncateSync(at, fs.statSync(at).size >> 1);
    }
  },
  'replaced by a file': (pair) => {
    const at = recordOf(pair);
    removeTree(at);
    fs.writeFileSync(at, 'no record');
  },
};

for (const [how, damage] of Object.entries(damages)) {
  lost(`${how} costs time, never data: nothing is copied, nothing deleted`, async () => {
    const pair = await syncedPair(SPEC);
    damage(pair);
    const before = ctimesOf(pair.replica);
    const { done, exitCode, held } = await syncNow(pair);
    assert.is(exitCode, 0);
    assert.is(held, undefined);
    assert.equal(done, []);
    assert.equal(ctimesOf(pair.replica), before);
    await syncWell(pair);
  });

  lost(`${how} does not keep what changed from being mirrored`, async () => {
    const pair = await syncedPair(SPEC);
    damage(pair);
    fs.appendFileSync(`${pair.source}/a`, ' more');
    fs.unlinkSync(`${pair.source}/b`);
    fs.renameSync(`${pair.source}/d/c`, `${pair.source}/d/moved`);
    const passed = await syncWell(pair);
    // By its content: without a record there is no inode to know it by.
    assert.equal(doneOf(passed, 'rename', 'remove'), ['remove b', 'rename d/c -> d/moved']);
  });
}

lost('that is damaged is told of', async () => {
  const pair = await syncedPair(SPEC);
  damages['overwritten']!(pair);
  const { events } = await syncNow(pair);
  const notices = events.filter((event) => event.kind === 'notice' && event.level === 'warn');
  assert.is(notices.length, 1);
  assert.equal((await syncNow(pair)).notices, []);
});

lost('of a big folder that lost a page is whole again after one pass', async () => {
  const pair = await syncedPair(Object.fromEntries(
    Array.from({ length: 1_200 }, (_, at) => [`d/f${1_000 + at}`, `${at}`])));
  const roots = { source: fromText(pair.source), replica: fromText(pair.replica) };
  const { database } = await openDatabase(recordOf(pair), roots);
  const pages: string[] = [];
  for await (const key of database!.keys()) pages.push(key.toString('latin1'));
  const [first, next] = pages.filter((key) => key.startsWith('fd\0')).slice(1);
  await database!.del(Buffer.from(first!, 'latin1'));
  await database!.close();
  // Nothing is left that would be written there.
  for (const name of fs.readdirSync(`${pair.source}/d`)) {
    if (name < first!.slice(3) || name >= next!.slice(3)) continue;
    for (const root of [pair.source, pair.replica]) fs.unlinkSync(`${root}/d/${name}`);
  }

  await syncWell(pair);
  const record = await openRecord(recordOf(pair), roots);
  assert.equal((await record.get('d'))?.names, fs.readdirSync(`${pair.source}/d`).toSorted());
  await record.close();
});

lost('of another pair is no evidence', async () => {
  const pair = await syncedPair(SPEC);
  const other = await syncedPair({ 'a': 'others', 'd/new': 'x' });
  removeTree(recordOf(other));
  fs.renameSync(recordOf(pair), recordOf(other));
  await syncWell(other);
  assert.is(contentOf(other.replica, 'a'), 'others');
});

lost('that cannot be kept is told of, and the pass runs all the same', async () => {
  const pair = await syncedPair(SPEC);
  removeTree(pair.state);
  fs.writeFileSync(pair.state, 'a file');
  fs.appendFileSync(`${pair.source}/a`, ' more');
  const { exitCode, notices } = await syncNow(pair);
  assert.is(exitCode, 0);
  assert.equal(notices, ['state-folder-unusable']);
  assertMirrored(pair);
});

lost.run();

// ---

const stealth = suite('a change that size and time do not show');

/** Writes and gives the file its old time again. */
function rewrite(dir: string, at: string, content: string): void {
  const { mtimeNs } = fs.lstatSync(pathIn(dir, at), { bigint: true });
  fs.writeFileSync(pathIn(dir, at), content);
  setTime(pathIn(dir, at), mtimeNs / 1000n);
}

const timed = (content: string) => file(content, { time: 1_000_000_000_000_000n });

stealth('in the source is found by its ctime', async () => {
  const pair = await syncedPair({ f: timed('AAAA'), g: timed('AAAA') });
  await syncNow(pair);
  rewrite(pair.source, 'f', 'BBBB');
  assert.equal((await syncWell(pair)).moved, ['copy f']);
});

stealth('right after a pass is found', async () => {
  for (let at = 0; at < 10; at += 1) {
    const pair = await syncedPair({ f: timed('AAAA') });
    rewrite(pair.source, 'f', 'BBBB');
    await syncWell(pair);
  }
});

stealth('of two files that changed places is found by their inodes', async () => {
  const pair = await syncedPair({ a: timed('AAAA'), b: timed('BBBB') });
  const inode = inodeOf(pair.replica, 'a');
  fs.renameSync(`${pair.source}/a`, `${pair.source}/t`);
  fs.renameSync(`${pair.source}/b`, `${pair.source}/a`);
  fs.renameSync(`${pair.source}/t`, `${pair.source}/b`);
  assert.equal((await syncWell(pair)).moved, ['rename a -> b', 'rename b -> a']);
  assert.is(inodeOf(pair.replica, 'b'), inode);
});

stealth('of a file made anew under its old name is found', async () => {
  const pair = await syncedPair({ f: timed('AAAA') });
  fs.unlinkSync(`${pair.source}/f`);
  makeTree(pair.source, { f: timed('BBBB') });
  await syncWell(pair);
});

stealth('in the replica is repaired', async () => {
  const pair = await syncedPair({ f: timed('AAAA'), g: timed('x') });
  await syncNow(pair);
  rewrite(pair.replica, 'f', 'BBBB');
  assert.equal((await syncWell(pair)).moved, ['copy f']);
});

stealth('is found without a record by --checksum only', async () => {
  const pair = await syncedPair({ f: timed('AAAA') });
  rewrite(pair.replica, 'f', 'BBBB');
  removeTree(pair.state);
  assert.equal((await syncNow(pair)).done, []);
  removeTree(pair.state);
  assert.equal((await syncWell(pair, { checksum: true })).moved, ['copy f']);
});

stealth.run();

// ---

const cheap = suite('what does not change content');

const all = { 'a': timed('one'), 'd/b': timed('two'), 'd/e/c': Buffer.alloc(100_000, 7) };

cheap('copies nothing: chmod -R', async () => {
  const pair = await syncedPair(all);
  for (const at of ['a', 'd/b', 'd/e/c']) fs.chmodSync(`${pair.source}/${at}`, 0o600);
  assert.equal((await syncWell(pair)).done, ['set a', 'set d/b', 'set d/e/c']);
});

cheap('copies nothing: touch', async () => {
  const pair = await syncedPair(all);
  for (const at of ['a', 'd/b', 'd/e/c']) setTime(`${pair.source}/${at}`, 1_234_567_890_123_456n);
  assert.equal((await syncWell(pair)).done, ['set a', 'set d/b', 'set d/e/c']);
});

cheap('copies nothing: a source that was exchanged for a copy of itself', async () => {
  const pair = await syncedPair(all);
  fs.renameSync(pair.source, `${pair.dir}/before`);
  fs.cpSync(`${pair.dir}/before`, pair.source, { recursive: true, preserveTimestamps: true });
  const passed = await syncNow(pair);
  assert.is(passed.exitCode, 0);
  assert.equal(passed.moved, []);
  await syncWell(pair);
});

cheap('copies nothing: hard links that others make of our files, on either side', async () => {
  const pair = await syncedPair(all);
  for (const side of [pair.source, pair.replica]) {
    fs.mkdirSync(`${side}.snapshot`);
    fs.linkSync(`${side}/a`, `${side}.snapshot/a`);
    fs.linkSync(`${side}/d/e/c`, `${side}.snapshot/c`);
  }
  assert.equal((await syncWell(pair)).moved, []);

  // And what is written later does not reach them.
  fs.writeFileSync(`${pair.source}.new`, 'new');
  fs.renameSync(`${pair.source}.new`, `${pair.source}/a`);
  await syncWell(pair);
  assert.is(contentOf(`${pair.replica}.snapshot`, 'a'), 'one');
});

cheap('copies nothing: a file restored as it was, with another inode', async () => {
  const pair = await syncedPair(all);
  fs.unlinkSync(`${pair.source}/a`);
  makeTree(pair.source, { a: all.a });
  assert.equal((await syncWell(pair)).moved, []);
});

cheap.run();

// ---

const big = suite('folders of more files than a page of the record holds');

big('have their changes found, and nothing else', async () => {
  const filesIn = (at: string): TreeSpec => Object.fromEntries(
    Array.from({ length: 700 }, (_, n) => [`${at}f${n}`, `${at}${n}`]));
  const pair = await syncedPair({ ...filesIn(''), ...filesIn('d/'), ...filesIn('d/e/') });
  await assertQuiet(pair);
  const { source, replica } = pair;
  fs.writeFileSync(`${source}/f99`, 'new');
  fs.unlinkSync(`${source}/d/f5`);
  fs.renameSync(`${source}/f7`, `${source}/d/g7`);
  makeTree(source, filesIn('d/new '));
  const { moved } = await syncWell(pair);
  assert.equal(moved.filter((line) => !line.startsWith('copy d/new ')),
    ['copy f99', 'remove d/f5', 'rename f7 -> d/g7']);

  fs.renameSync(`${source}/d`, `${source}/x`);
  assert.equal((await syncWell(pair)).moved, ['rename d -> x']);
  removeTree(`${source}/x/e`);
  fs.appendFileSync(`${replica}/f3`, 'drift');
  // An incremental pass lets so many deletions wait.
  assert.equal((await passOver(pair, ['x/e', 'f3'].map(changeAt))).moved, ['copy f3']);
  assert.equal((await syncWell(pair)).moved, ['remove x/e (701)']);
});

big.run();

// ---

const drift = suite('drift of the replica');

drift('is repaired, whatever was done to it', async () => {
  const pair = await syncedPair({
    gone: 'x', edited: 'x', 'folder/f': 'x', 'file': 'x', mode: 'x', time: 'x', link: symlink('x'),
    'deep/er/f': 'x', 'also/gone/f': 'x',
  });
  const { replica } = pair;
  fs.unlinkSync(`${replica}/gone`);
  fs.appendFileSync(`${replica}/edited`, 'x');
  removeTree(`${replica}/folder`);
  fs.writeFileSync(`${replica}/folder`, 'a file');
  fs.unlinkSync(`${replica}/file`);
  makeTree(replica, { 'file/with': 'content', 'extra': 'x', 'extra folder/f': 'x' });
  fs.chmodSync(`${replica}/mode`, 0o600);
  setTime(`${replica}/time`, 1n);
  fs.unlinkSync(`${replica}/link`);
  fs.writeFileSync(`${replica}/link`, 'a file');
  fs.chmodSync(`${replica}/deep/er`, 0o700);
  removeTree(`${replica}/also`);
  await syncWell(pair);
});

drift('of a file that then moves in the source: never are the drifted bytes moved', async () => {
  const pair = await syncedPair({ old: timed('AAAA'), other: timed('CCCC') });
  fs.writeFileSync(`${pair.replica}/old`, 'BBBB');
  setTime(`${pair.replica}/old`, 1_000_000_000_000_000n);
  fs.unlinkSync(`${pair.replica}/other`);
  fs.renameSync(`${pair.source}/old`, `${pair.source}/new`);
  fs.renameSync(`${pair.source}/other`, `${pair.source}/other new`);
  await syncWell(pair);
  assert.is(contentOf(pair.replica, 'new'), 'AAAA');
});

drift('to an older state as a whole, out of a backup, is repaired', async () => {
  const pair = await syncedPair({ f: 'old', 'd/g': 'old', 'd/h': timed('same') });
  fs.cpSync(pair.replica, `${pair.dir}/backup`, { recursive: true, preserveTimestamps: true });
  makeTree(pair.source, { f: 'newer', 'd/g': 'new', 'd/i': 'new' });
  await syncWell(pair);
  for (const name of fs.readdirSync(pair.replica)) removeTree(`${pair.replica}/${name}`);
  fs.cpSync(`${pair.dir}/backup`, pair.replica, { recursive: true, preserveTimestamps: true });
  const passed = await syncWell(pair);
  assert.equal(passed.moved, ['copy d/g', 'copy d/i', 'copy f']);
});

drift('does not stop a source restored from a backup, with older times', async () => {
  const pair = await syncedPair({ f: 'newer', 'd/g': 'newer', 'd/new': 'x' });
  removeTree(`${pair.source}/d`);
  fs.unlinkSync(`${pair.source}/f`);
  makeTree(pair.source, { f: timed('older'), 'd/g': timed('old') });
  await syncWell(pair);
  assert.is(contentOf(pair.replica, 'f'), 'older');
  assert.not(isThere(pair.replica, 'd/new'));
});

drift.run();

// ---

const damage = suite('a record with damage, where a file was written to behind its old time');

/** A pair that was equal, and is not: neither size nor time tells. */
async function hiddenChange(): Promise<Pair> {
  const pair = await syncedPair({ 'd/f': timed('AAAA'), 'd/same': 'x' });
  makeTree(pair.source, { 'd/f': timed('BBBB') });
  return pair;
}

damage('in its log, has it copied', async () => {
  const pair = await hiddenChange();
  const record = recordOf(pair);
  for (const name of fs.readdirSync(record).filter((each) => each.endsWith('.log'))) {
    const bytes = fs.readFileSync(`${record}/${name}`);
    bytes[bytes.indexOf('same')]! ^= 1;
    fs.writeFileSync(`${record}/${name}`, bytes);
  }
  const { notices, moved } = await syncNow(pair);
  assert.equal([notices, moved], [['record-afresh'], ['copy d/f']]);
});

damage('that shows while it is read, has it copied in that very pass', async () => {
  const pair = await hiddenChange();
  const { moved } = await passOnce(pair, trigger({ reason: 'start', full: true }), (mirror) => {
    const getMany = async (folders: readonly string[]): Promise<undefined[]> => {
      await mirror.record.setMeta({ careful: true });
      return folders.map(() => undefined);
    };
    return { ...mirror, record: Object.create(mirror.record, { getMany: { value: getMany } }) };
  });
  assert.equal(moved, ['copy d/f']);
});

damage.run();
