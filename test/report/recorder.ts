import type { Outlet, Terminal } from '../../lib/report/outlet.ts';
import type { Sink } from '../../lib/report/sink.ts';

/** A sink that keeps what is written. */
export interface Recorder extends Sink {
  readonly text: () => string;
  /** Whether the reader keeps up; false is a terminal stopped by Ctrl-S. */
  reads: boolean;
}

export function recorder(): Recorder {
  let text = '';
  const sink: Recorder = {
    reads: true,
    text: () => text,
    write(line, end = '\n') {
      text += line + end;
    },
    isIdle: () => sink.reads,
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
    identity: () => undefined,
  };
  return sink;
}

/** A terminal of some width, in whose foreground we are. */
export const terminalOf = (sink: Sink, columns: number, color = true): Outlet => {
  const terminal: Terminal =
    { columns: () => columns, isOurs: () => true, onTurn: () => () => {} };
  return { sink, color, isTerminal: true, terminal };
};

/** A pipe. */
export const pipeOf = (sink: Sink): Outlet => ({ sink, color: false, isTerminal: false });
