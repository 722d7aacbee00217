import fs from 'node:fs';
import path from 'node:path';

/** The name of a day's log, by the local date: `fsync-2026-11-21.log`. */
export const dayName = (day: Date): string =>
  `fsync-${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}.log`;

/** Of these names the logs of days that are over for so long; by the names alone. */
export function oldDays(names: readonly string[], now: Date, keepMs: number): readonly string[] {
  // By the calendar: a day in spring has 23 hours.
  const days = Math.round(keepMs / DAY_MS);
  const first = dayName(new Date(now.getFullYear(), now.getMonth(), now.getDate() - days));
  return names.filter((name) => isDay(name) && name < first);
}

/** Removes such logs from a folder. What cannot be removed now is tried again the next day. */
export function removeOldDays(folder: string, now: Date, keepMs: number): void {
  for (const name of oldDays(namesIn(folder), now, keepMs)) {
    const file = path.join(folder, name);
    try {
      if (fs.lstatSync(file).isFile()) fs.unlinkSync(file);
    } catch {
      // Another fsync with the same folder may have been quicker.
    }
  }
}

/** Whether a path for a log is a folder: one that is there, or the promise of one. */
export function isFolderPath(file: string): boolean {
  try {
    return file.endsWith('/') || fs.statSync(file).isDirectory();
  } catch {
    return false;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

const DAY_MS = 86_400_000;

const two = (n: number): string => String(n).padStart(2, '0');

/** Only what we would have made: a day that the calendar has, and nothing after it. */
function isDay(name: string): boolean {
  const [, year, month, day] = /^fsync-(\d{4})-(\d\d)-(\d\d)\.log$/.exec(name) ?? [];
  if (day === undefined) return false;
  return dayName(new Date(Number(year), Number(month) - 1, Number(day))) === name;
}
