import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The socket of a watch is named after its process, and after the first pair there by a number. */
export const socketName = (pid: number, number: number): string =>
  `${pid}${number === 0 ? '' : `-${number}`}.sock`;

/** Of which process a socket is; undefined where it is none of ours. */
export const pidOfSocket = (name: string): string | undefined =>
  /^(\d+)(?:-\d+)?\.sock$/.exec(name)?.[1];

/**
 * The folder of the sockets of this user's watches, on this machine: in the user's runtime folder,
 * else in the one for temporary files, where it carries the user's number.
 */
export function controlFolder(): string {
  const runtime = process.env['XDG_RUNTIME_DIR'] ?? '';
  return path.isAbsolute(runtime) ? path.join(runtime, 'fsync')
    : path.join(os.tmpdir(), `fsync-${userNumber()}`);
}

/** Makes it; throws where somebody else could have planted it, or could look into it. */
export function makeControlFolder(): string {
  const folder = controlFolder();
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stat = fs.lstatSync(folder);
  const isOurs = stat.isDirectory() && stat.uid === userNumber() && (stat.mode & 0o077) === 0;
  if (!isOurs) throw new Error(`${folder} is not a folder for this user alone`);
  return folder;
}

/** It may be all that there is of a user: in a container the system often has no name for it. */
const userNumber = (): number => process.getuid?.() ?? os.userInfo().uid;
