import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { isPlain, skip } from '../support/needs.ts';
import {
  contentOf, inodeOf, isThere, syncedPair, type Pair,
} from '../support/pass.ts';
import { differences } from '../support/same.ts';
import { removeTree, until } from '../support/temp.ts';
import {
  file, folder, link, makeTree, pathIn, setTime, symlink, type TreeSpec,
} from '../support/tree.ts';
import { assertNothingLeft, withWatch } from '../support/watch.ts';

interface Case {
  readonly spec: TreeSpec;
  readonly act: (source: string) => void;
  /** From the path before to the path after: the replica's entry must be the same one. */
  readonly kept?: Readonly<Record<string, string>>;
  /** All that is done besides `set`; not judged where that depends on how events fall. */
  readonly moved?: readonly string[];
}

const rename = (source: string, from: string, to: string): void =>
  fs.renameSync(pathIn(source, from), pathIn(source, to));

const many = (of: string, count: number): TreeSpec =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`${of}/${at % 9}/${at}`, `${at}`]));

const cases: Readonly<Record<string, Case>> = {
  'a file changes its content': {
    spec: { 'd/a': 'old', 'd/b': 'B' },
    act: (source) => fs.writeFileSync(`${source}/d/a`, 'new content'),
    moved: ['copy d/a'],
  },
  'a file changes its content, not its size or time': {
    spec: { 'd/a': file('old', { time: 1_000_000_000_000_000n }) },
    act(source) {
      fs.writeFileSync(`${source}/d/a`, 'new');
      setTime(`${source}/d/a`, 1_000_000_000_000_000n);
    },
  },
  'a file grows': {
    spec: { a: 'start,' },
    act: (source) => fs.appendFileSync(`${source}/a`, ' more'),
    moved: ['copy a'],
  },
  'a file is saved as editors do': {
    spec: { 'd/a': 'old' },
    act(source) {
      fs.writeFileSync(`${source}/d/.a.swp`, 'swap');
      fs.writeFileSync(`${source}/d/a~new`, 'new');
      rename(source, 'd/a~new', 'd/a');
      fs.unlinkSync(`${source}/d/.a.swp`);
    },
  },
  'a file comes': {
    spec: { 'd/a': 'A' },
    act: (source) => makeTree(source, { 'd/b': 'B', 'empty': '' }),
    moved: ['copy d/b', 'copy empty'],
  },
  'a folder comes, nested and filled': {
    spec: { a: 'A' },
    act: (source) => makeTree(source, { 'n/e/s/t/e/d/': null, 'n/e/f': 'F', 'n/g': 'G' }),
  },
  'a folder comes with hundreds of files': {
    spec: { a: 'A' },
    act: (source) => makeTree(source, many('n', 400)),
  },
  'a file gets another name': {
    spec: { 'd/a': 'A', 'd/b': 'B' }, act: (source) => rename(source, 'd/a', 'd/c'),
    kept: { 'd/a': 'd/c' }, moved: ['rename d/a -> d/c'],
  },
  'a file moves to another folder': {
    spec: { 'd/a': 'A', 'e/': null }, act: (source) => rename(source, 'd/a', 'e/a'),
    kept: { 'd/a': 'e/a' }, moved: ['rename d/a -> e/a'],
  },
  'a file moves over another': {
    spec: { a: 'A', b: 'BB' }, act: (source) => rename(source, 'a', 'b'),
    kept: { a: 'b' }, moved: ['rename a -> b'],
  },
  'two files change places': {
    spec: { a: 'A', b: 'BB' },
    act(source) {
      rename(source, 'a', 'c');
      rename(source, 'b', 'a');
      rename(source, 'c', 'b');
    },
    kept: { a: 'b', b: 'a' }, moved: ['rename a -> b', 'rename b -> a'],
  },
  'a folder gets another name': {
    spec: { 'd/e/a': 'A', 'd/b': 'B' }, act: (source) => rename(source, 'd', 'n'),
    kept: { d: 'n', 'd/e/a': 'n/e/a' }, moved: ['rename d -> n'],
  },
  'a folder moves into another, and changes there': {
    spec: { 'd/e/a': 'A', 'd/b': 'B', 'x/': null },
    act(source) {
      rename(source, 'd', 'x/d');
      fs.writeFileSync(`${source}/x/d/b`, 'changed');
    },
    kept: { d: 'x/d', 'd/e/a': 'x/d/e/a' },
  },
  'a file goes': {
    spec: { 'd/a': 'A', 'd/b': 'B' }, act: (source) => fs.unlinkSync(`${source}/d/a`),
    moved: ['remove d/a'],
  },
  'a small folder goes': {
    spec: { 'd/e/a': 'A', 'd/b': 'B', c: 'C' }, act: (source) => removeTree(`${source}/d`),
  },
  'modes change': {
    spec: { a: 'A', 'd/b': 'B' },
    act(source) {
      fs.chmodSync(`${source}/a`, 0o4751);
      fs.chmodSync(`${source}/d/b`, 0o400);
      fs.chmodSync(`${source}/d`, 0o1770);
      fs.chmodSync(source, 0o700);
    },
    kept: { a: 'a', 'd/b': 'd/b' }, moved: [],
  },
  'times change': {
    spec: { a: 'A', 'd/b': 'B', l: symlink('a') },
    act(source) {
      setTime(`${source}/a`, -1n);
      setTime(`${source}/l`, 1_600_000_000_123_456n);
      setTime(`${source}/d/b`, 4_102_444_800_999_999n);
      setTime(`${source}/d`, 1_000_000_000_000_001n);
      setTime(source, 999_999n);
    },
    kept: { a: 'a', 'd/b': 'd/b' },
  },
  'a symlink comes, another leads elsewhere': {
    spec: { a: 'A', old: symlink('a') },
    act(source) {
      makeTree(source, { 'd/new': symlink('/nowhere/at/all'), 'e': symlink('d') });
      fs.unlinkSync(`${source}/old`);
      fs.symlinkSync('d', `${source}/old`);
    },
  },
  'a file gets a second name, another loses one': {
    spec: { a: 'A', b: 'B', 'd/b2': link('b') },
    act(source) {
      fs.linkSync(`${source}/a`, `${source}/d/a2`);
      fs.unlinkSync(`${source}/b`);
      fs.writeFileSync(`${source}/b`, 'alone');
    },
  },
  'a file with two names changes by one of them': {
    spec: { 'd/a': 'A', 'e/a2': link('d/a') },
    act: (source) => fs.writeFileSync(`${source}/d/a`, 'by the first name'),
  },
  'a file changes whose other name lay in a folder that is a file now': {
    spec: { 'd/a': 'A', b: link('d/a'), 'e/x': 'X' },
    act(source) {
      removeTree(`${source}/d`);
      makeTree(source, { d: 'a file now', b: 'alone now' });
    },
    moved: ['copy b', 'copy d', 'remove d'],
  },
  'entries become others': {
    spec: { 'a/b/c': 'C', f: 'F', l: symlink('f') },
    act(source) {
      removeTree(`${source}/a`);
      fs.unlinkSync(`${source}/f`);
      fs.unlinkSync(`${source}/l`);
      makeTree(source, { a: 'a file now', 'f/g': 'a folder now', 'l/': folder({ mode: 0o711 }) });
    },
  },
  'a folder is deleted and made again at once': {
    spec: { 'd/e/a': 'A', 'd/b': 'B' },
    act(source) {
      removeTree(`${source}/d`);
      makeTree(source, { 'd/e/a': 'another', 'd/x/y': 'Y' });
    },
  },
  'names of any bytes come and go': {
    spec: { '\xfe old': 'old', 'new\nline': 'N', 'caf\xc3\xa9/a': 'A' },
    act(source) {
      makeTree(source, { '\xfd': 'new', 'n\xff/caf\xe9': 'in a folder that comes too',
        'caf\xc3\xa9/__proto__': 'P', 'constructor': 'c', '-rf *': 's' });
      fs.unlinkSync(pathIn(source, '\xfe old'));
      rename(source, 'new\nline', 'other\nline');
    },
  },
};

