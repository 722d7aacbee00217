import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { Exit } from '../support/cli.ts';
import { needs } from '../support/needs.ts';
import {
  assertMirrored, contentOf, isThere, newPair, type Pair,
} from '../support/pass.ts';
import { file, folder, makeTree, type TreeSpec } from '../support/tree.ts';
import { NOBODY, syncByCli } from './support.ts';

const nobody = suite('one who is not root');
const asNobody = needs(nobody, { root: true, platform: 'linux', tools: ['setpriv'] });

/** A pair of which all is nobody's own, in a folder that is open to all. */
function nobodysPair(spec: TreeSpec): Pair {
  const pair = newPair(spec);
  fs.chmodSync(pair.dir, 0o777);
  own(pair.source);
  return pair;
}

function own(at: string): void {
  fs.lchownSync(at, 65_534, 65_534);
  if (!fs.lstatSync(at).isDirectory()) return;
  for (const name of fs.readdirSync(at)) own(`${at}/${name}`);
}

/** As nobody, who needs no rights in a home of root's. */
const syncAsNobody = (pair: Pair): Promise<Exit & { stdout: string; stderr: string }> =>
  syncByCli(pair, { under: NOBODY, home: pair.dir });

/** Equal, and a second pass says nothing. */
async function assertSettled(pair: Pair): Promise<void> {
  assertMirrored(pair);
  const { code, stdout, stderr } = await syncAsNobody(pair);
  assert.equal([code, stdout, stderr], [0, '', '']);
}

asNobody('R10: fills folders without write permission, and sets their mode last', async () => {
  const pair = nobodysPair({
    'ro/f': 'f', 'ro/d/g': 'g', 'ro/': folder({ mode: 0o555 }), 'ro/d/': folder({ mode: 0o500 }),
  });
  assert.is((await syncAsNobody(pair)).code, 0);
  await assertSettled(pair);

  for (const [at, content] of [['ro/f', 'newer'], ['ro/d/new', 'x']] as const) {
    fs.writeFileSync(`${pair.source}/${at}`, content);
  }
  fs.unlinkSync(`${pair.source}/ro/d/g`);
  own(pair.source);
  const { code, stderr } = await syncAsNobody(pair);
  assert.is(code, 0, stderr);
  await assertSettled(pair);
});

