import fc from 'fast-check';

import { depthOf, isInside, joinPath, parentOf, type Path } from '../../lib/core/entry.ts';
import type { Disk } from './model.ts';

/** Something done to a disk; which entries it is done to follows from the numbers. */
export interface Edit {
  readonly kind: keyof typeof EDITS;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const NAMES = ['a', 'b', 'c', 'd', 'e'];
/** Few and short, so that sizes and whole contents meet. */
const CONTENTS = ['x', 'y', 'xx', 'yy', 'zz', '', 'xyz'];
const MODES = [0o644, 0o600, 0o755, 0o444];
const ASIDE = '.aside';
const LITTER = ['.fsync-0123456789abcdef', '.fsync-fedcba9876543210'];

type Act = (disk: Disk, edit: Edit) => void;

/** The kinds of edits; one that finds nothing to be done to does nothing. */
const EDITS = {
  file: atFresh((disk, path, c) => disk.write(path, pick(CONTENTS, c), pick(MODES, c))),
  folder: atFresh((disk, path) => disk.mkdir(path)),
  symlink: atFresh((disk, path, c) => disk.symlink(path, pick(CONTENTS, c) || 'x')),
  link: (disk, { a, b, c }) => withFile(disk, a, (path) =>
    withFresh(disk, b, c, (fresh) => disk.link(path, fresh))),
  copy: (disk, { a, b, c }) => withFile(disk, a, (path) => withFresh(disk, b, c, (fresh) => {
    const { content, mode, mtimeNs } = disk.get(path);
    disk.write(fresh, content, mode);
    disk.setTime(fresh, mtimeNs);
  })),
  remove: (disk, { a }) => withEntry(disk, a, (path) => disk.remove(path)),
  modify: (disk, { a, c }) => withFile(disk, a, (path) => disk.modify(path, pick(CONTENTS, c))),
  /** Other content of the same size and time: only its ctime tells. */
  disguise: (disk, { a, c }) => withFile(disk, a, (path) => {
    const { content, mtimeNs } = disk.get(path);
    disk.modify(path, pick(CONTENTS.filter((one) => one.length === content.length), c));
    disk.setTime(path, mtimeNs);
  }),
  chmod: (disk, { a, c }) => disk.chmod(pick(['', ...disk.below()], a), pick(MODES, c)),
  touch: (disk, { a, c }) =>
    disk.setTime(pick(['', ...disk.below()], a), BigInt(c) * 777n - 20_000n),
  rename: (disk, { a, b, c }) => withEntry(disk, a, (path) => withFresh(disk, b, c, (fresh) => {
    if (!isInside(fresh, path)) disk.rename(path, fresh);
  })),
  renameOver: (disk, { a, b }) => withFile(disk, a, (from) => withEntry(disk, b, (to) => {
    const isOther = disk.get(from) !== disk.get(to) && disk.get(to).type !== 'folder';
    if (isOther) disk.rename(from, to);
  })),
  /** What editors do: a new file under the old name. */
  save: (disk, { a, c }) => withFile(disk, a, (path) => {
    disk.write(ASIDE, pick(CONTENTS, c), disk.get(path).mode);
    disk.rename(ASIDE, path);
  }),
  swap: (disk, { a, b }) => cycle(disk, [a, b]),
  cycle: (disk, { a, b, c }) => cycle(disk, [a, b, c]),
  /** A folder becomes its parent's parent. */
  invert: (disk, { a, c }) => withEntry(disk, a, (path) => {
    const parent = parentOf(path);
    if (parent === '' || disk.get(path).type !== 'folder') return;
    disk.rename(path, ASIDE);
    const inner = NAMES.find((name) => !disk.get(ASIDE).children.has(name));
    if (inner === undefined) return disk.rename(ASIDE, path);
    disk.rename(parent, joinPath(ASIDE, inner));
    disk.rename(ASIDE, c % 2 === 0 ? parent : path.replaceAll('/', '') + ASIDE);
  }),
  /** An entry goes into a folder that takes its name. */
  wrap: (disk, { a, c }) => withEntry(disk, a, (path) => {
    disk.rename(path, ASIDE);
    disk.mkdir(path);
    disk.rename(ASIDE, joinPath(path, pick(NAMES, c)));
  }),
  /** An entry takes the place of its folder, which goes with all else. */
  unwrap: (disk, { a }) => withEntry(disk, a, (path) => {
    if (parentOf(path) === '') return;
    disk.rename(path, ASIDE);
    disk.remove(parentOf(path));
    disk.rename(ASIDE, parentOf(path));
  }),
  retype: (disk, { a, c }) => withEntry(disk, a, (path) => {
    disk.remove(path);
    if (c % 3 === 0) disk.write(path, pick(CONTENTS, c));
    else if (c % 3 === 1) disk.symlink(path, 'x');
    else disk.mkdir(path);
  }),
  /** Another folder of the same name with the same entries. */
  remake: (disk, { a }) => withEntry(disk, a, (path) => {
    if (disk.get(path).type !== 'folder') return;
    disk.mkdir(ASIDE);
    for (const name of disk.names(path)) disk.rename(joinPath(path, name), joinPath(ASIDE, name));
    disk.remove(path);
    disk.rename(ASIDE, path);
  }),
  /** What a killed fsync leaves; in a replica only. */
  litter: (disk, { a, b, c }) => {
    const folders = ['', ...disk.below().filter((path) => disk.get(path).type === 'folder')];
    const path = joinPath(pick(folders, a), pick(LITTER, b));
    if (disk.at(path) !== undefined) return;
    if (c % 2 === 0) disk.write(path, pick(CONTENTS, c));
    else disk.mkdir(path);
  },
} satisfies Record<string, Act>;

export const edit = (disk: Disk, one: Edit): void => (EDITS[one.kind] as Act)(disk, one);

/** A list of edits of some kinds. */
export const edits = (
  kinds: readonly Edit['kind'][], minLength: number, maxLength: number,
): fc.Arbitrary<Edit[]> => {
  const number = fc.nat(60);
  const one = fc.record({ kind: fc.constantFrom(...kinds), a: number, b: number, c: number });
  return fc.array(one, { minLength, maxLength, size: 'max' });
};

/** What makes a tree. */
export const MAKING: readonly Edit['kind'][] =
  ['file', 'file', 'file', 'folder', 'folder', 'folder', 'symlink', 'link', 'copy'];

/** What a person may do to a source, or to a replica behind our back. */
export const CHANGING: readonly Edit['kind'][] = [
  ...(Object.keys(EDITS) as Edit['kind'][])
    .filter((kind) => kind !== 'disguise' && kind !== 'litter'),
  'rename', 'rename', 'rename', 'swap', 'cycle', 'invert', 'invert',
];

function cycle(disk: Disk, numbers: readonly number[]): void {
  const all = disk.below();
  if (all.length === 0) return;
  const paths = [...new Set(numbers.map((number) => pick(all, number)))];
  const isNested = paths.some((one) => paths.some((other) => isInside(one, other)));
  const inodes = new Set(paths.map((path) => disk.get(path)));
  if (isNested || paths.length < 2 || inodes.size < paths.length) return;
  disk.rename(paths[0]!, ASIDE);
  for (let at = 1; at < paths.length; at += 1) disk.rename(paths[at]!, paths[at - 1]!);
  disk.rename(ASIDE, paths.at(-1)!);
}

function atFresh(act: (disk: Disk, path: Path, c: number) => void): Act {
  return (disk, { a, b, c }) => withFresh(disk, a, b, (path) => act(disk, path, c));
}

function withFresh(disk: Disk, a: number, b: number, act: (path: Path) => void): void {
  const folders = ['', ...disk.below().filter((path) => disk.get(path).type === 'folder')];
  const folder = pick(folders, a);
  const name = [...NAMES.slice(b % NAMES.length), ...NAMES]
    .find((one) => disk.at(joinPath(folder, one)) === undefined);
  if (name !== undefined && depthOf(folder) < 5) act(joinPath(folder, name));
}

function withEntry(disk: Disk, a: number, act: (path: Path) => void): void {
  const all = disk.below();
  if (all.length > 0) act(pick(all, a));
}

function withFile(disk: Disk, a: number, act: (path: Path) => void): void {
  const files = disk.below().filter((path) => disk.get(path).type === 'file');
  if (files.length > 0) act(pick(files, a));
}

const pick = <T>(list: readonly T[], at: number): T => list[at % list.length]!;
