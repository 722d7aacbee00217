import {
  existsSync, linkSync, lchownSync, mkdirSync, readFileSync, readdirSync, readlinkSync, symlinkSync,
  unlinkSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { floorMicros } from '../../lib/core/difference.ts';
import type { Stat } from '../../lib/core/entry.ts';
import { temporaryName } from '../../lib/disk/bytes.ts';
import type { Pinned } from '../../lib/disk/pinned.ts';
import { park, placeFolder, placeLink, placeSymlink, rename } from '../../lib/disk/place.ts';
import { lstat } from '../../lib/disk/stat.ts';
import { needs } from '../support/needs.ts';
import { makeTree, symlink } from '../support/tree.ts';
import { codeThrown, litterIn, withRoots } from './two-roots.ts';

const links = suite('placeSymlink');
links('mirrors the link itself, to the byte, with its time', withRoots((roots) => {
  const { s, d, source, replica } = roots;
  const target = `\xff\n${'x'.repeat(4_000)}`;
  makeTree(s, { 'l': symlink(target, { time: -1_500_001n }) });
  const placed = placeSymlink(source, 'l', replica, 'l');
  assert.is(placed.target, target);
  assert.is(readlinkSync(join(d, 'l'), 'latin1'), target);
  assert.equal(placed.source, lstat(join(s, 'l')));
  assert.equal(placed.replica, lstat(join(d, 'l')));
  assert.is(floorMicros(placed.replica.mtimeNs), -1_500_001n);
}));
links('replaces a file or a link, never what a link leads to', withRoots((roots) => {
  const { base, s, d, source, replica } = roots;
  writeFileSync(join(base, 'outside'), 'keep');
  symlinkSync('new', join(s, 'l'));
  symlinkSync('new', join(s, 'f'));
  symlinkSync(join(base, 'outside'), join(d, 'l'));
  writeFileSync(join(d, 'f'), 'old');
  for (const name of ['l', 'f']) {
    placeSymlink(source, name, replica, name);
    assert.is(readlinkSync(join(d, name)), 'new');
  }
  assert.is(readFileSync(join(base, 'outside'), 'utf8'), 'keep');
  assert.equal(litterIn(d), []);
}));
links('leaves a folder in its way, and no litter', withRoots(({ s, d, source, replica }) => {
  symlinkSync('new', join(s, 'l'));
  mkdirSync(join(d, 'l'));
  assert.is(codeThrown(() => placeSymlink(source, 'l', replica, 'l')), 'EISDIR');
  assert.equal(readdirSync(d), ['l']);
}));
links('tells a source that is gone or no link', withRoots(({ s, source, replica }) => {
  writeFileSync(join(s, 'f'), '');
  assert.is(codeThrown(() => placeSymlink(source, 'no', replica, 'l')), 'vanished');
  assert.is(codeThrown(() => placeSymlink(source, 'f', replica, 'l')), 'changed-type');
}));
needs(links, { root: true })('keeps the owner', withRoots(({ s, source, replica }) => {
  symlinkSync('x', join(s, 'l'));
  lchownSync(join(s, 'l'), 1234, 4321);
  const { uid, gid } = placeSymlink(source, 'l', replica, 'l').replica;
  assert.equal([uid, gid], [1234, 4321]);
}));
links.run();

// ---

const hard = suite('placeLink');
hard('makes a second name, over what was there', withRoots(({ d, replica }) => {
  makeTree(d, { 'a/f': 'content', 'b/old': 'old' });
  for (const to of ['b/new', 'b/old']) {
    const { placed, before } = placeLink(replica, 'a/f', to);
    assert.is(placed.nlink, before.nlink + 1);
    assert.equal(placed, lstat(join(d, to)));
    assert.is(placed.ino, lstat(join(d, 'a/f'))!.ino);
  }
  assert.is(lstat(join(d, 'a/f'))!.nlink, 3);
}));
hard('leaves no temporary name where the link was there already', withRoots(({ d, replica }) => {
  writeFileSync(join(d, 'f'), 'content');
  linkSync(join(d, 'f'), join(d, 'g'));
  assert.is(placeLink(replica, 'f', 'g').placed.nlink, 2);
  assert.equal(readdirSync(d), ['f', 'g']);
}));
hard('links no links, and through none', withRoots(({ base, d, replica }) => {
  mkdirSync(join(base, 'out'));
  writeFileSync(join(base, 'out/f'), '');
  symlinkSync('../out/f', join(d, 'l'));
  symlinkSync('../out', join(d, 'sub'));
  assert.is(codeThrown(() => placeLink(replica, 'l', 'g')), 'changed-type');
  assert.is(codeThrown(() => placeLink(replica, 'sub/f', 'g')), 'ENOTDIR');
  assert.is(codeThrown(() => placeLink(replica, 'no', 'g')), 'ENOENT');
  assert.equal(readdirSync(d).sort(), ['l', 'sub']);
}));
hard.run();

// ---

const folders = suite('placeFolder');
folders('makes a private folder, or takes the one that is there', withRoots(({ d, replica }) => {
  assert.is(placeFolder(replica, 'a').mode, 0o700);
  writeFileSync(join(d, 'a/f'), '');
  assert.equal(placeFolder(replica, 'a'), lstat(join(d, 'a')));
  assert.ok(existsSync(join(d, 'a/f')));
}));
folders('takes neither a file nor a link to a folder', withRoots(({ base, d, replica }) => {
  writeFileSync(join(d, 'f'), '');
  symlinkSync(base, join(d, 'l'));
  assert.is(codeThrown(() => placeFolder(replica, 'f')), 'EEXIST');
  assert.is(codeThrown(() => placeFolder(replica, 'l')), 'EEXIST');
}));
folders.run();

// ---

const renameTo = (replica: Pinned, from: string, to: string): Stat =>
  rename(replica, from, lstat(join(replica.root, from))!, to);

const moves = suite('rename');
moves('moves files, links and folders, the content with them', withRoots(({ d, replica }) => {
  makeTree(d, { 'a/f': 'content', 'l': symlink('a'), 'to/': null });
  replica.folder('a');
  for (const [from, to] of [['a', 'to/b'], ['to/b/f', 'f'], ['l', 'to/m']] as const) {
    const before = lstat(join(d, from))!;
    const placed = rename(replica, from, before, to);
    assert.is(placed.ino, before.ino);
    assert.equal(placed, lstat(join(d, to)));
    assert.not(existsSync(join(d, from)));
  }
  // The descriptor moved with its folder: the old path is free for another.
  mkdirSync(join(d, 'a'));
  for (const path of ['a/new', 'to/b/new']) {
    writeFileSync(replica.entry(path), path);
    assert.is(readFileSync(join(d, path), 'utf8'), path);
  }
}));
moves('a file takes the place of a file', withRoots(({ d, replica }) => {
  makeTree(d, { 'a': 'new', 'b': 'old' });
  renameTo(replica, 'a', 'b');
  assert.is(readFileSync(join(d, 'b'), 'utf8'), 'new');
}));
moves('between two names of one file the old one goes', withRoots(({ d, replica }) => {
  writeFileSync(join(d, 'a'), 'x');
  linkSync(join(d, 'a'), join(d, 'b'));
  assert.is(renameTo(replica, 'a', 'b').nlink, 1);
  assert.equal(readdirSync(d), ['b']);
}));
moves('never empties a folder to take its place', withRoots(({ d, replica }) => {
  makeTree(d, { 'a/f': '', 'b/g': '', 'c': '' });
  assert.is(codeThrown(() => renameTo(replica, 'a', 'b')), 'ENOTEMPTY');
  assert.is(codeThrown(() => renameTo(replica, 'c', 'b')), 'EISDIR');
  const was = lstat(join(d, 'c'))!;
  unlinkSync(join(d, 'c'));
  assert.is(codeThrown(() => rename(replica, 'c', was, 'new')), 'ENOENT');
}));
moves.run();

// ---

const parks = suite('park');
parks('gives a file a second name, so that its path stays', withRoots(({ d, replica }) => {
  makeTree(d, { 'f': 'x', 'l': symlink('f') });
  for (const [name, type] of [['f', 'file'], ['l', 'symlink']] as const) {
    const temporary = temporaryName();
    const parked = park(replica, name, temporary, type);
    assert.is(parked.ino, lstat(join(d, name))!.ino);
    assert.equal(parked, lstat(join(d, temporary)));
  }
}));
parks('renames a folder', withRoots(({ d, replica }) => {
  makeTree(d, { 'a/f': 'x' });
  const temporary = temporaryName();
  park(replica, 'a', temporary, 'folder');
  assert.equal(readdirSync(d), [temporary]);
  assert.ok(existsSync(join(d, temporary, 'f')));
}));
parks.run();
