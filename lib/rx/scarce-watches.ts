import { statSync } from 'node:fs';

import { fromText, type Path } from '../core/entry.ts';
import { lastChanged, newestFirst, type ChangedFolder } from '../core/last-changed.ts';
import { bytesOf, foldersIn } from './folder-facts.ts';
import { PlainWatcher } from './plain-watcher.ts';
import type { FolderHandlers, StartWatcher, TreeWatcher } from './tree-watcher.ts';
import { limitOn } from './watch-limits.ts';

/** Of the watches that are to be had, so many are left for new folders: one in … */
const SPARE = 16;

/** Other programs may take watches while we begin: so often it is begun anew with fewer. */
const MOST_TRIES = 3;

/**
 * Watches a tree plainly. Where there are fewer watches than folders, be it that the limit is known
 * to be lower, be it that the system refuses one in the middle, those that changed last are watched
 * instead, and the others are one trouble. That happens before anybody is told that the watcher is
 * ready, so that nothing is lost by beginning anew.
 */
export const watchPlainly = (
  ...[root, on, trouble, ready, limit = limitOn('watches') ?? Infinity]:
  [...Parameters<StartWatcher>, limit?: number]
): TreeWatcher => {
  const base = fromText(root.text!);
  let left = 0;
  let tries = 0;

  const scarce = (watches: number): void => {
    current.close();
    trouble.clear();
    tries += 1;
    const { folders, newest } = newestFolders(base, on, watches - Math.floor(watches / SPARE));
    // The root is tried whatever is chosen.
    left = folders - Math.max(1, newest.size);
    trouble.lack('ENOSPC', left);
    current = new PlainWatcher(base, on, trouble, ready,
      { chosen: newest, ...(tries < MOST_TRIES ? { scarce } : {}) });
  };

  let current: TreeWatcher = new PlainWatcher(base, on, trouble, ready,
    { most: limit, scarce });
  return { count: () => current.count() + left, close: () => current.close() };
};

/** How many folders there are, and those of them that changed last. */
function newestFolders(
  base: Path, on: FolderHandlers, most: number,
): { readonly folders: number; readonly newest: ReadonlySet<Path> } {
  let folders = 0;
  let found: ChangedFolder[] = [];
  const waiting: Path[] = [''];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    folders += 1;
    found.push({ path, changedMs: changedMs(base, path) });
    // A tree of millions of folders is not kept whole for this.
    if (found.length > 2 * most + 1_000) found = newestFirst(found).slice(0, most);
    try {
      for (const folder of foldersIn(base, path, on)) waiting.push(folder);
    } catch { /* The watcher will tell. */ }
  }
  return { folders, newest: lastChanged(found, most) };
}

function changedMs(base: Path, folder: Path): number {
  try {
    return statSync(bytesOf(base, folder)).mtimeMs;
  } catch {
    return 0;
  }
}
