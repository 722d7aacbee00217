import type { Break } from '../../breaks/break.ts';
import { like } from './like.ts';

/** How the rows L of the catalogue were seen to fail. */
export const work: readonly Break[] = [
  like('L01', 'find.events'),
  like('L02', 'find.events'),
  { promise: 'L03', file: 'lib/rx/watcher-thread.ts',
    find: 'box.add({ folder, name });',
    replace: '',
    and: [
      { file: 'lib/rx/watcher-thread.ts',
        find: 'made: lookInto,',
        replace: 'made: () => {},' },
    ] },
  like('L04', 'find.events'),
  { promise: 'L05', file: 'lib/rx/watcher-thread.ts',
    find: 'box.add({ folder, name });',
    replace: '',
    and: [
      { file: 'lib/rx/watcher-thread.ts',
        find: 'made: lookInto,',
        replace: 'made: () => {},' },
    ] },
  like('L06', 'find.events'),
  like('L07', 'find.events'),
  like('L08', 'find.events'),
  { promise: 'L09', file: 'lib/later.ts',
    find: 'if (result.waiting !== undefined) waiting$.next(result.waiting);',
    replace: '' },
  like('L10', 'i6.killed'),
];
