import { BREAKS } from '../../breaks/all.ts';
import type { Break } from '../../breaks/break.ts';

/** The break of a promise (docs/promises.md), which a row of the catalogue is seen to fail with. */
export function like(row: string, promise: string): Break {
  const known = BREAKS.find((one) => one.promise === promise);
  if (known === undefined) throw new Error(`there is no break of ${promise}`);
  return { ...known, promise: row };
}

/** The record check looks at no ctime and no inode. */
export const BLIND: Omit<Break, 'promise'> = {
  file: 'lib/core/record-check.ts',
  find: 'rows[at + CTIME] === stat.ctimeMs && rows[at + MTIME]',
  replace: 'rows[at + MTIME]',
  and: [
    { file: 'lib/core/record-check.ts',
      find: '&& rows[at + SIZE] === stat.size && rows[at + INO] === stat.ino\n',
      replace: '&& rows[at + SIZE] === stat.size\n' },
  ],
};

/** Nobody hears of names that change, nor of new folders. */
export const DEAF: Omit<Break, 'promise'> = {
  file: 'lib/rx/watcher-thread.ts',
  find: 'box.add({ folder, name });',
  replace: '',
  and: [
    { file: 'lib/rx/watcher-thread.ts',
      find: '      lookInto(folder);\n',
      replace: '' },
    { file: 'lib/rx/chokidar-watcher.ts',
      find: "if (this.isReady) super.emitRaw('change', null, { watchedPath: at });",
      replace: '' },
  ],
};
