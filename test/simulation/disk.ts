import { constants } from 'node:fs';

import type { Inode } from './inode.ts';

/** What makes one disk another than the next. */
export interface DiskOptions {
  /** Nanoseconds since 1970. */
  readonly now: () => bigint;
  /** Milliseconds since the run began. */
  readonly monotonicMs: () => number;
  /** The steps in which times come. */
  readonly grainNs: bigint;
  /** Numbers of removed inodes are given again at once, as ext4 does. */
  readonly reuses: boolean;
  /** Who creates. */
  readonly uid: number;
  readonly gid: number;
}

/** An open file or folder. */
export interface Open {
  readonly inode: Inode;
  readonly flags: number;
  /** Where it was found, if it had a name there. */
  readonly path: string | undefined;
  at: number;
}

/** Where a path leads: to an entry, there or not, of a folder; or to an inode with no name. */
export interface Found {
  readonly folder: Inode | undefined;
  readonly name: string;
  readonly inode: Inode | undefined;
  /** A slash or a dot at its end: only a folder will do. */
  readonly asFolder: boolean;
}

/** An error as the system's, told by Node. */
export function systemError(code: string, call: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: simulated, ${call}`), { code, syscall: call });
}

/** The size that no entry's name may exceed, and no path reach. */
const LONGEST_NAME = 255;
const LONGEST_PATH = 4096;
const MOST_LINKS = 40;

export const O_PATH = 0o10000000;

/** A file system in memory, as the kernel sees it: inodes, names, and open descriptors. */
export class Disk {
  readonly dev = 0x801n;
  readonly root: Inode;
  readonly open = new Map<number, Open>();
  private readonly options: DiskOptions;
  private readonly free: bigint[] = [];
  private lastIno = 1n;

  constructor(options: DiskOptions) {
    this.options = options;
    this.root = this.make('folder', 0o755);
    this.root.parent = this.root;
  }

  /** Now, as the disk notes it. */
  now(): bigint {
    const now = this.options.now();
    return now - (now % this.options.grainNs);
  }

  make(type: Inode['type'], mode: number, inside?: Inode, target = ''): Inode {
    const now = this.now();
    const { uid, gid } = this.options;
    // A folder with the set-group-id bit hands its group down, and folders the bit too.
    const inherits = inside !== undefined && (inside.mode & 0o2000) !== 0;
    return {
      ino: this.free.pop() ?? (this.lastIno += 1n), type, target, uid,
      gid: inherits ? inside.gid : gid,
      mode: inherits && type === 'folder' ? mode | 0o2000 : mode,
      nlink: type === 'folder' ? 2 : 0, atime: now, mtime: now, ctime: now, birth: now,
      data: Buffer.alloc(0), entries: new Map(), parent: undefined, name: '', open: 0,
      writtenMs: this.options.monotonicMs(), syncedMs: -1,
    };
  }

  /** Gives an inode a name. */
  add(folder: Inode, name: string, inode: Inode): void {
    folder.entries.set(name, inode);
    const now = this.now();
    if (inode.type === 'folder') {
      inode.parent = folder;
      inode.name = name;
      folder.nlink += 1;
    } else {
      inode.nlink += 1;
      inode.ctime = now;
    }
    folder.mtime = now;
    folder.ctime = now;
  }

  /** Takes a name away; an inode without any is gone once nobody holds it open. */
  take(folder: Inode, name: string, forGood: boolean): void {
    const inode = folder.entries.get(name)!;
    folder.entries.delete(name);
    const now = this.now();
    folder.mtime = now;
    folder.ctime = now;
    inode.ctime = now;
    if (inode.type === 'folder') {
      folder.nlink -= 1;
      inode.parent = undefined;
      if (forGood) inode.nlink = 0;
    } else {
      inode.nlink -= 1;
    }
    if (forGood) this.release(inode);
  }

  release(inode: Inode): void {
    if (inode.nlink === 0 && inode.open === 0 && this.options.reuses) this.free.push(inode.ino);
  }

  /** A descriptor; the lowest number that is free, from 100 on. */
  hold(inode: Inode, flags: number, path?: string): number {
    let fd = 100;
    while (this.open.has(fd)) fd += 1;
    this.open.set(fd, { inode, flags, path, at: 0 });
    inode.open += 1;
    return fd;
  }

  drop(fd: number): void {
    const { inode } = this.of(fd, 'close');
    this.open.delete(fd);
    inode.open -= 1;
    this.release(inode);
  }

  /** What a descriptor stands for. */
  of(fd: number, call: string): Open {
    const found = this.open.get(fd);
    if (found === undefined) throw systemError('EBADF', call);
    return found;
  }

  /** Where a path leads. `follow`: a symlink at its end is followed. */
  find(path: string, call: string, follow: boolean): Found {
    if (path.length >= LONGEST_PATH) throw systemError('ENAMETOOLONG', call);
    if (path === '') throw systemError('ENOENT', call);
    return this.walk(this.root, path, call, follow, { links: 0 });
  }

  /** The same of what must be there. */
  get(path: string, call: string, follow: boolean): Inode {
    const { inode } = this.find(path, call, follow);
    if (inode === undefined) throw systemError('ENOENT', call);
    return inode;
  }

  private walk(
    from: Inode, path: string, call: string, follow: boolean, count: { links: number },
  ): Found {
    let folder: Inode | undefined = path.startsWith('/') ? this.root : from;
    const parts = path.split('/').filter((part) => part !== '');
    const slashed = path.endsWith('/');
    let found: Found = { folder: undefined, name: '', inode: folder, asFolder: slashed };
    for (const [at, part] of parts.entries()) {
      const isLast = at === parts.length - 1;
      if (folder === undefined) throw systemError('ENOENT', call);
      if (folder.type !== 'folder') throw systemError('ENOTDIR', call);
      found = this.step(folder, part, call, isLast && slashed);
      const { inode } = found;
      if (inode?.type === 'symlink' && (!isLast || follow || slashed)) {
        count.links += 1;
        if (count.links > MOST_LINKS) throw systemError('ELOOP', call);
        found = this.magic(inode, call) ?? this.walk(folder, inode.target, call, true, count);
      }
      folder = found.inode;
    }
    if (found.asFolder && found.inode !== undefined && found.inode.type !== 'folder') {
      throw systemError('ENOTDIR', call);
    }
    return found;
  }

  private step(folder: Inode, part: string, call: string, asFolder: boolean): Found {
    if (part === '.') return { folder: undefined, name: '.', inode: folder, asFolder: true };
    if (part === '..') {
      return { folder: undefined, name: '..', inode: folder.parent, asFolder: true };
    }
    if (folder.nlink === 0) return { folder, name: part, inode: undefined, asFolder };
    if (part.length > LONGEST_NAME) throw systemError('ENAMETOOLONG', call);
    const inode = folder === this.descriptors ? this.descriptor(part) : folder.entries.get(part);
    return { folder, name: part, inode, asFolder };
  }

  /** /proc/self/fd: links that lead to what a descriptor holds, whatever it is called by now. */
  descriptors: Inode | undefined;

  private descriptor(name: string): Inode | undefined {
    if (!this.open.has(Number(name))) return undefined;
    return { ...this.descriptors!, type: 'symlink', target: `\0${name}` };
  }

  private magic({ target }: Inode, call: string): Found | undefined {
    if (!target.startsWith('\0')) return undefined;
    const { inode } = this.of(Number(target.slice(1)), call);
    return { folder: undefined, name: '', inode, asFolder: false };
  }

  /** Where a link leads, as text: one to an open folder tells where that is by now. */
  targetOf({ target }: Inode): string {
    if (!target.startsWith('\0')) return target;
    const { inode, path } = this.of(Number(target.slice(1)), 'readlink');
    return inode.type !== 'folder' ? path ?? '' : this.pathOf(inode) ?? `${path} (deleted)`;
  }

  /** The path of a folder that has one, from the root; undefined of one that was removed. */
  pathOf(folder: Inode): string | undefined {
    const names: string[] = [];
    for (let at = folder; at !== this.root; at = at.parent) {
      if (at.parent === undefined) return undefined;
      names.unshift(at.name);
    }
    return `/${names.join('/')}`;
  }

  /** The real path of an entry, there or not, however it is reached; a link is not followed. */
  nameOf(path: string): string | undefined {
    try {
      const { folder, name, inode } = this.find(path, 'name', false);
      if (folder === undefined) return inode?.type === 'folder' ? this.pathOf(inode) : undefined;
      const above = this.pathOf(folder);
      return above === undefined ? undefined : `${above === '/' ? '' : above}/${name}`;
    } catch {
      return undefined;
    }
  }

  touch(inode: Inode): void {
    inode.mtime = this.now();
    inode.ctime = inode.mtime;
    inode.writtenMs = this.options.monotonicMs();
  }

  /** Its content is on the disk. */
  sync(inode: Inode): void {
    inode.syncedMs = this.options.monotonicMs();
  }

  canWrite = (flags: number): boolean =>
    (flags & (constants.O_WRONLY | constants.O_RDWR)) !== 0 && (flags & O_PATH) === 0;
}
