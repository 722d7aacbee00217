import { isFolderInTheWay } from '../core/blocked.ts';
import { asGone, asWanted, isMadeFolder } from '../core/candidate.ts';
import type { Difference } from '../core/difference.ts';
import { ancestorIn, isInside, type Path } from '../core/entry.ts';
import type { Gone, Move, Wanted } from '../core/renames.ts';
import type { ScanResult } from '../core/scan-task.ts';
import { expandTowards, type NewTree } from './expand.ts';
import type { OpenedFolder } from './inside.ts';

/** What rename detection has to go on: contents without a place, and places without content. */
export class Candidates {
  readonly moves: Move[] = [];
  /** New folders that are made, and whose entries are differences of their own. */
  readonly expanded = new Set<Path>();
  /** What vanished folders hold, by their replica path. */
  readonly inside = new Map<Path, readonly OpenedFolder[]>();
  /** What new folders hold, by their path. */
  readonly trees = new Map<Path, NewTree>();
  /** Swapped folders that met no partner, and were scanned where they are. */
  readonly inPlace = new Set<Difference>();
  /** Folders that move, by their replica path. */
  readonly leftFolders = new Set<Path>();
  readonly found: ScanResult;
  private readonly own: readonly Path[];
  private readonly mountsNow: () => readonly Path[];
  private mounts: readonly Path[] | undefined;
  private readonly left = new Set<Path>();
  private readonly arrived = new Set<Path>();
  private readonly arrivedFolders = new Set<Path>();

  /** The mounts inside the replica are asked for once something may move. */
  constructor(found: ScanResult, own: readonly Path[], mountsNow: () => readonly Path[]) {
    this.found = found;
    this.own = own;
    this.mountsNow = mountsNow;
  }

  /**
   * A rename stays inside one mount of the replica, never takes a mount itself, and leaves what is
   * our own where it was said to be.
   */
  isPossible({ gone, wanted }: Move): boolean {
    const isAround = (mount: Path, path: Path): boolean => mount === path || isInside(path, mount);
    if (this.own.some((path) => isInside(path, gone.replica))) return false;
    return this.mountsInside().every((mount) => mount !== gone.replica
      && isAround(mount, gone.replica) === isAround(mount, wanted.path));
  }

  /** Whether a folder of the replica is a mount, or there is one in it: it can make no room. */
  holdsMount(path: Path): boolean {
    return this.mountsInside().some((mount) => mount === path || isInside(mount, path));
  }

  private mountsInside(): readonly Path[] {
    return this.mounts ??= this.mountsNow();
  }

  /** Accepts a rename; a new folder around its target is opened up as far as needed. */
  take(move: Move): void {
    const { gone, wanted } = move;
    this.moves.push(move);
    this.left.add(gone.replica);
    this.arrived.add(wanted.path);
    if (wanted.stat.type === 'folder') {
      this.leftFolders.add(gone.replica);
      this.arrivedFolders.add(wanted.path);
    }
    const root = ancestorIn(wanted.path, this.trees);
    const arrived = ancestorIn(wanted.path, this.arrivedFolders);
    // What came with a moved folder needs no new folder around it.
    const came = arrived !== undefined && root !== undefined && arrived.length >= root.length;
    if (root === undefined || came) return;
    const opened = expandTowards(root, this.trees.get(root)!, wanted.path, this.expanded);
    for (const one of opened.differences) this.found.differences.push(one);
    for (const one of opened.linked) this.found.linked.push(one);
  }

  /** The tree of a new folder, begun if it is not there. */
  treeOf(path: Path): NewTree {
    const tree = this.trees.get(path) ?? new Map();
    this.trees.set(path, tree);
    return tree;
  }

  /** Whether a source path is a folder that moved, or comes with one. */
  cameAlong(path: Path): boolean {
    return this.arrivedFolders.has(path) || ancestorIn(path, this.arrivedFolders) !== undefined;
  }

  /** For folders of the replica: the paths inside that move out of them. */
  leaving(folders: ReadonlySet<Path>): ReadonlyMap<Path, ReadonlySet<Path>> {
    const leaving = new Map<Path, Set<Path>>();
    for (const path of this.left) {
      for (let at = ancestorIn(path, folders); at !== undefined; at = ancestorIn(at, folders)) {
        leaving.set(at, (leaving.get(at) ?? new Set()).add(path));
      }
    }
    return leaving;
  }

