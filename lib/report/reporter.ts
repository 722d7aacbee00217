import type { PairEvent, SyncEvent } from '../core/event.ts';
import type { FileIdentity } from './channel.ts';
import { createFold, type Fold } from './fold.ts';
import { droppedJsonLine } from './json.ts';
import { NO_CONTEXT, line, type Context, type Level } from './line.ts';
import { createLogFile } from './log-file.ts';
import { createOutlet, leadToSame, type Outlet } from './outlet.ts';
import { createProgress, type Progress } from './progress.ts';
import { createScreen } from './screen.ts';
import { droppedText, type Sink, type SinkOptions } from './sink.ts';
import { mostUrgent, type Part } from './status-line.ts';
import { datedStyle, pairPrefix, paintPart, shortStyle, type Style } from './style.ts';
import { jsonTeller, textTeller, type Teller } from './teller.ts';
import { textLine } from './text.ts';

/** What the command line says of output; the rest stands in for the world in tests. */
export interface ReporterOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly logFile?: string | undefined;
  /** How long the logs of a folder are kept; undefined: for ever. */
  readonly logKeepMs?: number | undefined;
  readonly stdout?: Outlet;
  readonly stderr?: Outlet;
  readonly now?: () => Date;
}

/** The only part of fsync that prints. */
export interface Reporter {
  report(event: PairEvent): void;
  /** Whether it shows how far passes are. */
  readonly hasBar: boolean;
  /** Somebody typed a line on the terminal. */
  typed(): void;
  /** What was told leaves now, as far as it can. */
  flush(): void;
  /** Resolves once all is told, it cannot be, or nobody took it for so long. */
  close(timeoutMs?: number): Promise<void>;
  /** The files it writes at present: to be asked anew at each pass, for logs are rotated. */
  outputs(): readonly FileIdentity[];
}

/** Tells events to people and scripts: on stdout, refusals on stderr, and all in the log file. */
export function createReporter(options: ReporterOptions): Reporter {
  const { json, quiet, verbose, now = () => new Date() } = options;
  const { stdout, stderr, log } = openOutputs(options, now, tellTrouble);
  const screen = stdout.terminal === undefined || json || quiet ? undefined
    : createScreen(stdout.sink, stdout.terminal, stdout.color ? paintPart : undefined);
  const clock = (): number => now().getTime();
  const voices = new Map<string | undefined, Voice>();

  const print = (text: string): void => (screen ?? stdout.sink).write(text);
  const printError = stderr === stdout ? print : (text: string): void => stderr.sink.write(text);
  const lowest: Level = quiet ? 'log' : verbose || json ? 'debug' : 'info';
  const tellOut = json ? jsonTeller(lowest, print) : textTeller(lowest, styleOf(stdout), print);
  /** Not in between the JSON, which has it as well. */
  const isPlainError = !json || stderr !== stdout;
  const tellError = textTeller('warn', styleOf(stderr), printError);
  const tellLog = logTeller(log, json);
  const sinks = new Set([stdout.sink, stderr.sink, ...(log === undefined ? [] : [log])]);

  return {
    hasBar: screen !== undefined,
    report(event) {
      const voice = voiceOf(event.pair);
      if (event.kind === 'started') voice.context = event;
      const told = textLine(event, voice.context);
      const date = now();
      // Before the line, which draws below it what is true by then.
      const status = voice.progress(event);
      if (status !== undefined) showStatus(event.pair, { ...voice, status });

      for (const shown of voice.fold?.(event, told) ?? [told]) {
        if (json || shown?.level !== 'error') tellOut(event, shown, date);
        if (shown?.level === 'error' && isPlainError) tellError(event, shown, date);
      }
      if (!FLEETING.has(event.kind)) tellLog(event, told, date);
    },

    typed: () => screen?.typed(),
    flush: () => sinks.forEach((sink) => void sink.flush(0)),

    async close(timeoutMs = Infinity) {
      screen?.close();
      await Promise.all([...sinks].map((sink) => sink.close(timeoutMs)));
    },

    outputs: () => [stdout.sink, stderr.sink, log]
      .map((sink) => sink?.identity()).filter((identity) => identity !== undefined),
  };

  /** Of several pairs the one to tell something last comes last. */
  function showStatus(pair: string | undefined, voice: Voice): void {
    voices.delete(pair);
    voices.set(pair, voice);
    const lines = [...voices].map(([of, { status }]) => namedParts(of, status));
    screen?.status(mostUrgent(lines));
  }

  function voiceOf(pair: string | undefined): Voice {
    const known = voices.get(pair);
    if (known !== undefined) return known;
    const voice: Voice = {
      context: NO_CONTEXT, progress: createProgress(clock), status: [],
      fold: screen === undefined || verbose ? undefined : createFold(clock),
    };
    voices.set(pair, voice);
    return voice;
  }

  /** An output in trouble is told through the others: stderr, JSON on stdout, the log. */
  function tellTrouble(output: OutputName, reason: string): void {
    const name = output === 'log' ? options.logFile : output;
    const text = `cannot write to ${name}: ${reason}; `
      + 'mirroring goes on, lines wait for a later try, and are lost where fsync ends before';
    const event = { kind: 'notice', level: 'warn', code: 'output-trouble', text } as const;
    const told = textLine(event, NO_CONTEXT);

    if (output !== 'stderr' && isPlainError) tellError(event, told, now());
    if (output !== 'stdout' && json) tellOut(event, told, now());
    if (output !== 'log') tellLog(event, told, now());
  }
}

