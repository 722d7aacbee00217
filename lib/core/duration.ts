/** A value read from text, or the reason why it is refused, with what to write instead. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

/** Timers of more than 2^31-1 ms (24.8 days) fire at once, so nothing longer is accepted. */
export const LONGEST_MS = 24 * 86_400_000;

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const NAMES = Object.keys(UNITS) as (keyof typeof UNITS)[];

/**
 * Reads a time into milliseconds; a bare number is seconds.
 *
 *     '10m' → 600000    '1d2h3m4s' → 93784000    '250ms' → 250    '90' → 90000
 *     '0', '-1', '1h1h', '1m1h', '1.5h', 'soon', '25d' → refused, each with its reason
 */
export function parseDuration(text: string): Parsed<number> {
  if (text.trim() === '') return refuse('it is empty');
  if (/^[-\u2212]/.test(text)) return refuse('it is negative');
  if (/\s/.test(text)) return refuse('it has a space', rewrite(text.replaceAll(/\s/g, '')));

  const decimal = /^(\d*)[.,](\d+)(d|h|m|s|ms|)$/.exec(text);
  if (decimal) {
    const ms = Number(`${decimal[1]}.${decimal[2]}`) * UNITS[(decimal[3] || 's') as 'd'];
    return refuse('decimals are not understood', within(Math.round(ms)));
  }
  if (/^\d+$/.test(text)) return bounded(Number(text) * UNITS.s);
  if (!/^\d/.test(text)) return refuse('it is not a time');

  return addUp([...text.matchAll(/(\d+)(\D*)/g)].map(([, count = '', unit = '']) => [count, unit]));
}

/** Writes milliseconds as `parseDuration` reads them: 5400000 is `1h30m`, 0 is `0s`. */
export function formatDuration(ms: number): string {
  let left = Math.round(ms);
  let text = '';

  for (const unit of NAMES) {
    const count = Math.floor(left / UNITS[unit]);
    left -= count * UNITS[unit];
    if (count > 0) text += `${count}${unit}`;
  }
  return text || '0s';
}

function addUp(parts: readonly (readonly [string, string])[]): Parsed<number> {
  let total = 0;
  let last = -1;
  let ordered = true;
  const seen = new Set<string>();

  for (const [count, unit] of parts) {
    if (unit === '') return refuse(`${count} has no unit`);
    const rank = NAMES.indexOf(unit as keyof typeof UNITS);
    if (rank < 0) return refuse(`"${unit}" is no unit, the units are d, h, m, s and ms`);
    if (seen.has(unit)) return refuse(`it has the unit ${unit} twice`);

    seen.add(unit);
    ordered &&= rank > last;
    last = rank;
    total += Number(count) * UNITS[unit as keyof typeof UNITS];
  }
  return ordered ? bounded(total) : refuse('its units are out of order', within(total));
}

function bounded(ms: number): Parsed<number> {
  if (ms === 0) return refuse('it is zero');
  if (ms > LONGEST_MS) return refuse('it is longer than 24 days', '24d or less');
  return { ok: true, value: ms };
}

/** What to write instead of something that has a meaning, if that meaning is itself accepted. */
function within(ms: number): string | undefined {
  return bounded(ms).ok ? formatDuration(ms) : undefined;
}

const rewrite = (text: string): string | undefined =>
  parseDuration(text).ok ? text : undefined;

const refuse = (why: string, instead = 'a time such as 10m, 1h30m, 90s or 250ms') =>
  ({ ok: false, reason: `${why}; write ${instead}` }) as const;
