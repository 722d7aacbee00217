import { lstatSync, type Stats } from 'node:fs';
import { basename, dirname } from 'node:path';

import { FSWatcher, type ChokidarOptions } from 'chokidar';

import type { Path } from '../core/entry.ts';
import { listFolders, type FolderEntry } from './list-folders.ts';
import { UNWATCHABLE, type Troubles } from './watcher-health.ts';

/** How long rules may go on changing before the folders are watched anew. */
const RENEW_MS = 200;

/** After so long the folders that could not be watched are tried again. */
const RETRY_MS = 600_000;

/** What chokidar says of folders, in its own words; paths are absolute. */
export interface FolderHandlers {
  isIgnored(path: string): boolean;
  /** Something happened to an entry of the folder `watched`, whatever that entry is. */
  raw(name: string | null | undefined, watched: string): void;
  made(path: string): void;
  gone(path: string): void;
  /** Every folder has its watch, or its trouble; `paths` are all of them. */
  ready(paths: readonly string[]): void;
  /** The same, once more, because of what changed in these folders. */
  renewed(because: readonly Path[], hasFewerTroubles: boolean): void;
}

/**
 * Watches the folders of a tree, and by them the files: one watch of the system for each folder.
 * `renew` does it anew, by the rules as they are then. The old watcher goes on until the new one
 * is ready, so that nothing falls between; they share the system's watches.
 */
export function watchFolders(
  root: string, on: FolderHandlers, trouble: Troubles,
): { renew(because: Path): void } {
  let current = start(root, on, trouble);
  let isRenewing = false;
  let retry: NodeJS.Timeout | undefined;
  const because = new Set<Path>();

  current.once('ready', () => {
    on.ready(Object.keys(current.getWatched()));
    trouble.begin();
    retryLater();
  });

  const retryLater = (): void => {
    clearTimeout(retry);
    if (trouble.count() > 0) retry = setTimeout(renew, RETRY_MS);
  };

  const renew = (): void => {
    if (isRenewing) return;
    isRenewing = true;
    setTimeout(() => {
      const folders = [...because];
      const troublesBefore = trouble.count();
      because.clear();
      trouble.clear();
      const next = start(root, on, trouble);

      next.once('ready', () => {
        current.close().catch(trouble.add);
        current = next;
        isRenewing = false;
        on.renewed(folders, trouble.count() < troublesBefore);
        retryLater();
        if (because.size > 0) renew();
      });
    }, RENEW_MS);
  };

  return {
    renew: (folder) => {
      because.add(folder);
      renew();
    },
  };
}

function start(root: string, on: FolderHandlers, trouble: Troubles): FolderWatcher {
  const watcher = new FolderWatcher({
    // It asks without a stat too, about what may be a folder; files are none of its business.
    ignored: (path: string, stats?: Stats) =>
      (stats !== undefined && !stats.isDirectory()) || on.isIgnored(path),
    atomic: false,
    followSymlinks: false,
    ignoreInitial: true,
    ignorePermissionErrors: false,
  });
  watcher.on('raw', (_, name, details) =>
    on.raw(name, (details as { watchedPath: string }).watchedPath));
  watcher.on('addDir', on.made);
  watcher.on('unlinkDir', on.gone);
  watcher.on('error', trouble.add);
  watcher.add(root);
  return watcher;
}

/**
 * chokidar, made to look at folders only, and never deaf. What is overridden and called here is
 * internal to it, hence the exact version in package.json.
 */
export class FolderWatcher extends FSWatcher {
  /** When a folder was born, by what chokidar knows of it. */
  private readonly births = new WeakMap<object, number>();

  constructor(options: ChokidarOptions) {
    super(options);
    const { tree, births } = this;
    const record = tree.recordObserved.bind(tree);
    tree.recordObserved = (...args) => {
      record(...args);
      const [path, stats] = args;
      const folder = tree.peekDirectory(path);
      if (folder !== undefined) births.set(folder, Number(stats.birthtimeMs));
    };
  }

  /** Scans without a look at files. */
  override createScanStream(
    ...[folder, options]: Parameters<FSWatcher['createScanStream']>
  ): ReturnType<FSWatcher['createScanStream']> {
    // A depth is asked for where the system watches whole trees (macOS): that scan must go down.
    if (this.closed || (options !== undefined && 'depth' in options)) {
      return super.createScanStream(folder, options);
    }

    const filter = (options?.directoryFilter ?? (() => true)) as unknown as
      (entry: FolderEntry) => boolean;
    const accepts = (entry: FolderEntry): boolean =>
      filter(entry) && (isNameable(entry) || this.refuse(entry));
    const stream = listFolders(folder, accepts) as unknown as
      NonNullable<ReturnType<FSWatcher['createScanStream']>>;
    this.streams.add(stream);
    const forget = (): boolean => this.streams.delete(stream);
    for (const end of ['end', 'error', 'close']) stream.once(end, forget);
    return stream;
  }

  /**
   * What the system says. A folder that was deleted, and made again, is watched anew: chokidar
   * looks twice, and where the other one comes between the two looks, with the inode that the first
   * had, it takes it for that one, whose watch has ended, and is deaf.
   */
  override emitRaw(...args: Parameters<FSWatcher['emitRaw']>): void {
    super.emitRaw(...args);
    const [event, name, details] = args;
    const { watchedPath: at } = details as { watchedPath: string };
    // So it also says that a folder's mode has changed.
    if (event !== 'rename' || name !== basename(at) || !this.isReplaced(at)) return;

    this.removePath(dirname(at), name, true);
    const within = this.createHelper(dirname(at));
    this.lifecycle.track(this.handler.addPathOnce(at, false, within, BELOW_THE_ROOT));
  }

  private isReplaced(at: string): boolean {
    const folder = this.tree.peekDirectory(at);
    if (folder === undefined) return false;
    try {
      return lstatSync(at, { throwIfNoEntry: false })?.birthtimeMs !== this.births.get(folder);
    } catch {
      return false;
    }
  }

  /**
   * Whether an event about this path means nothing to it. Events about files do not: it would list
   * the folder again for each file deleted, which for a folder of many files takes for ever.
   */
  override isUnwatched(path: string): boolean {
    return super.isUnwatched(path) || (!this.isFolder(path) && !isItself(path));
  }

  private refuse({ fullPath }: FolderEntry): false {
    this.emit('error', Object.assign(new Error(), { code: UNWATCHABLE, path: fullPath }));
    return false;
  }

  /** Whether there is a folder, or was one when it last looked. */
  private isFolder(path: string): boolean {
    if (this.tree.watched.has(path)) return true;
    try {
      return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    } catch {
      return true;
    }
  }
}

const BELOW_THE_ROOT = 1;

/** A name that is not UTF-8 came with U+FFFD in the place of some bytes, and leads nowhere. */
const isNameable = ({ basename: name, fullPath }: FolderEntry): boolean =>
  !name.includes('\uFFFD') || lstatSync(fullPath, { throwIfNoEntry: false }) !== undefined;

/** What happens to a folder itself is told as if it happened to an entry of its name inside. */
const isItself = (path: string): boolean => basename(path) === basename(dirname(path));
