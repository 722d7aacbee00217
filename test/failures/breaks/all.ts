import type { Break } from '../../breaks/break.ts';
import { changing } from './changing.ts';
import { crashes } from './crashes.ts';
import { names } from './names.ts';
import { processes } from './processes.ts';
import { renames } from './renames.ts';
import { replica } from './replica.ts';
import { source } from './source.ts';
import { times } from './times.ts';
import { types } from './types.ts';
import { watcher } from './watcher.ts';
import { work } from './work.ts';

/** All breaks of the catalogue, in its order; `promise` is the row. */
export const CATALOGUE_BREAKS: readonly Break[] = [
  ...watcher, ...source, ...replica, ...changing, ...types,
  ...names, ...times, ...renames, ...crashes, ...processes, ...work,
];
