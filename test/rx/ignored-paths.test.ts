import fs from 'node:fs';
import path from 'node:path';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { ignoredPaths } from '../../lib/rx/ignored-paths.ts';
import { tempFolder, until } from '../support/temp.ts';
import { withWatcher } from './watching.ts';

const make = (root: string, ...names: string[]): void => {
  for (const name of names) fs.mkdirSync(path.join(root, name), { recursive: true });
};
const write = (root: string, name: string, text = String(performance.now())): void =>
  fs.writeFileSync(path.join(root, name), text);

const reading = suite('ignoredPaths');

reading('reads the ignore files of every level', () => {
  const source = tempFolder();
  make(source, 'a/b');
  write(source, '.fsyncignore', '*.log');
  write(source, 'a/.fsyncignore', 'out/\n!keep.log');
  write(source, 'a/.gitignore', 'node_modules');

  const plain = ignoredPaths({ source, ignore: ['*.tmp'], gitignore: false });
  const git = ignoredPaths({ source, ignore: ['*.tmp'], gitignore: true });
  const rows: readonly [path: string, isFolder: boolean, is: boolean][] = [
    ['x.log', false, true], ['a/b/x.log', false, true], ['a/keep.log', false, false],
    ['keep.log', false, true], ['a/out', true, true], ['a/out', false, false],
    ['a/out/below', false, true], ['out', true, false], ['a/b/x.tmp', false, true],
    ['a/node_modules', true, false], ['', true, false],
  ];
  for (const [at, isFolder, is] of rows) assert.is(plain.has(at, isFolder), is, at);
  assert.is(git.has('a/node_modules', true), true);
  assert.is(git.has('node_modules', true), false);
});

reading('knows whether an ignore file says something else', () => {
  const source = tempFolder();
  make(source, 'a');
  const ignored = ignoredPaths({ source, ignore: [], gitignore: false });
  assert.is(ignored.has('a/x', false), false);

  assert.is(ignored.hasNewRules('a/.fsyncignore'), false, 'none, before and now');
  write(source, 'a/.fsyncignore', 'x');
  assert.is(ignored.hasNewRules('a/file'), false, 'no ignore file');
  assert.is(ignored.hasNewRules('a/.fsyncignore'), true);
  assert.is(ignored.has('a/x', false), true);
  assert.is(ignored.hasNewRules('a/.fsyncignore'), false, 'nothing new');
  fs.unlinkSync(path.join(source, 'a/.fsyncignore'));
  assert.is(ignored.hasNewRules('a/.fsyncignore'), true);
  assert.is(ignored.has('a/x', false), false);

  write(source, 'a/.gitignore', 'x');
  assert.is(ignored.hasNewRules('a/.gitignore'), false, 'not one of ours');
});

reading('knows git\'s own rules, of the repository and from elsewhere', () => {
  const source = tempFolder();
  make(source, 'a/.git/info');
  const above = [{ base: '', text: '*.o\n*.p', file: '/elsewhere' }];
  const ignored = ignoredPaths({ source, ignore: ['!x.o'], gitignore: true, above });
  assert.equal(['x.o', 'y.o', 'a/z'].map((at) => ignored.has(at, false)), [false, true, false]);

  write(source, 'a/.git/info/exclude', 'z\n!y.o');
  assert.is(ignored.hasNewRules('a/.git/info/exclude'), true);
  assert.is(ignored.hasNewRules('a/.git/info/exclude'), false, 'nothing new');
  assert.equal(['a/z', 'a/y.o', 'y.o'].map((at) => ignored.has(at, false)), [true, false, true]);
});

reading('forgets what it read in a folder that went, and below, but not elsewhere', () => {
  const source = tempFolder();
  make(source, 'a/b/c', 'd');
  for (const folder of ['a', 'a/b', 'd']) write(source, `${folder}/.fsyncignore`, 'x');
  const ignored = ignoredPaths({ source, ignore: [], gitignore: false });
  const isIgnored = (): boolean[] =>
    ['a/x', 'a/b/c/x', 'd/x'].map((at) => ignored.has(at, false));
  assert.equal(isIgnored(), [true, true, true]);

  for (const folder of ['a', 'a/b', 'd']) fs.unlinkSync(path.join(source, folder, '.fsyncignore'));
  ignored.forget('a/b');
  assert.equal(isIgnored(), [true, true, true], 'a rule above is known still');
  ignored.forget('a');
  assert.equal(isIgnored(), [false, false, true]);
  write(source, 'a/b/.fsyncignore', 'x');
  assert.equal(isIgnored(), [false, false, true], 'it is known again');
  ignored.forget('a');
  assert.equal(isIgnored(), [false, true, true], 'also once it was known again');
});

