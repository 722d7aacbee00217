import fs from 'node:fs';

import { isRoot } from './needs.ts';
import type { Random } from './random.ts';
import { removeTree } from './temp.ts';
import { pathIn, setTime } from './tree.ts';

/** The paths that a step can choose from, in latin1. */
export interface Tree {
  readonly all: readonly string[];
  readonly files: readonly string[];
  /** With the folder itself, ''. */
  readonly folders: readonly string[];
  /** What new entries are called. */
  readonly names: readonly string[];
}

/** One kind of step: what it did, or undefined where the tree has nothing to do it to. */
export type Step = (dir: string, tree: Tree, rng: Random) => string | undefined;

/** Names as people, programs and accidents make them. */
export const NAMES = [
  'a', 'b', 'c', 'd', 'e', 'f', 'a.txt', 'b.txt', 'A', '.hidden', 'x~', '.x.swp', ' lead', 'trail ',
  'new\nline', '-rf', 'back\\slash', 'caf\xc3\xa9', 'latin\xe9', '\xff\xfe', '__proto__',
  'constructor', '*', '[a]', 'quote"', '\x01', 'long'.repeat(63), '.fsync-abc', '#', '!', '...',
];
const FILE_MODES = [0o644, 0o600, 0o755, 0o444, 0o4755, 0o2755, 0o664];
const FOLDER_MODES = [0o755, 0o700, 0o1777, 0o2775, 0o750];
const TIMES = [0n, -1n, -1_500_001n, 1n, 999_999n, 1_000_000_000_000_001n, 1_700_000_000_123_457n,
  2_147_483_648_000_000n, 4_102_444_800_999_999n];

const shown = JSON.stringify as (at: string) => string;
const isIn = (at: string, folder: string): boolean => `${at}/`.startsWith(`${folder}/`);

function freshPath(tree: Tree, rng: Random): string | undefined {
  const folder = rng.pick(tree.folders);
  const path = folder === '' ? rng.pick(tree.names) : `${folder}/${rng.pick(tree.names)}`;
  return tree.all.includes(path) || path.split('/').length > 6 || path.length > 1000
    ? undefined : path;
}

const sizeOf = (rng: Random): number => rng.pick([0, 1, 7, 100, 4096, 10_000, 70_000]);

/** Makes a kind of step of something done at a path that is not there yet. */
const atFresh = (
  does: (at: Buffer, rng: Random, tree: Tree) => string,
): Step => (dir, tree, rng) => {
  const path = freshPath(tree, rng);
  return path && `${does(pathIn(dir, path), rng, tree)} ${shown(path)}`;
};

/** The same, of something done to a file that is there. */
const toFile = (does: (at: Buffer, rng: Random) => string): Step => (dir, tree, rng) => {
  if (tree.files.length === 0) return undefined;
  const path = rng.pick(tree.files);
  return `${does(pathIn(dir, path), rng)} ${shown(path)}`;
};

const create = atFresh((at, rng) => {
  const content = rng.bytes(sizeOf(rng));
  fs.writeFileSync(at, content);
  return `create ${content.length} bytes`;
});

const makeFolder = atFresh((at) => {
  fs.mkdirSync(at);
  return 'mkdir';
});

const makeFilledFolder = atFresh((at, rng) => {
  for (const below of ['', '/sub', '/sub/deep']) {
    fs.mkdirSync(Buffer.concat([at, Buffer.from(below)]));
    fs.writeFileSync(Buffer.concat([at, Buffer.from(`${below}/file`)]), rng.bytes(20));
  }
  return 'make a tree at';
});

const makeSymlink = atFresh((at, rng, tree) => {
  const target = rng.pick(['a', 'gone', '../a', '/etc/hostname', '.', 'caf\xe9', ...tree.all]);
  fs.symlinkSync(Buffer.from(target, 'latin1'), at);
  return `symlink to ${shown(target)}`;
});

const hardLink: Step = (dir, tree, rng) => {
  const path = freshPath(tree, rng);
  if (path === undefined || tree.files.length === 0) return undefined;
  const target = rng.pick(tree.files);
  fs.linkSync(pathIn(dir, target), pathIn(dir, path));
  return `link ${shown(path)} to ${shown(target)}`;
};

const write = toFile((at, rng) => {
  const content = rng.bytes(sizeOf(rng));
  fs.writeFileSync(at, content);
  return `write ${content.length} bytes to`;
});

const append = toFile((at, rng) => {
  fs.appendFileSync(at, rng.bytes(33));
  return 'append to';
});

const truncate = toFile((at) => {
  fs.truncateSync(at, Math.floor(fs.statSync(at).size / 2));
  return 'halve';
});

