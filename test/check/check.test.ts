import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { runCli, startCli } from '../support/cli.ts';
import { needs } from '../support/needs.ts';
import { checkNow, isThere, newPair, syncedPair, syncNow, type Pair } from '../support/pass.ts';
import { removeTree } from '../support/temp.ts';
import {
  fifo, file, folder, link, makeTree, pathIn, readTree, setTime, symlink,
} from '../support/tree.ts';

const old = { time: 1_000_000_000_000_000n };
const SPEC = {
  'f': file('content', old), 'd/g': file('other', old), 'l': symlink('target', old),
  'e/': folder(old), 'd/': folder(old), '': folder(old),
};

const differ = suite('check tells, a line each,');

interface Case {
  readonly act: (pair: Pair) => void;
  readonly lines: readonly string[];
  readonly checksum?: boolean;
  readonly root?: boolean;
}

const edit = (at: string, content: string) => ({ replica }: Pair): void => {
  makeTree(replica, { [at]: file(content, old) });
};

const cases: Readonly<Record<string, Case>> = {
  'nothing where both are equal': { act: () => {}, lines: [] },
  'what the replica lacks': {
    act: ({ replica }) => fs.unlinkSync(`${replica}/f`), lines: ['time ', 'missing f'],
  },
  'a folder that the replica lacks, as one': {
    act: ({ replica }) => removeTree(`${replica}/d`), lines: ['time ', 'missing d'],
  },
  'what only the replica has': {
    act: ({ replica }) => makeTree(replica, { 'x': 'x', 'y/z': 'z' }),
    lines: ['time ', 'extra x', 'extra y'],
  },
  'what is of another type': {
    act({ replica }) {
      removeTree(`${replica}/f`);
      makeTree(replica, { 'f/': null });
    },
    lines: ['time ', 'type f'],
  },
  'another size': { act: edit('d/g', 'longer than before'), lines: ['size d/g'] },
  'another time': {
    act: ({ replica }) => setTime(`${replica}/d/g`, old.time + 1n), lines: ['time d/g'],
  },
  'another time of a folder': {
    act: ({ replica }) => setTime(`${replica}/e`, 0n), lines: ['time e'],
  },
  'another time of a symlink': {
    act: ({ replica }) => setTime(`${replica}/l`, 0n), lines: ['time l'],
  },
  'another mode': { act: ({ replica }) => fs.chmodSync(`${replica}/f`, 0o600), lines: ['mode f'] },
  'another mode of the root': {
    act: ({ replica }) => fs.chmodSync(replica, 0o700), lines: ['mode '],
  },
  'another owner': {
    act: ({ replica }) => fs.lchownSync(`${replica}/l`, 7, 7), lines: ['owner l'], root: true,
  },
  'another target': {
    act({ replica }) {
      fs.unlinkSync(`${replica}/l`);
      makeTree(replica, { l: symlink('tarGet', old), '': folder(old) });
    },
    lines: ['target l'],
  },
  'no other content of equal size and time': { act: edit('f', 'CONTENT'), lines: [] },
  'other content with --checksum': {
    act: edit('f', 'CONTENT'), lines: ['content f'], checksum: true,
  },
  'one difference a path, though there are several': {
    act({ replica }) {
      edit('f', 'longer than before')({ replica } as Pair);
      fs.chmodSync(`${replica}/f`, 0o600);
    },
    lines: ['size f'],
  },
};

for (const [what, { act, lines, checksum = false, root = false }] of Object.entries(cases)) {
  needs(differ, { root })(what, async () => {
    const pair = await syncedPair(SPEC);
    act(pair);
    const before = snapshot(pair.dir);
    const { differences, exitCode, events } = await checkNow(pair, { checksum });
    assert.equal(differences, lines);
    assert.is(exitCode, lines.length > 0 ? 1 : 0);
    const checked = events.find((event) => event.kind === 'checked');
    assert.is(checked?.differences, lines.length);
    assert.equal(snapshot(pair.dir), before, 'check changed something');
  });
}

/** Everything there is: content, times, modes, inodes, and when any of it was changed. */
function snapshot(dir: string): unknown {
  return [...readTree(dir)].map(([at, found]) =>
    [at, found, fs.lstatSync(pathIn(dir, at), { bigint: true }).ctimeNs]);
}

differ('names of one file that are names of several, and the other way round', async () => {
  const pair = await syncedPair({ 'a': 'a', 'b': link('a'), 'c': file('c', old), 'd': 'd' });
  const { mtimeNs } = fs.statSync(`${pair.source}/a`, { bigint: true });
  const root = fs.statSync(pair.source, { bigint: true }).mtimeNs;
  fs.unlinkSync(`${pair.replica}/b`);
  makeTree(pair.replica, {
    b: file('a', { time: mtimeNs / 1000n }), '': folder({ time: root / 1000n }),
  });
  assert.equal((await checkNow(pair)).differences, ['links b']);
});

differ('no socket, device or FIFO', async () => {
  const pair = await syncedPair({ 'p': fifo(), 'a': 'a' });
  const { differences, exitCode } = await checkNow(pair);
  assert.equal([differences, exitCode], [[], 0]);
});

