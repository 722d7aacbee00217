import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { afterPass, periodOf, type Rhythm } from '../../lib/core/rhythm.ts';

const S = 1_000;
const MIN = 60_000;
const H = 3_600_000;

const rhythm = (part: Partial<Rhythm>): Rhythm =>
  ({ intervalMs: 10 * MIN, adapts: false, isDeaf: false, passMs: 0, ...part });

const period = suite('periodOf');

for (const [name, part, expected] of [
  ['the interval, while events are heard', {}, 10 * MIN],
  ['whatever a pass takes', { passMs: 5 * MIN }, 10 * MIN],
  ['30 seconds where they are not', { isDeaf: true }, 30 * S],
  ['also where a pass takes a twentieth of it', { isDeaf: true, passMs: 1.5 * S }, 30 * S],
  ['longer where it takes more', { isDeaf: true, passMs: 1.6 * S }, MIN],
  ['the same for passes of about as long', { isDeaf: true, passMs: 2.9 * S }, MIN],
  ['long for long ones', { isDeaf: true, passMs: 10 * S }, 4 * MIN],
  ['never longer than the interval', { isDeaf: true, passMs: H }, 10 * MIN],
  ['nor than a short one', { isDeaf: true, intervalMs: 10 * S }, 10 * S],
] as const) {
  period(name, () => assert.is(periodOf(rhythm(part)), expected));
}

period.run();

// ---

const adapted = suite('afterPass');

/** The interval after each of some passes, in minutes. */
function check(name: string, part: Partial<Rhythm>, missed: (number | undefined)[],
  expected: number[]): void {
  adapted(name, () => {
    let now = rhythm(part);
    const minutes = missed.map((one) => {
      now = afterPass(now, { ms: 200, missed: one });
      return now.intervalMs / MIN;
    });
    assert.equal(minutes, expected);
    assert.is(now.passMs, 200);
  });
}

const auto = { adapts: true };

check('is as asked for unless it adapts', {}, [0, 3, undefined], [10, 10, 10]);
check('is a quarter where a pass found misses, one minute at least', auto,
  [1, 500, 1], [2.5, 1, 1]);
check('is half as long again where it found none, one hour at most', auto,
  [0, 0, 0, 0, 0, 0], [15, 22.5, 33.75, 50.625, 60, 60]);
check('stays where nobody counted', auto, [undefined, undefined], [10, 10]);
check('comes back from each bound', auto, [0, 0, 0, 0, 0, 2, 2, 2, 2, 0],
  [15, 22.5, 33.75, 50.625, 60, 15, 3.75, 1, 1, 1.5]);

adapted.run();
