import {
  byPath, depthOf, isInside, joinPath, nameOf, parentOf, type Path, type Stat,
} from '../../lib/core/entry.ts';

/** An inode. What has two names is the same object under both. */
export interface Inode {
  readonly ino: bigint;
  readonly type: 'file' | 'folder' | 'symlink';
  readonly birthNs: bigint;
  readonly children: Map<string, Inode>;
  /** Of a symlink its target. */
  content: string;
  mode: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
  nlink: number;
}

/** What passes over a model work with. */
export interface Pair {
  readonly source: Disk;
  readonly replica: Disk;
}

/** The time of all disks of a model; no two changes have the same. */
export interface Clock {
  ns: bigint;
}

/**
 * A file system in memory, with the rules of a real one that matter to a plan: inodes, and numbers
 * that are used again; hard links; times that change with what they are of. Whatever a plan must
 * not rely on throws: a missing parent, a folder in the way, a rename into itself.
 */
export class Disk {
  readonly root: Inode;
  readonly dev: bigint;
  /** How big one character of content counts: bigger than a mebibyte, renames are believed. */
  readonly bytes: number;
  private readonly clock: Clock;
  private readonly free: bigint[] = [];
  private last = 1n;

  constructor(dev: bigint, clock: Clock, bytes = 1) {
    this.dev = dev;
    this.clock = clock;
    this.bytes = bytes;
    this.root = this.make('folder', '', 0o755);
  }

  at(path: Path): Inode | undefined {
    let inode: Inode | undefined = this.root;
    if (path === '') return inode;
    for (const name of path.split('/')) inode = inode?.children.get(name);
    return inode;
  }

  get(path: Path): Inode {
    return this.at(path) ?? fail(`missing: ${path}`);
  }

  stat(path: Path): Stat | undefined {
    const inode = this.at(path);
    return inode && {
      type: inode.type, size: inode.type === 'folder' ? 4096 : inode.content.length * this.bytes,
      mtimeNs: inode.mtimeNs, ctimeNs: inode.ctimeNs, birthNs: inode.birthNs, ino: inode.ino,
      dev: this.dev, mode: inode.mode, uid: 0, gid: 0, nlink: inode.nlink,
    };
  }

  names(folder: Path): string[] {
    return [...this.get(folder).children.keys()].sort();
  }

  /** Every path below a folder, the folder itself not counted, in order. */
  below(folder: Path = ''): Path[] {
    return [...this.get(folder).children].flatMap(([name, child]) => {
      const path = joinPath(folder, name);
      return child.type === 'folder' ? [path, ...this.below(path)] : [path];
    }).sort(byPath);
  }

  write(path: Path, content: string, mode = 0o644): void {
    this.enter(path, this.make('file', content, mode));
  }

  symlink(path: Path, target: string): void {
    this.enter(path, this.make('symlink', target, 0o777));
  }

  mkdir(path: Path, mode = 0o755): void {
    this.enter(path, this.make('folder', '', mode));
  }

  link(target: Path, path: Path): void {
    const inode = this.get(target);
    if (inode.type !== 'file') fail(`link of a ${inode.type}: ${target}`);
    this.enter(path, inode);
    inode.ctimeNs = this.tick();
  }

  /** Writes in place: every name of the file has the new content. */
  modify(path: Path, content: string): void {
    const inode = this.get(path);
    if (inode.type === 'folder') fail(`write to a folder: ${path}`);
    inode.content = content;
    inode.mtimeNs = this.tick();
    inode.ctimeNs = inode.mtimeNs;
  }

  chmod(path: Path, mode: number): void {
    const inode = this.get(path);
    if (inode.type !== 'symlink') inode.mode = mode;
    inode.ctimeNs = this.tick();
  }

  setTime(path: Path, mtimeNs: bigint): void {
    const inode = this.get(path);
    inode.mtimeNs = mtimeNs;
    inode.ctimeNs = this.tick();
  }

  /** Over a file or symlink only if it is none but one; of two names of one file `from` goes. */
  rename(from: Path, to: Path): void {
    const inode = this.get(from);
    const there = this.at(to);
    if (from === to || isInside(to, from)) fail(`rename into itself: ${from} to ${to}`);
    if (there !== undefined && (inode.type === 'folder' || there.type === 'folder')) {
      fail(`in the way: ${to}`);
    }
    this.folder(parentOf(to));
    this.leave(from);
    if (there !== undefined) this.unlink(to);
    this.enter(to, inode);
    inode.ctimeNs = this.tick();
  }

