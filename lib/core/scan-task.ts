import type { Difference, LinkedName, Powers } from './difference.ts';
import { childOf, joinPath, type Path, type Triple } from './entry.ts';
import type { Rules } from './ignore.ts';
import type { NumberStat } from './record-check.ts';
import type { Row } from './record.ts';

/** What every scan of a pass has in common. Roots are absolute real paths. */
export interface ScanContext {
  readonly source: Path;
  readonly replica: Path;
  readonly powers: Powers;
  readonly checksum: boolean;
  readonly gitignore: boolean;
  readonly deleteIgnored: boolean;
  /** A source change younger than this at the reading may be followed by one of its ctime. */
  readonly grainMs: number;
  /** Replica entries written since then may have been lost in a power cut: do not trust them. */
  readonly distrustSinceMs: number;
  /** Paths of our own (state, trash) below the roots: never mirrored, never pruned. */
  readonly own: readonly Path[];
}

/** One folder to look at. */
export interface FolderTask {
  readonly at: Triple;
  /** The encoded FolderRecord, undefined where there is none. */
  readonly record: Uint8Array | undefined;
  /** Only these names, sorted; undefined: the whole listing. */
  readonly names: readonly string[] | undefined;
  /** Look into folders that are the recorded ones, too. */
  readonly deep: boolean;
  /** The ignore rules from the root down to, but without, this folder's own. */
  readonly chain: readonly Rules[];
  /** The device of the source's parent folder: tells a mount. */
  readonly parentDev: number;
  /** What the scan of its parent saw of the folder itself; undefined: it is to be looked at. */
  readonly seen: SeenFolder | undefined;
}

/** A folder on both sides. */
export interface SeenFolder {
  readonly source: NumberStat;
  readonly replica: NumberStat;
  /** The device of the source. */
  readonly dev: number;
}

/**
 * Tasks for folders that lie in one folder, in few values however many they are: what a message
 * from thread to thread costs are its objects. `folders` are their names, joined by '/'; of a
 * folder on its own it is '', and `at` the folder itself.
 */
export interface Siblings extends Omit<FolderTask, 'record' | 'seen'> {
  readonly folders: string;
  /** SEEN_COLUMNS numbers a folder, in their order. */
  readonly seen: Float64Array | undefined;
}

/** What a folder has from those above it. */
export type Around = Pick<FolderTask, 'chain' | 'parentDev'>;

/** A folder on its own. */
export const oneFolder = (
  at: Triple, names: FolderTask['names'], deep: boolean, around: Around,
): Siblings => ({ at, folders: '', names, deep, ...around, seen: undefined });

/** Sub-folders of the folder `at`, with the columns that were seen of them. */
export function* siblings(
  at: Triple, { names, seen }: SeenNames, rest: Pick<FolderTask, 'names' | 'chain' | 'parentDev'>,
): Generator<Siblings> {
  for (let from = 0; from < names.length; from += MOST_SIBLINGS) {
    const to = from + MOST_SIBLINGS;
    yield {
      at, ...rest, deep: true, folders: names.slice(from, to).join('/'),
      seen: Float64Array.from(seen.slice(from * SEEN_COLUMNS, to * SEEN_COLUMNS)),
    };
  }
}

/** Names of folders, and for each of them its seenColumns. */
export interface SeenNames {
  readonly names: string[];
  readonly seen: number[];
}

export const countOf = ({ seen }: Siblings): number =>
  (seen === undefined ? 1 : seen.length / SEEN_COLUMNS);

/** The paths of some folders' records. */
export const recordPaths = ({ at, folders }: Siblings): Path[] =>
  folders.split('/').map((name) => joinPath(at.record, name));

/** A task for each of some folders, their records not yet at hand. */
export function* tasksOf(
  { at, folders, names, deep, chain, parentDev, seen }: Siblings,
): Generator<Omit<FolderTask, 'record'>> {
  let column = 0;
  for (const name of folders.split('/')) {
    yield {
      at: childOf(at, name), names, deep, chain, parentDev, seen: seen && seenAt(seen, column),
    };
    column += SEEN_COLUMNS;
  }
}

/** What one folder of Siblings.seen is made of: the columns of both sides, and the device. */
export const seenColumns = (source: NumberStat, replica: NumberStat, dev: number): number[] =>
  [...numbersOf(source), ...numbersOf(replica), dev];

const numbersOf = ({ mode, size, mtimeMs, ctimeMs, ino }: NumberStat): number[] =>
  [mode, size, mtimeMs, ctimeMs, ino];

function seenAt(seen: Float64Array, at: number): SeenFolder {
  const side = (from: number): NumberStat => ({
    mode: seen[from]!, size: seen[from + 1]!, mtimeMs: seen[from + 2]!, ctimeMs: seen[from + 3]!,
    ino: seen[from + 4]!,
  });
  return { source: side(at), replica: side(at + 5), dev: seen[at + 10]! };
}

const SEEN_COLUMNS = 11;

/** Of folders with very many: other threads want some of them. */
const MOST_SIBLINGS = 64;

/** New rows for a folder's record; undefined removes a name. */
export interface FolderEdit {
  readonly folder: Path;
  readonly rows: readonly (readonly [string, Row | undefined])[];
  readonly self?: Row;
}

/** All that leaves a batch of folder scans. */
export interface ScanResult {
  readonly differences: Difference[];
  readonly linked: LinkedName[];
  /** Folders found on the way, to be looked at next. */
  readonly inside: Siblings[];
  readonly edits: FolderEdit[];
  /** Entries compared. */
  checked: number;
  /** Entries seen in the replica, the scanned folders' own listings only. */
  present: number;
  /** Entries seen in the source's listings. */
  sources: number;
}

export const emptyScan = (): ScanResult =>
  ({ differences: [], linked: [], inside: [], edits: [], checked: 0, present: 0, sources: 0 });
