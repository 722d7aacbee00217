import type { Break } from './break.ts';

/** How the promises on "one fsync for a replica" would be broken. */
export const lock: readonly Break[] = [
  { promise: 'i7.same', file: 'lib/disk/lock.ts',
    find: '`${AT}${own}`, `${BY}${own}:${unique}`,',
    replace: '`${AT}${own}:${unique}`, `${BY}${own}:${unique}`,',
    and: [
      { file: 'lib/disk/lock.ts',
        find: "if (same !== undefined) return refuse('same', own, same);",
        replace: '' },
    ] },
  { promise: 'i7.inside', file: 'lib/disk/lock.ts',
    find: "if (ancestor !== undefined) return refuse('ancestor', ancestor);",
    replace: '' },
  { promise: 'i7.around', file: 'lib/disk/lock.ts',
    find: 'return descendant === undefined ? undefined',
    replace: 'return descendant !== undefined ? undefined' },
  { promise: 'i7.bind', file: 'lib/disk/overlap.ts',
    find: 'return alias !== folder && id !== undefined && idOf(alias) === id ? [alias] : [];',
    replace: 'return [];' },
  { promise: 'i7.dies', file: 'lib/disk/lock.ts',
    find: "return readFileSync('/proc/net/unix', 'latin1').split('\\n')",
    replace: "return (socketNames.seen ??= readFileSync('/proc/net/unix', "
      + "'latin1')).split('\\n')" },
  { promise: 'i7.race', file: 'lib/disk/lock.ts',
    find: "if (server === 'taken') {",
    replace: "if (server === 'given') {" },
  { promise: 'i7.record', file: 'lib/disk/record-database.ts',
    find: "if (code === 'LEVEL_LOCKED') {",
    replace: "if (code === 'NOT_LOCKED') {" },
  { promise: 'i7.side-by-side', file: 'lib/disk/lock.ts',
    find: 'const own = idOf(replica);',
    replace: "const own = '1:1';" },
  { promise: 'i7.released', file: 'lib/open.ts',
    find: 'await memory.lock?.release();',
    replace: '' },
];
