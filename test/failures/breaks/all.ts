import type { Break } from '../../breaks/break.ts';
import { changing } from './changing.ts';
import { replica } from './replica.ts';
import { source } from './source.ts';
import { types } from './types.ts';
import { watcher } from './watcher.ts';

/** All breaks of the catalogue, in its order; `promise` is the row. */
export const CATALOGUE_BREAKS: readonly Break[] =
  [...watcher, ...source, ...replica, ...changing, ...types];
