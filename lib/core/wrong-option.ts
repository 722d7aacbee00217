import { LONGEST_MS } from './duration.ts';
import { DEFAULTS, MOST_CHUNK, MOST_WORKERS, type Options } from './options.ts';

/**
 * What is wrong with options as a program gives them, in one line with what to give instead: the
 * first that is none, or whose value no pass could work with. Undefined where nothing is.
 */
export function wrongOption(asked: object): string | undefined {
  const options: Readonly<Record<string, unknown>> = { ...DEFAULTS, ...asked };
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(CHECKS, name));
  if (unknown !== undefined) return `there is no option ${unknown}: the types name those there are`;
  for (const [name, [wanted, isRight]] of Object.entries(CHECKS)) {
    const value = options[name];
    if (!isRight(value)) return `the option ${name} is ${shown(value)}: give ${wanted}`;
  }
  return undefined;
}

/** What is wanted, and whether a value is that. */
type Check = readonly [wanted: string, isRight: (value: unknown) => boolean];

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

const isNumber = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'number' && value >= least && value <= most;

const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && isNumber(value, least, most);

/** Undefined is what it means where nothing is asked for. */
const orNothing = ([wanted, isRight]: Check): Check =>
  [`${wanted}, or leave it out`, (value) => value === undefined || isRight(value)];

const FOLDER: Check = ['the path of a folder', isText];
const SWITCH: Check = ['true or false', (value) => typeof value === 'boolean'];
const FUNCTION: Check = ['a function', (value) => typeof value === 'function'];

/** Times of more than 24 days fire at once. */
const TIME: Check =
  [`milliseconds, ${LONGEST_MS} at most`, (value) => isNumber(value, 0, LONGEST_MS)];

function isLimit(value: unknown): boolean {
  const { entries, percent } = Object(value) as Readonly<Record<string, unknown>>;
  return percent === undefined ? isWhole(entries, 0, Number.MAX_SAFE_INTEGER)
    : entries === undefined && isNumber(percent, 0, 100);
}

const CHECKS: Readonly<Record<keyof Options, Check>> = {
  source: FOLDER,
  replica: FOLDER,
  intervalMs: ['milliseconds, more than 0', (value) => isNumber(value, 1, LONGEST_MS)],
  intervalAdapts: SWITCH,
  settleMs: TIME,
  maxWaitMs: TIME,
  hash: ["'md5', 'sha1' or 'sha256'", (value) => /^(md5|sha1|sha256)$/.test(String(value))],
  checksum: SWITCH,
  scrubPercent: orNothing(['a number from 0 to 100', (value) => isNumber(value, 0, 100)]),
  dryRun: SWITCH,
  maxDelete: orNothing(['{ entries: 100 } or { percent: 20 }', isLimit]),
  approveDeletes: SWITCH,
  ignore: ['a list of patterns', (value) =>
    Array.isArray(value) && value.every((one) => typeof one === 'string')],
  gitignore: SWITCH,
  deleteIgnored: SWITCH,
  trash: orNothing(FOLDER),
  trashKeepMs: orNothing(['milliseconds, more than 0', (value) => isNumber(value, 1, Infinity)]),
  durable: SWITCH,
  workers: orNothing([`a whole number from 0 to ${MOST_WORKERS}`, (value) =>
    isWhole(value, 0, MOST_WORKERS)]),
  chunkBytes: ['a whole number of bytes, 64 MiB at most', (value) => isWhole(value, 1, MOST_CHUNK)],
  stateDir: orNothing(FOLDER),
  events: SWITCH,
  measure: SWITCH,
  onSync: orNothing(FUNCTION),
  detail: SWITCH,
  outputs: FUNCTION,
};

/** As a person would write it, in one line. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60));
  if (Array.isArray(value)) return 'a list that is not of texts only';
  return typeof value === 'object' && value !== null ? 'an object of another kind' : String(value);
}
