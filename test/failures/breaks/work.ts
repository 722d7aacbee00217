import type { Break } from '../../breaks/break.ts';
import { DEAF, like } from './like.ts';

/** How the rows L of the catalogue were seen to fail. */
export const work: readonly Break[] = [
  like('L01', 'find.events'),
  like('L02', 'find.events'),
  { promise: 'L03', ...DEAF },
  like('L04', 'find.events'),
  { promise: 'L05', ...DEAF },
  like('L06', 'find.events'),
  like('L07', 'find.events'),
  like('L08', 'find.events'),
  { promise: 'L09', file: 'lib/later.ts',
    find: 'waiting$.next();',
    replace: '' },
  like('L10', 'i6.killed'),
];
