/** `count(5144, 'entry', 'entries')` is `5,144 entries`. */
export const count = (n: number, one: string, many = `${one}s`): string =>
  `${grouped(n)} ${n === 1 ? one : many}`;

/**
 * `grouped(5144)` is `5,144`, in every locale: the log is read by scripts, too. Ours, since Intl
 * alone took longer to load than all other files of report/ together.
 */
export const grouped = (n: number): string =>
  String(n).replace(/\B(?=(?:\d{3})+$)/g, ',');

/**
 * `size(1234)` is `1.2 kB`, in every locale. Ours, since pretty-bytes makes a formatter anew for
 * each number: a quarter of what a pass took that copied some thousand files.
 */
export function size(bytes: number): string {
  let unit = 0;
  let amount = bytes;
  // What would be rounded up to a thousand is one of the next unit.
  for (; amount >= 999.95 && unit < UNITS.length - 1; unit += 1) amount /= 1_000;
  return `${unit === 0 ? bytes : Number(amount.toFixed(1))} ${UNITS[unit]}`;
}

/** `850 ms`, `1.3 s`, `12 s`, `2 min 5 s`, `1 h 30 min`, `2 d 3 h`: two units at most. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${Number((ms / 1_000).toFixed(1))} s`;

  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return twoUnits(seconds, 60, 'min', 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return twoUnits(minutes, 60, 'h', 'min');
  return twoUnits(Math.round(minutes / 60), 24, 'd', 'h');
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

function twoUnits(n: number, per: number, large: string, small: string): string {
  const rest = n % per;
  return `${grouped(Math.floor(n / per))} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}
