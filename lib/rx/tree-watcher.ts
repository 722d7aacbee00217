import type { Path } from '../core/entry.ts';
import type { WatchedRoot } from './watched-root.ts';
import type { Troubles } from './watcher-health.ts';

/** What a watcher says of folders. */
export interface FolderHandlers {
  isIgnored(folder: Path): boolean;
  /**
   * Something happened to an entry, whatever it is; without a name, to any of the folder. Where it
   * came or went, the folder has another time.
   */
  heard(folder: Path, name?: string, cameOrWent?: boolean): void;
  /** A folder is new, and what happens in it is heard from now on. */
  made(folder: Path): void;
  gone(folder: Path): void;
}

/** A tree that is watched. */
export interface TreeWatcher {
  /** How many folders there are, watched or in trouble. */
  count(): number;
  close(): void;
}

/** How one of the two watchers is started. */
export type StartWatcher = (
  root: WatchedRoot, on: FolderHandlers, trouble: Troubles, ready: () => void,
) => TreeWatcher;
