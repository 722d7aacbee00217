import { accessSync, constants, lstatSync, readFileSync, realpathSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { inodeOf, type Path } from '../core/entry.ts';
import { reasonOf } from '../core/reasons.ts';
import { absolute } from './absolute.ts';
import { codeOf, fsPath, isAbsent } from './bytes.ts';
import { joinBelow, mountedAt } from './mounts.ts';

/** What makes a root the one it was, as it is kept in the record: plain JSON. */
export interface RootIdentity {
  /** The path as the user gave it, made absolute. */
  readonly given: Path;
  readonly real: Path;
  /** The last part of the given path is a symlink. */
  readonly link: boolean;
  readonly ino: string;
  /** Nanoseconds; '0' where the file system does not keep it. */
  readonly birth: string;
  /** Counts only within the boot `bootId`. */
  readonly dev: string;
  readonly bootId: string;
  /** What kind of file system it is, by statfs. */
  readonly type: number;
  /** Where the file system is mounted, and its name that outlives boots: '' where not known. */
  readonly mountPoint: Path;
  readonly device: string;
}

/** Both roots as they are now. */
export interface Roots {
  readonly source: RootIdentity;
  /** Undefined: it is missing, and may be made. */
  readonly replica: RootIdentity | undefined;
  /** The real path of the replica, also of one that is missing, and the folder that holds that. */
  readonly replicaPath: Path;
  readonly replicaParent: RootIdentity | undefined;
}

/** Why the roots cannot be used. */
export interface RootsFailure {
  readonly code: 'source-missing' | 'source-not-a-folder' | 'source-unreadable'
    | 'replica-parent-missing' | 'replica-not-a-folder' | 'replica-unreadable';
  readonly text: string;
}

/** Finds both roots; anew for each pass, since a link may lead elsewhere by now. Never throws. */
export function resolveRoots(source: Path, replica: Path): Roots | RootsFailure {
  const from = identify(absolute(source));
  if (typeof from === 'string') return sourceFailure(source, from);

  const to = identify(absolute(replica));
  if (typeof to !== 'string') {
    return { source: from, replica: to, replicaPath: to.real, replicaParent: undefined };
  }
  if (!isAbsent(to) || isThere(absolute(replica))) return replicaFailure(replica, to);

  const parent = identify(path.dirname(absolute(replica)));
  if (typeof parent === 'string') return parentFailure(replica, parent);
  return {
    source: from, replica: undefined, replicaParent: parent,
    replicaPath: joinBelow(parent.real, path.basename(absolute(replica))),
  };
}

/** The real path of the source, if there is one now: what a watcher is to be told. */
export function realSource(source: Path): Path | undefined {
  const found = identify(absolute(source));
  return typeof found === 'string' ? undefined : found.real;
}

/**
 * What became of a root. `became-link`: the path is a symlink and was none, or is reached over one
 * that now leads to another folder. `other-folder`: one on the same file system.
 */
export type IdentityChange = 'same' | 'other-folder' | 'other-file-system' | 'became-link';

/** What became of a registered root. */
export function compareIdentity(registered: RootIdentity, now: RootIdentity): IdentityChange {
  const sameGiven = registered.given === now.given;
  if (sameGiven && now.link && !registered.link) return 'became-link';
  if (isSameFolder(registered, now)) return 'same';
  if (sameGiven && now.real !== now.given && now.real !== registered.real) return 'became-link';
  return isSameFileSystem(registered, now) ? 'other-folder' : 'other-file-system';
}

/**
 * Whether two folders are on one file system, as far as can be known. Within a boot the device
 * number says it. It says nothing across boots: disks get other letters, and tmpfs, overlay, NFS
 * and btrfs a number of the moment. (statfs has an fsid, but Node does not give it.) Then a disk's
 * UUID or a server's export says it; without them, as on tmpfs, overlay and in containers, what is
 * left is the kind of file system and where it is mounted: a disk that was not mounted shows the
 * file system around its mount point, with another point. What that cannot tell is taken for the
 * same file system with another folder on it: gone on with, its deletions judged with suspicion.
 */
export function isSameFileSystem(registered: RootIdentity, now: RootIdentity): boolean {
  const { device } = registered;
  if (registered.type !== now.type) return false;
  if (device !== '' && now.device !== '' && device !== now.device) return false;
  if (registered.bootId !== now.bootId) return registered.mountPoint === now.mountPoint;
  // A disk that was unplugged and came back may have another number.
  return registered.dev === now.dev || (device.startsWith('uuid ') && device === now.device
    && registered.mountPoint === now.mountPoint);
}

/** Another one each time the machine starts; where that is not told, each process. */
export function bootId(): string {
  try {
    boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    boot = `process ${process.pid} ${Date.now() - Math.round(process.uptime() * 1000)}`;
  }
  return boot;
}

let boot: string | undefined;

/** Inode numbers are used again at once, birth times are not. */
function isSameFolder(registered: RootIdentity, now: RootIdentity): boolean {
  const bothBorn = registered.birth !== '0' && now.birth !== '0';
  if (registered.ino !== now.ino || (bothBorn && registered.birth !== now.birth)) return false;
  if (isSameFileSystem(registered, now)) return true;
  // After a boot, mounted elsewhere: an equal birth time to the nanosecond is no coincidence.
  return bothBorn && registered.bootId !== now.bootId && registered.type === now.type
    && (registered.device === now.device || registered.device === '' || now.device === '');
}

/** The folder at an absolute path; else `not-a-folder`, or the system's code. */
function identify(given: Path): RootIdentity | string {
  try {
    const link = lstatSync(fsPath(given)).isSymbolicLink();
    const real = realpathSync.native(fsPath(given), 'latin1');
    const stat = lstatSync(fsPath(real), { bigint: true });
    if (!stat.isDirectory()) return 'not-a-folder';
    accessSync(fsPath(real), constants.R_OK | constants.X_OK);
    return {
      given, real, link, ino: String(inodeOf(stat.ino)), birth: String(stat.birthtimeNs),
      dev: String(stat.dev), bootId: bootId(), type: statfsSync(fsPath(real)).type,
      ...mountedAt(real, stat.dev),
    };
  } catch (error) {
    return codeOf(error);
  }
}

function isThere(at: Path): boolean {
  try {
    lstatSync(fsPath(at));
    return true;
  } catch (error) {
    return !isAbsent(codeOf(error));
  }
}

function sourceFailure(source: Path, code: string): RootsFailure {
  const what = `the source ${toText(source)}`;
  if (isAbsent(code)) return { code: 'source-missing', text: `${what} does not exist` };
  if (code === 'not-a-folder') {
    return { code: 'source-not-a-folder', text: `${what} is no folder` };
  }
  return { code: 'source-unreadable', text: unreadable(what, code) };
}

function replicaFailure(replica: Path, code: string): RootsFailure {
  const what = `the replica ${toText(replica)}`;
  if (code === 'not-a-folder') {
    return { code: 'replica-not-a-folder', text: `${what} is no folder` };
  }
  if (isAbsent(code)) {
    return { code: 'replica-not-a-folder', text: `${what} is a link that leads nowhere` };
  }
  return { code: 'replica-unreadable', text: unreadable(what, code) };
}

const unreadable = (what: string, code: string): string =>
  (code === /* too many links */ 'ELOOP' ? `${what} is a link that leads to itself`
    : `${what} cannot be read: ${reasonOf(code)}`);

function parentFailure(replica: Path, code: string): RootsFailure {
  const missing: Path[] = [];
  let at = path.dirname(absolute(replica));
  for (; !isThere(at); at = path.dirname(at)) missing.unshift(at);
  const all = missing.map(toText).join(' and ');
  const text = missing.length > 1
    ? `the folders above the replica, ${all}, do not exist: make them first`
    : missing.length === 1 ? `the replica's parent ${all} does not exist: make it first`
    : `the replica's parent ${toText(at)} cannot be used: ${reasonOf(code)}`;
  return { code: 'replica-parent-missing', text };
}

const toText = (at: Path): string => Buffer.from(at, 'latin1').toString();
