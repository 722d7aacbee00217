import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { tempFolder, until } from './temp.ts';

const CLI = fileURLToPath(new URL('../../cli.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');

interface CliOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Where the user's state folder is; a fresh one, unless two commands are to share it. */
  readonly home?: string;
  /** Arguments of node, before the script. */
  readonly node?: readonly string[];
  /** Another script than the source: see built.ts. */
  readonly script?: string;
  /** A command line to run it under, such as `['setpriv', '--reuid=1000']`. */
  readonly under?: readonly string[];
  /** Redirections of a shell that it replaces, such as `</dev/null >/dev/full`. */
  readonly redirect?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running fsync, and what it has said so far. */
export interface Cli {
  readonly pid: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly exited: Promise<Exit>;
  /** Whether it has ended. */
  isOver(): boolean;
  /** The first line of either stream that matches; lines before the call count unless `after`. */
  untilLine(pattern: RegExp, options?: { timeoutMs?: number; after?: number }): Promise<string>;
  /** How many lines there are: what `after` of a later `untilLine` takes. */
  mark(): number;
  /** Writes to its stdin, which is a pipe. */
  say(text: string): void;
  /** Sends a signal, and waits until it ended. */
  kill(signal?: NodeJS.Signals): Promise<Exit>;
}

/**
 * Starts `fsync ARGS` from the source, with a state folder of its own. It is killed when the test's
 * process ends, so a failing test leaves nothing running.
 */
export function startCli(args: readonly string[], options: CliOptions = {}): Cli {
  const home = options.home ?? tempFolder();
  const [command = '', ...rest] = [
    ...(options.under ?? []),
    ...(options.redirect === undefined ? [] : ['bash', '-c', `exec "$0" "$@" ${options.redirect}`]),
    process.execPath, ...(options.node ?? []),
    ...(options.script === undefined ? ['--import', TSX, CLI] : [options.script]), ...args,
  ];
  const child = spawn(command, rest, {
    cwd: options.cwd ?? home,
    env: { ...process.env, HOME: home, XDG_STATE_HOME: `${home}/state`,
      XDG_RUNTIME_DIR: home, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });

  const killAtEnd = (): void => void child.kill('SIGKILL');
  process.once('exit', killAtEnd);
  const lines: string[] = [];
  const stdout: string[] = [];
  const stderr: string[] = [];
  collect(child.stdout, stdout, lines);
  collect(child.stderr, stderr, lines);
  // It may be gone when we write to it.
  child.stdin.on('error', () => {});

  let isOver = false;
  const exited = new Promise<Exit>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      isOver = true;
      process.off('exit', killAtEnd);
      resolve({ code, signal });
    });
  });
  const said = (): string => `fsync ${args.join(' ')} said:\n${lines.join('\n')}`;

  return {
    pid: child.pid ?? 0, stdout, stderr, exited,
    isOver: () => isOver,
    mark: () => lines.length,
    say: (text) => void child.stdin.write(text),
    async untilLine(pattern, { timeoutMs = 60_000, after = 0 } = {}) {
      const find = (): string | undefined => lines.slice(after).find((line) => pattern.test(line));
      try {
        await until(() => find() !== undefined || isOver, { timeoutMs });
      } catch {
        throw new Error(`no line ${pattern} within ${timeoutMs} ms; ${said()}`);
      }
      const line = find();
      if (line === undefined) throw new Error(`ended without a line ${pattern}; ${said()}`);
      return line;
    },
    kill(signal = 'SIGTERM') {
      child.kill(signal);
      return exited;
    },
  };
}

/** Runs `fsync ARGS` to its end, which comes by itself. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<
  Exit & { readonly stdout: string; readonly stderr: string }
> {
  const cli = startCli(args, options);
  const exit = await cli.exited;
  return { ...exit, stdout: cli.stdout.join('\n'), stderr: cli.stderr.join('\n') };
}

function collect(stream: NodeJS.ReadableStream, own: string[], all: string[]): void {
  const take = (line: string): void => {
    own.push(line);
    all.push(line);
  };
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    parts.forEach(take);
  });
  stream.on('end', () => {
    if (rest !== '') take(rest);
  });
}
