import { constants } from 'node:fs';

import { O_PATH, systemError, type Disk, type Found } from './disk.ts';
import { bigStats, direntOf, numberStats, type Inode } from './inode.ts';

type Name = string | Buffer | URL;
type Time = string | number | Date;
interface StatOptions { readonly bigint?: boolean; readonly throwIfNoEntry?: boolean }
type Encoding = { readonly encoding?: string | null; readonly withFileTypes?: boolean }
  | string | null | undefined;

const { O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY, O_NOFOLLOW } = constants;

/** A path as bytes: Node encodes strings as UTF-8. */
export const bytesOf = (name: Name | string): string =>
  Buffer.isBuffer(name) ? name.toString('latin1') : Buffer.from(String(name)).toString('latin1');

/** A whole number of seconds, and microseconds as this libuv cuts them. */
const [major = 0, minor = 0] = (process.versions.uv ?? '').split('.').map(Number);
const cutsNanoseconds = major === 1 && minor < 52;

function nanosecondsOf(time: Time): bigint {
  const seconds = time instanceof Date ? time.getTime() / 1000 : Number(time);
  const whole = Math.trunc(seconds);
  let ns = Math.trunc((seconds - whole) * 1e9);
  if (cutsNanoseconds) ns -= ns % 1000;
  return BigInt(whole) * 1_000_000_000n + BigInt(ns);
}

