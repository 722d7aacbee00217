import fs from 'node:fs';
import net from 'node:net';
import tty from 'node:tty';
import type { Writable } from 'node:stream';

/** Device and inode: what tells our own outputs from other files (invariant I9). */
export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
  /** Its full path, as text, where it was opened by that. */
  readonly path?: string;
}

/** Where bytes leave the process. It never waits: what it does not take is offered again later. */
export interface Channel {
  /** Bytes to offer at a time. */
  readonly chunkBytes: number;
  /** Takes some of the bytes and says how many; 0: not now. Throws what the system says. */
  put(bytes: Buffer): number;
  /** Bytes taken that have not left the process yet. */
  pending(): number;
  /** Whether an error with this code means that no byte will ever leave here again. */
  isLost(code: string): boolean;
  /** Of a regular file, else undefined. */
  identity(): FileIdentity | undefined;
  close(): void;
}

/**
 * The channel of an open descriptor, by what it leads to: files and devices are written directly,
 * pipes and terminals without blocking, sockets as streams.
 *
 * A pipe nobody reads, and a terminal stopped by Ctrl-S, would block the process in write. Setting
 * O_NONBLOCK on the descriptor would set it for the shell and its other programs, too, which share
 * it: opening /proc/self/fd/N makes a description of our own instead.
 */
export function openChannel(fd: number): Channel {
  try {
    const stat = fs.fstatSync(fd, { bigint: true });
    if (stat.isSocket()) return streamChannel(fd);
    if (stat.isFIFO() || tty.isatty(fd)) return nonBlockingChannel(fd) ?? streamChannel(fd);
    return fileChannel(fd, stat.isFile() ? { dev: stat.dev, ino: stat.ino } : undefined);
  } catch {
    return LOST;
  }
}

/** Codes after which a pipe, socket or terminal stays as it is: its other end is gone. */
const LOST_CODES: ReadonlySet<string> = new Set([
  'EPIPE', 'EBADF', 'EIO', 'ENXIO', 'ECONNRESET', 'ENOTCONN', 'EDESTADDRREQ',
  'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END',
]);

/** Of a file only a bad descriptor is final: a full disk may have room again, an EIO may pass. */
const fileChannel = (fd: number, identity: FileIdentity | undefined): Channel => ({
  chunkBytes: 65_536,
  put: (bytes) => fs.writeSync(fd, bytes),
  pending: () => 0,
  isLost: (code) => code === 'EBADF' || code === 'EPIPE',
  identity: () => identity,
  close: () => {},
});

/** Undefined where it cannot be opened anew: without /proc, or when it is another user's. */
function nonBlockingChannel(fd: number): Channel | undefined {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;
  const opened = openOrUndefined(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  if (opened === undefined) return undefined;

  return {
    // What is not longer than PIPE_BUF enters a pipe whole, so lines of others cannot split ours.
    chunkBytes: 4_096,
    put: (bytes) => fs.writeSync(opened, bytes),
    pending: () => 0,
    isLost: (code) => LOST_CODES.has(code),
    identity: () => undefined,
    close: () => fs.closeSync(opened),
  };
}

function openOrUndefined(path: string, flags: number): number | undefined {
  try {
    return fs.openSync(path, flags);
  } catch {
    return undefined;
  }
}

const STREAM_BYTES = 65_536;

/** Bytes wait in the stream up to a mark; its errors are kept, and thrown at the next put. */
function streamChannel(fd: number): Channel {
  const stream = openStream(fd);
  let error: Error | undefined;
  stream.on('error', (reason) => {
    error = reason;
  });

  return {
    chunkBytes: STREAM_BYTES,
    put(bytes) {
      if (error !== undefined) throw error;
      if (stream.writableLength >= STREAM_BYTES) return 0;
      stream.write(bytes);
      return bytes.length;
    },
    pending: () => (error === undefined ? stream.writableLength : 0),
    isLost: () => true,
    identity: () => undefined,
    // What is unread then is given up, else the write would keep the process alive. Descriptors
    // 0 to 2 stay open all the same: libuv never closes them.
    close: () => void stream.destroy(),
  };
}

/** A socket of our own can be given up at the end, unlike process.stdout. */
function openStream(fd: number): Writable {
  const standard = (): Writable => (fd === 2 ? process.stderr : process.stdout);
  if (tty.isatty(fd)) return standard();
  try {
    return new net.Socket({ fd, readable: false, writable: true });
  } catch {
    // Someone used process.stdout before: two handles on a descriptor are not possible.
    return standard();
  }
}

/** A descriptor that is closed. */
const LOST: Channel = {
  chunkBytes: 4_096,
  put: () => {
    throw Object.assign(new Error('closed'), { code: 'EBADF' });
  },
  pending: () => 0,
  isLost: () => true,
  identity: () => undefined,
  close: () => {},
};