asNobody('R10: copies, moves and swaps folders where nobody may write', async () => {
  const closed = ['', 'ro', 'ro/from', 'ro/from/x', 'a/x', 'b/y', 'ro/new', 'ro/to'];
  const shut = (pair: Pair, mode: number): void => {
    for (const at of closed) {
      if (isThere(pair.source, at)) fs.chmodSync(`${pair.source}/${at}`, mode);
    }
  };
  const pair = nobodysPair(
    { 'ro/from/x/f': 'f', 'ro/to/g': 'g', 'ro/h': 'h', 'a/x/i': 'i', 'b/y/j': 'j' });
  shut(pair, 0o555);
  assert.is((await syncAsNobody(pair)).code, 0);

  shut(pair, 0o755);
  makeTree(pair.source, { 'ro/new/deep/k': 'k', 'top/l': 'l' });
  fs.linkSync(`${pair.source}/ro/h`, `${pair.source}/ro/new/h`);
  const move = (from: string, to: string): void =>
    fs.renameSync(`${pair.source}/${from}`, `${pair.source}/${to}`);
  move('ro/from/x', 'ro/to/x');
  for (const [from, to] of [['a/x', 't'], ['b/y', 'a/x'], ['t', 'b/y']] as const) move(from, to);
  own(pair.source);
  shut(pair, 0o555);
  const { code, stdout } = await syncAsNobody(pair);
  assert.is(code, 0, stdout);
  assert.match(stdout, /renamed folder ro\/from\/x\/ → ro\/to\/x\//);
  await assertSettled(pair);
});

asNobody('R09: opens a folder of the replica that is read-only, and shuts it again', async () => {
  const pair = nobodysPair({ 'd/f': 'f', 'd/e/g': 'g' });
  await syncAsNobody(pair);
  fs.chmodSync(`${pair.replica}/d/e`, 0o555);
  fs.chmodSync(`${pair.replica}/d`, 0o555);
  makeTree(pair.source, { 'd/f': 'newer', 'd/new': 'x', 'd/e/g': 'newer' });
  own(pair.source);
  const { code, stderr } = await syncAsNobody(pair);
  assert.is(code, 0, stderr);
  await assertSettled(pair);
});

asNobody('R09: tells of a folder of the replica that is shut, opens it, and goes on', async () => {
  const pair = nobodysPair({ 'd/f': 'f', 'e/g': 'g' });
  await syncAsNobody(pair);
  fs.chmodSync(`${pair.replica}/d`, 0o000);
  makeTree(pair.source, { 'd/f': 'newer', 'd/new': 'x', 'e/g': 'newer' });
  own(pair.source);
  const { code, stdout } = await syncAsNobody(pair);
  assert.is(code, 1);
  assert.match(stdout, /\bd: .*EACCES/);
  assert.is(contentOf(pair.replica, 'e/g'), 'newer');
  assert.is((await syncAsNobody(pair)).code, 0);
  await assertSettled(pair);
});

asNobody('R09: copies anew what it may not read in the replica', async () => {
  const pair = nobodysPair({ 'f': 'same size', 'd/g': 'g' });
  await syncAsNobody(pair);
  fs.writeFileSync(`${pair.replica}/f`, 'SAME SIZE');
  for (const at of ['f', 'd/g']) fs.chmodSync(`${pair.replica}/${at}`, 0o000);
  const { code, stdout } = await syncAsNobody(pair);
  assert.is(code, 0, stdout);
  await assertSettled(pair);
});

asNobody('R09: tells what is not its own and not open to it, and does the rest', async () => {
  const pair = nobodysPair({ 'd/f': 'f', 'e/g': 'g', 'h': 'h' });
  await syncAsNobody(pair);
  fs.chownSync(`${pair.replica}/d`, 0, 0);
  makeTree(pair.source, { 'd/f': 'newer', 'e/g': 'newer' });
  fs.unlinkSync(`${pair.source}/h`);
  own(pair.source);
  const { code, stdout } = await syncAsNobody(pair);
  assert.is(code, 1);
  assert.match(stdout, /d\/f: /);
  assert.equal(['d/f', 'e/g'].map((at) => contentOf(pair.replica, at)), ['f', 'newer']);
  assert.not(isThere(pair.replica, 'h'));
  assert.equal(fs.readdirSync(`${pair.replica}/d`), ['f']);
  own(pair.replica);
  assert.is((await syncAsNobody(pair)).code, 0);
  await assertSettled(pair);
});

asNobody('R09: mirrors what others own as its own, and is quiet then', async () => {
  const pair = newPair({ f: file('f', { mode: 0o644, uid: 1, gid: 2 }), 'd/g': 'g' });
  fs.chmodSync(pair.dir, 0o777);
  assert.is((await syncAsNobody(pair)).code, 0);
  assert.is(fs.statSync(`${pair.replica}/f`).uid, 65_534);
  const again = await syncAsNobody(pair);
  assert.equal([again.code, again.stdout], [0, '']);
});

asNobody('R09: gives to a group what belongs to it once it is in there', async () => {
  const theirs = { uid: 65_534, gid: 2 };
  const pair = newPair({
    'f': file('f', theirs), 'd/': folder(theirs), 'd/e/g': file('g', theirs), 'h': 'h',
  });
  fs.chmodSync(pair.dir, 0o777);
  const groups = (): number[] =>
    ['f', 'd', 'd/e/g', 'h'].map((at) => fs.statSync(`${pair.replica}/${at}`).gid);
  assert.is((await syncAsNobody(pair)).code, 0);
  assert.equal(groups(), [65_534, 65_534, 65_534, 65_534]);
  const asMember = (): Promise<Exit & { stdout: string }> => syncByCli(pair, {
    under: ['setpriv', '--reuid=65534', '--regid=65534', '--groups=2'], home: pair.dir,
  });
  const { code, stdout } = await asMember();
  assert.is(code, 0, stdout);
  assert.not.match(stdout, /copied/);
  assert.equal(groups(), [2, 2, 2, 65_534]);
  const again = await asMember();
  assert.equal([again.code, again.stdout], [0, '']);
});

nobody.run();
