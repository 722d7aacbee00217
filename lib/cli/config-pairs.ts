import type { ConfigFile, Place } from './config-values.ts';
import { readEntries } from './config-values.ts';
import { CONFIG_OPTIONS } from './option-table.ts';
import { asOption, readValues } from './option-values.ts';
import { quoted } from './quote.ts';
import type { Asked } from '../index.ts';
import type { Flags, Output, Written } from './option-values.ts';

/** Two folders with their options; the name tells it apart from others in the same process. */
export interface Pair {
  readonly name: string;
  readonly options: Asked;
}

/** All pairs of a config file, or the one line that says what is wrong with it. */
export type Pairs =
  | { readonly ok: true; readonly pairs: readonly Pair[]; readonly output: Output }
  | { readonly ok: false; readonly message: string };

/**
 * Turns what a config file holds into pairs. What the command line says wins over the file, and
 * what a pair says over what the file says for all of them; patterns to ignore add up, since in
 * them what comes later decides.
 *
 *     { interval: '1m', pairs: [{ source: 'a', replica: 'b' }, { source: 'c', replica: 'd' }] }
 */
export function readPairs(config: unknown, line: Flags, file: ConfigFile): Pairs {
  const { name } = file;
  if (config === undefined) {
    return refuse(`${name}: it has no default export: write export default { pairs: [...] }`);
  }
  if (!isObject(config)) return refuse(`${name}: it is no object: write { "pairs": [...] }`);
  const { pairs, $schema: _schema, ...common } = config;
  if (pairs !== undefined && !(Array.isArray(pairs) && pairs.length > 0 && pairs.every(isObject))) {
    return refuse(`${name}: bad "pairs": write an array of objects, such as `
      + '[{ "source": "project", "replica": "backup/project" }]');
  }
  const all = readEntries(common, { file, at: '' });
  if (!all.ok) return all;

  const read: Pair[] = [];
  let output: Output | undefined;
  for (const [index, one] of (pairs ?? [{}] as readonly object[]).entries()) {
    const place: Place = { file, at: pairs === undefined ? '' : `pairs[${index}]` };
    const own = readEntries(one as { [key: string]: unknown }, place);
    if (!own.ok) return own;

    const flags = together(all.flags, own.flags, line);
    const values = readValues(flags, writtenBy(line, own.flags, place));
    if (!values.ok) return values;
    output ??= values.output;

    const { source, replica } = flags;
    if (typeof source !== 'string' || typeof replica !== 'string') {
      const missing = typeof source === 'string' ? 'replica' : 'source';
      return refuse(`${where(place)}"${missing}" is missing: write the folder that `
        + (missing === 'source' ? 'is read' : 'is made equal to the source'));
    }
    const label = { ...all.written, ...own.written };
    const pair = label.name ?? `${label.source} → ${label.replica}`;
    if (read.some((other) => other.name === pair)) {
      return refuse(`${where(place)}another pair is called ${quoted(pair)}, too: `
        + 'give each a "name" of its own');
    }
    read.push({ name: pair, options: { ...values.options, source, replica } });
  }
  return { ok: true, pairs: read, output: output! };
}

/** Later ones win, but for patterns, which add up. Of --quiet and --verbose the line has both. */
function together(common: Flags, own: Flags, line: Flags): Flags {
  const loud = line['quiet'] === true || line['verbose'] === true
    ? { quiet: undefined, verbose: undefined } : {};
  const given = Object.entries(line).filter(([, value]) =>
    value !== undefined && !(Array.isArray(value) && value.length === 0));
  const ignore = [common, own, line].flatMap((flags) =>
    (flags['ignore'] as readonly string[] | undefined) ?? []);
  return { ...common, ...loud, ...own, ...Object.fromEntries(given), ignore };
}

/** Messages name what the command line says as there, and all else as the file has it. */
const writtenBy = (line: Flags, own: Flags, place: Place): Written => (flag) => {
  if (line[flag] !== undefined || !CONFIG_OPTIONS.has(flag)) return asOption(flag);
  const isOwn = own[flag] !== undefined;
  return { name: `"${flag}"`, place: where(isOwn ? place : { ...place, at: '' }) };
};

/** `fsync.config.json: pairs[1]: `. */
const where = ({ file, at }: Place): string => `${file.name}: ${at === '' ? '' : `${at}: `}`;

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const refuse = (message: string) => ({ ok: false, message }) as const;
