import type { Parsed } from './duration.ts';
import type { MaxDelete } from './options.ts';

const UNITS: Readonly<{ [unit: string]: number }> = {
  '': 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30,
};

/**
 * Reads a number of bytes; a bare number is bytes, units are read in any case.
 *
 *     '1MiB' → 1048576    '500KB' → 500000    '65536' → 65536
 *     '1M', '1.5MiB', '-1', 'big' → refused, each with its reason
 */
export function parseSize(text: string): Parsed<number> {
  if (text.trim() === '') return refuse('it is empty', SIZES);
  if (/^[-\u2212]/.test(text)) return refuse('it is negative', SIZES);
  if (/^\d*[.,]\d+\D*$/.test(text)) return refuse('decimals are not understood', SIZES);

  const parts = /^(\d+)(\D*)$/.exec(text);
  if (!parts) return refuse('it is not a size', SIZES);

  const [, count = '', unit = ''] = parts;
  if (/^[kmg]$/i.test(unit)) {
    const letter = unit.toUpperCase();
    return refuse(`"${unit}" may mean two things`, `${count}${letter}iB or ${count}${letter}B`);
  }
  const factor = Object.hasOwn(UNITS, unit.toLowerCase()) ? UNITS[unit.toLowerCase()] : undefined;
  if (factor === undefined) {
    return refuse(`"${unit}" is no unit, the units are B, KB, MB, KiB and MiB`, SIZES);
  }
  return { ok: true, value: Number(count) * factor };
}

/** Reads a number of days into milliseconds: `30d` is 2592000000. */
export function parseDays(text: string): Parsed<number> {
  const [, days = '0'] = /^(\d{1,5})d$/.exec(text) ?? [];
  return Number(days) > 0
    ? { ok: true, value: Number(days) * 86_400_000 }
    : refuse('it is not a number of days', 'a number of days such as 30d');
}

/**
 * Reads the limit of deletions: a number of entries, or a share of those recorded.
 *
 *     '100' → 100 entries    '0' → 0 entries, every deletion is held    '10%' → 10 percent
 *     '150%', '-1', 'all' → refused, each with its reason
 */
export function parseMaxDelete(text: string): Parsed<MaxDelete> {
  if (text.trim() === '') return refuse('it is empty', LIMITS);
  if (/^[-\u2212]/.test(text)) return refuse('it is negative', LIMITS);

  const share = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (share) {
    const percent = Number(share[1]);
    if (percent > 100) return refuse('it is over 100 %', '100% or less, or leave it out');
    return { ok: true, value: { percent } };
  }

  if (!/^\d+$/.test(text)) {
    return refuse('it is neither a whole number nor a percentage', LIMITS);
  }
  const entries = Number(text);
  if (!Number.isSafeInteger(entries)) {
    return refuse('it is more than can be counted', 'a smaller number, or leave it out');
  }
  return { ok: true, value: { entries } };
}

/** Reads a share of all: `1%`, `0.5%`; more than nothing, at most `100%`. */
export function parseShare(text: string): Parsed<number> {
  if (text.trim() === '') return refuse('it is empty', SHARES);
  if (/^[-\u2212]/.test(text)) return refuse('it is negative', SHARES);
  const [, digits = '', sign] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? [];
  if (digits === '') return refuse('it is not a percentage', SHARES);
  const value = Number(digits);
  if (value > 100) return refuse('it is over 100 %', '100% or less');
  if (value === 0) return refuse('it is nothing', `${SHARES}, or leave it out`);
  return sign === '%' ? { ok: true, value } : refuse('it has no percent sign', `${digits}%`);
}

/** Reads a whole number between two bounds, both included: `parseWhole('4', 0, 64)`. */
export function parseWhole(text: string, least: number, most: number): Parsed<number> {
  const range = `a whole number from ${least} to ${most}`;
  if (!/^\d{1,15}$/.test(text)) return refuse('it is not a whole number', range);

  const value = Number(text);
  if (value < least || value > most) return refuse('it is out of range', range);
  return { ok: true, value };
}

const SIZES = 'a size such as 1MiB or 256KiB';
const SHARES = 'a percentage such as 1%';
const LIMITS = 'a number of entries such as 100, or a share such as 10%';

const refuse = (why: string, instead: string) =>
  ({ ok: false, reason: `${why}; write ${instead}` }) as const;
