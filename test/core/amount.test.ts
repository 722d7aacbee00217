import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { parseMaxDelete, parseShare, parseSize, parseWhole } from '../../lib/core/amount.ts';

const size = suite('parseSize');

const sizes: readonly [string, number][] = [
  ['1MiB', 1_048_576],
  ['64KiB', 65_536],
  ['500KB', 500_000],
  ['2MB', 2_000_000],
  ['65536B', 65_536],
  ['65536', 65_536],
  ['1mib', 1_048_576],
  ['1GiB', 1_073_741_824],
];

for (const [text, value] of sizes) {
  size(`reads ${text}`, () => $.equal(parseSize(text), { ok: true, value }));
}

const SIZES = 'a size such as 1MiB or 256KiB';

const noSizes: readonly [string, string][] = [
  ['', `it is empty; write ${SIZES}`],
  ['-1', `it is negative; write ${SIZES}`],
  ['big', `it is not a size; write ${SIZES}`],
  ['1 MiB', `" MiB" is no unit, the units are B, KB, MB, KiB and MiB; write ${SIZES}`],
  ['1M', '"M" may mean two things; write 1MiB or 1MB'],
  ['64k', '"k" may mean two things; write 64KiB or 64KB'],
  ['1.5MiB', `decimals are not understood; write ${SIZES}`],
  ['1toString', `"toString" is no unit, the units are B, KB, MB, KiB and MiB; write ${SIZES}`],
];

for (const [text, reason] of noSizes) {
  size(`refuses ${JSON.stringify(text)}`, () => $.equal(parseSize(text), { ok: false, reason }));
}

size.run();

// ---

const share = suite('parseShare');

const SHARES = 'a percentage such as 1%';

share('reads a percentage, and says what is wrong with another text', () => {
  $.equal(parseShare('0.5%'), { ok: true, value: 0.5 });
  $.equal(parseShare('100%'), { ok: true, value: 100 });
  const reasonOf = (text: string) => (parseShare(text) as { reason?: string }).reason;
  $.is(reasonOf(''), `it is empty; write ${SHARES}`);
  $.is(reasonOf('-1%'), `it is negative; write ${SHARES}`);
  $.is(reasonOf('all'), `it is not a percentage; write ${SHARES}`);
  $.is(reasonOf('5'), 'it has no percent sign; write 5%');
  $.is(reasonOf('101%'), 'it is over 100 %; write 100% or less');
  $.is(reasonOf('0%'), `it is nothing; write ${SHARES}, or leave it out`);
});

share.run();

// ---

const limit = suite('parseMaxDelete');

limit('reads a number of entries', () => {
  $.equal(parseMaxDelete('0'), { ok: true, value: { entries: 0 } });
  $.equal(parseMaxDelete('100'), { ok: true, value: { entries: 100 } });
});

limit('reads a share', () => {
  $.equal(parseMaxDelete('0%'), { ok: true, value: { percent: 0 } });
  $.equal(parseMaxDelete('12.5%'), { ok: true, value: { percent: 12.5 } });
  $.equal(parseMaxDelete('100%'), { ok: true, value: { percent: 100 } });
});

const LIMITS = 'a number of entries such as 100, or a share such as 10%';

const noLimits: readonly [string, string][] = [
  ['', `it is empty; write ${LIMITS}`],
  ['101%', 'it is over 100 %; write 100% or less, or leave it out'],
  ['100.1%', 'it is over 100 %; write 100% or less, or leave it out'],
  ['-1', `it is negative; write ${LIMITS}`],
  ['all', `it is neither a whole number nor a percentage; write ${LIMITS}`],
  ['1.5', `it is neither a whole number nor a percentage; write ${LIMITS}`],
  ['%', `it is neither a whole number nor a percentage; write ${LIMITS}`],
  ['1e3', `it is neither a whole number nor a percentage; write ${LIMITS}`],
  ['9'.repeat(20), 'it is more than can be counted; write a smaller number, or leave it out'],
];

for (const [text, reason] of noLimits) {
  limit(`refuses ${JSON.stringify(text)}`, () =>
    $.equal(parseMaxDelete(text), { ok: false, reason }));
}

limit.run();

// ---

const whole = suite('parseWhole');

whole('reads a number within its bounds, both included', () => {
  $.equal(parseWhole('0', 0, 64), { ok: true, value: 0 });
  $.equal(parseWhole('64', 0, 64), { ok: true, value: 64 });
});

whole('refuses what is out of them, or no whole number', () => {
  const instead = 'write a whole number from 0 to 64';
  $.equal(parseWhole('65', 0, 64), { ok: false, reason: `it is out of range; ${instead}` });
  for (const text of ['x', '', '-1', '1.5', '1e1', '0x10', ' 1', '9'.repeat(30)]) {
    $.equal(parseWhole(text, 0, 64), { ok: false, reason: `it is not a whole number; ${instead}` });
  }
});

whole.run();
