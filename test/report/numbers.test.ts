import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { count, duration, grouped, size } from '../../lib/report/numbers.ts';

const numbers = suite('count, grouped, size');

numbers('has one of one, and several of none', () => {
  $.is(count(1, 'entry', 'entries'), '1 entry');
  $.is(count(0, 'entry', 'entries'), '0 entries');
  $.is(count(5_144, 'file'), '5,144 files');
});

numbers('groups digits', () => $.is(grouped(1_234_567), '1,234,567'));

numbers('writes sizes with at most one decimal', () => {
  $.is(size(0), '0 B');
  $.is(size(1_234), '1.2 kB');
  $.is(size(60_000_000), '60 MB');
});

numbers.run();

// ---

const time = suite('duration');

const durations: readonly [number, string][] = [
  [0, '0 ms'], [12.4, '12 ms'], [999.4, '999 ms'], [999.6, '1 s'], [1_340, '1.3 s'],
  [9_960, '10 s'], [59_700, '1 min'], [65_000, '1 min 5 s'], [600_000, '10 min'],
  [3_599_800, '1 h'], [5_400_000, '1 h 30 min'], [86_400_000, '1 d'], [97_200_000, '1 d 3 h'],
];

for (const [ms, text] of durations) {
  time(`writes ${ms} ms as ${text}`, () => $.is(duration(ms), text));
}

time.run();
