import fs from 'node:fs';
import path from 'node:path';
import type { Channel, FileIdentity } from './channel.ts';
import { dayName, isFolderPath, removeOldDays } from './log-days.ts';
import { queueSink, type Sink, type SinkOptions } from './sink.ts';

/** What a log file needs beside its path; the clock names the day's file. */
export interface LogFileOptions extends SinkOptions {
  readonly now?: () => Date;
  /** In a folder: logs of days that are over for so long are removed; undefined: none. */
  readonly keepMs?: number | undefined;
}

/**
 * A sink on a file that is appended to, 0600 when made. `file` is a path; a folder, or a path that
 * ends in a slash, gets one file a day: `fsync-2026-11-21.log`, by the local date.
 *
 * A log that was rotated away is made anew. A log that cannot be written is told once through
 * `onTrouble` and tried again later, with the lines that wait. Never through a symlink that another
 * user put there (a root who logs into /tmp would write where that user wants).
 */
export const createLogFile = (file: string, options: LogFileOptions = {}): Sink =>
  queueSink(logChannel(path.resolve(file), isFolderPath(file), options), options);

/** How often it is asked whether the log is still the file at its path. */
const LOOK_EVERY_MS = 1_000;

interface OpenLog {
  readonly file: string;
  readonly fd: number;
  readonly identity: FileIdentity;
  readonly isFile: boolean;
}

function logChannel(
  target: string, daily: boolean, { now = () => new Date(), keepMs }: LogFileOptions,
): Channel {
  let log: OpenLog | undefined;
  let lookAt = 0;

  const close = (): void => {
    const fd = log?.fd;
    // Forgotten first: a close that fails (NFS with a quota, say) has closed it all the same, and
    // its number may be another file's by then.
    log = undefined;
    if (fd !== undefined) fs.closeSync(fd);
  };

  const current = (): OpenLog => {
    if (log !== undefined && performance.now() < lookAt) return log;
    lookAt = performance.now() + LOOK_EVERY_MS;
    const file = daily ? path.join(folderFor(target), dayName(now())) : target;
    if (log !== undefined && (log.file !== file || !isAt(file, log.identity))) close();
    if (log !== undefined) return log;
    log = openLog(file);
    if (daily && keepMs !== undefined) removeOldDays(path.dirname(file), now(), keepMs);
    return log;
  };

  // Opened at once, so that its identity is known before the first pass; a failure is met again,
  // and told, at the first line.
  try {
    current();
  } catch {}

  return {
    chunkBytes: 65_536,
    put: (bytes) => fs.writeSync(current().fd, bytes),
    pending: () => 0,
    isLost: () => false,
    identity: () => (log?.isFile === true ? log.identity : undefined),
    close,
  };
}

/** Makes the folder of daily logs, but none above it. */
function folderFor(folder: string): string {
  const trusted = trustedPath(folder);
  if (fs.statSync(trusted, { throwIfNoEntry: false }) === undefined) {
    opened(trusted, () => fs.mkdirSync(trusted, 0o700));
  }
  return trusted;
}

function isAt(file: string, { dev, ino }: FileIdentity): boolean {
  const stat = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat !== undefined && stat.dev === dev && stat.ino === ino;
}

function openLog(file: string): OpenLog {
  const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = fs.constants;
  // Without O_NONBLOCK, opening a FIFO would wait for its reader.
  const flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  const trusted = trustedPath(file);
  const fd = opened(file, () => fs.openSync(trusted, flags, 0o600));
  const stat = fs.fstatSync(fd, { bigint: true });
  if (stat.isFile() || stat.isCharacterDevice()) {
    const { dev, ino } = stat;
    return { file, fd, identity: { dev, ino, path: file }, isFile: stat.isFile() };
  }
  fs.closeSync(fd);
  throw refusal(`${file} is not a file`);
}

/** Opens or makes, and says in words what the codes of that mean for a log. */
function opened<T>(file: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    switch ((error as NodeJS.ErrnoException).code) {
      case /* its folder does not exist, or holds no files, as /proc */ 'ENOENT':
        throw refusal(fs.existsSync(path.dirname(file))
          ? `${file} cannot be made: choose another place`
          : `the folder ${path.dirname(file)} does not exist: make it first`);
      case /* a FIFO without a reader, or a socket */ 'ENXIO':
        throw refusal(`${file} is not a file`);
      case /* it became a folder */ 'EISDIR':
        throw refusal(`${file} is a folder: restart for a log a day in it, or move it away`);
      default:
        throw error;
    }
  }
}

/** The path itself, or where our own (or root's) symlink leads; no other symlink is followed. */
function trustedPath(file: string): string {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isSymbolicLink()) return file;
  if (stat.uid !== 0 && stat.uid !== process.geteuid?.()) {
    throw refusal(`${file} is a symlink that belongs to another user`);
  }
  if (!fs.existsSync(file)) throw refusal(`${file} is a symlink that leads nowhere: remove it`);
  return fs.realpathSync(file);
}

/** An error in our own words: it has no code, so the message is told. */
const refusal = (message: string): Error => new Error(message);
