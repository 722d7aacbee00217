import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import type { SyncEvent } from '../../lib/core/event.ts';
import { createFold } from '../../lib/report/fold.ts';
import { NO_CONTEXT } from '../../lib/report/line.ts';
import { textLine } from '../../lib/report/text.ts';

const copied = (path: string): SyncEvent =>
  ({ kind: 'operation-done', operation: 'copy', path, type: 'file', bytes: 1 });
const planned = (path: string): SyncEvent =>
  ({ kind: 'operation-done', operation: 'copy', path, type: 'file', bytes: 1, dryRun: true });
const failed = (path: string): SyncEvent => ({ kind: 'problem', path, code: 'x', action: 'read' });
const FINISHED: SyncEvent = {
  kind: 'pass-finished', pass: 1, scope: 'full', reason: 'start', quiet: false, bytes: 0, ms: 1,
  counts: { copied: 30, folders: 0, renamed: 0, linked: 0, set: 0, removed: 0 }, checked: 1,
  problems: 0, held: 0, missed: 0, dryRun: false,
};
const times = (n: number, event: (path: string) => SyncEvent): SyncEvent[] =>
  Array.from({ length: n }, (_, at) => event(String(at)));

interface Terminal {
  readonly tell: (events: readonly SyncEvent[]) => string[];
  nowMs: number;
}

function terminal(): Terminal {
  const self = { nowMs: 0 };
  const fold = createFold(() => self.nowMs);
  return Object.assign(self, {
    tell: (events: readonly SyncEvent[]) => events
      .flatMap((event) => fold(event, textLine(event, NO_CONTEXT))).map(({ text }) => text),
  });
}

const fold = suite('createFold');

const SUMMARY = 'full pass: 30 copied in 1 ms';

fold('shows all of what is little', () => {
  $.equal(terminal().tell([...times(3, copied), FINISHED]),
    ['copied 0 (1 B)', 'copied 1 (1 B)', 'copied 2 (1 B)', SUMMARY]);
});

fold('shows the first of a burst, and at the end how many more there were', () => {
  const lines = terminal().tell([...times(3_000, copied), FINISHED]);
  $.equal(lines.slice(8), ['copied 8 (1 B)', 'copied 9 (1 B)', '… and 2,990 more operations',
    SUMMARY]);
});

fold('counts problems apart', () => {
  const lines = terminal().tell([...times(12, copied), ...times(3, failed), FINISHED]);
  $.equal(lines.slice(10), ['… and 2 more operations', '… and 3 more problems', SUMMARY]);
});

fold('hides no single line behind one that counts it', () => {
  const lines = terminal().tell([...times(11, copied), ...times(1, failed), FINISHED]);
  $.equal(lines.slice(10), ['copied 10 (1 B)', 'cannot read 0: x', SUMMARY]);
});

fold('counts anew after a pass', () => {
  const { tell } = terminal();
  tell([...times(30, copied), FINISHED]);
  $.equal(tell([FINISHED]), [SUMMARY]);
});

fold('shows two a second of what goes on and on', () => {
  const shell = terminal();
  shell.tell([...times(30, copied), FINISHED]);
  shell.nowMs += 1_000;
  $.equal(shell.tell([...times(4, copied), FINISHED]),
    ['copied 0 (1 B)', 'copied 1 (1 B)', '… and 2 more operations', SUMMARY]);
  shell.nowMs += 60_000;
  $.is(shell.tell([...times(30, copied), FINISHED]).length, 12);
});

fold('lets a small pass beside a long one hide nothing of that', () => {
  const { tell } = terminal();
  tell(times(30, copied));
  $.equal(tell([{ ...FINISHED, aside: true } as SyncEvent]), [SUMMARY]);
  $.equal(tell([FINISHED]), ['… and 20 more operations', SUMMARY]);
});

fold('tells of what it hid also where the pass breaks off', () => {
  const { tell } = terminal();
  tell(times(12, copied));
  $.equal(tell([{ kind: 'stopped', reason: 'quit' }]),
    ['… and 2 more operations', 'stopped: quit']);
});

fold('hides nothing of a plan, which was asked for', () => {
  $.is(terminal().tell(times(50, planned)).length, 50);
});

fold.run();