const change = suite('watch: a change is carried over when');

for (const [name, { spec, act, kept = {}, moved }] of Object.entries(cases)) {
  change(name, async () => {
    const pair = await syncedPair(spec);
    const before = Object.keys(kept).map((at) => inodeOf(pair.replica, at));

    await withWatch(pair, {}, async (watching) => {
      const mark = watching.mark();
      act(pair.source);
      await watching.mirrored();

      const after = Object.values(kept).map((at) => inodeOf(pair.replica, at));
      assert.equal(after, before, 'an entry was made anew');
      // Told after it is done: the last event may still be on its way.
      if (moved !== undefined) await until(() => watching.moved(mark).length >= moved.length);
      if (moved !== undefined) assert.equal(watching.moved(mark), moved);
      await assertNothingLeft(watching);
    });
  });
}

change.run();

// ---

const unwatched = suite('watch: a folder that cannot be watched');
const byChokidar = isPlain() ? skip(unwatched, 'is about chokidar') : unwatched;

byChokidar('has its changes found by the next full pass', async () => {
  const pair = await syncedPair({ 'd\xff/a': 'A', b: 'B' });

  await withWatch(pair, {}, async (watching) => {
    fs.writeFileSync(pathIn(pair.source, 'd\xff/a'), 'changed');
    fs.writeFileSync(pathIn(pair.source, 'b'), 'changed');
    await until(() => contentOf(pair.replica, 'b') === 'changed');
    assert.is(contentOf(pair.replica, 'd\xff/a'), 'A');

    await watching.fullPass();
    assert.equal(differences(pair.source, pair.replica), []);
  });
});

