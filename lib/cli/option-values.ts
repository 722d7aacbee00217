import { parseDays, parseMaxDelete, parseSize, parseWhole } from '../core/amount.ts';
import { formatDuration, parseDuration } from '../core/duration.ts';
import { DEFAULTS } from '../core/options.ts';
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

/** Checks what the flags say, and turns them into the options of a pass; only what was given. */
export function readValues(flags: Flags): Values {
  const verbose = flags['verbose'] === true;
  const quiet = flags['quiet'] === true;
  if (quiet && verbose) {
    return refuse('--quiet and --verbose contradict each other: give one of them');
  }

  const options: Partial<Options> = {};
  for (const [flag, read] of Object.entries(READERS)) {
    const text = flags[flag];
    if (typeof text !== 'string') continue;

    const parsed = read(text);
    if (!parsed.ok) return refuse(`bad ${written(flag)} ${quoted(text)}: ${parsed.reason}`);
    Object.assign(options, parsed.value);
  }

  if (options.trashKeepMs !== undefined && options.trash === undefined) {
    return refuse('--trash-keep says how long the trash is kept: write --trash FOLDER beside it');
  }
  const { settleMs = DEFAULTS.settleMs, maxWaitMs = DEFAULTS.maxWaitMs } = options;
  if (settleMs > maxWaitMs) return refuse(settlesTooLate(settleMs, maxWaitMs));

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

  const kept = readLogKeep(flags);
  if (!kept.ok) return refuse(kept.reason);

  const output = { json: flags['json'] === true, quiet, verbose, ...kept.value };
  return { ok: true, options, output: isLogged ? { ...output, logFile } : output,
    timeoutMs: patience?.value };
}

/** Only a folder has a log a day; whether it is one is looked at, and nothing is made. */
function readLogKeep({ logKeep, logFile }: Flags): Parsed<Pick<Output, 'logKeepMs'>> {
  if (typeof logKeep !== 'string') return { ok: true, value: {} };

  const days = parseDays(logKeep);
  if (!days.ok) return { ok: false, reason: `bad --log-keep ${quoted(logKeep)}: ${days.reason}` };
  const say = (reason: string) => ({ ok: false, reason }) as const;
  if (typeof logFile !== 'string') {
    return say('--log-keep says how long logs are kept: write --log-file FOLDER/ beside it');
  }
  return isFolderPath(logFile) ? { ok: true, value: { logKeepMs: days.value } }
    : say(`--log-keep is for a folder with a log a day: write --log-file ${quoted(`${logFile}/`)}`);
}

type Reader = (text: string) => Parsed<Partial<Options>>;

const LEAST_CHUNK = 64 * 1024;
const MOST_CHUNK = 64 * 1024 * 1024;

const READERS: Readonly<{ [flag: string]: Reader }> = {
  interval: (text) => (text === 'auto' ? { ok: true, value: { intervalAdapts: true } }
    : into(parseDuration(text), (intervalMs) => ({ intervalMs }))),
  settle: (text) => into(parseDuration(text), (settleMs) => ({ settleMs })),
  maxWait: (text) => into(parseDuration(text), (maxWaitMs) => ({ maxWaitMs })),
  hash: (text) => readHash(text),
  maxDelete: (text) => into(parseMaxDelete(text), (maxDelete) => ({ maxDelete })),
  workers: (text) => into(parseWhole(text, 0, 64), (workers) => ({ workers })),
  chunkSize: (text) => into(readChunk(text), (chunkBytes) => ({ chunkBytes })),
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

function settlesTooLate(settleMs: number, maxWaitMs: number): string {
  const settle = formatDuration(settleMs);
  return `--settle ${settle} is longer than --max-wait ${formatDuration(maxWaitMs)}, `
    + `so changes would never settle: write --max-wait ${settle} or more`;
}

const into = <T>(parsed: Parsed<T>, name: (value: T) => Partial<Options>) =>
  parsed.ok ? { ok: true as const, value: name(parsed.value) } : parsed;

/** The flag as it is written: maxWait is `--max-wait`. */
const written = (flag: string): string =>
  `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

const refuse = (message: string) => ({ ok: false, message }) as const;
