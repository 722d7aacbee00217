import type { Break } from './break.ts';

/** How the promises on "the source is only read" would be broken. */
export const source: readonly Break[] = [
  { promise: 'i1.nothing-written', file: 'lib/disk/copy-file.ts',
    find: 'renameSync(...replica.pair(temporary, to));',
    replace: 'renameSync(...replica.pair(temporary, to)); source.proc && '
      + 'fs.chmodSync(source.entry(from), 0o600);',
    and: [
      { file: 'lib/disk/copy-file.ts',
        find: 'import {\n  closeSync',
        replace: "import fs from 'node:fs'; import {\n  closeSync" },
    ] },
  { promise: 'i1.files-only', file: 'lib/disk/open-pinned.ts',
    find: "if (stat.type !== 'file') throw failure('changed-type', joinPath(folder, name));",
    replace: '' },
  { promise: 'i1.no-link', file: 'lib/disk/pinned.ts',
    find: 'const NOFOLLOW = constants.O_NOFOLLOW ?? 0;',
    replace: 'const NOFOLLOW = 0;',
    and: [{ file: 'lib/disk/in-place.ts', find: '  | (constants.O_NOFOLLOW ?? 0);',
      replace: '  | 0;' }] },
];
