import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  makePairFolder, pairFolderName, stateFolder, type PairFolder,
} from '../../lib/disk/state.ts';
import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';

const modeOf = (at: string): number => fs.lstatSync(at).mode & 0o7777;

// ---

const placing = suite('stateFolder');

placing('is where it is asked for, else in XDG_STATE_HOME, else where the platform has it', () => {
  const before = process.env.XDG_STATE_HOME;
  try {
    process.env.XDG_STATE_HOME = '/xdg';
    assert.is(stateFolder(undefined), '/xdg/fsync');
    assert.is(stateFolder('here'), path.resolve('here'));
    const platforms = process.platform === 'linux'
      ? path.join(os.homedir(), '.local/state/fsync') : stateFolder(undefined);
    process.env.XDG_STATE_HOME = 'relative';
    assert.is(stateFolder(undefined), platforms);
    delete process.env.XDG_STATE_HOME;
    assert.is(stateFolder(undefined), platforms);
  } finally {
    if (before === undefined) delete process.env.XDG_STATE_HOME;
    else process.env.XDG_STATE_HOME = before;
  }
});

needs(placing, { platform: 'linux' })('is never where somebody stands, for want of a home', () => {
  const { HOME, XDG_STATE_HOME } = process.env;
  try {
    delete process.env.XDG_STATE_HOME;
    for (const home of ['', 'relative']) {
      process.env.HOME = home;
      assert.is(stateFolder(undefined), path.join(os.userInfo().homedir, '.local/state/fsync'));
    }
  } finally {
    Object.assign(process.env, { HOME }, XDG_STATE_HOME === undefined ? {} : { XDG_STATE_HOME });
  }
});

placing.run();

// ---

const naming = suite('pairFolderName');

naming('is readable, a plain name, and another one for each pair', () => {
  const pairs: readonly [string, string][] = [
    ['/home/me/proj', '/mnt/proj'], ['/home/me/proj', '/mnt/proj2'], ['/mnt/proj', '/home/me/proj'],
    ['/home/me/proj', '/srv/proj'], ['/', '/x'], ['/a\xff\n', '/..'], ['/a\xfe\n', '/..'],
    ['/a b', '/c'], ['/a', '/b /c'],
    [`/${'x'.repeat(255)}`, `/${'x'.repeat(255)}`],
  ];
  const names = pairs.map((pair) => pairFolderName(...pair));
  assert.is(new Set(names).size, pairs.length);
  for (const name of names) assert.match(name, /^[\w.-]{1,120}$/);
  assert.match(names[0]!, /^proj-to-proj-[0-9a-f]{16}$/);
  assert.match(names[4]!, /^root-to-x-/);
});

naming.run();

// ---

const making = suite('makePairFolder');

const make = (state: string): PairFolder => makePairFolder(state, '/a', '/b');

making('makes it and what lacks above it for this user alone, and finds it again', () => {
  const state = path.join(tempFolder(), 'x', 'state');
  const made = make(state);
  assert.equal(made, { kind: 'ready', folder: path.join(state, pairFolderName('/a', '/b')) });
  for (const each of [path.dirname(state), state, path.join(state, pairFolderName('/a', '/b'))]) {
    assert.is(modeOf(each), 0o700, each);
  }
  assert.equal(make(state), made);
});

making('takes rights from others that they should not have', () => {
  const state = tempFolder();
  const folder = path.join(state, pairFolderName('/a', '/b'));
  fs.mkdirSync(folder);
  fs.chmodSync(folder, 0o777);
  assert.is(make(state).kind, 'ready');
  assert.is(modeOf(folder), 0o700);
});

making('refuses a planted link or file, and leaves alone what is behind it', () => {
  const outside = tempFolder();
  fs.chmodSync(outside, 0o755);
  const state = tempFolder();
  const folder = path.join(state, pairFolderName('/a', '/b'));
  for (const target of [outside, '/nowhere']) {
    fs.symlinkSync(target, folder);
    const found = make(state);
    assert.is(found.kind, 'refused');
    assert.match('text' in found ? found.text : '', 'is a symbolic link');
    fs.unlinkSync(folder);
  }
  fs.writeFileSync(folder, '');
  assert.is(make(state).kind, 'refused');
  assert.is(modeOf(outside), 0o755);
  assert.equal(fs.readdirSync(outside), []);
});

needs(making, { root: true })('refuses a folder of another user', () => {
  const state = tempFolder();
  const folder = path.join(state, pairFolderName('/a', '/b'));
  fs.mkdirSync(folder);
  fs.chownSync(folder, 65534, 65534);
  const found = make(state);
  assert.is(found.kind, 'refused');
  assert.match('text' in found ? found.text : '', 'another user');
});

making('says that it cannot be used where nothing can be made', () => {
  const file = path.join(tempFolder(), 'file');
  fs.writeFileSync(file, '');
  const found = make(path.join(file, 'state'));
  assert.is(found.kind, 'unusable');
  assert.match('text' in found ? found.text : '', 'ENOTDIR');
});

// It hung: Node's own way to make all that lacks asked on for ever.
making('says so where a name cannot be made though its folder is there, as in /proc', () => {
  const found = make('/proc/fsync/state');
  assert.is(found.kind, 'unusable');
  assert.match('text' in found ? found.text : '', 'ENO');
});

making.run();
