import type { Break } from '../../breaks/break.ts';
import { BLIND, like } from './like.ts';

/** How the rows X of the catalogue were seen to fail. */
export const renames: readonly Break[] = [
  like('X01', 'rename.file'),
  { promise: 'X02', ...BLIND },
  { promise: 'X03', ...BLIND },
  { promise: 'X04', file: 'lib/disk/scan-entry.ts',
    find: 'if (replica) this.surplus(at, row, isLitter ? \'litter\' : undefined);',
    replace: 'if (replica && row < 0) this.surplus(at, row, undefined);' },
  like('X05', 'rename.changed'),
  like('X06', 'rename.equal-files'),
  like('X07', 'rename.empty'),
  like('X08', 'rename.folder'),
  like('X09', 'rename.swap-folders'),
  like('X10', 'mirror.types-file'),
  { promise: 'X11', file: 'lib/core/record-check.ts',
    find: '  rows[at + CTIME] === stat.ctimeMs && rows[at + MTIME] === stat.mtimeMs\n  && rows'
      + '[at + SIZE] === stat.size && rows[at + INO] === stat.ino\n',
    replace: '  rows[at + SIZE] === stat.size\n' },
  like('X12', 'rename.drifted'),
  { promise: 'X13', file: 'lib/disk/scan-entry.ts',
    find: 'if (replica === undefined) this.fresh(at, this.isDrift(row, source));',
    replace: 'if (replica === undefined) return;' },
  like('X14', 'rename.collision'),
  { promise: 'X15', file: 'lib/steps/renames.ts',
    find: 'if (\'code\' in compared || compared.result !== \'same\') return undefined;',
    replace: 'if (\'code\' in compared) return undefined;',
    and: [
      { file: 'lib/disk/digest.ts',
        find: 'hash.digest(\'hex\')',
        replace: '\'equal\'' },
    ] },
];