byChokidar('is told', async () => {
  const pair = await syncedPair({ 'd\xff/a': 'A', b: 'B' });

  await withWatch(pair, {}, async (watching) => {
    const { text } = await watching.event('notice', { where: ({ code }) => code === 'unwatched' });
    assert.match(text, /^1 .*cannot be watched.* not UTF-8/);
  });
});

unwatched.run();

// ---

const deletions = suite('watch: deletions');

deletions('of more than a hundred entries wait until nothing vanishes any more', async () => {
  const pair = await syncedPair({ 'keep/a': 'A', ...many('gone', 150) });

  await withWatch(pair, {}, async (watching) => {
    const mark = watching.mark();
    fs.writeFileSync(`${pair.source}/keep/a`, 'changed in the same moment');
    removeTree(`${pair.source}/gone`);
    const removedAt = performance.now();
    await until(() => contentOf(pair.replica, 'keep/a').startsWith('changed'));
    await watching.mirrored();

    const settled = await watching.event('pass-finished', {
      since: mark, where: ({ reason }) => reason === 'deletions-settled',
    });
    const at = watching.times[watching.events.indexOf(settled)]!;
    assert.ok(at - removedAt >= 950, `deleted after ${at - removedAt} ms`);
    assert.equal(watching.all('held', mark), []);
    await assertNothingLeft(watching);
  });
});

deletions('of up to a hundred entries do not wait', async () => {
  const pair = await syncedPair({ keep: 'K', ...many('gone', 60) });

  await withWatch(pair, {}, async (watching) => {
    const mark = watching.mark();
    removeTree(`${pair.source}/gone`);
    await watching.mirrored();
    const reasons = watching.all('pass-finished', mark).map(({ reason }) => reason);
    assert.equal([...new Set(reasons)], ['changes']);
  });
});

deletions('that come back in time are none', async () => {
  const pair = await syncedPair({ keep: 'K', ...many('back', 150) });
  const inode = inodeOf(pair.replica, 'back/0/0');

  await withWatch(pair, {}, async (watching) => {
    const mark = watching.mark();
    fs.renameSync(`${pair.source}/back`, `${pair.dir}/outside`);
    await watching.event('pass-finished', { since: mark });
    fs.renameSync(`${pair.dir}/outside`, `${pair.source}/back`);
    await watching.mirrored();
    await watching.event('pass-finished', {
      since: mark, where: ({ reason }) => reason === 'deletions-settled',
    });

    assert.is(inodeOf(pair.replica, 'back/0/0'), inode);
    assert.equal(watching.moved(mark), []);
    await assertNothingLeft(watching);
  });
});

