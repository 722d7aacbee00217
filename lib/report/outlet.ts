import fs from 'node:fs';
import tty from 'node:tty';
import { createSink, type Sink, type SinkOptions } from './sink.ts';
import { wantsColor } from './style.ts';

/** A sink, and what may be written to it. */
export interface Outlet {
  readonly sink: Sink;
  readonly color: boolean;
  readonly isTerminal: boolean;
  /** The width of a terminal that can redraw a line; else undefined. */
  readonly columns?: () => number;
}

/** The outlet of an open descriptor. */
export function createOutlet(fd: number, options: SinkOptions, env = process.env): Outlet {
  const isTerminal = tty.isatty(fd);
  const outlet = { sink: createSink(fd, options), color: wantsColor(isTerminal, env), isTerminal };
  return isTerminal && env['TERM'] !== 'dumb' ? { ...outlet, columns: widthOf(fd) } : outlet;
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
function widthOf(fd: number): () => number {
  const stream = fd === 2 ? process.stderr : process.stdout;
  stream.on('error', () => {});
  return () => stream.columns || 80;
}
