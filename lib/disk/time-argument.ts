import { floorMicros } from '../core/difference.ts';

// Up to libuv 1.51 what is below a microsecond is cut off, towards zero; later it is kept.
const [major = 0, minor = 0] = (process.versions.uv ?? '').split('.').map(Number);
const cutsNanoseconds = major === 1 && minor < 52;

/**
 * A time for fs.utimes and its kin, exact to the microsecond (until the year 2106), and later than
 * the time that was asked for only where no double of that microsecond is not. It must be a string:
 * a negative number would mean "now".
 */
export const timeArgument = (ns: bigint): string =>
  (cutsNanoseconds ? middleOf(ns) : keptOf(ns) ?? middleOf(ns));

/** Node makes a double of it: half a microsecond is added to stay clear of its error. */
function middleOf(ns: bigint): string {
  const floored = floorMicros(ns) * 1_000n;
  return decimal(floored < 0n && cutsNanoseconds ? floored - 500n : floored + 500n);
}

/** Where all is kept that a double can say, steps of 240 ns today, the double is looked for. */
function keptOf(ns: bigint): string | undefined {
  for (const step of [-100n, 100n]) {
    for (let tenths = 0n; tenths < 10n; tenths += 1n) {
      const text = decimal(ns + tenths * step);
      const is = asSet(Number(text));
      if (floorMicros(is) === floorMicros(ns) && (is <= ns || step > 0n)) return text;
    }
  }
  return undefined;
}

/** What libuv makes of a double: uv__fs_to_timespec, as of 1.52. */
function asSet(seconds: number): bigint {
  const whole = Math.trunc(seconds);
  return BigInt(whole) * SECOND + BigInt(Math.trunc((seconds - whole) * 1e9));
}

/** Half a nanosecond beyond, as libuv cuts off what is below one: what it reads, it sets again. */
function decimal(ns: bigint): string {
  const size = ns < 0n ? -ns : ns;
  const fraction = String(size % SECOND).padStart(9, '0');
  return `${ns < 0n ? '-' : ''}${size / SECOND}.${fraction}5`;
}

const SECOND = 1_000_000_000n;
