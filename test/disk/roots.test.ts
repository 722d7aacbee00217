import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { resolveRoots, type Roots } from '../../lib/disk/roots.ts';
import { isRoot } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';

/** A folder with a source `S` and a replica `D`. */
function pair(): string {
  const folder = tempFolder();
  fs.mkdirSync(path.join(folder, 'S'));
  fs.mkdirSync(path.join(folder, 'D'));
  return folder;
}

function roots(folder: string, source = 'S', replica = 'D'): Roots {
  const found = resolveRoots(path.join(folder, source), path.join(folder, replica));
  assert.not('code' in found, JSON.stringify(found));
  return found as Roots;
}

const failing = (folder: string, source = 'S', replica = 'D'): unknown => {
  const found = resolveRoots(path.join(folder, source), path.join(folder, replica));
  return 'code' in found ? [found.code, found.text.replaceAll(folder, '')] : found;
};

// ---

const resolving = suite('resolveRoots');

resolving('finds real paths through links, dots and relative paths', () => {
  const folder = pair();
  fs.symlinkSync('S', path.join(folder, 'link'));
  const { source, replica, replicaPath } = roots(folder, 'link/../S/../link', 'D/.');
  assert.is(source.real, path.join(folder, 'S'));
  assert.is(source.link, true);
  assert.is(source.given, path.join(folder, 'link'));
  assert.is(replica?.real, path.join(folder, 'D'));
  assert.is(replica?.link, false);
  assert.is(replicaPath, path.join(folder, 'D'));
  const relative = resolveRoots(path.relative('.', source.real), replicaPath);
  assert.is((relative as Roots).source.real, source.real);
});

resolving('finds folders whose names are not UTF-8', () => {
  const folder = pair();
  const bytes = (name: string): Buffer => Buffer.from(path.join(folder, name), 'latin1');
  fs.mkdirSync(bytes('S\xff\xc3'));
  fs.symlinkSync('S\xff\xc3', bytes('l\xe9'));
  fs.unlinkSync(bytes('l\xe9'));
  fs.symlinkSync(Buffer.from('S\xff\xc3', 'latin1'), bytes('l\xe9'));
  const { source, replicaPath } = roots(folder, 'l\xe9', 'new\xff');
  assert.is(source.real, path.join(folder, 'S\xff\xc3'));
  assert.is(replicaPath, path.join(folder, 'new\xff'));
});

resolving('lets a replica be missing, not its parents, and names those', () => {
  const folder = pair();
  fs.symlinkSync('D', path.join(folder, 'link'));
  const { replica, replicaPath, replicaParent } = roots(folder, 'S', 'link/new');
  assert.is(replica, undefined);
  assert.is(replicaPath, path.join(folder, 'D', 'new'));
  assert.is(replicaParent?.real, path.join(folder, 'D'));
  assert.equal(failing(folder, 'S', 'x/y/new'), ['replica-parent-missing',
    "the folders above the replica, /x and /x/y, do not exist: make them first"]);
});

resolving('refuses what is no folder, on either side', () => {
  const folder = pair();
  fs.writeFileSync(path.join(folder, 'file'), '');
  fs.symlinkSync('loop', path.join(folder, 'loop'));
  fs.symlinkSync('nowhere', path.join(folder, 'dangling'));
  const rows: readonly [string, string, string, string][] = [
    ['none', 'D', 'source-missing', 'the source /none does not exist'],
    ['dangling', 'D', 'source-missing', 'the source /dangling does not exist'],
    ['file', 'D', 'source-not-a-folder', 'the source /file is no folder'],
    ['loop', 'D', 'source-unreadable', 'the source /loop is a link that leads to itself'],
    ['S', 'file', 'replica-not-a-folder', 'the replica /file is no folder'],
    ['S', 'dangling', 'replica-not-a-folder',
      'the replica /dangling is a link that leads nowhere'],
    ['S', 'loop', 'replica-unreadable', 'the replica /loop is a link that leads to itself'],
    ['S', 'file/new', 'replica-parent-missing',
      "the replica's parent /file cannot be used: it is no folder"],
  ];
  for (const [source, replica, ...expected] of rows) {
    assert.equal(failing(folder, source, replica), expected);
  }
});

resolving('tells an unreadable source from a missing one', () => {
  if (isRoot()) return console.log('skipped: an unreadable source: root may read everything');
  const folder = pair();
  fs.chmodSync(path.join(folder, 'S'), 0);
  assert.is((failing(folder) as string[])[0], 'source-unreadable');
});

resolving('says in words why a root cannot be used, and what to do', () => {
  const folder = pair();
  const long = 'x'.repeat(256);
  const why = 'the name is too long for the file system (ENAMETOOLONG): shorten it, or ignore it';
  assert.equal(failing(folder, long), ['source-unreadable',
    `the source /${long} cannot be read: ${why}`]);
  assert.equal(failing(folder, 'S', long), ['replica-unreadable',
    `the replica /${long} cannot be read: ${why}`]);
});

resolving.run();