const rewriteInPlace = toFile((at, rng) => {
  const { size, mtimeNs } = fs.statSync(at, { bigint: true });
  fs.writeFileSync(at, rng.bytes(Number(size)), { flag: 'r+' });
  if (!rng.once(2)) return 'rewrite, same size,';
  setTime(at, mtimeNs / 1000n - (mtimeNs < 0n && mtimeNs % 1000n !== 0n ? 1n : 0n));
  return 'rewrite, same size and time,';
});

/** As editors save: a new file, renamed over the old one. */
const save = toFile((at, rng) => {
  const beside = Buffer.concat([at.subarray(0, at.lastIndexOf('/')), Buffer.from('/.save.tmp')]);
  fs.writeFileSync(beside, rng.bytes(sizeOf(rng)));
  fs.renameSync(beside, at);
  return 'save over';
});

const chmod: Step = (dir, tree, rng) => {
  const isFile = tree.files.length > 0 && !rng.once(3);
  const path = rng.pick(isFile ? tree.files : tree.folders);
  const mode = rng.pick(isFile ? FILE_MODES : FOLDER_MODES);
  // Only root can still read what nobody may, or write to what is read-only.
  const most = isRoot() ? mode : mode | 0o600;
  fs.chmodSync(pathIn(dir, path), most);
  return `chmod ${most.toString(8)} ${shown(path)}`;
};

const touch: Step = (dir, tree, rng) => {
  const path = rng.pick([...tree.all, '']);
  const time = rng.pick(TIMES) + (rng.once(3) ? 0n : BigInt(rng.below(1_000_000)));
  setTime(pathIn(dir, path), time);
  return `touch ${shown(path)} to ${time} µs`;
};

const renameOne = (from: string, dir: string, tree: Tree, rng: Random): string | undefined => {
  const to = freshPath(tree, rng);
  if (to === undefined || isIn(to, from)) return undefined;
  fs.renameSync(pathIn(dir, from), pathIn(dir, to));
  return `rename ${shown(from)} to ${shown(to)}`;
};

const rename: Step = (dir, tree, rng) =>
  tree.all.length === 0 ? undefined : renameOne(rng.pick(tree.all), dir, tree, rng);

const renameFolder: Step = (dir, tree, rng) =>
  tree.folders.length < 2 ? undefined : renameOne(rng.pick(tree.folders.slice(1)), dir, tree, rng);

const renameOver: Step = (dir, tree, rng) => {
  if (tree.files.length < 2) return undefined;
  const from = rng.pick(tree.files);
  const to = rng.pick(tree.files);
  fs.renameSync(pathIn(dir, from), pathIn(dir, to));
  return `rename ${shown(from)} over ${shown(to)}`;
};

/** Two or three entries of a kind change places: nothing is new, nothing is gone. */
const rotate = (of: 'files' | 'folders', count: number): Step => (dir, tree, rng) => {
  const from = tree[of].filter((path) => path !== '');
  if (from.length === 0) return undefined;
  const paths = [...new Set(Array.from({ length: count }, () => rng.pick(from)))];
  const nested = paths.some((a) => paths.some((b) => a !== b && isIn(a, b)));
  if (paths.length < count || nested) return undefined;

  const aside = pathIn(dir, '.rotate');
  fs.renameSync(pathIn(dir, paths[0]!), aside);
  for (let at = 1; at < count; at += 1) {
    fs.renameSync(pathIn(dir, paths[at]!), pathIn(dir, paths[at - 1]!));
  }
  fs.renameSync(aside, pathIn(dir, paths.at(-1)!));
  return `rotate ${paths.map(shown).join(', ')}`;
};

const changeType: Step = (dir, tree, rng) => {
  if (tree.all.length === 0) return undefined;
  const path = rng.pick(tree.all);
  const at = pathIn(dir, path);
  removeTree(at);
  const type = rng.pick(['file', 'folder', 'symlink']);
  if (type === 'file') fs.writeFileSync(at, rng.bytes(50));
  else if (type === 'folder') fs.mkdirSync(at);
  else fs.symlinkSync('elsewhere', at);
  return `replace by a ${type} ${shown(path)}`;
};

export const removeAll: Step = (dir, tree, rng) => {
  if (tree.all.length === 0) return undefined;
  const path = rng.pick(tree.all);
  removeTree(pathIn(dir, path));
  return `rm -rf ${shown(path)}`;
};

/** All kinds of steps, the frequent ones several times. */
export const STEPS: readonly Step[] = [
  create, create, create, create, makeFolder, makeFolder, makeFilledFolder, makeSymlink, hardLink,
  write, write, append, truncate, rewriteInPlace, save, save, chmod, touch, rename, rename,
  renameFolder, renameFolder, renameOver, rotate('files', 2), rotate('files', 3),
  rotate('folders', 2), changeType, removeAll, removeAll,
];