/** How things stand just now: a log is for what was. */
const FLEETING: ReadonlySet<SyncEvent['kind']> = new Set(['progress', 'settling']);

/** What is remembered of one pair. */
interface Voice {
  context: Context;
  readonly progress: Progress;
  readonly status: readonly Part[];
  readonly fold: Fold | undefined;
}

/** Each pair's part of the status line says whose it is. */
function namedParts(pair: string | undefined, parts: readonly Part[]): readonly Part[] {
  if (pair === undefined || parts.length === 0) return parts;
  return [{ text: pairPrefix(pair).trim(), rank: 0.5 }, ...parts];
}

type OutputName = 'stdout' | 'stderr' | 'log';

interface Outputs {
  readonly stdout: Outlet;
  readonly stderr: Outlet;
  readonly log: Sink | undefined;
}

/** stdout and stderr are one where they lead to the same, so that their lines keep their order. */
function openOutputs(
  { json, logFile, logKeepMs, stdout, stderr }: ReporterOptions,
  now: () => Date,
  tellTrouble: (output: OutputName, reason: string) => void,
): Outputs {
  const sinkOptions = (output: OutputName): SinkOptions => ({
    dropped: (lines) => (json && output !== 'stderr'
      ? droppedJsonLine(lines, now())
      : datedStyle(false)(line('warn', droppedText(lines)), now())),
    onTrouble: (reason) => tellTrouble(output, reason),
  });

  const out = stdout ?? createOutlet(1, sinkOptions('stdout'));
  return {
    stdout: out,
    stderr: stderr ?? (leadToSame(1, 2) ? out : createOutlet(2, sinkOptions('stderr'))),
    log: logFile === undefined ? undefined : createLogFile(logFile,
      { ...sinkOptions('log'), gathers: true, now, keepMs: logKeepMs }),
  };
}

const styleOf = ({ isTerminal, color }: Outlet): Style =>
  isTerminal ? shortStyle(color) : datedStyle(color);

/** The log file is told everything, in every detail. */
function logTeller(log: Sink | undefined, json: boolean): Teller {
  if (log === undefined) return () => {};
  const print = (text: string): void => log.write(text);
  return json ? jsonTeller('debug', print) : textTeller('debug', datedStyle(false), print);
}