  /** Whether the content of a replica path moves away. */
  hasLeft(path: Path): boolean {
    return this.left.has(path);
  }

  /** Whether a rename brings what belongs at a source path. */
  hasArrived(path: Path): boolean {
    return this.arrived.has(path);
  }

  /** Whether there are both, contents without a place and places without content. */
  hasBoth(): boolean {
    const isAny = (all: Generator): boolean => all.next().done !== true;
    return (isAny(this.eachGone('file')) || isAny(this.eachGone('folder')))
      && (isAny(this.eachWanted('file')) || isAny(this.eachWanted('folder')));
  }

  gone(type: 'file' | 'folder'): Gone[] {
    return [...this.eachGone(type)];
  }

  /** Of the folders of the source that folders without a place were copied from. */
  goneInodes(): ReadonlySet<number | undefined> {
    return new Set(this.gone('folder').flatMap(({ identity }) => (identity ? [identity.ino] : [])));
  }

  wanted(type: 'file' | 'folder'): Wanted[] {
    return [...this.eachWanted(type)];
  }

  /** Replica content without a place, of one type: differences, and what vanished folders hold. */
  private* eachGone(type: 'file' | 'folder'): Generator<Gone> {
    for (const one of this.found.differences) {
      if (!('replica' in one) || one.replica.type !== type || this.inPlace.has(one)) continue;
      const gone = asGone(one);
      if (gone !== undefined && !this.left.has(gone.replica)) yield gone;
    }
    for (const [opened, folders] of this.inside) {
      for (const folder of folders) {
        // What is inside a folder that moved comes along, or is a difference by now.
        const left = this.nearestLeft(folder.replica);
        if (left !== undefined && left.length >= opened.length) continue;
        for (const one of folder.entries(type)) if (!this.left.has(one.replica)) yield one;
      }
    }
  }

  /** Source entries without content in the replica, of one type, those inside new folders too. */
  private* eachWanted(type: 'file' | 'folder'): Generator<Wanted> {
    for (const one of this.found.differences) {
      if (!('source' in one) || one.source.type !== type || this.inPlace.has(one)) continue;
      const wanted = asWanted(one);
      if (wanted === undefined || this.arrived.has(wanted.path)) continue;
      // A folder that is made for what moves into it cannot come from elsewhere any more.
      if (!this.expanded.has(wanted.path)) yield wanted;
    }
    for (const tree of this.trees.values()) {
      for (const [folder, entries] of tree) {
        // What is in an opened folder, or in one that moved, is a difference already.
        if (this.expanded.has(folder) || this.arrivedFolders.has(folder)) continue;
        if (ancestorIn(folder, this.arrivedFolders) !== undefined) continue;
        for (const { path, stat } of entries) {
          const isFree = stat.type === type && !this.arrived.has(path);
          if (isFree) yield { path, stat, occupied: false };
        }
      }
    }
  }

  /** New folders that nobody looked into yet. */
  unwalked(): Path[] {
    return this.found.differences.flatMap((one) => {
      if (!isMadeFolder(one)) return [];
      const path = one.at.source;
      const isKnown = this.trees.has(path) || ancestorIn(path, this.trees) !== undefined;
      return isKnown || this.arrived.has(path) ? [] : [path];
    });
  }

  /** Folders without a place that nobody looked into yet. */
  unopened(): Gone[] {
    const displaced = new Set(this.found.differences.filter(isFolderInTheWay)
      .map((one) => one.at.replica));
    const isOpened = (path: Path): boolean => {
      const opened = ancestorIn(path, this.inside);
      const left = opened && this.nearestLeft(path);
      return this.inside.has(path)
        || (opened !== undefined && (left === undefined || left.length < opened.length));
    };
    return this.gone('folder').filter((one) =>
      (!one.reused || displaced.has(one.replica)) && !isOpened(one.replica));
  }

  /** The innermost folder that moves away with a replica path in it, or at it. */
  private nearestLeft(path: Path): Path | undefined {
    return this.leftFolders.has(path) ? path : ancestorIn(path, this.leftFolders);
  }
}
