import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  compareIdentity, isSameFileSystem, resolveRoots, type RootIdentity, type Roots,
} from '../../lib/disk/roots.ts';
import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';

/** A folder with a source `S` and a replica `D`. */
function pair(): string {
  const folder = tempFolder();
  fs.mkdirSync(path.join(folder, 'S'));
  fs.mkdirSync(path.join(folder, 'D'));
  return folder;
}

function sourceNow(folder: string, source = 'S'): RootIdentity {
  const found = resolveRoots(path.join(folder, source), path.join(folder, 'D'));
  assert.not('code' in found, JSON.stringify(found));
  return (found as Roots).source;
}

// ---

const comparing = suite('compareIdentity');

/** Registers the source, changes something, and compares. */
function afterwards(change: (at: (name: string) => string) => void, from = 'S'): string {
  const folder = pair();
  const at = (name: string): string => path.join(folder, name);
  fs.mkdirSync(at('other'));
  fs.symlinkSync('S', at('link'));
  const registered = JSON.parse(JSON.stringify(sourceNow(folder, from))) as RootIdentity;
  change(at);
  return compareIdentity(registered, sourceNow(folder, from));
}

const replace = (name: string, target: string) => (at: (name: string) => string): void => {
  fs.renameSync(at(name), at('old'));
  fs.symlinkSync(target, at(name));
};

comparing('same: nothing, or only what is inside, changed', () => {
  assert.is(afterwards(() => {}), 'same');
  assert.is(afterwards((at) => fs.writeFileSync(at('S/x'), '')), 'same');
  assert.is(afterwards(() => {}, 'link'), 'same');
});

comparing('other-folder: removed and made again, or another one in its place', () => {
  assert.is(afterwards((at) => { fs.rmdirSync(at('S')); fs.mkdirSync(at('S')); }), 'other-folder');
  const swap = (at: (name: string) => string): void => {
    fs.renameSync(at('S'), at('old'));
    fs.renameSync(at('other'), at('S'));
  };
  assert.is(afterwards(swap), 'other-folder');
  assert.is(afterwards(swap, 'link'), 'other-folder');
});

comparing('became-link: it was a folder, or the link led elsewhere', () => {
  assert.is(afterwards(replace('S', 'other')), 'became-link');
  assert.is(afterwards(replace('S', '/proc')), 'became-link');
  // Even to itself: someone moved it and left a link, and may turn the link next.
  assert.is(afterwards(replace('S', 'old')), 'became-link');
  assert.is(afterwards(replace('link', 'other'), 'link'), 'became-link');
});

comparing('same: the link leads to the same folder by another name', () => {
  const move = (at: (name: string) => string): void => {
    fs.renameSync(at('S'), at('new'));
    fs.unlinkSync(at('link'));
    fs.symlinkSync('new', at('link'));
    fs.mkdirSync(at('S'));
  };
  assert.is(afterwards(move, 'link'), 'same');
});

const mounting = needs(comparing, { root: true, platform: 'linux', tools: ['mount', 'umount'] });

mounting('other-file-system: mounted over, and the same again when that is gone', () => {
  const folder = pair();
  const source = path.join(folder, 'S');
  const before = sourceNow(folder);
  execFileSync('mount', ['-t', 'tmpfs', 'none', source]);
  const mounted = sourceNow(folder);
  assert.is(mounted.mountPoint, source);
  assert.is(compareIdentity(before, mounted), 'other-file-system');
  execFileSync('umount', ['-l', source]);
  assert.is(compareIdentity(mounted, sourceNow(folder)), 'other-file-system');
  assert.is(compareIdentity(before, sourceNow(folder)), 'same');
});

comparing.run();

// ---

const boots = suite('compareIdentity after a boot');

const before: RootIdentity = {
  given: '/mnt/S', real: '/mnt/S', link: false, ino: '12', birth: '5000', dev: '2049',
  bootId: 'one', type: 0xef53, mountPoint: '/mnt', device: 'uuid A',
};
const rows: readonly [string, Partial<RootIdentity>, string][] = [
  ['all is as before', {}, 'same'],
  ['the disk has another letter', { dev: '2065' }, 'same'],
  ['nothing tells the disk by name', { device: '' }, 'same'],
  ['the same folder, mounted elsewhere', { mountPoint: '/' }, 'same'],
  ['the folder was made again', { ino: '13', birth: '6000' }, 'other-folder'],
  ['its inode was used again', { birth: '6000' }, 'other-folder'],
  ['the disk is not mounted', { ino: '13', birth: '6000', mountPoint: '/', device: '' },
    'other-file-system'],
  ['another disk is mounted', { device: 'uuid B' }, 'other-file-system'],
  ['another kind of file system', { type: 1 }, 'other-file-system'],
];
for (const [what, change, expected] of rows) {
  boots(`${what}: ${expected}`, () => {
    assert.is(compareIdentity(before, { ...before, bootId: 'two', ...change }), expected);
  });
}

const sameBoot: readonly [string, Partial<RootIdentity>, boolean][] = [
  ['another device is another file system', { dev: '2065', device: '' }, false],
  ['but for a disk that came back, by its UUID', { dev: '2065' }, true],
  ['the same number with another UUID is another disk', { device: 'uuid B' }, false],
];
for (const [what, change, expected] of sameBoot) {
  boots(`within a boot ${what}`, () => {
    assert.is(isSameFileSystem(before, { ...before, ...change }), expected);
  });
}

boots.run();