/** Node's synchronous calls on a disk in memory, as far as anything here uses them. */
export function callsOf(disk: Disk, given: (path: string) => string | undefined) {
  const get = (name: Name, call: string, follow = true): Inode =>
    disk.get(bytesOf(name), call, follow);

  /** A name that is free, in a folder that is there. */
  function vacant(name: Name, call: string): Found & { readonly folder: Inode } {
    const found = disk.find(bytesOf(name), call, false);
    if (found.inode !== undefined) throw systemError('EEXIST', call);
    return standing(found, call);
  }

  function standing(found: Found, call: string): Found & { readonly folder: Inode } {
    const { folder } = found;
    if (folder === undefined || folder.nlink === 0) throw systemError('ENOENT', call);
    return { ...found, folder };
  }

  function stat(inode: Inode | undefined, options: StatOptions | undefined) {
    if (inode === undefined) return undefined;
    return options?.bigint === true ? bigStats(inode, disk.dev) : numberStats(inode, disk.dev);
  }

  /** What cannot be found is no error where the caller says so. */
  function statPath(name: Name, call: string, follow: boolean, options?: StatOptions) {
    try {
      return stat(get(name, call, follow), options);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (options?.throwIfNoEntry === false && (code === 'ENOENT' || code === 'ENOTDIR')) {
        return undefined;
      }
      throw error;
    }
  }

  const encoded = (name: string, options: Encoding): string | Buffer => {
    const encoding = typeof options === 'string' ? options : options?.encoding;
    const bytes = Buffer.from(name, 'latin1');
    return encoding === 'buffer' ? bytes : bytes.toString((encoding ?? 'utf8') as BufferEncoding);
  };

  function chmod(inode: Inode, mode: number): void {
    if (inode.type === 'symlink') throw systemError('ENOTSUP', 'chmod');
    inode.mode = mode & 0o7777;
    inode.ctime = disk.now();
  }

  function chown(inode: Inode, uid: number, gid: number): void {
    if (uid >= 0) inode.uid = uid;
    if (gid >= 0) inode.gid = gid;
    if (inode.type !== 'folder') {
      inode.mode &= (inode.mode & 0o010) === 0 ? ~0o4000 : ~0o6000;
    }
    inode.ctime = disk.now();
  }

  function utimes(inode: Inode, atime: Time, mtime: Time): void {
    inode.atime = nanosecondsOf(atime);
    inode.mtime = nanosecondsOf(mtime);
    inode.ctime = disk.now();
  }

  function truncate(inode: Inode, length: number): void {
    const next = Buffer.alloc(length);
    inode.data.copy(next);
    inode.data = next;
    disk.touch(inode);
  }

  function write(inode: Inode, bytes: Buffer, at: number): void {
    const next = Buffer.alloc(Math.max(inode.data.length, at + bytes.length));
    inode.data.copy(next);
    bytes.copy(next, at);
    inode.data = next;
    disk.touch(inode);
  }

  const calls = {
    existsSync(name: Name): boolean {
      try {
        return given(bytesOf(name)) !== undefined || get(name, 'access') !== undefined;
      } catch {
        return false;
      }
    },
    accessSync: (name: Name): void => void get(name, 'access'),
    lstatSync: (name: Name, options?: StatOptions) => statPath(name, 'lstat', false, options),
    statSync: (name: Name, options?: StatOptions) => statPath(name, 'stat', true, options),
    fstatSync: (fd: number, options?: StatOptions) => stat(disk.of(fd, 'fstat').inode, options),
    statfsSync: (name: Name) => get(name, 'statfs') && { type: 0xef53 },

    openSync(name: Name, flags: number | string = 'r', mode = 0o666): number {
      const asked = typeof flags === 'number' ? flags : FLAGS[flags]!;
      const bits = (asked & O_PATH) === 0 ? asked : asked & (O_PATH | O_DIRECTORY | O_NOFOLLOW);
      const follow = (bits & O_NOFOLLOW) === 0 && (bits & O_EXCL) === 0;
      const found = disk.find(bytesOf(name), 'open', follow);
      let { inode } = found;
      if (inode === undefined) {
        if ((bits & O_CREAT) === 0) throw systemError('ENOENT', 'open');
        const { folder } = standing(found, 'open');
        if (found.asFolder) throw systemError('EISDIR', 'open');
        inode = disk.make('file', mode & 0o7777 & ~0o022, folder);
        disk.add(folder, found.name, inode);
        return disk.hold(inode, bits, disk.nameOf(bytesOf(name)));
      }
      if ((bits & O_CREAT) !== 0 && (bits & O_EXCL) !== 0) throw systemError('EEXIST', 'open');
      const isWrong = (bits & O_DIRECTORY) !== 0 && inode.type !== 'folder';
      if (isWrong) throw systemError('ENOTDIR', 'open');
      if (inode.type === 'symlink' && (bits & O_PATH) === 0) throw systemError('ELOOP', 'open');
      const changes = disk.canWrite(bits) || (bits & (O_CREAT | O_TRUNC)) !== 0;
      if (inode.type === 'folder' && changes) {
        throw systemError('EISDIR', 'open');
      }
      if ((bits & O_TRUNC) !== 0 && inode.type === 'file') truncate(inode, 0);
      return disk.hold(inode, bits, disk.nameOf(bytesOf(name)));
    },
    closeSync: (fd: number): void => disk.drop(fd),

    readSync(fd: number, buffer: Buffer, offset = 0, length = buffer.length - offset,
      position: number | null = null): number {
      const open = disk.of(fd, 'read');
      if ((open.flags & O_PATH) !== 0) throw systemError('EBADF', 'read');
      if (open.inode.type === 'folder') throw systemError('EISDIR', 'read');
      const at = position ?? open.at;
      const count = open.inode.data.copy(buffer, offset, at, at + length);
      if (position === null) open.at += count;
      return count;
    },
    writeSync(fd: number, data: Buffer | string, offset = 0, length?: number,
      position: number | null = null): number {
      const open = disk.of(fd, 'write');
      if (!disk.canWrite(open.flags)) throw systemError('EBADF', 'write');
      const bytes = Buffer.isBuffer(data) ? data.subarray(offset, offset + (length ?? data.length))
        : Buffer.from(data);
      const at = (open.flags & O_APPEND) !== 0 ? open.inode.data.length : position ?? open.at;
      write(open.inode, bytes, at);
      if (position === null) open.at = at + bytes.length;
      return bytes.length;
    },
    fsyncSync(fd: number): void {
      const open = disk.of(fd, 'fsync');
      if ((open.flags & O_PATH) !== 0) throw systemError('EBADF', 'fsync');
      disk.sync(open.inode);
    },
    ftruncateSync(fd: number, length = 0): void {
      const open = disk.of(fd, 'ftruncate');
      if ((open.flags & O_PATH) !== 0) throw systemError('EBADF', 'ftruncate');
      if (!disk.canWrite(open.flags)) throw systemError('EINVAL', 'ftruncate');
      truncate(open.inode, length);
    },

    readFileSync(name: Name | number, options?: Encoding): string | Buffer {
      const text = typeof name === 'number' ? undefined : given(bytesOf(name));
      const inode = typeof name === 'number' ? disk.of(name, 'read').inode : undefined;
      const encoding = typeof options === 'string' ? options : options?.encoding;
      const data = text === undefined ? contentOf(inode ?? get(name as Name, 'open'))
        : Buffer.from(text, 'latin1');
      return typeof encoding === 'string' ? data.toString(encoding as BufferEncoding)
        : Buffer.from(data);
    },
    writeFileSync(name: Name, data: Buffer | string, options?: { readonly flag?: string }): void {
      const fd = calls.openSync(name, options?.flag ?? 'w');
      try {
        calls.writeSync(fd, Buffer.from(data as string));
      } finally {
        disk.drop(fd);
      }
    },
    appendFileSync: (name: Name, data: Buffer | string): void =>
      calls.writeFileSync(name, data, { flag: 'a' }),
    truncateSync(name: Name, length = 0): void {
      const inode = get(name, 'open');
      if (inode.type === 'folder') throw systemError('EISDIR', 'open');
      truncate(inode, length);
    },

    readdirSync(name: Name, options?: Encoding): unknown[] {
      const inode = get(name, 'scandir');
      if (inode.type !== 'folder') throw systemError('ENOTDIR', 'scandir');
      const typed = typeof options === 'object' && options?.withFileTypes === true;
      return [...inode.entries].map(([each, entry]) =>
        (typed ? direntOf(entry, encoded(each, options)) : encoded(each, options)));
    },
    mkdirSync(name: Name, options?: number | { recursive?: boolean; mode?: number }): void {
      const path = bytesOf(name).replace(/\/+$/, '');
      const { recursive = false, mode = 0o777 } = typeof options === 'object' ? options
        : { mode: options };
      if (recursive) {
        const there = statPath(Buffer.from(path, 'latin1'), 'mkdir', true,
          { throwIfNoEntry: false });
        if (there?.isDirectory() === true) return;
        if (there !== undefined) throw systemError('EEXIST', 'mkdir');
        const above = path.slice(0, path.lastIndexOf('/'));
        if (above !== '') makeAbove(Buffer.from(above, 'latin1'), options as { mode?: number });
      }
      const { folder, name: last } = vacant(Buffer.from(path, 'latin1'), 'mkdir');
      disk.add(folder, last, disk.make('folder', mode & 0o1777 & ~0o022, folder));
    },
    rmdirSync(name: Name): void {
      const { folder, inode, name: last } = disk.find(bytesOf(name), 'rmdir', false);
      if (last === '.') throw systemError('EINVAL', 'rmdir');
      if (inode === undefined) throw systemError('ENOENT', 'rmdir');
      if (inode.type !== 'folder') throw systemError('ENOTDIR', 'rmdir');
      if (inode.entries.size > 0) throw systemError('ENOTEMPTY', 'rmdir');
      if (folder === undefined) throw systemError('EBUSY', 'rmdir');
      disk.take(folder, last, true);
    },
    unlinkSync(name: Name): void {
      const { folder, inode, name: last } = disk.find(bytesOf(name), 'unlink', false);
      if (inode === undefined) throw systemError('ENOENT', 'unlink');
      if (inode.type === 'folder' || folder === undefined) throw systemError('EISDIR', 'unlink');
      disk.take(folder, last, true);
    },

    /** Of files only: that is what the engine asks of it. */
    rmSync(name: Name): void {
      const { folder, inode, name: last } = disk.find(bytesOf(name), 'rm', false);
      if (inode?.type === 'folder') throw systemError('EISDIR', 'rm');
      if (inode !== undefined && folder !== undefined) disk.take(folder, last, true);
    },

    renameSync(from: Name, to: Name): void {
      const a = disk.find(bytesOf(from), 'rename', false);
      const there = disk.find(bytesOf(to), 'rename', false);
      if (a.folder === undefined || there.folder === undefined) {
        throw systemError('EBUSY', 'rename');
      }
      if (a.inode === undefined) throw systemError('ENOENT', 'rename');
      const b = standing(there, 'rename');
      if (a.inode === b.inode) return;
      for (let at: Inode | undefined = b.folder; at !== disk.root; at = at?.parent) {
        if (at === undefined) break;
        if (at === a.inode) throw systemError('EINVAL', 'rename');
      }
      for (let at: Inode | undefined = a.folder; at !== disk.root; at = at?.parent) {
        if (at === undefined) break;
        if (at === b.inode) throw systemError('ENOTEMPTY', 'rename');
      }
      if (a.inode.type === 'folder') {
        const isOver = b.inode !== undefined && b.inode.type !== 'folder';
        if (isOver) throw systemError('ENOTDIR', 'rename');
      } else if (b.inode?.type === 'folder') throw systemError('EISDIR', 'rename');
      else if (b.asFolder) throw systemError('ENOTDIR', 'rename');
      const isFull = b.inode !== undefined && b.inode.entries.size > 0;
      if (isFull) throw systemError('ENOTEMPTY', 'rename');
      if (b.inode !== undefined) disk.take(b.folder, b.name, true);
      disk.take(a.folder, a.name, false);
      disk.add(b.folder, b.name, a.inode);
    },
    linkSync(from: Name, to: Name): void {
      const inode = get(from, 'link', false);
      const { folder, name, asFolder } = vacant(to, 'link');
      if (inode.type === 'folder') throw systemError('EPERM', 'link');
      if (asFolder) throw systemError('ENOENT', 'link');
      disk.add(folder, name, inode);
    },
    symlinkSync(target: Name, name: Name): void {
      const { folder, name: last, asFolder } = vacant(name, 'symlink');
      if (asFolder || bytesOf(target) === '') throw systemError('ENOENT', 'symlink');
      disk.add(folder, last, disk.make('symlink', 0o777, folder, bytesOf(target)));
    },
    readlinkSync(name: Name, options?: Encoding): string | Buffer {
      const inode = get(name, 'readlink', false);
      if (inode.type !== 'symlink') throw systemError('EINVAL', 'readlink');
      return encoded(disk.targetOf(inode), options);
    },
    realpathSync: Object.assign((name: Name, options?: Encoding) => realpath(name, options),
      { native: (name: Name, options?: Encoding) => realpath(name, options) }),

    chmodSync: (name: Name, mode: number): void => chmod(get(name, 'chmod'), mode),
    fchmodSync: (fd: number, mode: number): void => chmod(writable(fd, 'fchmod'), mode),
    chownSync: (name: Name, uid: number, gid: number) => chown(get(name, 'chown'), uid, gid),
    lchownSync: (name: Name, uid: number, gid: number) =>
      chown(get(name, 'lchown', false), uid, gid),
    fchownSync: (fd: number, uid: number, gid: number) => chown(writable(fd, 'fchown'), uid, gid),
    utimesSync: (name: Name, atime: Time, mtime: Time) => utimes(get(name, 'utime'), atime, mtime),
    lutimesSync: (name: Name, atime: Time, mtime: Time) =>
      utimes(get(name, 'lutime', false), atime, mtime),
    futimesSync: (fd: number, atime: Time, mtime: Time) =>
      utimes(writable(fd, 'futime'), atime, mtime),

    /** Not a call of Node's: what makes a FIFO. */
    mkfifo(name: Name): void {
      const { folder, name: last } = vacant(name, 'mknod');
      disk.add(folder, last, disk.make('fifo', 0o644, folder));
    },
  };

  function makeAbove(path: Buffer, options: { mode?: number }): void {
    try {
      calls.mkdirSync(path, { ...options, recursive: true });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw code === 'EEXIST' ? systemError('ENOTDIR', 'mkdir') : error;
    }
  }

  /** A descriptor that is not one of a name only. */
  function writable(fd: number, call: string): Inode {
    const { inode, flags } = disk.of(fd, call);
    if ((flags & O_PATH) !== 0) throw systemError('EBADF', call);
    return inode;
  }

  function realpath(name: Name, options: Encoding): string | Buffer {
    const { folder, name: last, inode } = disk.find(bytesOf(name), 'realpath', true);
    if (inode === undefined) throw systemError('ENOENT', 'realpath');
    const path = inode.type === 'folder' ? disk.pathOf(inode)
      : `${disk.pathOf(folder!)}/${last}`.replace('//', '/');
    if (path === undefined) throw systemError('ENOENT', 'realpath');
    return encoded(path, options);
  }

  return calls;
}

function contentOf(inode: Inode): Buffer {
  if (inode.type === 'folder') throw systemError('EISDIR', 'read');
  return inode.data;
}

const { O_RDONLY, O_WRONLY, O_RDWR } = constants;
const FLAGS: Readonly<Record<string, number>> = {
  'r': O_RDONLY, 'r+': O_RDWR, 'w': O_WRONLY | O_CREAT | O_TRUNC, 'w+': O_RDWR | O_CREAT | O_TRUNC,
  'a': O_WRONLY | O_CREAT | O_APPEND, 'wx': O_WRONLY | O_CREAT | O_EXCL,
};

export type Calls = ReturnType<typeof callsOf>;
