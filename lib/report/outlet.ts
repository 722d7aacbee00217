import fs from 'node:fs';
import tty from 'node:tty';
import { isForeground } from '../core/foreground.ts';
import { createSink, type Sink, type SinkOptions } from './sink.ts';
import { wantsColor } from './style.ts';

/** A sink, and what may be written to it. */
export interface Outlet {
  readonly sink: Sink;
  readonly color: boolean;
  readonly isTerminal: boolean;
  /** A terminal that can redraw a line; else undefined. */
  readonly terminal?: Terminal;
}

/** What happens to a terminal: it got another size, or we go on after we were stopped. */
export type Turn = 'resized' | 'continued';

/** What drawing on a terminal needs to know of it. */
export interface Terminal {
  columns(): number;
  /** Whether we are in its foreground: else the line at its cursor is another program's. */
  isOurs(): boolean;
  /** Tells of turns until the function it returns is called. */
  onTurn(listener: (turn: Turn) => void): () => void;
}

/** The outlet of an open descriptor. */
export function createOutlet(fd: number, options: SinkOptions, env = process.env): Outlet {
  const isTerminal = tty.isatty(fd);
  // What is drawn on a terminal is drawn at once.
  const sink = createSink(fd, { ...options, gathers: !isTerminal });
  const outlet = { sink, color: wantsColor(isTerminal, env), isTerminal };
  return isTerminal && env['TERM'] !== 'dumb' ? { ...outlet, terminal: terminalOf(fd) } : outlet;
}

/** Whether two descriptors lead to the same: then one outlet keeps the order of their lines. */
export function leadToSame(fd: number, other: number): boolean {
  try {
    const [a, b] = [fs.fstatSync(fd, { bigint: true }), fs.fstatSync(other, { bigint: true })];
    return a.dev === b.dev && a.ino === b.ino;
  } catch {
    return false;
  }
}

/** Node keeps the width up to date on SIGWINCH, with an error once the terminal is gone. */
function terminalOf(fd: number): Terminal {
  const stream = fd === 2 ? process.stderr : process.stdout;
  stream.on('error', () => {});
  return {
    columns: () => stream.columns || 80,
    isOurs,
    onTurn(listener) {
      const resized = (): void => listener('resized');
      const continued = (): void => listener('continued');
      stream.on('resize', resized);
      process.on('SIGCONT', continued);
      return () => {
        stream.off('resize', resized);
        process.off('SIGCONT', continued);
      };
    },
  };
}

/** Where there is no /proc nobody can tell, and the line is drawn. */
function isOurs(): boolean {
  try {
    return isForeground(fs.readFileSync('/proc/self/stat', 'latin1'));
  } catch {
    return true;
  }
}