reading('opens nothing but regular files', () => {
  const source = tempFolder();
  write(source, 'rules', 'x');
  make(source, 'folder/.fsyncignore', 'link');
  fs.symlinkSync('../rules', path.join(source, 'link/.fsyncignore'));
  const ignored = ignoredPaths({ source, ignore: [], gitignore: false });
  assert.is(ignored.has('folder/x', false), false);
  assert.is(ignored.has('link/x', false), false);
});

reading.run();

// ---

const watching = suite('changes, with ignored paths');

watching('neither watches nor tells what is ignored', async () => {
  const root = tempFolder();
  make(root, 'a/option/deep', 'a/file', 'a/git', 'b');
  write(root, '.fsyncignore', '*.log');
  write(root, 'a/.fsyncignore', 'file/');
  write(root, 'a/.gitignore', 'git');

  await withWatcher(root, { ignore: ['option'], gitignore: true }, async (watcher) => {
    assert.equal(await watcher.event('ready'), { kind: 'ready', folders: 3 });
    const ignored = ['a/option/x', 'a/option/deep/x', 'a/file/x', 'a/git/x', 'b/x.log'];
    for (const name of ignored) write(root, name);
    make(root, 'b/option');
    write(root, 'b/option/x');
    write(root, 'b/after');

    await watcher.told('b/after');
    await watcher.rest();
    for (const name of ignored) write(root, name);
    write(root, 'b/after');
    await watcher.told('b/after');
    for (const name of [...ignored, 'b/option/x']) assert.is(watcher.isTold(name), false, name);
  });
});

watching('tells of a folder that something ignored gave another time', async () => {
  const root = tempFolder();
  make(root, 'a/b');
  write(root, 'a/b/old.log');

  await withWatcher(root, { ignore: ['*.log'] }, async (watcher) => {
    const steps = [() => write(root, 'a/b/new.log'), () => make(root, 'a/b/folder.log'),
      () => fs.renameSync(path.join(root, 'a/b/old.log'), path.join(root, 'a/b/older.log')),
      () => fs.unlinkSync(path.join(root, 'a/b/new.log'))];
    for (const step of steps) {
      await watcher.rest();
      step();
      await watcher.told('a/b');
    }
    make(root, 'top.log');
    await watcher.told('top.log');
    await watcher.rest();
    write(root, 'a/b/older.log');
    write(root, 'a/after');
    await watcher.told('a/after');
    assert.is(watcher.isTold('a/b'), false, 'what is written in it is nobody\'s business');
  });
});

watching('follows the rules as they change', async () => {
  const root = tempFolder();
  make(root, 'a/x/deep', 'a/y');
  write(root, 'a/.fsyncignore', 'x/');

  await withWatcher(root, {}, async (watcher) => {
    const isNamed = (at: string): boolean => watcher.changes()
      .some((each) => 'name' in each && `${each.folder}/${each.name}` === at);
    // Whether it is watched: it is told when it is written, not only with a tree around it.
    const watched = (at: string): Promise<void> => until(() => {
      write(root, at);
      return isNamed(at);
    }, { what: `${at} is watched`, everyMs: 50 });

    await watched('a/y/file');
    assert.is(isNamed('a/x/deep/file'), false);

    write(root, 'a/.fsyncignore', 'y/');
    await watched('a/x/deep/file');
    await watcher.rest();
    write(root, 'a/y/file');
    await watched('a/after');
    assert.is(isNamed('a/y/file'), false);

    write(root, 'a/.fsyncignore', 'z/');
    await watched('a/y/file');
    await watched('a/x/deep/file');
  });
});

watching('tells of an ignore file that is itself ignored', async () => {
  const root = tempFolder();
  write(root, '.fsyncignore', '.*');

  await withWatcher(root, {}, async (watcher) => {
    write(root, '.fsyncignore', '.x');
    await watcher.told('.fsyncignore');
  });
});

watching.run();
