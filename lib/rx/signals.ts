import tty from 'node:tty';

import { Observable } from 'rxjs';

import type { Word } from '../core/options.ts';

/** What this file needs of a process; a seam for tests. */
export interface Machine {
  readonly on: (signal: NodeJS.Signals, listener: () => void) => unknown;
  readonly off: (signal: NodeJS.Signals, listener: () => void) => unknown;
  /** Sends a signal to ourselves. */
  readonly raise: (signal: NodeJS.Signals) => unknown;
  readonly isTerminal: (fd: number) => boolean;
  readonly now: () => number;
}

/** Signals, as the command line needs them. */
export interface Signals {
  /** The words that signals stand for; they are listened to while this is subscribed to. */
  readonly word$: Observable<Word>;
  /** Whether a terminal that we were started with is gone. */
  readonly isTerminalGone: () => boolean;
  /** Ends the process by SIGHUP: with its terminal gone any other end aborts Node. */
  readonly hangUp: () => void;
}

/**
 * Signals as words. INT and TERM: `quit`; a second one leaves at once, by dropping the listener
 * and sending it to ourselves, because process.exit hangs while a worker sits in a blocked call.
 * HUP: `quit` if stdin, stdout or stderr was a terminal when we started, else nothing, so that
 * nohup works (Node resets an inherited SIG_IGN). USR2: `sync`; USR1 opens Node's debugger.
 */
export function createSignals(machine: Machine = MACHINE): Signals {
  // Asked now: once a terminal has hung up, it no longer looks like one.
  const terminals = [0, 1, 2].filter(machine.isTerminal);

  return {
    word$: new Observable((out) => {
      const listeners = listenersOf(machine, terminals.length > 0, (word) => out.next(word));
      for (const [signal, listener] of listeners) machine.on(signal, listener);
      return () => listeners.forEach(([signal, listener]) => machine.off(signal, listener));
    }),
    isTerminalGone: () => terminals.some((fd) => !machine.isTerminal(fd)),
    hangUp: () => machine.raise('SIGHUP'),
  };
}

type Listener = readonly [NodeJS.Signals, () => void];

/** One Ctrl-C under npm or npx comes twice: from the terminal, and passed on by npm. */
const SAME_PRESS_MS = 50;

function listenersOf(
  machine: Machine, hasTerminal: boolean, say: (word: Word) => void,
): readonly Listener[] {
  let asked: { readonly by: NodeJS.Signals; readonly at: number } | undefined;

  const quit = (signal: NodeJS.Signals): Listener => {
    const listener = () => {
      const at = machine.now();
      if (asked === undefined) {
        asked = { by: signal, at };
        say('quit');
      } else if (asked.by !== signal || at - asked.at > SAME_PRESS_MS) {
        machine.off(signal, listener);
        machine.raise(signal);
      }
    };
    return [signal, listener];
  };

  // A closing terminal sends HUP more than once, itself and by the shell: never a second one.
  const hangUp: Listener = ['SIGHUP', () => {
    if (!hasTerminal || asked) return;
    asked = { by: 'SIGHUP', at: machine.now() };
    say('quit');
  }];

  const listeners = [quit('SIGINT'), quit('SIGTERM'), hangUp];
  return process.platform === 'win32' /* it has no such signal */
    ? listeners
    : [...listeners, ['SIGUSR2', () => say('sync')]];
}

const MACHINE: Machine = {
  on: (signal, listener) => process.on(signal, listener),
  off: (signal, listener) => process.off(signal, listener),
  raise: (signal) => process.kill(process.pid, signal),
  isTerminal: (fd) => tty.isatty(fd),
  now: () => performance.now(),
};
