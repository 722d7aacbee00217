import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { fromSummed, toSummed } from './summed-json.ts';

/** What was known of the tables when the database was closed: bytes and CRC-32, by name. */
type Sums = Readonly<Record<string, readonly [bytes: number, crc: number]>>;

/**
 * Whether the tables of a database are as they were when it was last closed. LevelDB merges tables
 * without a look at its own checksums, and ends the whole process where keys are out of order. A
 * table never changes, so that a sum of each, kept beside them, tells before it is opened. Those
 * written since by one that was killed are not known, and taken as they are.
 */
export function tablesHold(folder: string): boolean {
  return Object.entries(readSums(folder)).every(([name, known]) => {
    const now = sumOf(folder, name);
    return now === undefined || now.join() === known.join();
  });
}

/**
 * Whether all was taken over that a database's log held when it was opened just now. LevelDB leaves
 * out what is damaged, and says so in a file only. What a kill cut off at the end is not damage.
 */
export function logHeld(folder: string): boolean {
  try {
    return !/: dropping \d+ bytes; |Ignoring error /.test(
      readFileSync(path.join(folder, 'LOG'), 'latin1'));
  } catch {
    return true;
  }
}

/** Notes the tables of a database that was closed; writes nothing where none is new or gone. */
export function noteTables(folder: string): void {
  const known = readSums(folder);
  const sums: Record<string, Sums[string]> = {};
  try {
    for (const name of readdirSync(folder).filter((each) => each.endsWith('.ldb')).toSorted()) {
      const sum = known[name] ?? sumOf(folder, name);
      if (sum !== undefined) sums[name] = sum;
    }
    const text = toSummed(sums);
    if (text !== toSummed(known)) writeFileSync(path.join(folder, FILE), text, { mode: 0o600 });
  } catch {
    // On a full disk, say: what is not noted is taken as it is.
  }
}

/** Forgets them, before the database is begun anew with the same names. */
export const forgetTables = (folder: string): void =>
  rmSync(path.join(folder, FILE), { force: true });

const FILE = 'tables';

/** Nothing is known where they were not wholly written. */
function readSums(folder: string): Sums {
  try {
    return (fromSummed(readFileSync(path.join(folder, FILE), 'latin1')) ?? {}) as Sums;
  } catch {
    return {};
  }
}

/** Undefined for a table that was merged into another since, or cannot be read now. */
function sumOf(folder: string, name: string): Sums[string] | undefined {
  try {
    const bytes = readFileSync(path.join(folder, name));
    return [bytes.length, crc32(bytes)];
  } catch {
    return undefined;
  }
}