deletions.run();

// ---

const ignoring = suite('watch: an ignore file');

ignoring('that changes protects what it names, and no longer what it does not', async () => {
  const pair = await syncedPair({ 'd/a.log': 'old', 'd/b': 'B' });
  const appear = (dir: Pair['source'], at: string): Promise<void> =>
    until(() => isThere(dir, at), { what: `${at} is there` });

  await withWatch(pair, {}, async (watching) => {
    fs.writeFileSync(`${pair.source}/d/.fsyncignore`, '*.log\n');
    await appear(pair.replica, 'd/.fsyncignore');
    makeTree(pair.source, { 'd/a.log': 'ignored', 'd/new.log': 'ignored', 'd/c': 'C' });
    await appear(pair.replica, 'd/c');
    await watching.fullPass();
    assert.is(contentOf(pair.replica, 'd/a.log'), 'old');
    assert.not.ok(isThere(pair.replica, 'd/new.log'));

    fs.writeFileSync(`${pair.source}/d/.fsyncignore`, '*.log\n!new.log\n');
    await appear(pair.replica, 'd/new.log');
    assert.is(contentOf(pair.replica, 'd/a.log'), 'old');

    fs.unlinkSync(`${pair.source}/d/.fsyncignore`);
    await watching.mirrored();
    fs.writeFileSync(`${pair.source}/d/a.log`, 'watched again');
    await watching.mirrored();
    assert.equal(differences(pair.source, pair.replica), []);
    await assertNothingLeft(watching);
  });
});

ignoring('leaves the time of a folder right where what it names comes and goes', async () => {
  const pair = await syncedPair({ '.fsyncignore': '*.o\n', 'd/a.c': 'A' });
  await withWatch(pair, {}, async (watching) => {
    const time = (dir: Pair['source']): number => fs.statSync(`${dir}/d`).mtimeMs;
    for (const step of [() => fs.writeFileSync(`${pair.source}/d/a.o`, 'A'),
      () => fs.unlinkSync(`${pair.source}/d/a.o`)]) {
      const before = time(pair.replica);
      step();
      await until(() => time(pair.replica) !== before, { what: 'the folder has another time' });
    }
    assert.equal(differences(pair.source, pair.replica), []);
    await assertNothingLeft(watching);
  });
});

ignoring('of git is a file like others where git\'s rules were not asked for', async () => {
  const pair = await syncedPair({ ...many('d', 90), '.gitignore': '*.log\n' });

  await withWatch(pair, {}, async (watching) => {
    const mark = watching.mark();
    fs.writeFileSync(`${pair.source}/.gitignore`, '*.txt\n');
    const { checked } = await watching.event('pass-finished', { since: mark });
    assert.ok(checked < 10, `${checked} entries were looked at`);
    await watching.mirrored();
    assert.equal(watching.moved(mark), ['copy .gitignore']);
  });
});

ignoring('of git comes and goes with the folder that it is in', async () => {
  const pair = await syncedPair({ 'd/.git/info/exclude': 'out/\n', 'd/out/a': 'A', 'd/b': 'B' });
  const inside = `${pair.source}/d/.git`;

  await withWatch(pair, { gitignore: true }, async (watching) => {
    for (const [at, away] of [[inside, `${pair.dir}/git`], [`${inside}/info`, `${inside}/x`]]) {
      fs.writeFileSync(`${pair.source}/d/out/a`, `ignored at first: ${at}`);
      fs.renameSync(at!, away!);
      await watching.mirrored();
      fs.writeFileSync(`${pair.source}/d/out/a`, `watched: ${at}`);
      await watching.mirrored();

      fs.renameSync(away!, at!);
      await until(() => isThere(pair.replica, 'd/.git/info/exclude'));
      await assertNothingLeft(watching);
    }
  });
});

ignoring.run();
