import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { addChanges, changeAt, trigger } from '../../lib/core/scope.ts';
import type { RecordStore } from '../../lib/disk/record-store.ts';
import type { Mirror } from '../../lib/mirror.ts';
import {
  assertMirrored, contentOf, passOnce, passOver, syncedPair, type Pair, type Passed,
} from '../support/pass.ts';
import { aGrain } from '../support/temp.ts';
import { makeTree, setTime, type TreeSpec } from '../support/tree.ts';

const linked = suite('a file with several names');

/** A pair of which some files have got a second name each, `first=second`. */
async function linkedPair(spec: TreeSpec, ...names: readonly string[]): Promise<Pair> {
  const pair = await syncedPair(spec);
  const all = names.map((one) => one.split('=') as [string, string]);
  for (const [first, second] of all) fs.linkSync(at(pair, first), at(pair, second));
  await passOver(pair, all.flat().map(changeAt));
  assertMirrored(pair);
  return pair;
}

const at = (pair: Pair, path: string): string => join(pair.source, path);
const write = (pair: Pair, path: string): void =>
  fs.writeFileSync(at(pair, path), 'written by its other name');
const remove = (pair: Pair, path: string): void =>
  fs.rmSync(at(pair, path), { recursive: true });
const move = (pair: Pair, from: string, to: string): void =>
  fs.renameSync(at(pair, from), at(pair, to));
const passAt = (pair: Pair, ...paths: readonly string[]): Promise<Passed> =>
  passOver(pair, paths.map(changeAt));

interface Row {
  /** Links made before, `first=second`. */
  readonly links?: readonly string[];
  readonly act: (pair: Pair) => void;
  /** What is announced of it, batch by batch. */
  readonly batches: readonly (readonly string[])[];
}

const TREE = { 'a/file': 'content', 'b/deep/x': 'x', 'c/z': 'z', 'c/big': 'big' };
const LINKS = ['a/file=b/deep/other'];
const OTHER = 'b/deep/other';

const LOST: Readonly<Record<string, Row>> = {
  'that was written by a name that is gone by now is so by the other one': {
    act(pair) {
      write(pair, OTHER);
      remove(pair, OTHER);
    },
    batches: [[OTHER]],
  },
  'that was written by a name that is gone with its folder is so by the other one': {
    act(pair) {
      write(pair, OTHER);
      remove(pair, 'b');
    },
    batches: [['b']],
  },
  'that was set by a name where a file has come in the place of its folder is so': {
    act(pair) {
      fs.chmodSync(at(pair, OTHER), 0o600);
      remove(pair, 'b');
      write(pair, 'b');
    },
    batches: [['b']],
  },
  'that was written by a name that became a folder is so by the other one': {
    act(pair) {
      write(pair, OTHER);
      remove(pair, OTHER);
      fs.mkdirSync(at(pair, OTHER));
    },
    batches: [[OTHER]],
  },
  'that was written by a name that became a symlink is so by the other one': {
    act(pair) {
      write(pair, OTHER);
      remove(pair, OTHER);
      fs.symlinkSync('x', at(pair, OTHER));
    },
    batches: [[OTHER]],
  },
  'whose other name is gone with its folder, in the next batch, is told of by that': {
    links: [...LINKS, 'c/z=b/z', 'b/deep/x=c/x'],
    act(pair) {
      write(pair, 'b/z');
      remove(pair, 'b');
      remove(pair, 'a');
    },
    batches: [['a'], ['b']],
  },
  'whose other folder moved, as the next batch tells, is not removed with that': {
    act(pair) {
      remove(pair, 'a');
      move(pair, 'b', 'b2');
    },
    batches: [['a'], ['b', 'b2']],
  },
};

for (const [name, { links = LINKS, act, batches }] of Object.entries(LOST)) {
  linked(name, async () => {
    const pair = await linkedPair(TREE, ...links);
    act(pair);
    for (const batch of batches) await passAt(pair, ...batch);
    assertMirrored(pair);
  });
}

linked('of which one name became a FIFO is written by the other one', async () => {
  const pair = await linkedPair(TREE, ...LINKS);
  write(pair, OTHER);
  remove(pair, OTHER);
  execFileSync('mkfifo', [at(pair, OTHER)]);
  await passAt(pair, OTHER);
  assert.is(contentOf(pair.replica, 'a/file'), 'written by its other name');
});

linked('whose other folder moves is moved, whichever half is told first', async () => {
  for (const lost of ['a', 'a/file']) {
    const pair = await linkedPair({ ...TREE, 'a/more': 'more' }, ...LINKS);
    remove(pair, lost);
    move(pair, 'b', 'b2');
    const first = await passAt(pair, lost);
    assert.equal(first.moved.map((one) => one.split(' ')[1]), [lost]);
    const { moved } = await passAt(pair, 'b', 'b2');
    assert.equal(moved, ['rename b -> b2']);
    assertMirrored(pair);
  }
});

const WHILE_NEW: Readonly<Record<string, (pair: Pair) => void>> = {
  'written': (pair) => write(pair, 'new/file'),
  'written, as long as before': (pair) => fs.writeFileSync(at(pair, 'new/file'), 'CONTENT'),
  'given another mode': (pair) => fs.chmodSync(at(pair, 'new/file'), 0o600),
  'given another time': (pair) => setTime(at(pair, 'new/file'), 1_000_000_000_000_000n),
};

