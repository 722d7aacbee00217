import { parseDays, parseMaxDelete, parseShare, parseSize, parseWhole } from '../core/amount.ts';
import { formatDuration, parseDuration } from '../core/duration.ts';
import { DEFAULTS, MOST_CHUNK, MOST_WORKERS } from '../core/options.ts';
import { isFolderPath } from '../report/log-days.ts';
import { commandHook } from './on-sync.ts';
import { quoted } from './quote.ts';
import type { Parsed } from '../core/duration.ts';
import type { Options } from '../core/options.ts';

/** How a reporter is to speak; `logFile` as the user wrote it. */
export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly logFile?: string;
  /** How long the logs of a folder are kept. */
  readonly logKeepMs?: number;
}

/** The flags as meow gives them, by camelCase name. */
export type Flags = Readonly<{ [flag: string]: unknown }>;

/** What the options say, or the one line that says what is wrong with them. */
export type Values =
  | { readonly ok: true; readonly options: Partial<Options>; readonly output: Output;
      /** How long to wait for an answer. */
      readonly timeoutMs: number | undefined }
  | { readonly ok: false; readonly message: string };

/** A flag as a message names it, and where it was found: '' for the command line. */
export type Written = (flag: string) => { readonly name: string; readonly place: string };

/** Checks what the flags say, and turns them into the options of a pass; only what was given. */
export function readValues(flags: Flags, written: Written = asOption): Values {
  const verbose = flags['verbose'] === true;
  const quiet = flags['quiet'] === true;
  if (quiet && verbose) {
    const { place, name } = written('quiet');
    return refuse(`${place}${name} and ${written('verbose').name} contradict each other: `
      + 'give one of them');
  }

  const options: Partial<Options> = {};
  for (const [flag, read] of Object.entries(READERS)) {
    const text = flags[flag];
    if (typeof text !== 'string') continue;

    const parsed = read(text);
    const { place, name } = written(flag);
    if (!parsed.ok) return refuse(`${place}bad ${name} ${quoted(text)}: ${parsed.reason}`);
    Object.assign(options, parsed.value);
  }

  if (options.trashKeepMs !== undefined && options.trash === undefined) {
    const { place, name } = written('trashKeep');
    return refuse(`${place}${name} says how long the trash is kept: `
      + `write ${written('trash').name} FOLDER beside it`);
  }
  const { settleMs = DEFAULTS.settleMs, maxWaitMs = DEFAULTS.maxWaitMs } = options;
  if (settleMs > maxWaitMs) return refuse(settlesTooLate(settleMs, maxWaitMs, written));

  const ignore = flags['ignore'];
  if (Array.isArray(ignore) && ignore.length > 0) Object.assign(options, { ignore });
  for (const flag of SWITCHES) {
    if (flags[flag] === true) Object.assign(options, { [flag]: true });
  }

  const timeout = flags['timeout'];
  const patience = typeof timeout === 'string' ? parseDuration(timeout) : undefined;
  if (patience?.ok === false) return refuse(`bad --timeout ${quoted(timeout as string)}: `
    + patience.reason);

  // The log file tells every entry, so the engine has to say them, whatever the screen shows.
  const logFile = flags['logFile'];
  const isLogged = typeof logFile === 'string';
  if (verbose || isLogged) Object.assign(options, { detail: true });

  const kept = readLogKeep(flags, written);
  if (!kept.ok) return refuse(kept.reason);

  const output = { json: flags['json'] === true, quiet, verbose, ...kept.value };
  return { ok: true, options, output: isLogged ? { ...output, logFile } : output,
    timeoutMs: patience?.value };
}

/** Only a folder has a log a day; whether it is one is looked at, and nothing is made. */
function readLogKeep(
  { logKeep, logFile }: Flags, written: Written,
): Parsed<Pick<Output, 'logKeepMs'>> {
  if (typeof logKeep !== 'string') return { ok: true, value: {} };

  const days = parseDays(logKeep);
  const { place, name } = written('logKeep');
  const say = (reason: string) => ({ ok: false, reason: `${place}${reason}` }) as const;
  if (!days.ok) return say(`bad ${name} ${quoted(logKeep)}: ${days.reason}`);
  const file = written('logFile').name;
  if (typeof logFile !== 'string') {
    return say(`${name} says how long logs are kept: write ${file} FOLDER/ beside it`);
  }
  return isFolderPath(logFile) ? { ok: true, value: { logKeepMs: days.value } }
    : say(`${name} is for a folder with a log a day: write ${file} ${quoted(`${logFile}/`)}`);
}

type Reader = (text: string) => Parsed<Partial<Options>>;

const LEAST_CHUNK = 64 * 1024;

const READERS: Readonly<{ [flag: string]: Reader }> = {
  interval: (text) => (text === 'auto' ? { ok: true, value: { intervalAdapts: true } }
    : into(parseDuration(text), (intervalMs) => ({ intervalMs }))),
  settle: (text) => into(parseDuration(text), (settleMs) => ({ settleMs })),
  maxWait: (text) => into(parseDuration(text), (maxWaitMs) => ({ maxWaitMs })),
  hash: (text) => readHash(text),
  maxDelete: (text) => into(parseMaxDelete(text), (maxDelete) => ({ maxDelete })),
  workers: (text) => into(parseWhole(text, 0, MOST_WORKERS), (workers) => ({ workers })),
  chunkSize: (text) => into(readChunk(text), (chunkBytes) => ({ chunkBytes })),
  scrub: (text) => into(parseShare(text), (scrubPercent) => ({ scrubPercent })),
  trash: (text) => ({ ok: true, value: { trash: text } }),
  trashKeep: (text) => into(parseDays(text), (trashKeepMs) => ({ trashKeepMs })),
  onSync: (text) => readCommand(text),
  stateDir: (text) => ({ ok: true, value: { stateDir: text } }),
};

const SWITCHES = [
  'checksum', 'dryRun', 'approveDeletes', 'gitignore', 'deleteIgnored', 'durable',
] as const;

function readHash(text: string): Parsed<Partial<Options>> {
  return text === 'md5' || text === 'sha1' || text === 'sha256'
    ? { ok: true, value: { hash: text } }
    : { ok: false, reason: 'it is not a hash known here; write md5, sha1 or sha256' };
}

function readCommand(text: string): Parsed<Partial<Options>> {
  return text.trim() === ''
    ? { ok: false, reason: "it is no command; write a line for the shell such as 'make deploy'" }
    : { ok: true, value: { onSync: commandHook(text) } };
}

function readChunk(text: string): Parsed<number> {
  const size = parseSize(text);
  return size.ok && (size.value < LEAST_CHUNK || size.value > MOST_CHUNK)
    ? { ok: false, reason: 'it is out of range; write a size from 64KiB to 64MiB' }
    : size;
}

function settlesTooLate(settleMs: number, maxWaitMs: number, written: Written): string {
  const settle = formatDuration(settleMs);
  const { place, name } = written('settle');
  const maxWait = written('maxWait').name;
  return `${place}${name} ${settle} is longer than ${maxWait} ${formatDuration(maxWaitMs)}, `
    + `so changes would never settle: write ${maxWait} ${settle} or more`;
}

const into = <T>(parsed: Parsed<T>, name: (value: T) => Partial<Options>) =>
  parsed.ok ? { ok: true as const, value: name(parsed.value) } : parsed;

/** On the command line: maxWait is `--max-wait`. */
export const asOption: Written = (flag) => ({
  place: '', name: `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
});

const refuse = (message: string) => ({ ok: false, message }) as const;