  /** An entry and all below it. */
  remove(path: Path): void {
    const below = this.get(path).type === 'folder' ? this.below(path) : [];
    for (const one of [path, ...below].toReversed()) this.unlink(one);
  }

  private unlink(path: Path): void {
    const inode = this.get(path);
    this.leave(path);
    inode.ctimeNs = this.tick();
    if (inode.nlink === 0 || inode.type === 'folder') this.free.push(inode.ino);
  }

  private enter(path: Path, inode: Inode): void {
    const parent = this.folder(parentOf(path));
    if (path === '' || parent.children.has(nameOf(path))) fail(`there already: ${path}`);
    parent.children.set(nameOf(path), inode);
    if (inode.type !== 'folder') inode.nlink += 1;
    this.touch(parent);
  }

  private leave(path: Path): void {
    const inode = this.get(path);
    const parent = this.folder(parentOf(path));
    parent.children.delete(nameOf(path));
    if (inode.type !== 'folder') inode.nlink -= 1;
    this.touch(parent);
  }

  private folder(path: Path): Inode {
    const inode = this.get(path);
    return inode.type === 'folder' ? inode : fail(`no folder: ${path}`);
  }

  private touch(inode: Inode): void {
    inode.mtimeNs = this.tick();
    inode.ctimeNs = inode.mtimeNs;
  }

  private make(type: Inode['type'], content: string, mode: number): Inode {
    const ino = this.free.pop() ?? (this.last += 1n);
    const birthNs = this.tick();
    const now = this.tick();
    const nlink = type === 'folder' ? 2 : 0;
    return { ino, type, birthNs, content, mode, mtimeNs: now, ctimeNs: now, nlink,
      children: new Map() };
  }

  private tick(): bigint {
    this.clock.ns += 1_000_777n;
    return this.clock.ns;
  }
}

/** The finest that a replica's times are set to. */
export const micros = (ns: bigint): bigint => (ns - (((ns % 1000n) + 1000n) % 1000n)) / 1000n;

/**
 * All of a disk that is mirrored, a line a path: two disks are equal when these are. `isAside` are
 * paths that do not count.
 */
export function snapshot(
  disk: Disk, isAside: (path: Path) => boolean = () => false,
): Record<Path, string> {
  const first = new Map<Inode, Path>();
  return Object.fromEntries(['', ...disk.below()].filter((path) => !isAside(path)).map((path) => {
    const inode = disk.get(path);
    if (!first.has(inode)) first.set(inode, path);
    const { type, content, mode, mtimeNs } = inode;
    const links = first.get(inode) === path ? '' : ` is ${first.get(inode)}`;
    const bits = type === 'symlink' ? '' : ` ${mode.toString(8)}`;
    return [`/${path}`, `${type} '${content}'${bits} ${micros(mtimeNs)}${links}`];
  }));
}

/** Copies one entry as fsync does: its mode, its time to the microsecond, not what is below it. */
export function mirrorEntry(source: Disk, replica: Disk, path: Path): void {
  const { type, content, mode } = source.get(path);
  if (type === 'file') replica.write(path, content, mode);
  else if (type === 'symlink') replica.symlink(path, content);
  else if (path !== '') replica.mkdir(path, mode);
  mirrorMeta(source, replica, path);
}

/** Makes an empty replica equal to the source. */
export function mirrorAll(source: Disk, replica: Disk): void {
  const first = new Map<Inode, Path>();
  const paths = ['', ...source.below()];
  for (const path of paths) {
    const inode = source.get(path);
    const known = inode.type === 'file' ? first.get(inode) : undefined;
    if (known === undefined) mirrorEntry(source, replica, path);
    else replica.link(known, path);
    first.set(inode, path);
  }
  for (const path of paths.sort((a, b) => depthOf(b) - depthOf(a))) {
    mirrorMeta(source, replica, path);
  }
}

/** Gives an entry of the replica its source's mode and time. */
export function mirrorMeta(source: Disk, replica: Disk, path: Path): void {
  const { mode, mtimeNs } = source.get(path);
  replica.chmod(path, mode);
  replica.setTime(path, micros(mtimeNs) * 1000n);
}

/** What a plan relied on was not so. */
export function fail(message: string): never {
  throw new Error(message);
}
