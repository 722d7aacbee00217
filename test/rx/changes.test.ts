import fs from 'node:fs';
import path from 'node:path';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { fromText } from '../../lib/core/entry.ts';
import { mountTmpfs, unmount } from '../support/mounted.ts';
import { isPlain, needs, skip } from '../support/needs.ts';
import { removeTree, tempFolder, until } from '../support/temp.ts';
import { startWatching, withWatcher } from './watching.ts';

const make = (root: string, ...names: string[]): void => {
  for (const name of names) fs.mkdirSync(path.join(root, name), { recursive: true });
};
const write = (root: string, name: string): void =>
  fs.writeFileSync(path.join(root, name), String(performance.now()));

const watching = suite('changes');

watching('is ready with the number of folders', async () => {
  const root = tempFolder();
  make(root, 'a/b/c', 'd');
  write(root, 'a/file');
  fs.symlinkSync('a', path.join(root, 'link'));

  await withWatcher(root, {}, async (watcher) => {
    assert.equal(await watcher.event('ready'), { kind: 'ready', folders: 5 });
  });
});

watching('tells of files that are made, written, renamed, given a mode and removed', async () => {
  const root = tempFolder();
  make(root, 'a/ä');
  for (const name of ['written', 'old', 'mode', 'gone']) write(root, `a/${name}`);

  await withWatcher(root, {}, async (watcher) => {
    write(root, 'made');
    write(root, 'a/written');
    write(root, 'a/ä/ö');
    fs.renameSync(path.join(root, 'a/old'), path.join(root, 'a/new'));
    fs.chmodSync(path.join(root, 'a/mode'), 0o600);
    fs.unlinkSync(path.join(root, 'a/gone'));

    for (const name of ['made', 'a/written', 'a/old', 'a/new', 'a/mode', 'a/gone', 'a/ä/ö']) {
      await watcher.told(fromText(name));
    }
    assert.is(watcher.isTold('other'), false);
    assert.is(watcher.isTold('a/other'), false);
  });
});

watching('tells of files in new nested folders, at once and later', async () => {
  const root = tempFolder();
  const names = Array.from({ length: 30 }, (_, n) => `d${n}/a/b/file`);

  await withWatcher(root, {}, async (watcher) => {
    for (const name of names) {
      make(root, path.dirname(name));
      write(root, name);
    }
    for (const name of names) await watcher.told(name);

    await watcher.rest();
    for (const name of names) write(root, name);
    for (const name of names) await watcher.told(name);
  });
});

watching('goes on with folders that are removed and made again', async () => {
  const root = tempFolder();
  const folders = Array.from({ length: 10 }, (_, n) => `d${n}`);
  make(root, ...folders.map((name) => `${name}/sub`));

  await withWatcher(root, {}, async (watcher) => {
    for (let round = 0; round < 3; round += 1) {
      for (const folder of folders) {
        removeTree(path.join(root, folder));
        make(root, `${folder}/sub`);
        write(root, `${folder}/sub/file`);
      }
      for (const folder of folders) await watcher.told(`${folder}/sub/file`);

      await watcher.rest();
      for (const folder of folders) write(root, `${folder}/sub/file`);
      for (const folder of folders) await watcher.told(`${folder}/sub/file`);
      await watcher.rest();
    }
  });
});

watching('goes on in folders that are renamed', async () => {
  const root = tempFolder();
  make(root, 'old/sub', 'into');

  await withWatcher(root, {}, async (watcher) => {
    fs.renameSync(path.join(root, 'old'), path.join(root, 'new'));
    await watcher.told('old');
    await watcher.told('new/sub/file');
    fs.renameSync(path.join(root, 'new'), path.join(root, 'into/deep'));
    await watcher.told('into/deep/sub/file');

    await watcher.rest();
    write(root, 'into/deep/sub/file');
    await watcher.told('into/deep/sub/file');
  });
});

watching('tells of the root\'s own mode as its listing', async () => {
  const root = tempFolder();
  make(root, 'deep/er');

  await withWatcher(root, {}, async (watcher) => {
    fs.chmodSync(root, 0o750);
    await watcher.told('');
    await watcher.rest();
    fs.chmodSync(root, 0o700);
    await watcher.told('');
    for (const each of watcher.changes()) assert.equal(each, { folder: '', whole: 'listing' });
  });
});

watching('tells of a name that is not UTF-8 as the listing of its folder', async () => {
  const root = tempFolder();
  make(root, 'a');

  await withWatcher(root, {}, async (watcher) => {
    fs.writeFileSync(Buffer.from(`${root}/a/\xff`, 'latin1'), '');
    fs.mkdirSync(Buffer.from(`${root}/a/\xfe`, 'latin1'));
    await watcher.told('a/\xff');
    assert.ok(watcher.changes().some((each) => each.folder === 'a'
      && ('whole' in each || (isPlain() && each.name === '\xff'))));
    write(root, 'a/after');
    await watcher.told('a/after');
  });
});

const byChokidar = isPlain() ? skip(watching, 'is about chokidar') : watching;

byChokidar('says how many folders cannot be watched because of their names', async () => {
  const root = tempFolder();
  fs.mkdirSync(Buffer.from(`${root}/\xff/sub`, 'latin1'), { recursive: true });
  make(root, 'a');

  await withWatcher(root, {}, async (watcher) => {
    write(root, 'a/file');
    await watcher.told('a/file');
    assert.equal(watcher.events.filter(({ kind }) => kind === 'trouble'),
      [{ kind: 'trouble', code: 'unwatchable-name', folders: 1 }]);
  });
});

