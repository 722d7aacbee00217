import fs from 'node:fs';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { WatcherEvent } from '../../lib/rx/changes.ts';
import { watchPlainly } from '../../lib/rx/scarce-watches.ts';
import { watchedRoot } from '../../lib/rx/watched-root.ts';
import { troubles } from '../../lib/rx/watcher-health.ts';
import { needs } from '../support/needs.ts';
import { tempFolder, until } from '../support/temp.ts';

const scarce = suite('fewer watches than folders');
const onLinux = needs(scarce, { platform: 'linux' });

/** Folders that changed a second after one another, the root first. */
function treeOf(folders: readonly string[]): string {
  const root = tempFolder();
  for (const folder of folders) fs.mkdirSync(`${root}/${folder}`);
  ['', ...folders].forEach((folder, at) => fs.utimesSync(`${root}/${folder}`, at, at));
  return root;
}

/** Which folders are heard of when something is written in each, with so many watches. */
async function heardWith(limit: number, folders: readonly string[]): Promise<{
  readonly heard: readonly string[]; readonly told: readonly WatcherEvent[];
  readonly count: number;
}> {
  const root = treeOf(folders);
  const heard = new Set<string>();
  const told: WatcherEvent[] = [];
  const trouble = troubles((event) => told.push(event));
  let isReady = false;
  const watcher = watchPlainly(watchedRoot(root), {
    isIgnored: () => false, made: () => undefined, gone: () => undefined,
    heard: (folder) => heard.add(folder),
  }, trouble, () => { isReady = true; }, limit);
  try {
    await until(() => isReady);
    trouble.begin();
    // The last one to be written in is one that is watched.
    for (const folder of folders) fs.writeFileSync(`${root}/${folder}/file`, '');
    fs.writeFileSync(`${root}/file`, '');
    await until(() => heard.has(''));
    return { heard: [...heard].sort(), told, count: watcher.count() };
  } finally {
    watcher.close();
  }
}

onLinux('go to those that changed last, and those above them', async () => {
  const { heard, told, count } =
    await heardWith(4, ['old', 'old/deep', 'a', 'b', 'b/c', 'd', 'a/last']);
  assert.equal(heard, ['', 'a', 'a/last', 'd']);
  assert.equal(told.map((event) => ({ ...event, limit: 0 })),
    [{ kind: 'trouble', code: 'ENOSPC', folders: 4, limit: 0 }]);
  assert.is(count, 8);
});

onLinux('some are left for folders to come', async () => {
  const folders = Array.from({ length: 40 }, (_, at) => `d${at}`);
  const { heard } = await heardWith(32, folders);
  assert.is(heard.length, 30);
  assert.equal(heard.filter((folder) => Number(folder.slice(1)) < 11), ['']);
});

onLinux('are no trouble where there are enough', async () => {
  const { heard, told, count } = await heardWith(3, ['a', 'b']);
  assert.equal([heard, told, count], [['', 'a', 'b'], [], 3]);
});

scarce.run();
