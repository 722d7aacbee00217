import { readFileSync, readdirSync, statSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { isInside, type Path } from '../core/entry.ts';

/** A line of /proc/self/mountinfo. Paths are absolute and bytes, as everywhere. */
export interface Mount {
  /** major:minor of the file system. */
  readonly dev: string;
  /** The folder inside the file system that is mounted: not '/' for a bind mount. */
  readonly root: Path;
  readonly point: Path;
  readonly type: string;
  /** What was mounted: a device, a server and its folder, or a mere word. */
  readonly source: string;
  /** The folders that it shows, at `/`, by way of a file system of its own. */
  readonly shows: readonly Path[];
}

/** Where a folder is, whatever path leads to it: the file system, and the path inside it. */
export interface Place {
  readonly fileSystem: string;
  readonly path: Path;
}

/** All mounts that this process sees, in the order they were made; none elsewhere than on Linux. */
export function readMounts(): readonly Mount[] {
  try {
    const text = readFileSync('/proc/self/mountinfo', 'latin1');
    if (text !== last.text) last = { text, mounts: parseMounts(text) };
    return last.mounts;
  } catch {
    return [];
  }
}

/** Every pass asks several times, and the answer is nearly always the same. */
let last: { readonly text: string; readonly mounts: readonly Mount[] } = { text: '', mounts: [] };

/** Whether the system says what is mounted. */
export const knowsMounts = (): boolean => readMounts().length > 0;

/** Where something is mounted inside a folder, as paths below its real path. */
export const mountsInside = (folder: Path): readonly Path[] =>
  below(folder).map(({ point }) => relative(point, folder));

/** The same, each with its mark; of several at one place the last, which hides the others. */
export const marksInside = (folder: Path): ReadonlyMap<Path, number> =>
  new Map(below(folder).map((mount) => [relative(mount.point, folder), markOf(mount)]));

const below = (folder: Path): readonly Mount[] =>
  readMounts().filter(({ point }) => isBelow(point, folder));

/** The mark of what is mounted at a real path; 0 for nothing. */
export function markAt(path: Path): number {
  const mount = readMounts().findLast(({ point }) => point === path);
  return mount === undefined ? 0 : markOf(mount);
}

/** A number for what is mounted, the same in each boot: of its lasting name, else 1. */
function markOf(mount: Mount): number {
  const name = lastingName(mount);
  return name === '' ? 1 : 2 + crc32(name);
}

/** Lines like `36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/x rw`. */
export function parseMounts(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.split(' ').map(unescape);
    // The number of optional fields before the dash varies.
    const dash = fields.indexOf('-', 6);
    const [, , dev, root, point] = fields;
    if (dash < 0 || dev === undefined || root === undefined || point === undefined) return [];
    const [type = '', source = '', options = ''] = fields.slice(dash + 1);
    return [{ dev, root, point, type, source, shows: shownBy(type, source, options) }];
  });
}

/** The layers of an overlay; what a FUSE file system names in place of a device, as bindfs does. */
function shownBy(type: string, source: string, options: string): readonly Path[] {
  const named = type === 'fuse' || type.startsWith('fuse.') ? [source] : [];
  const layers = type !== 'overlay' ? [] : [...options.matchAll(LAYERS)].flatMap(
    ([, key, value = '']) => (key === 'lowerdir' ? value.match(LAYER) ?? [] : [value]));
  return [...named, ...layers.map((layer) => layer.replace(/\\(.)/g, '$1'))]
    .filter((folder) => folder.startsWith('/'));
}

/** Commas and colons of names are escaped in them. */
const LAYERS = /(?:^|,)(lowerdir|lowerdir\+|datadir\+|upperdir)=((?:\\.|[^,\\])*)/g;
const LAYER = /(?:\\.|[^:\\])+/g;

/**
 * The mount that an absolute real path is on: the deepest point above it, of several at one point
 * the last. `dev`, where known, rules out mounts that a later one hides; btrfs shows other numbers
 * there than lstat does, so that it only helps to choose.
 */
