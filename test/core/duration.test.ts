import fc from 'fast-check';
import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { LONGEST_MS, formatDuration, parseDuration } from '../../lib/core/duration.ts';

const parse = suite('parseDuration');

const read: readonly [string, number][] = [
  ['10m', 600_000],
  ['1h30m', 5_400_000],
  ['1d2h3m4s', 93_784_000],
  ['90s', 90_000],
  ['250ms', 250],
  ['1s500ms', 1_500],
  ['90', 90_000],
  ['1', 1_000],
  ['007m', 420_000],
  ['0h5m', 300_000],
  ['90m', 5_400_000],
  ['24d', LONGEST_MS],
  ['2073600', LONGEST_MS],
];

for (const [text, value] of read) {
  parse(`reads ${text}`, () => $.equal(parseDuration(text), { ok: true, value }));
}

const USUAL = 'a time such as 10m, 1h30m, 90s or 250ms';

const refused: readonly [string, string][] = [
  ['', `it is empty; write ${USUAL}`],
  ['  ', `it is empty; write ${USUAL}`],
  ['0', `it is zero; write ${USUAL}`],
  ['0s', `it is zero; write ${USUAL}`],
  ['0h0m', `it is zero; write ${USUAL}`],
  ['-1', `it is negative; write ${USUAL}`],
  ['-5m', `it is negative; write ${USUAL}`],
  ['soon', `it is not a time; write ${USUAL}`],
  ['m', `it is not a time; write ${USUAL}`],
  ['+5m', `it is not a time; write ${USUAL}`],
  ['1e99', `"e" is no unit, the units are d, h, m, s and ms; write ${USUAL}`],
  ['1w', `"w" is no unit, the units are d, h, m, s and ms; write ${USUAL}`],
  ['10M', `"M" is no unit, the units are d, h, m, s and ms; write ${USUAL}`],
  ['10min', `"min" is no unit, the units are d, h, m, s and ms; write ${USUAL}`],
  ['10m5', `5 has no unit; write ${USUAL}`],
  ['1h1h', `it has the unit h twice; write ${USUAL}`],
  ['1m1h', 'its units are out of order; write 1h1m'],
  ['30s1h', 'its units are out of order; write 1h30s'],
  ['1h 30m', 'it has a space; write 1h30m'],
  ['10 minutes', `it has a space; write ${USUAL}`],
  ['1.5h', 'decimals are not understood; write 1h30m'],
  ['0.25', 'decimals are not understood; write 250ms'],
  ['1,5s', 'decimals are not understood; write 1s500ms'],
  ['25d', 'it is longer than 24 days; write 24d or less'],
  ['24d1ms', 'it is longer than 24 days; write 24d or less'],
  ['999h', 'it is longer than 24 days; write 24d or less'],
  ['9'.repeat(400), 'it is longer than 24 days; write 24d or less'],
];

for (const [text, reason] of refused) {
  parse(`refuses ${JSON.stringify(text.slice(0, 12))}`, () =>
    $.equal(parseDuration(text), { ok: false, reason }));
}

parse('never gives a time that a timer cannot wait for', () => {
  const text = fc.stringMatching(/^[0-9dhms.\- ]{0,12}$/);
  fc.assert(fc.property(text, (written) => {
    const parsed = parseDuration(written);
    return !parsed.ok || (parsed.value >= 1 && parsed.value <= 2 ** 31 - 1);
  }));
});

parse.run();

// ---

const format = suite('formatDuration');

format('writes what is read back as the same time', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: LONGEST_MS }), (ms) => {
    $.equal(parseDuration(formatDuration(ms)), { ok: true, value: ms });
  }));
});

format('leaves out units that are zero', () => {
  $.is(formatDuration(5_400_000), '1h30m');
  $.is(formatDuration(86_400_001), '1d1ms');
  $.is(formatDuration(0), '0s');
});

format.run();
