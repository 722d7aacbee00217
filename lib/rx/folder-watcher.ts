import { fromText, joinPath, type Path } from '../core/entry.ts';
import { watchByChokidar } from './chokidar-watcher.ts';
import { bytesOf, GONE, identityOf, isOdd, suitsChokidar } from './folder-facts.ts';
import { watchPlainly } from './scarce-watches.ts';
import type { FolderHandlers, TreeWatcher } from './tree-watcher.ts';
import { limitOn } from './watch-limits.ts';
import type { WatchedRoot } from './watched-root.ts';
import type { Troubles } from './watcher-health.ts';

/** How long rules may go on changing before the folders are watched anew. */
const RENEW_MS = 200;

/** So often somebody looks whether there are folders that could not be watched, … */
const LOOK_MS = 5_000;
/** … which are tried again after this time, and at once where the limits are others by then. */
const RETRY_MS = 600_000;

/** What is told of a tree that is watched. */
export interface TreeHandlers extends FolderHandlers {
  /** Every folder has its watch, or its trouble; `folders` are all of them. */
  ready(folders: number): void;
  /** They were watched anew, because of what changed in these folders. */
  renewed(because: readonly Path[]): void;
}

/**
 * Watches the folders of a tree, and by them the files: one watch of the system for each folder.
 * `renew` does it anew, by the rules as they are then. The old watcher goes on until the new one
 * is ready, so that nothing falls between; they share the system's watches. But where there are too
 * few of those it goes first: full passes find then what falls between, as all the rest.
 *
 * A tree of more than `mostForChokidar` folders has a watcher of its own kind, where there is one,
 * and so has one for which there are too few watches, or in which a folder's name has a backslash.
 */
export function watchFolders(
  root: WatchedRoot, on: TreeHandlers, trouble: Troubles, mostForChokidar: number,
): { renew(because: Path): void; count(): number } {
  let isRenewing = false;
  let isPlain = false;
  let isScarce = false;
  let triedMs = 0;
  let limits = '';
  const because = new Set<Path>();

  const start = (ready: (started: TreeWatcher) => void): TreeWatcher => {
    triedMs = performance.now();
    limits = limitsNow();
    const most = Math.min(mostForChokidar, limitOn('watches') ?? Infinity);
    isPlain = process.platform === 'linux' && (isScarce || !suitsChokidar(root, on, most));
    const watcher: TreeWatcher = (isPlain ? watchPlainly : watchByChokidar)(
      root, { ...on, heard, made }, trouble, () => ready(watcher));
    return watcher;
  };

  let isAsked = false;
  const made = (folder: Path): void => {
    on.made(folder);
    if (isPlain || process.platform !== 'linux') return;
    if (isOdd(folder)) renewFor(folder);
    if (isAsked) return;
    isAsked = true;
    setTimeout(() => {
      isAsked = false;
      if (!isPlain && current.count() > 2 * mostForChokidar) renew();
    }, RENEW_MS);
  };

  const heard: FolderHandlers['heard'] = (folder, name, cameOrWent) => {
    on.heard(folder, name, cameOrWent);
    const path = name === undefined ? folder : joinPath(folder, name);
    // Another mode of a folder is told like that, too.
    if (cameOrWent === true && trouble.isClosed(path)) renewFor(path);
    if (isPlain || process.platform !== 'linux' || !isOdd(path) || on.isIgnored(path)) return;
    if (identityOf(bytesOf(fromText(root.text!), path)) !== GONE) renewFor(path);
  };

  const retry = (): void => {
    if (trouble.areOver()) {
      // The folders are gone.
      tellReady();
      trouble.begin();
    }
    if (trouble.count() === 0) return;
    // chokidar takes watches as they come: the other watcher chooses.
    const isUnchosen = !isPlain && trouble.has(NO_WATCHES) && process.platform === 'linux';
    const isDue = performance.now() - triedMs >= RETRY_MS;
    if (isUnchosen || isDue || limitsNow() !== limits) renew();
  };

  const renew = (): void => {
    if (isRenewing) return;
    isRenewing = true;
    setTimeout(() => {
      const folders = [...because];
      const troublesBefore = trouble.count();
      isScarce = trouble.has(NO_WATCHES);
      if (isScarce) current.close();
      because.clear();
      trouble.clear();
      start((next) => {
        current.close();
        current = next;
        isRenewing = false;
        on.renewed(folders);
        if (trouble.count() < troublesBefore) tellReady();
        trouble.begin();
        if (because.size > 0) renew();
      });
    }, RENEW_MS);
  };

  const renewFor = (folder: Path): void => {
    because.add(folder);
    renew();
  };

  const tellReady = (): void => {
    trouble.forget();
    on.ready(current.count());
  };

  let current = start(() => {
    tellReady();
    trouble.begin();
    setInterval(retry, LOOK_MS);
  });

  return {
    renew: renewFor,
    count: () => current.count(),
  };
}

const NO_WATCHES = 'ENOSPC';

const limitsNow = (): string => `${limitOn('watches')} ${limitOn('instances')}`;
