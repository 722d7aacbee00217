import type { Break } from './break.ts';

/** How the promises on "links planted in the replica" would be broken. */
export const links: readonly Break[] = [
  { promise: 'i3.folder', file: 'lib/disk/scan-entry.ts',
    find: 'else if (source.isDirectory() && replica.isDirectory()) this.folder(name, at, row, '
      + 'source);',
    replace: 'else if (source.isDirectory()) this.folder(name, at, row, source);' },
  { promise: 'i3.file', file: 'lib/disk/copy-file.ts',
    find: 'const temporary = joinPath(parentOf(to), temporaryName());',
    replace: 'const temporary = to;',
    and: [
      { file: 'lib/disk/copy-file.ts',
        find: 'export const WRITE_NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL',
        replace: 'export const WRITE_NEW = constants.O_WRONLY | constants.O_CREAT | '
          + 'constants.O_TRUNC' },
      { file: 'lib/disk/copy-file.ts',
        find: '  | (constants.O_NOFOLLOW ?? 0);',
        replace: ';' },
      { file: 'lib/disk/pinned.ts',
        find: 'openSync(inside(path, name), flags | NOFOLLOW, mode));',
        replace: 'openSync(inside(path, name), flags, mode));' },
    ] },
  { promise: 'i3.meanwhile', file: 'lib/disk/pinned.ts',
    find: 'const NOFOLLOW = constants.O_NOFOLLOW ?? 0;',
    replace: 'const NOFOLLOW = 0;' },
  { promise: 'i3.open-folder', file: 'lib/disk/pinned.ts',
    find: 'if (proc) return fsPath(`/proc/self/fd/${folder(path)}/${name}`);',
    replace: 'if (proc) return fsPath(`${absolute(path)}/${name}`);' },
  { promise: 'i3.elsewhere', file: 'lib/disk/pinned.ts',
    find: "if (stat?.type !== 'folder') throw",
    replace: 'if (stat === undefined) throw' },
  { promise: 'i3.remove', file: 'lib/disk/pinned.ts',
    find: 'if (proc) return fsPath(`/proc/self/fd/${folder(path)}/${name}`);',
    replace: 'if (proc) return fsPath(`${absolute(path)}/${name}`);' },
  { promise: 'i3.meta', file: 'lib/disk/set.ts',
    find: 'const NAME_ONLY = 0o10000000 | (constants.O_NOFOLLOW ?? 0);',
    replace: 'const NAME_ONLY = 0o10000000;',
    and: [
      { file: 'lib/disk/pinned.ts',
        find: 'openSync(inside(path, name), flags | NOFOLLOW, mode));',
        replace: 'openSync(inside(path, name), flags, mode));' },
    ] },
  { promise: 'i3.hidden', file: 'lib/disk/copy-file.ts',
    find: 'export const WRITE_NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL',
    replace: 'export const WRITE_NEW = constants.O_WRONLY | constants.O_CREAT | '
      + 'constants.O_TRUNC' },
  { promise: 'i3.descriptors', file: 'lib/disk/pinned.ts',
    find: 'if (cache.size > limit) evict(cache.size - limit);',
    replace: '' },
];
