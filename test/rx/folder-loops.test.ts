import fs from 'node:fs';
import path from 'node:path';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { fromText } from '../../lib/core/entry.ts';
import { watchByChokidar } from '../../lib/rx/chokidar-watcher.ts';
import type { FolderHandlers, StartWatcher } from '../../lib/rx/tree-watcher.ts';
import { watchPlainly } from '../../lib/rx/scarce-watches.ts';
import { watchedRoot } from '../../lib/rx/watched-root.ts';
import { troubles } from '../../lib/rx/watcher-health.ts';
import { needs } from '../support/needs.ts';
import { tempFolder, until } from '../support/temp.ts';

const loops = suite('a folder that became a symlink to itself');

const WATCHERS: Readonly<Record<string, StartWatcher>> =
  { 'chokidar': watchByChokidar, 'the plain watcher': watchPlainly };

for (const [name, start] of Object.entries(WATCHERS)) {
  needs(loops, { platform: 'linux' })(`is gone, and no trouble, for ${name}`, async () => {
    const root = tempFolder();
    const at = path.join(root, 'loop');
    fs.mkdirSync(path.join(at, 'a/b/c'), { recursive: true });
    let isLoop = false;
    let isReady = false;
    const on: FolderHandlers = {
      isIgnored(folder) {
        // Between the listing that has it and the look at it.
        if (folder === 'loop/a/b' && !isLoop) {
          isLoop = true;
          fs.renameSync(at, path.join(root, 'moved'));
          fs.symlinkSync('loop', at);
        }
        return false;
      },
      heard() {}, made() {}, gone() {},
    };
    const trouble = troubles(() => {});
    const watcher = start(watchedRoot(fromText(root)), on, trouble, () => { isReady = true; });
    try {
      await until(() => isReady);
      assert.is(isLoop, true);
      assert.is(trouble.has('ELOOP'), false);
      assert.is(trouble.count(), 0);
    } finally {
      watcher.close();
    }
  });
}

loops.run();
