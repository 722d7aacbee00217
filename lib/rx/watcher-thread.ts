import { parentPort, workerData, type MessagePort } from 'node:worker_threads';

import { joinPath, type Path } from '../core/entry.ts';
import { ruledBy } from '../core/ignore.ts';
import { changeAt } from '../core/scope.ts';
import type { WatcherEvent, WatchOptions } from './changes.ts';
import { watchFolders } from './folder-watcher.ts';
import { ignoredPaths } from './ignored-paths.ts';
import { outbox } from './outbox.ts';
import { remoteOf } from './remote.ts';
import { watchedRoot } from './watched-root.ts';
import { overflowDetector, troubles, UNWATCHABLE } from './watcher-health.ts';

// A poller would see folders only, as our scan does, and miss what is written in files.
delete process.env['CHOKIDAR_USEPOLLING'];

/** Trees of more folders are watched plainly; the variable is for tests. */
const MOST_FOR_CHOKIDAR = Number(process.env['FSYNC_MOST_FOR_CHOKIDAR'] ?? 2_000);

/** So often somebody looks whether the root is still itself. */
const LOOK_MS = 2_000;

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
    post({ kind: 'ready', folders: 0 });
    post({ kind: 'trouble', code: UNWATCHABLE, folders: 1 });
    return;
  }

  const box = outbox((changes) => post({ kind: 'changes', changes }));
  port.on('message', box.taken);

  // Among what was lost may be new folders, which have no watch then.
  const overflow = overflowDetector(() => {
    post({ kind: 'overflow' });
    folders.renew('');
  });
  const trouble = troubles((event) =>
    post('limit' in event ? { ...event, of: folders.count() } : event));
  const ignored = ignoredPaths(options);
  const lookInto = (folder: Path): void => box.add({ folder, whole: 'tree' });

  /** Git's own rules come and go with the folders that they are in, unheard. */
  const lookForRules = (folder: Path): void => {
    for (const info of [folder, joinPath(folder, 'info')]) {
      const ruled = ignored.ruledBy(info, 'exclude');
      if (ruled !== undefined && ignored.hasNewRules(`${info}/exclude`)) folders.renew(ruled);
    }
  };

  const folders = watchFolders(root, {
    isIgnored: (folder) => ignored.has(folder, true),

    heard: (folder, name, cameOrWent) => {
      overflow.count();
      if (name === undefined) {
        box.add({ folder, whole: 'listing' });
        return;
      }
      const path = joinPath(folder, name);
      const ruled = ignored.ruledBy(folder, name);
      if (ruled !== undefined && ignored.hasNewRules(path)) folders.renew(ruled);
      // Whatever type it has: what was deleted has none any more.
      else if (ignored.has(path, false) && ignored.has(path, true)) {
        // It gave its folder another time, which is mirrored. The root need not be listed for that.
        if (cameOrWent === true) box.add(folder === '' ? { folder, name } : changeAt(folder));
        return;
      }
      // The name of an ignore file brings a tree; one that nobody asked for is a file like others.
      if (ruledBy(folder, name) !== ruled) {
        box.add({ folder, whole: 'listing' });
        return;
      }
      box.add({ folder, name });
    },

    made: (folder) => {
      lookForRules(folder);
      lookInto(folder);
    },

    gone: (folder) => {
      lookForRules(folder);
      trouble.gone(folder);
      ignored.forget(folder);
      box.add(changeAt(folder));
    },

    ready: (count) =>
      post({ kind: 'ready', folders: count - trouble.count(), ...remoteOf(options.source) }),

    renewed: (because) => because.forEach(lookInto),
  }, trouble, MOST_FOR_CHOKIDAR);

  // Where a folder above it is renamed, something is mounted on it, or the link that leads to it
  // leads elsewhere now, nothing is told of that in it.
  setInterval(() => {
    if (!root.isThere()) port.postMessage({ kind: 'root-lost' });
  }, LOOK_MS);
}
