import type { Break } from '../../breaks/break.ts';
import { like } from './like.ts';

/** How the rows P of the catalogue were seen to fail. */
export const processes: readonly Break[] = [
  like('P01', 'signal.term'),
  like('P02', 'signal.hup-terminal'),
  like('P03', 'i9.stdout'),
  like('P04', 'i9.stdout'),
  { promise: 'P05', file: 'lib/report/sink.ts',
    find: "onTrouble?.(code === '' ? error.message : reasonOf(code));",
    replace: '' },
  like('P06', 'i9.log-loop'),
  like('P07', 'log.symlink'),
  { promise: 'P08', file: 'lib/disk/room.ts',
    find: 'if (code !== \'EMFILE\' && code !== \'ENFILE\') throw error;',
    replace: 'throw error;' },
  { promise: 'P09', file: 'lib/disk/apply.ts',
    find: 'problems: isNews ? [] : [{ path, code, action }] });',
    replace: 'problems: [] });' },
  { promise: 'P10', file: 'lib/disk/copy-entry.ts',
    find: '  names.push(name);\n',
    replace: '  names.push(name);\n  hoard.push(Array.from({ length: 150 }, () => Math.random('
      + ')));\n',
    and: [
      { file: 'lib/disk/copy-entry.ts',
        find: 'const DEFAULT_BIG =',
        replace: 'const hoard: number[][] = [];\nconst DEFAULT_BIG =' },
    ] },
  like('P11', 'mirror.umask'),
  like('P12', 'usage.standing'),
  like('P13', 'interval.overrun'),
  like('P14', 'interval.zero'),
  // One error alone is none: the source is asked again before anything goes.
  { promise: 'P15', file: 'lib/disk/scan-eyes.ts',
    find: 'return null;',
    replace: 'return undefined;',
    and: [
      { file: 'lib/disk/scan-names.ts',
        find: "if (!isNews) this.eyes.unknown(this.task.at, side, code);\n      return undefined;",
        replace: 'if (!isNews) return [];\n      return undefined;' },
      { file: 'lib/disk/proof.ts',
        find: 'return source.lacks(path) || sourceOf(source, path) === undefined;',
        replace: 'return sourceOf(source, path) !== null;' },
    ] },
];
