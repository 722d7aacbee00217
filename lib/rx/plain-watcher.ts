import { watch, type FSWatcher } from 'node:fs';

import { joinPath, nameOf, type Path } from '../core/entry.ts';
import { bytesOf, foldersIn, GONE, identityOf, saysGone } from './folder-facts.ts';
import { Suspects } from './suspects.ts';
import type { FolderHandlers, TreeWatcher } from './tree-watcher.ts';
import type { Troubles } from './watcher-health.ts';

/** A folder that is watched, or waits for it. */
interface Folder {
  readonly above: Folder | undefined;
  readonly name: string;
  /** Most have none. */
  below?: Map<string, Folder>;
  state: 'waits' | 'watched' | 'dropped';
  /** What it was just before its watch began; undefined where another one may look the same. */
  identity?: string | undefined;
  handle?: FSWatcher;
}

/** How far it goes when it begins; afterwards it watches every folder that comes. */
interface Reach {
  /** The folders to be watched; undefined: all. */
  readonly chosen?: ReadonlySet<Path>;
  /** So many watches are to be had … */
  readonly most?: number;
  /** … and who is asked to begin otherwise where they, or the system's, do not suffice. */
  readonly scarce?: (watches: number) => void;
}

/** So many are begun before what happened meanwhile is heard: the system's queue is not long. */
const AT_A_TIME = 256;
/** So many names are looked at in that time. */
const JUDGED_AT_A_TIME = 1_024;

/**
 * Watches a tree of very many folders on Linux: fs.watch for each of them and little more, in less
 * memory than chokidar's, and without the time that it takes to let go of many.
 *
 * A folder is watched first and listed afterwards, so that no sub-folder comes unseen between. What
 * becomes of a sub-folder is heard by the folder above it: where it is another one by then, its
 * watch and all below are dropped, and begun anew. A new folder is told once all below it is
 * watched; its name was told before.
 */
export class PlainWatcher implements TreeWatcher {
  private readonly base: Path;
  private readonly on: FolderHandlers;
  private readonly trouble: Troubles;
  private ready: (() => void) | undefined;
  private reach: Reach;
  private folders = 0;
  private watches = 0;
  private isScheduled = false;
  private readonly top: Folder;
  private readonly waiting: Folder[] = [];
  private readonly suspects = new Suspects<Folder>();
  private made: Folder[] = [];

  constructor(
    base: Path, on: FolderHandlers, trouble: Troubles, ready: () => void, reach: Reach = {},
  ) {
    this.base = base;
    this.on = on;
    this.trouble = trouble;
    this.ready = ready;
    this.reach = reach;
    this.top = this.add(undefined, '');
  }

  count(): number {
    return this.folders;
  }

  close(): void {
    this.drop(this.top);
  }

  private add(above: Folder | undefined, name: string): Folder {
    const folder: Folder = { above, name, state: 'waits' };
    if (above !== undefined) (above.below ??= new Map()).set(name, folder);
    this.folders += 1;
    this.waiting.push(folder);
    this.schedule();
    return folder;
  }

  private drop(folder: Folder): void {
    if (folder.state === 'dropped') return;
    folder.state = 'dropped';
    this.folders -= 1;
    folder.handle?.close();
    const beside = folder.above?.below;
    if (beside?.get(folder.name) === folder) beside.delete(folder.name);
    folder.below?.forEach((child) => this.drop(child));
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      if (this.top.state !== 'dropped') this.work();
    });
  }

  /** One turn. All drops come before the next new watch, which may be of the same folder. */
  private work(): void {
    for (const [folder, name] of this.suspects.take(JUDGED_AT_A_TIME)) {
      if (folder.state !== 'dropped') this.judge(folder, name);
    }
    if (!this.suspects.isEmpty) return this.schedule();

    for (let left = AT_A_TIME; left > 0 && this.waiting.length > 0; left -= 1) {
      const folder = this.waiting.pop()!;
      if (folder.state === 'waits') this.begin(folder);
      // Where there are too few watches, another one has begun instead.
      if (this.top.state === 'dropped') return;
    }
    if (this.waiting.length > 0) return this.schedule();

    const { made } = this;
    this.made = [];
    for (const folder of made) if (folder.state === 'watched') this.on.made(pathOf(folder));
    this.reach = {};
    this.ready?.();
    this.ready = undefined;
  }

  private begin(folder: Folder): void {
    const path = pathOf(folder);
    const at = bytesOf(this.base, path);
    folder.state = 'watched';
    try {
      folder.identity = identityOf(at);
      if (folder.identity === GONE) {
        this.drop(folder);
        return;
      }
      if (this.watches === this.reach.most) throw Object.assign(new Error(), { code: 'ENOSPC' });
      folder.handle = watch(at, { encoding: 'latin1' }, (event, name) => {
        if (folder.state !== 'dropped') this.hear(folder, event, name);
      });
      folder.handle.on('error', (error) => this.fail(error, path));
      this.watches += 1;
    } catch (error) {
      const isScarce = (error as NodeJS.ErrnoException).code === /* no watch left */ 'ENOSPC';
      if (isScarce && this.reach.scarce !== undefined) return this.reach.scarce(this.watches);
      this.fail(error, path);
    }

    try {
      for (const child of foldersIn(this.base, path, this.on)) {
        const isChosen = this.reach.chosen?.has(child) ?? true;
        if (isChosen && folder.below?.has(nameOf(child)) !== true) this.add(folder, nameOf(child));
      }
    } catch (error) {
      this.fail(error, path);
    }
  }

  /** What is not there any more is told by the folder above. */
  private fail(error: unknown, path: Path): void {
    if (saysGone(error)) return;
    this.trouble.add({ code: (error as NodeJS.ErrnoException).code, path });
  }

  private hear(folder: Folder, event: string, name: string | null): void {
    // Of the root itself the system speaks as if it were in itself; others have a folder above.
    const isTop = folder === this.top && name === nameOf(this.base);
    const isRename = event === 'rename';
    this.on.heard(pathOf(folder), isTop ? undefined : name ?? undefined, isRename);
    if (!isRename || name === null) return;

    this.suspects.add(folder, name);
    // So it also speaks of the folder itself: of a mount that is gone no folder above it hears.
    if (folder.above !== undefined && name === folder.name) this.suspects.add(folder.above, name);
    this.schedule();
  }

  /** Something came, went, or got another mode: if it is a folder, is it the one that we know? */
  private judge(folder: Folder, name: string): void {
    const path = joinPath(pathOf(folder), name);
    const known = folder.below?.get(name);
    const identity = identityOf(bytesOf(this.base, path));
    if (identity === GONE ? known === undefined : known?.state === 'waits') return;
    if (known !== undefined && identity !== undefined && identity === known.identity) return;

    if (known !== undefined) {
      this.drop(known);
      this.on.gone(path);
    }
    if (identity !== GONE && !this.on.isIgnored(path)) this.made.push(this.add(folder, name));
  }
}

const pathOf = ({ above, name }: Folder): Path =>
  (above === undefined ? '' : joinPath(pathOf(above), name));
