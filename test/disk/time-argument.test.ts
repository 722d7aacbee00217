import { lstatSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { floorMicros } from '../../lib/core/difference.ts';
import { timeArgument } from '../../lib/disk/time-argument.ts';
import { tempFolder } from '../support/temp.ts';

const time = suite('timeArgument');
const at = join(tempFolder(), 'time');
writeFileSync(at, '');
const afterwards = (ns: bigint): bigint => {
  utimesSync(at, timeArgument(ns), timeArgument(ns));
  return lstatSync(at, { bigint: true }).mtimeNs;
};
time('is exact to the microsecond for any time from 1902 to 2038', () => {
  fc.assert(fc.property(fc.bigInt(-(2n ** 31n) * 10n ** 9n, 2n ** 31n * 10n ** 9n), (ns) => {
    assert.is(floorMicros(afterwards(ns)), floorMicros(ns), String(ns));
  }), { numRuns: 3_000 });
});
time('is exact at the edges, around zero, and until 2106', () => {
  const second = 10n ** 9n;
  for (const ns of [0n, 1n, -1n, 999n, -999n, -1_000n, second - 1n, -second, -second - 1n,
    -second + 1n, 2n ** 32n * second - 1n, -304_541_694_012_345_679n]) {
    assert.is(floorMicros(afterwards(ns)), floorMicros(ns), String(ns));
  }
});
time('is stable: setting what was read changes nothing', () => {
  fc.assert(fc.property(fc.bigInt(-(10n ** 18n), 2n * 10n ** 18n), (ns) => {
    const once = afterwards(ns);
    assert.is(afterwards(once), once);
  }), { numRuns: 500 });
});
time('is not later than was asked for, if there is such a double in its microsecond', () => {
  const STEP = 240n;
  fc.assert(fc.property(fc.bigInt(0n, 2n ** 31n * 10n ** 9n), (ns) => {
    const late = afterwards(ns) - ns;
    assert.ok(late <= 0n || (late < STEP && ns % 1_000n < STEP), String(ns));
  }), { numRuns: 3_000 });
});
time('is exact for what has no fraction, as archives have it', () => {
  for (const second of [0n, 1n, -1n, 1_795_471_675n]) {
    assert.is(afterwards(second * 10n ** 9n), second * 10n ** 9n);
  }
});
time.run();
