import { parentPort, workerData, type MessagePort } from 'node:worker_threads';

import { fromText, joinPath, nameOf, parentOf, type Path } from '../core/entry.ts';
import type { Change } from '../core/scope.ts';
import type { WatcherEvent, WatchOptions } from './changes.ts';
import { watchFolders } from './folder-watcher.ts';
import { ignoredPaths } from './ignored-paths.ts';
import { outbox } from './outbox.ts';
import { watchedRoot } from './watched-root.ts';
import { overflowDetector, troubles, UNWATCHABLE } from './watcher-health.ts';

// A poller would see folders only, as our scan does, and miss what is written in files.
delete process.env['CHOKIDAR_USEPOLLING'];

if (parentPort !== null) watch(parentPort, workerData as WatchOptions);

/**
 * The thread that watches the source, and says where to look: `changes` is its other end. Nothing
 * is looked at here, except ignore files, and whether the root is still itself.
 */
function watch(port: MessagePort, options: WatchOptions): void {
  const root = watchedRoot(options.source);
  const post = (event: WatcherEvent): void =>
    port.postMessage(root.isThere() ? event : { kind: 'root-lost' });

  if (root.text === undefined) {
    post({ kind: 'trouble', code: UNWATCHABLE, folders: 1 });
    post({ kind: 'ready', folders: 0 });
    return;
  }

  const box = outbox((changes) => post({ kind: 'changes', changes }));
  port.on('message', box.taken);

  // Among what was lost may be new folders, which have no watch then.
  const overflow = overflowDetector(() => {
    post({ kind: 'overflow' });
    folders.renew('');
  });
  const trouble = troubles(post);
  const ignored = ignoredPaths(options);
  const lookInto = (folder: Path): void => box.add({ folder, whole: 'tree' });

  const folders = watchFolders(root.text, {
    isIgnored: (entry) => {
      const path = root.pathOf(entry);
      return path !== undefined && ignored.has(path, true);
    },

    raw: (name, watched) => {
      overflow.count();
      const folder = root.pathOf(watched);
      if (folder === undefined) return;

      const isItself = name === nameOf(watched);
      const change = changeOf(folder, name, isItself);
      if ('name' in change) {
        const path = joinPath(change.folder, change.name);
        if (ignored.hasNewRules(path)) folders.renew(change.folder);
        // Whatever type it has: what was deleted has none any more.
        else if (ignored.has(path, false) && ignored.has(path, true)) return;
      }
      box.add(change);
    },

    // One tick later, because the folder's own watch comes after the event.
    made: (made) => setImmediate(() => {
      const folder = root.pathOf(made);
      if (folder !== undefined) lookInto(folder);
    }),

    gone: (gone) => {
      trouble.gone(gone);
      ignored.forget();
      const path = root.pathOf(gone);
      if (path !== undefined) box.add({ folder: parentOf(path), name: nameOf(path) });
    },

    ready: (paths) => {
      const inside = paths.filter((path) => root.pathOf(path) !== undefined);
      post({ kind: 'ready', folders: inside.length - trouble.count() });
    },

    renewed: (because, hasFewerTroubles) => {
      because.forEach(lookInto);
      if (hasFewerTroubles) post({ kind: 'overflow' });
    },
  }, trouble);
}

/** The system tells of a folder's own change under the folder's name, as if it were inside. */
function changeOf(folder: Path, name: string | null | undefined, isItself: boolean): Change {
  const isRoot = folder === '' && isItself;
  // Not said, or not UTF-8: whoever looks must find out.
  if (isRoot || !name || name.includes('\uFFFD')) return { folder, whole: 'listing' };

  // Where the system watches whole trees (macOS), what it names may lie deeper.
  const path = joinPath(folder, fromText(name.replaceAll('\\', SLASH)));
  return { folder: parentOf(path), name: nameOf(path) };
}

/** On Windows names come with backslashes; elsewhere a backslash is a character like others. */
const SLASH = process.platform === 'win32' ? '/' : '\\';
