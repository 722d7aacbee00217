import { fromText } from './core/entry.ts';
import { absolute } from './disk/absolute.ts';

/** A path as a person wrote it, absolute, where it is a text and no bytes; `from` is absolute. */
export const fullPath = (given: string, from?: string): string =>
  toText(absolute(fromText(given), from === undefined ? undefined : fromText(from)));

/** The same of a log, or what may be one: a last `/`, which says that it is a folder, stays. */
export const fullLogPath = (given: string, from?: string): string =>
  fullPath(given, from) + (given.endsWith('/') ? '/' : '');

const toText = (at: string): string => Buffer.from(at, 'latin1').toString();
