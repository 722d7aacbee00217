import type { Difference, LinkedName, Powers } from './difference.ts';
import type { Path, Triple } from './entry.ts';
import type { Rules } from './ignore.ts';
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
}

/** A folder found on the way, to be looked at next. */
export type Descent = Pick<FolderTask, 'at' | 'chain' | 'parentDev' | 'names'>;

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
  readonly descents: Descent[];
  readonly edits: FolderEdit[];
  /** Entries compared. */
  checked: number;
  /** Entries seen in the replica, the scanned folders' own listings only. */
  present: number;
  /** Entries seen in the source's listings. */
  sources: number;
}

export const emptyScan = (): ScanResult =>
  ({ differences: [], linked: [], descents: [], edits: [], checked: 0, present: 0, sources: 0 });
