import os from 'node:os';
import { inspect } from 'node:util';

import { fullLogPath } from '../full-path.ts';
import { nearest } from './nearest.ts';
import { CONFIG_OPTIONS, OPTIONS, SYNONYMS, flagOf } from './option-table.ts';
import { quoted } from './quote.ts';
import type { OptionRow } from './option-table.ts';
import type { Flags } from './option-values.ts';

/** A config file as messages name it, and the folder that relative paths in it count from. */
export interface ConfigFile {
  readonly name: string;
  readonly folder: string;
}

/** What is read: one of the pairs, `pairs[0]` say, or what counts for all of them, ''. */
export interface Place {
  readonly file: ConfigFile;
  readonly at: string;
}

/** What such a place says, as flags of the command line, and its names as they were written. */
export type Entries =
  | { readonly ok: true; readonly flags: Flags;
      readonly written: { readonly name?: string; readonly source?: string;
        readonly replica?: string } }
  | { readonly ok: false; readonly message: string };

/** Checks the keys, and the types of the values; what a value means is checked with all others. */
export function readEntries(entries: { readonly [key: string]: unknown }, place: Place): Entries {
  const flags: { [flag: string]: unknown } = {};
  const written: { [key: string]: string } = {};
  for (const [key, value] of Object.entries(entries)) {
    if (value === undefined) continue;
    const row = CONFIG_OPTIONS.get(key);
    if (row === undefined && key !== 'name') return refuse(place, unknownKey(key, place));
    if (row?.whole && place.at !== '') {
      return refuse(place, `"${key}" counts for all pairs: write it beside "pairs"`);
    }
    const flag = row === undefined ? nameOf(value) : flagValue(row, value, place.file.folder);
    if (flag === undefined) {
      return refuse(place, `bad "${key}" ${shown(value)}: write ${wanted(row)}`);
    }
    if (row !== undefined) flags[key] = flag;
    if (typeof value === 'string') written[key] = value;
  }
  return { ok: true, flags, written };
}

/** The value as the command line has it; undefined where it is none of the right type. */
function flagValue(row: OptionRow, value: unknown, folder: string): unknown {
  if (row.value === undefined) return typeof value === 'boolean' ? value : undefined;
  if (row.many) {
    const patterns = Array.isArray(value) ? value as readonly unknown[] : [value];
    return patterns.every(isText) ? patterns : undefined;
  }
  if (row.number && typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (!isText(value)) return undefined;
  return PATHS.has(row.value) ? pathFrom(folder, value) : value;
}

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && !value.includes('\0');

/** Lines begin with it, so it is one line that is not long. */
const nameOf = (value: unknown): string | undefined =>
  isText(value) && value.length <= 60 && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value) ? value : undefined;

/** The words for values that are paths. */
const PATHS: ReadonlySet<string> = new Set(['FOLDER', 'PATH']);

/** `~` is home, as a shell would have it on the command line; a last `/` stays. */
function pathFrom(folder: string, value: string): string {
  const isHome = value === '~' || value.startsWith('~/');
  return isHome ? fullLogPath(value.slice(2), os.homedir()) : fullLogPath(value, folder);
}

function wanted(row: OptionRow | undefined): string {
  if (row === undefined) return 'a name of one line and at most 60 characters';
  if (row.value === undefined) return 'true or false';
  const example = `a value such as "${row.example?.replaceAll("'", '')}"`;
  if (row.many) return `${example}, or an array of them`;
  return row.number ? `${example}, or a number` : example;
}

function unknownKey(key: string, { at }: Place): string {
  const line = OPTIONS.find((row) => row.lineOnly && [flagOf(row), row.name].includes(key));
  if (line) return `"${key}" belongs on the command line, as --${line.name}: leave it out`;

  const keys = [...CONFIG_OPTIONS].filter(([, row]) => at === '' || !row.whole)
    .map(([flag]) => flag).concat('name', at === '' ? 'pairs' : []);
  const meant = SYNONYMS[`--${key}`]?.slice(2) ?? nearest(key, keys);
  return `unknown key ${quoted(key)}: `
    + (meant ? `did you mean "${meant}"?` : `the keys are ${keys.join(', ')}`);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  const text = inspect(value, { breakLength: Infinity, depth: 1 });
  return text.length > 60 ? quoted(text) : text;
}

const refuse = ({ file, at }: Place, message: string) =>
  ({ ok: false, message: `${file.name}: ${at === '' ? '' : `${at}: `}${message}` }) as const;
