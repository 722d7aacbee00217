import { lstatSync, type Stats } from 'node:fs';
import { basename, dirname } from 'node:path';

import { FSWatcher, type ChokidarOptions } from 'chokidar';

import { fromText, joinPath, nameOf, parentOf, type Path } from '../core/entry.ts';
import { awayFolders } from './away-folders.ts';
import { isItself, isNameable, maybeFolder, saysGone } from './folder-facts.ts';
import { listFolders, type FolderEntry } from './list-folders.ts';
import type { StartWatcher } from './tree-watcher.ts';
import { UNWATCHABLE } from './watcher-health.ts';

/** Watches a tree by chokidar: the watcher of ordinary trees, on every platform. */
export const watchByChokidar: StartWatcher = (root, on, trouble, ready) => {
  const watcher = new FolderWatcher({
    // It asks without a stat too, about what may be a folder; files are none of its business.
    ignored: (path: string, stats?: Stats) => (stats !== undefined && !stats.isDirectory())
      || (inside(path) !== undefined && on.isIgnored(inside(path)!)),
    atomic: false,
    followSymlinks: false,
    ignoreInitial: true,
    ignorePermissionErrors: false,
  });

  // It watches the root's parent while the root is away.
  const inside = (path: string): Path | undefined => root.pathOf(path);
  const tell = (to: (folder: Path) => void, path: string): void => {
    const folder = inside(path);
    if (folder !== undefined) to(folder);
  };

  watcher.on('raw', (event, name, details) => {
    const { watchedPath } = details as { watchedPath: string };
    tell((folder) => heard(folder, folder === '' && name === basename(watchedPath) ? '' : name,
      event === 'rename'), watchedPath);
  });
  const heard = (folder: Path, name: string | null | undefined, cameOrWent: boolean): void => {
    // Not said, or not UTF-8: whoever looks must find out.
    if (!name || name.includes('\uFFFD')) {
      on.heard(folder);
      return;
    }
    // Where the system watches whole trees (macOS), what it names may lie deeper.
    const path = joinPath(folder, fromText(name.replaceAll('\\', SLASH)));
    on.heard(parentOf(path), nameOf(path), cameOrWent);
  };

  // One tick later, because the folder's own watch comes after the event.
  watcher.on('addDir', (path) => setImmediate(tell, on.made, path));
  watcher.on('unlinkDir', (path) => tell(on.gone, path));
  watcher.on('error', (error) => {
    const { code, path = '' } = error as NodeJS.ErrnoException;
    if (!saysGone(error)) trouble.add({ code, path: inside(path) ?? path });
  });
  watcher.on('ready', ready);
  watcher.add(root.text!);

  return {
    count: () => [...watcher.tree.watched.values()]
      .filter((folder) => inside(folder.path) !== undefined).length,
    close: () => void watcher.close().catch(trouble.add),
  };
};

/** On Windows names come with backslashes; elsewhere a backslash is a character like others. */
const SLASH = process.platform === 'win32' ? '/' : '\\';

/**
 * chokidar, made to look at folders only, and never deaf. What is overridden and called here is
 * internal to it, hence the exact version in package.json.
 */
export class FolderWatcher extends FSWatcher {
  /** When a folder was born, by what chokidar knows of it. */
  private readonly births = new WeakMap<object, number>();
  private isReady = false;
  private readonly away = awayFolders(
    (at) => !this.closed && this.tree.peekDirectory(at) !== undefined, (at) => this.watchAnew(at));

  constructor(options: ChokidarOptions) {
    super(options);
    const { tree, births, handler } = this;
    const record = tree.recordObserved.bind(tree);
    tree.recordObserved = (...args) => {
      record(...args);
      const [path, stats] = args;
      const folder = tree.peekDirectory(path);
      if (folder !== undefined) births.set(folder, Number(stats.birthtimeMs));
    };

    // It knows folders by their inodes only, and those are used again.
    const isReplaced = tree.replacedSinceObserved.bind(tree);
    tree.replacedSinceObserved = (path, stats) => {
      const folder = tree.peekDirectory(path);
      return isReplaced(path, stats) || (folder !== undefined && stats.isDirectory()
        && births.get(folder) !== Number(stats.birthtimeMs));
    };

    const subscribe = handler.subscribePath.bind(handler);
    handler.subscribePath = (...args) => {
      this.away.delete(args[0]);
      const end = subscribe(...args);
      this.heardAnew(args[0]);
      return end;
    };
    const reconcile = handler.reconcileBackendTrigger.bind(handler);
    handler.reconcileBackendTrigger = (...args) => {
      const [path, , trigger] = args;
      if (trigger.kind === 'native' && trigger.relativePath === null) this.heardAnew(path);
      return reconcile(...args);
    };
    this.once('ready', () => {
      this.isReady = true;
    });
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
    const [event, name, { watchedPath: at }] = args as [string, string, { watchedPath: string }];
    // So it also says that a folder's mode has changed.
    if (event === 'rename' && name === basename(at) && this.isReplaced(at)) this.watchAnew(at);
  }

  /** So that also one that had gone when its watch was set, and came back, is not deaf. */
  override handleError(error: unknown): void {
    super.handleError(error);
    const { syscall, path } = error as NodeJS.ErrnoException;
    if (syscall === 'watch' && path !== undefined && saysGone(error)) this.away.add(path);
  }

  private watchAnew(at: string): void {
    this.removePath(dirname(at), basename(at), true);
    const within = this.createHelper(dirname(at));
    this.lifecycle.track(this.handler.addPathOnce(at, false, within, BELOW_THE_ROOT));
  }

  /**
   * A folder has a watch again. chokidar takes it off now and then, where somebody sets the mode or
   * the times of the folder say, and what the system had said by then and nobody had read is lost
   * with it. It looks for folders then, not for files.
   */
  private heardAnew(at: string): void {
    if (this.isReady) super.emitRaw('change', null, { watchedPath: at });
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
    return this.tree.watched.has(path) || maybeFolder(path);
  }
}

const BELOW_THE_ROOT = 1;