differ('no folder that stays in the replica for what is ignored in it', async () => {
  const pair = newPair({ 'd/f': 'f', 'e/f': 'f', 'k': 'k', '.fsyncignore': '*.log' });
  await syncNow(pair);
  makeTree(pair.replica, { 'd/g/own.log': 'own', 'e/own.log': 'own' });
  removeTree(`${pair.source}/d`);
  removeTree(`${pair.source}/e`);
  await syncNow(pair);
  makeTree(pair.replica, { 'e/more': 'more' });
  const { differences: found, exitCode } = await checkNow(pair);
  assert.equal([found, exitCode], [['extra e'], 1]);
  await syncNow(pair);
  assert.equal((await checkNow(pair)).differences, []);
});

differ('nothing that is ignored', async () => {
  const pair = newPair({ 'a.log': 'a', '.fsyncignore': '*.log' });
  makeTree(pair.replica, { 'b.log': 'b' });
  const { differences } = await checkNow(pair);
  assert.equal(differences.filter((line) => line.includes('log')), []);
});

differ('and in detail what is equal, each path once', async () => {
  const pair = newPair({ 'a': file('a', old), 'd/g': file('g', old), 'd/h/i': file('i', old),
    'l': symlink('a', old), 'p': fifo(), 'new/in': '', 'x.log': '', 'd/': folder(old),
    'd/h/': folder(old), '': folder(old) });
  await syncNow(pair, { ignore: ['new', '*.log'] });
  makeTree(pair.replica, { 'd/g': file('longer', old), 'own': '', 'd/': folder(old) });
  const { events } = await checkNow(pair, { detail: true, ignore: ['*.log'] });
  const lines = events.flatMap((event) => (event.kind === 'equal' ? [`= ${event.path}`]
    : event.kind === 'difference' ? [`${event.what} ${event.path}`] : []));
  assert.equal(lines, ['time ', '= a', '= d', 'size d/g', '= d/h', '= d/h/i', '= l', 'missing new',
    'extra own']);
  const checked = events.find((event) => event.kind === 'checked');
  assert.equal([checked?.missing, checked?.extra, checked?.changed, checked?.unreadable],
    [1, 1, 2, 0]);
  const plain = await checkNow(pair, { ignore: ['*.log'] });
  assert.equal(plain.events.filter(({ kind }) => kind === 'equal'), []);
});

differ('in the order of paths', async () => {
  const pair = newPair({ 'b': 'b', 'a/x': 'x', 'c': 'c' });
  makeTree(pair.replica, { 'a/y': 'y', 'd': 'd' });
  const { differences } = await checkNow(pair);
  const paths = differences.map((line) => line.slice(line.indexOf(' ') + 1));
  assert.equal(paths, paths.toSorted());
  assert.ok(['missing a/x', 'extra a/y', 'missing b', 'missing c', 'extra d']
    .every((line) => differences.includes(line)), differences.join());
});

differ.run();

// ---

const use = suite('check');

use('uses no record: what was changed behind it is found all the same', async () => {
  const pair = await syncedPair(SPEC);
  removeTree(pair.state);
  fs.appendFileSync(`${pair.replica}/f`, 'x');
  assert.equal((await checkNow(pair)).differences, ['size f']);
  assert.not(isThere(pair.dir, 'state'));
});

use('takes no lock: it runs beside a watch', async () => {
  const pair = await syncedPair(SPEC);
  const cli = startCli(['watch', pair.source, pair.replica, '--state-dir', pair.state]);
  await cli.untilLine(/watching/);
  const { exitCode, refused } = await checkNow(pair);
  await cli.kill();
  assert.equal([exitCode, refused], [0, undefined]);
});

use('keeps no one from the replica while it runs', async () => {
  const pair = await syncedPair(SPEC);
  const [checked, other] = await Promise.all([checkNow(pair), checkNow(pair)]);
  assert.equal([checked.exitCode, other.exitCode], [0, 0]);
});

use('is refused with 3 where a folder is missing, or they overlap; it makes nothing', async () => {
  const pair = newPair(SPEC);
  assert.is((await checkNow(pair)).exitCode, 3);
  assert.not(isThere(pair.dir, 'D'));
  assert.is((await checkNow({ ...pair, replica: `${pair.source}/d` })).exitCode, 3);
  assert.is((await checkNow({ ...pair, source: `${pair.dir}/no`, replica: pair.source })).exitCode,
    3);
});

use('prints differences to stdout, and exits with 1 or 0', async () => {
  const pair = await syncedPair(SPEC);
  const run = () => runCli(['check', pair.source, pair.replica]);
  const equal = await run();
  assert.equal([equal.code, equal.stderr], [0, '']);
  fs.chmodSync(`${pair.replica}/f`, 0o600);
  const { code, stdout, stderr } = await run();
  assert.equal([code, stderr], [1, '']);
  assert.match(stdout, /\bf\b.*mode|mode.*\bf\b/);
});

use('does not report the state folder inside a root', async () => {
  const pair = newPair(SPEC);
  const inside = { ...pair, state: `${pair.source}/state` };
  await syncNow(inside);
  assert.equal((await checkNow(inside)).differences, []);
});

use.run();
