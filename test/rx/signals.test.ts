import { EventEmitter } from 'node:events';

import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { createSignals } from '../../lib/rx/signals.ts';
import type { Machine, Signals } from '../../lib/rx/signals.ts';

interface Stage {
  readonly signals: Signals;
  readonly said: string[];
  readonly raised: string[];
  readonly listeners: (signal: string) => number;
  /** A signal comes, so many milliseconds after the one before. */
  readonly send: (signal: string, afterMs?: number) => void;
  readonly loseTerminals: () => void;
  readonly leave: () => void;
}

function stage(terminals: readonly number[]): Stage {
  const emitter = new EventEmitter();
  const raised: string[] = [];
  const said: string[] = [];
  let now = 0;
  let there = terminals;

  const machine: Machine = {
    on: (signal, listener) => emitter.on(signal, listener),
    off: (signal, listener) => emitter.off(signal, listener),
    // Raised with a listener in place, a signal would only come back to us.
    raise: (signal) =>
      raised.push(emitter.listenerCount(signal) === 0 ? signal : `caught ${signal}`),
    isTerminal: (fd) => there.includes(fd),
    now: () => now,
  };
  const signals = createSignals(machine);
  const subscription = signals.word$.subscribe((word) => said.push(word));

  return {
    signals, said, raised,
    listeners: (signal) => emitter.listenerCount(signal),
    send(signal, afterMs = 1_000) {
      now += afterMs;
      emitter.emit(signal);
    },
    loseTerminals: () => (there = []),
    leave: () => subscription.unsubscribe(),
  };
}

const listen = suite('createSignals');

for (const signal of ['SIGINT', 'SIGTERM']) {
  listen(`takes ${signal} for quit, and leaves at once at the second`, () => {
    const { said, raised, send } = stage([]);
    send(signal);
    $.equal([said, raised], [['quit'], []]);
    send(signal);
    $.equal([said, raised], [['quit'], [signal]]);
  });
}

listen('leaves at once at a second signal of another kind', () => {
  const { said, raised, send } = stage([]);
  send('SIGTERM');
  send('SIGINT', 10);
  $.equal([said, raised], [['quit'], ['SIGINT']]);
});

listen('takes one key press that comes twice for one', () => {
  const { raised, send } = stage([0]);
  send('SIGINT');
  send('SIGINT', 20);
  $.equal(raised, []);
  send('SIGINT', 200);
  $.equal(raised, ['SIGINT']);
});

listen('takes SIGHUP for quit while any stream is a terminal, and never as a second signal', () => {
  const { said, raised, send } = stage([2]);
  send('SIGHUP');
  send('SIGHUP');
  $.equal([said, raised], [['quit'], []]);
});

listen('ignores SIGHUP without a terminal, as under nohup', () => {
  const { said, raised, send, listeners } = stage([]);
  send('SIGHUP');
  $.equal([said, raised], [[], []]);
  $.is(listeners('SIGHUP'), 1);
});

listen('takes SIGUSR2 for sync, any number of times', () => {
  const { said, send } = stage([]);
  send('SIGUSR2');
  send('SIGUSR2', 0);
  $.equal(said, ['sync', 'sync']);
});

listen('knows when its terminal is gone, and hangs up by a signal that nobody catches', () => {
  const { signals, raised, send, loseTerminals, leave } = stage([0, 1]);
  $.is(signals.isTerminalGone(), false);

  loseTerminals();
  send('SIGHUP');
  $.is(signals.isTerminalGone(), true);

  leave();
  signals.hangUp();
  $.equal(raised, ['SIGHUP']);
});

listen('never had a terminal to lose without one', () => {
  $.is(stage([]).signals.isTerminalGone(), false);
});

listen('drops its listeners when nobody listens', () => {
  const { leave, listeners } = stage([0]);
  const all = () => ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'].map(listeners);
  $.equal(all(), [1, 1, 1, 1]);
  leave();
  $.equal(all(), [0, 0, 0, 0]);
});

listen.run();
