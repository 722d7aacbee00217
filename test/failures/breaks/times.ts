import type { Break } from '../../breaks/break.ts';
import { BLIND, like } from './like.ts';

/** How the rows M of the catalogue were seen to fail. */
export const times: readonly Break[] = [
  like('M01', 'find.ctime'),
  { promise: 'M02', file: 'lib/core/record-check.ts',
    find: 'rows[at + CTIME] === stat.ctimeMs && rows[at + MTIME] === stat.mtimeMs\n',
    replace: 'Math.floor(rows[at + MTIME]! / 1000) === Math.floor(stat.mtimeMs / 1000)\n' },
  like('M03', 'mirror.times-floor'),
  like('M04', 'mirror.times'),
  { promise: 'M05', file: 'lib/core/difference.ts',
    find: 'const trusted = !known.recorded && !known.checksum && sameTime(source, replica);',
    replace: 'const trusted = false;',
    and: [
      { file: 'lib/core/record-check.ts',
        find: 'isAsRecorded(rows, at, source) && isAsRecorded(rows, at + REPLICA, replica);',
        replace: 'isAsRecorded(rows, at, source) && source.mtimeMs === replica.mtimeMs;' },
    ] },
  { promise: 'M06', file: 'lib/core/record-check.ts',
    find: 'rows[at + CTIME] === stat.ctimeMs && rows[at + MTIME] === stat.mtimeMs\n',
    replace: 'rows[at + MTIME]! >= stat.mtimeMs\n',
    and: [
      { file: 'lib/core/record-check.ts',
        find: '&& rows[at + SIZE] === stat.size && rows[at + INO] === stat.ino\n',
        replace: '&& rows[at + SIZE] === stat.size\n' },
    ] },
  { promise: 'M07', file: 'lib/rhythm.ts',
    find: "map(() => trigger({ reason: 'interval', full: true })),",
    replace: "filter(() => Date.now() > lastMs && (lastMs = Date.now()) > 0),\n"
      + "map(() => trigger({ reason: 'interval', full: true })),",
    and: [
      { file: 'lib/rhythm.ts',
        find: 'import { BehaviorSubject, map',
        replace: 'let lastMs = 0;\nimport { BehaviorSubject, filter, map' },
    ] },
  { promise: 'M08', ...BLIND },
  like('M09', 'find.cheap-chmod'),
  like('M10', 'i10.quiet'),
  like('M11', 'find.racy'),
];