export function mountOf(
  path: Path, mounts: readonly Mount[], dev?: bigint,
): Mount | undefined {
  const above = mounts.filter(({ point }) => isWithin(path, point));
  const fitting = above.filter((mount) => dev !== undefined && mount.dev === deviceName(dev));
  return (fitting.length > 0 ? fitting : above)
    .reduce<Mount | undefined>((best, mount) =>
      (best === undefined || mount.point.length >= best.point.length ? mount : best), undefined);
}

/**
 * Where an absolute real path is. Two paths to one folder, over a bind mount, have one place. Then
 * come those of what is shown there: what lies in a folder of an overlay lies in its layers, too.
 */
export function placesOf(path: Path, mounts: readonly Mount[], dev?: bigint): readonly Place[] {
  const mount = mountOf(path, mounts, dev);
  return mount === undefined ? []
    : placesIn(mount, joinBelow(mount.root, relative(path, mount.point)), mounts);
}

/** The same of a path inside what is mounted somewhere. */
export function placesIn(mount: Mount, path: Path, mounts: readonly Mount[]): readonly Place[] {
  // One that is mounted over what it shows would lead to itself.
  const others = mounts.filter((each) => each !== mount);
  return [{ fileSystem: fileSystemOf(mount), path }, ...mount.shows.filter(isFolder)
    .flatMap((folder) => placesOf(joinBelow(folder, relative(path, '/')), others))];
}

/** Some FUSE file systems name a device, or what is on another machine. */
function isFolder(path: Path): boolean {
  try {
    return statSync(Buffer.from(path, 'latin1')).isDirectory();
  } catch {
    return false;
  }
}

/**
 * What of two mounts is the same file system. A device number of major 0 may be shared by what a
 * server exports as two, hence its source beside it; a disk may be mounted under several names.
 */
export const fileSystemOf = ({ dev, source }: Mount): string =>
  dev.startsWith('0:') ? `${dev} ${source}` : dev;

/** What is known of the mount that a real path is on; '' for what is not. */
export interface MountedAt {
  readonly mountPoint: Path;
  /** A name of the mounted device that outlives a boot. */
  readonly device: string;
}

/**
 * Where the file system of a folder is mounted. Looked up each time: a disk that is plugged in
 * where another one was may have its device number.
 */
export function mountedAt(real: Path, dev: bigint): MountedAt {
  const mount = mountOf(real, readMounts(), dev);
  return mount === undefined ? { mountPoint: '', device: '' }
    : { mountPoint: mount.point, device: lastingName(mount) };
}

/**
 * The UUID of what is on a disk, or what a server calls it. Names like /dev/sdb change when disks
 * are plugged in anew.
 */
function lastingName({ source }: Mount): string {
  if (!source.startsWith('/dev/')) return /[:/]/.test(source) ? source : '';
  try {
    const { rdev } = statSync(source);
    const uuid = readdirSync(UUIDS).find((each) => statSync(`${UUIDS}/${each}`).rdev === rdev);
    return uuid === undefined ? '' : `uuid ${uuid}`;
  } catch {
    return '';
  }
}

const UUIDS = '/dev/disk/by-uuid';

/** `path` below `folder`, both absolute; nothing is below itself. */
export const isBelow = (path: Path, folder: Path): boolean =>
  (folder === '/' ? path !== '/' : isInside(path, folder));

/** Whether `path` is `folder` or below it, both absolute. */
export const isWithin = (path: Path, folder: Path): boolean =>
  path === folder || isBelow(path, folder);

/** The part of `path` below `folder`, without a slash at either end; '' if they are equal. */
export const relative = (path: Path, folder: Path): Path =>
  path.slice(folder === '/' ? 1 : folder.length + 1);

/** `relative` undone. */
export const joinBelow = (folder: Path, rest: Path): Path =>
  rest === '' ? folder : folder === '/' ? `/${rest}` : `${folder}/${rest}`;

/** A device number as mountinfo writes it. */
export function deviceName(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}

/** Space, tab, newline and backslash are written in octal. */
const unescape = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
