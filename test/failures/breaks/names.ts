import type { Break } from '../../breaks/break.ts';
import { like } from './like.ts';

/** How the rows N of the catalogue were seen to fail. */
export const names: readonly Break[] = [
  like('N01', 'i8.bytes'),
  like('N02', 'i8.printed'),
  like('N03', 'i8.odd'),
  like('N04', 'i8.objects'),
  like('N05', 'i8.long'),
  { promise: 'N06', file: 'lib/disk/perform.ts',
    find: 'Math.max(source.length, replica.length) + path.length + 1 >= LONGEST_PATH;',
    replace: 'path.length < 0;' },
  like('N07', 'i8.deep'),
  like('N08', 'rename.case'),
  { promise: 'N09', file: 'lib/disk/scan-names.ts',
    find: 'if (there === undefined) return {};',
    replace: 'if (at !== undefined) return {};' },
  like('N10', 'i8.alike'),
  like('N11', 'i6.own-names'),
  like('N12', 'mirror.dotfiles'),
  like('N13', 'i8.many'),
  like('N14', 'mirror.types-file'),
  { promise: 'N15', file: 'lib/disk/absolute.ts',
    find: ': path.resolve(at, part);',
    replace: ': `${at}/${part}`;' },
  like('N16', 'i8.bytes'),
];
