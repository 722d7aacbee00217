import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

/** What to make at a path; made by the functions below, or short: text, bytes, null a folder. */
export type Made =
  | { readonly type: 'file'; readonly content: string | Buffer; readonly set: Attributes }
  | { readonly type: 'folder'; readonly set: Attributes }
  | { readonly type: 'symlink'; readonly target: string; readonly set: Attributes }
  | { readonly type: 'link'; readonly to: string; readonly set?: undefined }
  | { readonly type: 'fifo'; readonly set: Attributes };

export interface Attributes {
  readonly mode?: number;
  /** Microseconds since 1970. */
  readonly time?: bigint;
  /** As root only. */
  readonly uid?: number;
  readonly gid?: number;
}

/** Keys are paths in latin1, one character a byte; a key that ends in a slash is a folder. */
export type TreeSpec = Readonly<Record<string, string | Buffer | null | Made>>;

export const file = (content: string | Buffer, set: Attributes = {}): Made =>
  ({ type: 'file', content, set });
export const folder = (set: Attributes = {}): Made => ({ type: 'folder', set });
/** The target is latin1 too. */
export const symlink = (target: string, set: Attributes = {}): Made =>
  ({ type: 'symlink', target, set });
/** A hard link of another entry of the same spec. */
export const link = (to: string): Made => ({ type: 'link', to });
export const fifo = (set: Attributes = {}): Made => ({ type: 'fifo', set });

/**
 * Makes entries in a folder, and the folders above them; what is there already is overwritten or
 * kept. A key '' or '/' sets the folder itself. Modes and times come last, the deepest first.
 *
 *     makeTree(dir, { 'a/b.txt': 'text', 'empty/': null, 'l': symlink('a'), 'h': link('a/b.txt'),
 *                     'caf\xe9': file('x', { mode: 0o600, time: 1_000_000n }) })
 */
export function makeTree(dir: string, spec: TreeSpec): void {
  const made = Object.entries(spec)
    .map(([key, value]) => [key.replace(/\/$/, ''), whole(value)] as const);

  for (const [key, value] of made) if (value.type !== 'link') make(pathIn(dir, key), value);
  for (const [key, value] of made) if (value.type === 'link') make(pathIn(dir, key), value, dir);
  for (const [key, value] of made.toSorted(([a], [b]) => depth(b) - depth(a))) {
    if (value.set !== undefined) setAttributes(pathIn(dir, key), value.set, value.type);
  }
}

/** The bytes of a path below a folder, both in latin1; what fs functions take for any name. */
export const pathIn = (dir: string, at: string): Buffer =>
  Buffer.from(at === '' ? dir : `${dir}/${at}`, 'latin1');

/** Sets a time to the microsecond, of a link itself: a number would be rounded. */
export function setTime(at: string | Buffer, microseconds: bigint): void {
  // Half a microsecond more is the same microsecond, whichever way the double is cut; but before
  // 1970 older libuv cuts towards zero, and half a microsecond less is right there.
  for (const half of microseconds < 0n ? [5n, -5n] : [5n]) {
    const tenths = microseconds * 10n + half;
    const digits = String(tenths < 0n ? -tenths : tenths).padStart(8, '0');
    const seconds = `${tenths < 0n ? '-' : ''}${digits.slice(0, -7)}.${digits.slice(-7)}`;
    fs.lutimesSync(at, seconds, seconds);
    if (mtimeOf(fs.lstatSync(at, { bigint: true })) === microseconds) return;
  }
  throw new Error(`${microseconds} µs cannot be set here`);
}

/** Microseconds, rounded down, of times before 1970 too. */
const mtimeOf = ({ mtimeNs }: fs.BigIntStats): bigint =>
  (mtimeNs - (((mtimeNs % 1000n) + 1000n) % 1000n)) / 1000n;

const whole = (value: TreeSpec[string]): Made =>
  value === null ? folder()
  : typeof value === 'string' || Buffer.isBuffer(value) ? file(value)
  : value;

const depth = (at: string): number => (at === '' ? 0 : at.split('/').length);

function make(at: Buffer, made: Made, dir = ''): void {
  const above = at.subarray(0, at.lastIndexOf('/'));
  fs.mkdirSync(made.type === 'folder' ? at : above, { recursive: true });

  if (made.type === 'file') fs.writeFileSync(at, made.content);
  if (made.type === 'symlink') fs.symlinkSync(Buffer.from(made.target, 'latin1'), at);
  if (made.type === 'link') fs.linkSync(pathIn(dir, made.to), at);
  if (made.type === 'fifo') execFileSync('mkfifo', [at.toString('utf8')]);
}

function setAttributes(at: Buffer, set: Attributes, type: Made['type']): void {
  // The owner first: changing it takes setuid bits away.
  fs.lchownSync(at, set.uid ?? -1, set.gid ?? -1);
  if (set.mode !== undefined && type !== 'symlink') fs.chmodSync(at, set.mode);
  if (set.time !== undefined) setTime(at, set.time);
}

/** An entry as found; `group` is the first path of its hard links where the tree has several. */
export interface Found {
  readonly type: 'file' | 'folder' | 'symlink' | 'special';
  readonly mode: number;
  readonly size: number;
  /** Microseconds, rounded down. */
  readonly mtime: bigint;
  readonly uid: number;
  readonly gid: number;
  readonly ino: bigint;
  readonly hash?: string;
  readonly target?: string;
  readonly group?: string;
}

/** All entries of a tree by latin1 path, in bytewise order; '' is the folder itself. */
export function readTree(dir: string): Map<string, Found> {
  const found = new Map<string, Found>();
  const visit = (at: string): void => {
    const entry = readEntry(pathIn(dir, at));
    found.set(at, entry);
    if (entry.type !== 'folder') return;
    for (const name of fs.readdirSync(pathIn(dir, at), { encoding: 'latin1' })) {
      visit(at === '' ? name : `${at}/${name}`);
    }
  };
  visit('');

  const sorted = [...found].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return new Map(withGroups(sorted));
}

function readEntry(at: Buffer): Found {
  const stat = fs.lstatSync(at, { bigint: true });
  const type = stat.isFile() ? 'file'
    : stat.isDirectory() ? 'folder'
    : stat.isSymbolicLink() ? 'symlink'
    : 'special';

  return {
    type,
    mode: Number(stat.mode & 0o7777n),
    size: type === 'folder' ? 0 : Number(stat.size),
    mtime: mtimeOf(stat),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    ino: stat.ino,
    ...(type === 'file' ? { hash: hashOf(fs.readFileSync(at)) } : {}),
    ...(type === 'symlink' ? { target: fs.readlinkSync(at, 'latin1') } : {}),
  };
}

const hashOf = (content: Buffer): string => createHash('sha1').update(content).digest('hex');

function withGroups(entries: readonly (readonly [string, Found])[]): [string, Found][] {
  const members = new Map<bigint, string[]>();
  for (const [at, { type, ino }] of entries) {
    if (type !== 'folder') members.set(ino, [...(members.get(ino) ?? []), at]);
  }

  return entries.map(([at, entry]) => {
    const [group, second] = members.get(entry.ino) ?? [];
    return [at, group !== undefined && second !== undefined ? { ...entry, group } : entry];
  });
}
