import type { Difference, LinkedName, Powers } from './difference.ts';
import { childOf, isInside, joinPath, parentOf, type Path, type Triple } from './entry.ts';
import type { Rules } from './ignore.ts';
import type { NumberStat } from './record-check.ts';
import type { Row } from './record.ts';
import type { Slice } from './scrub.ts';

/** What every scan of a pass has in common. Roots are absolute real paths. */
export interface ScanContext {
  readonly source: Path;
  readonly replica: Path;
  readonly powers: Powers;
  /** At these paths, and below, owners are looked at though the record vouches: see powers. */
  readonly owners?: readonly Path[];
  readonly checksum: boolean;
  /** Files that are read though the record vouches for them; absent: none. */
  readonly scrub?: Slice;
  readonly gitignore: boolean;
  readonly deleteIgnored: boolean;
  /** A source change younger than this at the reading may be followed by one of its ctime. */
  readonly grainMs: number;
  /** What the record does not know may have been lost in a power cut: compare its content. */
  readonly careful: boolean;
  /** Paths of our own (state, trash) below the roots: never mirrored, never pruned. */
  readonly own: readonly Path[];
  /** What is mounted in the source, as MOUNT has it, if the system says it. */
  readonly mounts: ReadonlyMap<Path, number>;
  /** Where something was mounted whenever a pass began; undefined: that is not known. */
  readonly wereMounts: ReadonlySet<Path> | undefined;
  /** Folders that a person said are to be taken as they are, though their mounts are gone. */
  readonly givenUp?: 'all' | ReadonlySet<Path>;
  /** `dev:ino` of the replica: a folder of the source that is it came there during the pass. */
  readonly replicaId: string;
}

/** Whether the owner of what is at a path is looked at though the record vouches for it. */
export const asksOwner = ({ owners = [] }: ScanContext, path: Path): boolean =>
  owners.some((due) => due === path || isInside(path, due));

/** Whether it is so of anything right in a folder. */
export const asksOwnersIn = (context: ScanContext, folder: Path): boolean =>
  asksOwner(context, folder) || context.owners?.some((due) => parentOf(due) === folder) === true;

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
  /** The device of the source's parent folder: tells a mount. -1: not known. */
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
export function siblings(
  at: Triple, { names, seen }: SeenNames, rest: Pick<FolderTask, 'names' | 'chain' | 'parentDev'>,
): Siblings[] {
  const groups: Siblings[] = [];
  for (let from = 0; from < names.length; from += MOST_SIBLINGS) {
    const to = from + MOST_SIBLINGS;
    groups.push({
      at, ...rest, deep: true, folders: names.slice(from, to).join('/'),
      seen: new Float64Array(seen.slice(from * SEEN_COLUMNS, to * SEEN_COLUMNS)),
    });
  }
  return groups;
}

/** Names of folders, and SEEN_COLUMNS numbers for each of them. */
export interface SeenNames {
  readonly names: string[];
  readonly seen: number[];
}

/** Adds a folder as it was seen on both sides; `dev` is the source's. */
export function addSeen(
  { names, seen }: SeenNames, name: string, source: NumberStat, replica: NumberStat, dev: number,
): void {
  names.push(name);
  seen.push(
    source.mode, source.size, source.mtimeMs, source.ctimeMs, source.ino,
    replica.mode, replica.size, replica.mtimeMs, replica.ctimeMs, replica.ino, dev);
}

/** How many folders there are in it. */
export const countOf = ({ seen }: Siblings): number =>
  (seen === undefined ? 1 : seen.length / SEEN_COLUMNS);

/** The paths of some folders' records. */
export const recordPaths = ({ at, folders }: Siblings): Path[] =>
  folders.split('/').map((name) => joinPath(at.record, name));

/** A task for each folder, given their records in the same order. */
export function tasksOf(
  all: readonly Siblings[], records: readonly (Uint8Array | undefined)[],
): FolderTask[] {
  const tasks: FolderTask[] = [];
  for (const { at, folders, names, deep, chain, parentDev, seen } of all) {
    const first = tasks.length;
    for (const name of folders.split('/')) {
      const next = tasks.length;
      tasks.push({
        at: childOf(at, name), record: records[next], names, deep, chain, parentDev,
        seen: seen && seenAt(seen, (next - first) * SEEN_COLUMNS),
      });
    }
  }
  return tasks;
}

const seenAt = (seen: Float64Array, at: number): SeenFolder =>
  ({ source: sideAt(seen, at), replica: sideAt(seen, at + 5), dev: seen[at + 10]! });

const sideAt = (seen: Float64Array, at: number): NumberStat => ({
  mode: seen[at]!, size: seen[at + 1]!, mtimeMs: seen[at + 2]!, ctimeMs: seen[at + 3]!,
  ino: seen[at + 4]!,
});

/** Five a side, and the device. */
const SEEN_COLUMNS = 11;

/** Of folders with very many: other threads want some of them. */
const MOST_SIBLINGS = 64;

/** New rows for a folder's record; undefined removes a name. */
export interface FolderEdit {
  readonly folder: Path;
  readonly rows: readonly (readonly [string, Row | undefined])[];
  readonly self?: Row;
  /** Recorded folders that the replica has no more: all that is recorded in them is void. */
  readonly gone?: readonly string[];
  /** What is recorded of the folder could not be read. */
  readonly torn?: true;
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
  /** Entries of the source's own listing that are mirrored, but for those that say what is not. */
  sources: number;
}

/** The result of a scan that found nothing yet. */
export const emptyScan = (): ScanResult =>
  ({ differences: [], linked: [], inside: [], edits: [], checked: 0, present: 0, sources: 0 });