for (const [what, act] of Object.entries(WHILE_NEW)) {
  linked(`that gets one in a new folder, and is ${what} by it at once, is so by all`, async () => {
    const pair = await linkedPair(TREE, ...LINKS);
    fs.mkdirSync(at(pair, 'new'));
    fs.linkSync(at(pair, 'a/file'), at(pair, 'new/file'));
    act(pair);
    await passAt(pair, 'new');
    assertMirrored(pair);
    const { moved } = await passAt(pair, 'new', 'a/file', OTHER);
    assert.equal(moved, []);
  });
}

linked('of which one name gives way to a folder with an equal file keeps its mode', async () => {
  for (const replaced of ['folder', 'symlink']) {
    const pair = await linkedPair(TREE, ...LINKS);
    fs.chmodSync(at(pair, 'a/file'), 0o600);
    await passAt(pair, 'a/file');
    remove(pair, OTHER);
    if (replaced === 'folder') fs.mkdirSync(at(pair, OTHER));
    else fs.symlinkSync('x', at(pair, OTHER));
    const equal = replaced === 'folder' ? `${OTHER}/f` : 'b/f';
    fs.copyFileSync(at(pair, 'a/file'), at(pair, equal));
    fs.chmodSync(at(pair, equal), 0o644);
    await passAt(pair, OTHER, equal);
    assertMirrored(pair);
  }
});

linked('that gets one in a folder that moves is linked there, not copied', async () => {
  const pair = await syncedPair({ 'file': 'content', 'old/x': 'x' });
  move(pair, 'old', 'new');
  fs.linkSync(at(pair, 'file'), at(pair, 'new/other'));
  const { moved } = await passAt(pair, 'old', 'new');
  assert.equal(moved, ['link new/other = file', 'rename old -> new']);
  assertMirrored(pair);
});

// ---

/** The other name came while the move of the file's folder had to wait: it was copied. */
async function linkedWhileWaiting(): Promise<Pair> {
  const many = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`full/${n}`, `${n}`]));
  const pair = await syncedPair({ ...many, 'old/file': 'content' });
  remove(pair, 'full');
  move(pair, 'old', 'full');
  fs.linkSync(at(pair, 'full/file'), at(pair, 'other'));
  // What is compared now is believed the next time.
  await aGrain();
  const { moved } = await passAt(pair, 'full', 'old', 'other');
  assert.equal(moved, ['copy other']);
  return pair;
}

const whenOver = (pair: Pair, ...paths: readonly string[]): Promise<Passed> => {
  const changes = addChanges(undefined, paths.map(changeAt));
  const over = trigger({ reason: 'deletions-settled', changes, ripe: true });
  return passOnce(pair, over, (mirror) => mirror);
};

linked('that got one while the move of its folder had to wait is linked with it then', async () => {
  const pair = await linkedWhileWaiting();
  const { moved } = await whenOver(pair, 'full', 'old');
  assert.equal(moved.filter((one) => !one.startsWith('remove')),
    ['link other = full/file', 'rename old -> full']);
  assertMirrored(pair);
});

linked('that is gone with that folder is written by that name all the same', async () => {
  const pair = await linkedWhileWaiting();
  write(pair, 'full/file');
  remove(pair, 'full');
  await whenOver(pair, 'full', 'old', 'full/file');
  assertMirrored(pair);
});

// ---

/** Whether, after a full pass, files of several names are known of. */
async function knowsOfLinks(pair: Pair): Promise<boolean> {
  let after: Mirror | undefined;
  await passOnce(pair, trigger({ reason: 'interval', full: true }), (mirror) => (after = mirror));
  return after!.memory.hasLinks;
}

/** How often the record is swept for the names of what is gone with a folder. */
async function sweepsFor(pair: Pair, folder: string, hasLinks: boolean): Promise<number> {
  remove(pair, folder);
  let sweeps = 0;
  await passOver(pair, [changeAt(folder)], (mirror) => {
    mirror.memory.hasLinks = hasLinks;
    const subtree: RecordStore['subtree'] = (path) => {
      if (path === '') sweeps += 1;
      return mirror.record.subtree(path);
    };
    return { ...mirror, record: Object.assign(Object.create(mirror.record), { subtree }) };
  });
  return sweeps;
}

linked('is looked for in the record only where the last full pass met one', async () => {
  const pair = await syncedPair({ a: 'A', 'gone/x': 'x', 'gone too/y': 'y' });
  assert.is(await knowsOfLinks(pair), false);
  assert.is(await sweepsFor(pair, 'gone', false), 0);
  fs.linkSync(at(pair, 'a'), at(pair, 'b'));
  assert.is(await knowsOfLinks(pair), true, 'one was linked');
  move(pair, 'b', 'c');
  assert.is(await knowsOfLinks(pair), true, 'one was renamed');
  assert.is(await knowsOfLinks(pair), true, 'one was met');
  makeTree(pair.source, { 'tree/x': 'x' });
  fs.linkSync(at(pair, 'tree/x'), at(pair, 'tree/y'));
  remove(pair, 'c');
  assert.is(await knowsOfLinks(pair), true, 'one came with a new folder');
  assert.is(await sweepsFor(pair, 'gone too', true), 1);
  assertMirrored(pair);
});

linked('that came in the place of the folder of another name is no trouble', async () => {
  const pair = await linkedPair({ 'd/e': 'content', 'k': 'k' }, 'd/e=b');
  remove(pair, 'd');
  fs.linkSync(at(pair, 'b'), at(pair, 'd'));
  write(pair, 'b');
  // Of the folder no event tells, yet.
  assert.equal((await passAt(pair, 'b')).problems, []);
  assert.is(contentOf(pair.replica, 'b'), 'written by its other name');
  assert.equal((await passAt(pair, 'd')).problems, []);
  assertMirrored(pair);
});

linked.run();
