import type { Break } from '../../breaks/break.ts';
import { like } from './like.ts';

/** How the rows K of the catalogue were seen to fail. */
export const crashes: readonly Break[] = [
  like('K01', 'i6.killed'),
  { promise: 'K02', file: 'lib/disk/scan-entry.ts',
    find: 'if (replica) this.surplus(at, row, isLitter',
    replace: 'if (replica && !isLitter) this.surplus(at, row, isLitter' },
  like('K03', 'find.power-cut'),
  like('K04', 'i7.same'),
  { promise: 'K05', file: 'lib/disk/lock.ts',
    find: 'if (ancestor !== undefined) return { heldBy: \'ancestor\',',
    replace: 'if (ancestor === \'\') return { heldBy: \'ancestor\',',
    and: [
      { file: 'lib/disk/lock.ts',
        find: 'return descendant === undefined ? undefined',
        replace: 'return descendant !== \'\' ? undefined' },
    ] },
  { promise: 'K06', file: 'lib/disk/record-doubt.ts',
    find: 'if (open === undefined || open.bootId === bootId()) return meta;',
    replace: 'if (open === undefined || open.bootId !== bootId()) return meta;' },
  { promise: 'K07', file: 'lib/steps/begin.ts',
    find: 'if (overlapping !== undefined) {',
    replace: 'if (overlapping === \'\') {' },
  like('K08', 'find.no-record'),
  like('K09', 'record.lost'),
  { promise: 'K10', file: 'lib/disk/record-database.ts',
    find: 'if (meta.version !== VERSION) useless',
    replace: 'if (meta.version < VERSION) useless' },
  { promise: 'K11', file: 'lib/disk/record-database.ts',
    find: 'if (planted) throw new Error(',
    replace: 'if (planted && folder === \'\') throw new Error(' },
  like('K12', 'find.drift'),
  { promise: 'K13', file: 'lib/core/record-check.ts',
    find: '  rows[at + CTIME] === stat.ctimeMs && rows[at + MTIME] === stat.mtimeMs\n  && rows'
      + '[at + SIZE] === stat.size && rows[at + INO] === stat.ino\n',
    replace: '  rows[at + SIZE] === stat.size\n' },
  like('K14', 'i6.litter'),
  like('K15', 'mirror.types'),
  { promise: 'K16', file: 'lib/disk/lock.ts',
    find: 'if (same !== undefined) return { heldBy: \'same\', socket: same };',
    replace: '' },
];