watching('is not deaf where a backslash is in the name of a folder, new or old', async () => {
  const root = tempFolder();
  make(root, 'old\\one/in');

  await withWatcher(root, { ignore: ['new'] }, async (watcher) => {
    // A rule is about the name that the folder has, not about the half of it.
    make(root, 'new\\one');
    for (const folder of ['old\\one', 'old\\one/in', 'new\\one']) {
      write(root, `${folder}/first`);
      await watcher.told(`${folder}/first`);
      await watcher.rest();
      make(root, `${folder}/sub`);
      await watcher.told(`${folder}/sub`);
      await watcher.rest();
      write(root, `${folder}/sub/second`);
      await watcher.told(`${folder}/sub/second`);
    }
  });
});

watching('is not begun anew for such a folder that is ignored', async () => {
  const root = tempFolder();
  await withWatcher(root, { ignore: ['out*'] }, async (watcher) => {
    make(root, 'out\\side');
    write(root, 'file');
    await watcher.told('file');
    // Longer than it would take to begin anew.
    let seen = -1;
    await until(() => seen === (seen = watcher.events.length), { everyMs: 400 });
    assert.is(watcher.changes().some((each) => 'whole' in each), false);
  });
});

watching('says that a root cannot be watched because of its name', async () => {
  const root = `${tempFolder()}/\xff`;
  fs.mkdirSync(Buffer.from(root, 'latin1'));
  const watcher = startWatching(root);
  assert.equal(await watcher.event('trouble'),
    { kind: 'trouble', code: 'unwatchable-name', folders: 1 });
  watcher.stop();
});

watching('does not follow links', async () => {
  const root = tempFolder();
  const outside = tempFolder();
  fs.symlinkSync(outside, path.join(root, 'link'));

  await withWatcher(root, {}, async (watcher) => {
    write(outside, 'file');
    write(root, 'after');
    await watcher.told('after');
    await watcher.rest();
    assert.is(watcher.isTold('link/file'), false);
  });
});

watching('loses nothing of a burst, while nobody listens', async () => {
  const root = tempFolder();
  const names = Array.from({ length: 6_000 }, (_, n) => `d${n % 60}/f${n}`);
  make(root, ...names.slice(0, 60).map((name) => path.dirname(name)));

  await withWatcher(root, {}, async (watcher) => {
    // All in one turn: the main thread is as blocked as it is in a long pass.
    for (const name of names) write(root, name);
    for (const name of names) await watcher.told(name);
    const told = watcher.changes().length;
    assert.ok(told < 3 * names.length, `${told} changes told for ${names.length} files`);
  });
});

// ---

const root = suite('changes, when the root is lost');

root('says so when it is deleted, and that is the last word', async () => {
  const at = path.join(tempFolder(), 'root');
  make(at, 'a');
  const watcher = startWatching(at);
  await watcher.event('ready');

  removeTree(at);
  await watcher.event('root-lost');
  await until(() => watcher.isComplete);
  assert.is(watcher.events.at(-1)!.kind, 'root-lost');
});

root('works again once it is back and subscribed to', async () => {
  const at = path.join(tempFolder(), 'root');
  make(at, 'a');
  const before = startWatching(at);
  await before.event('ready');
  removeTree(at);
  make(at, 'a');
  await before.event('root-lost');

  await withWatcher(at, {}, async (watcher) => {
    write(at, 'a/file');
    await watcher.told('a/file');
  });
});

root('says so when another folder took its place', async () => {
  const at = path.join(tempFolder(), 'root');
  make(at, 'a');
  const watcher = startWatching(at);
  await watcher.event('ready');

  fs.renameSync(at, `${at}.old`);
  make(at, 'a');
  write(`${at}.old`, 'a/ghost');
  await watcher.event('root-lost');
  assert.is(watcher.isTold('a/ghost'), false);
});

root('says so when a folder above it is renamed, which nothing in it tells', async () => {
  const above = path.join(tempFolder(), 'above');
  make(above, 'root');
  const watcher = startWatching(path.join(above, 'root'));
  await watcher.event('ready');

  fs.renameSync(above, `${above}.old`);
  make(above, 'root');
  await watcher.event('root-lost');
  await until(() => watcher.isComplete);
});

root('says so when the link that leads to it leads elsewhere', async () => {
  const at = tempFolder();
  make(at, 'one', 'two');
  const link = path.join(at, 'link');
  fs.symlinkSync('one', link);
  const watcher = startWatching(link);
  await watcher.event('ready');

  fs.symlinkSync('two', `${link}.new`);
  fs.renameSync(`${link}.new`, link);
  await watcher.event('root-lost');
  await until(() => watcher.isComplete);
});

root('says so when it is not there from the beginning', async () => {
  const watcher = startWatching(path.join(tempFolder(), 'none'));
  await watcher.event('root-lost');
  await until(() => watcher.isComplete);
  assert.equal(watcher.events, [{ kind: 'root-lost' }]);
});

root('never tells of its neighbours', async () => {
  const parent = tempFolder();
  const at = path.join(parent, 'root');
  make(at, 'a');
  const watcher = startWatching(at);
  await watcher.event('ready');

  write(parent, 'neighbour');
  removeTree(at);
  write(parent, 'neighbour');
  await watcher.event('root-lost');
  assert.equal(watcher.changes().filter((each) => 'name' in each && each.name !== 'a'), []);
});

needs(watching, { platform: 'linux', root: true })(
  'tells of what was beneath a mount that is gone', async () => {
    const parent = tempFolder();
    make(parent, 'm/n');
    mountTmpfs(path.join(parent, 'm'));
    make(parent, 'm/k');
    await withWatcher(parent, {}, async (watcher) => {
      unmount(path.join(parent, 'm'));
      await watcher.told('m/n');
      for (const name of ['m/f', 'm/n/f']) {
        await watcher.rest();
        write(parent, name);
        await watcher.told(name);
      }
    });
  });

watching.run();
root.run();
