import type { Rules } from '../core/ignore.ts';
import type { Path, Side, Stat } from '../core/entry.ts';
import type { Operation, Part, Problem } from '../core/operation.ts';
import type { Options } from '../core/options.ts';
import type { Row } from '../core/record.ts';
import type { ScanContext, ScanResult, Siblings } from '../core/scan-task.ts';
import type { ChangedPaths } from '../core/scope.ts';
import type { Comparison } from './compare.ts';
import type { Removed } from './removal.ts';

/** What every job of a pass needs to know. */
export interface JobContext extends ScanContext {
  readonly hash: Options['hash'];
  readonly chunkBytes: number;
  /** A root is on a network or an unknown file system, of which any call may take for ever. */
  readonly mayHang: boolean;
  /** What is done is on the disk before it is told. */
  readonly durable: boolean;
  /**
   * A folder that came to its name since then is not copied: a later pass knows what name it had.
   * Infinity in a full pass, and where no later one follows.
   */
  readonly arrivalsMs: number;
  /** What the pass before left for that reason: it is not left again. */
  readonly awaited: ChangedPaths;
  /** Where what is replaced or removed is kept: a real folder, and this pass's folder in it. */
  readonly trash: { readonly root: Path; readonly passAt: Path } | undefined;
  /** Of files whose last name is a temporary one: where they were, by that name. */
  readonly lastNames?: ReadonlyMap<string, Path>;
  /** `dev:ino` of the source: checked again before anything is removed, as the replica's is. */
  readonly sourceId: string;
}

/** A folder to walk or to copy, with the ignore rules that it inherits. */
export interface TreeFolder {
  readonly path: Path;
  readonly chain: readonly Rules[];
}

/** A folder to list; the rules are about what the source calls it, where that is another path. */
export interface ListedFolder extends TreeFolder {
  readonly proof?: Path;
}

/** A folder to copy; the device of the one that holds it tells whether it is a mount. */
export interface NewFolder extends TreeFolder {
  readonly parentDev: number;
}

/** A folder that is to be removed: `proof` is its path in the source, which the rules are about. */
export interface CountedFolder extends TreeFolder {
  readonly proof: Path;
  /** Replica paths inside that move elsewhere. */
  readonly leaving: ReadonlySet<Path>;
}

/** A folder of the replica that is to move, with the rules that it inherits in both places. */
export interface MovingFolder {
  readonly path: Path;
  /** Its path in the source, until now and from now on. */
  readonly from: TreeFolder;
  readonly to: TreeFolder;
}

/** Work for one thread. Batches are made so that one takes some milliseconds. */
export type Job =
  /** Encoded records in the order of the folders, undefined where there is none. */
  | { readonly kind: 'scan'; readonly folders: readonly Siblings[];
      readonly records: readonly (Uint8Array | undefined)[] }
  /** What folders of one side hold, ignored entries left out. */
  | { readonly kind: 'list'; readonly side: Side; readonly folders: readonly ListedFolder[] }
  /** How much folders of the source hold, ignored entries left out. */
  | { readonly kind: 'measure'; readonly folders: readonly TreeFolder[] }
  /** What is at these paths of the replica. */
  | { readonly kind: 'stat'; readonly paths: readonly Path[] }
  /** What folders of the replica hold. */
  | { readonly kind: 'count'; readonly folders: readonly CountedFolder[] }
  /** Would something that is ignored in these folders not be any more? */
  | { readonly kind: 'expose'; readonly folders: readonly MovingFolder[] }
  /** Remove what passes have kept on these days. */
  | { readonly kind: 'empty-trash'; readonly days: readonly string[] }
  /** Is the content of these pairs the same? */
  | { readonly kind: 'compare';
      readonly pairs: readonly { readonly source: Path; readonly replica: Path }[] }
  | { readonly kind: 'digest'; readonly side: Side; readonly paths: readonly Path[] }
  | { readonly kind: 'apply'; readonly operations: readonly Operation[];
      readonly chains: ReadonlyMap<Path, readonly Rules[]> }
  /** Folders that the replica lacks, without their sub-folders. */
  | { readonly kind: 'copy-folders'; readonly folders: readonly NewFolder[] };

/** What would go with a folder that is removed. */
export interface Counted {
  /** Itself, and all that is in it, but for what moves out of it, and what stays, as it may. */
  readonly entries: number;
  /** Ignored entries and our own, which nobody said may go; what is in them is not counted. */
  readonly ignored: number;
  /** Of a big one: folders in it, none inside another, that hold nothing of all that. */
  readonly parts: readonly Part[];
  /** Folders that could not be listed: their removal may open them all the same. */
  readonly closed: readonly Path[];
}

/** An entry of a listing. */
export interface WalkedEntry {
  readonly path: Path;
  readonly stat: Stat;
}

/** A folder's entries, and the rules that hold for what is in it. */
export interface Listing {
  readonly entries: readonly WalkedEntry[];
  readonly chain: readonly Rules[];
}

/** What the files and symlinks in a folder come to, and the folders in it. */
export interface Measured {
  readonly files: number;
  readonly bytes: number;
  readonly folders: readonly TreeFolder[];
}

/** A comparison, or the code of what made it impossible, and the side that it is about. */
export type Compared = Comparison | { readonly code: string; readonly side: Side };

/** What became of one operation, and what the record is to remember of it. */
export interface Outcome {
  readonly done: boolean;
  readonly problems: readonly Problem[];
  readonly bytes: number;
  /** Entries removed, of a remove. */
  readonly entries: number;
  /** Rows to record: under the operation's path, in its folder's record. */
  readonly row?: Row;
  /** The row of a folder in its own record. */
  readonly self?: Row;
  /** The change time of the replica's entry just before something of it was set. */
  readonly foundMs?: number;
  /** The replica's half of the rows of every name of a file that was linked. */
  readonly replicaSide?: Row;
  /** The file never rested while it was read; how long reading took. */
  readonly unstableMs?: number;
}

/** One folder copied, or not; its sub-folders come next. */
export interface CopiedTreeFolder {
  readonly path: Path;
  readonly made: boolean;
  /** Nothing is left to do for it: it has its mode and times, and `record` its own row. */
  readonly finished: boolean;
  /** The source has something mounted there. */
  readonly isMount: boolean;
  /** Its encoded record, with the rows of its files and symlinks; empty if it was not made. */
  readonly record: Uint8Array;
  /** How many rows these are. */
  readonly copied: number;
  /** The folder's own row in its parent's record. */
  readonly folderRow?: Row;
  readonly folders: readonly NewFolder[];
  /** Files left to be copied on their own. */
  readonly big: readonly { readonly name: string; readonly source: Stat }[];
  /** Files with several names. */
  readonly linked: readonly { readonly name: string; readonly source: Stat }[];
  readonly special: readonly string[];
  readonly problems: readonly Problem[];
  readonly bytes: number;
}

/** What a job of some kind has for its result. */
export type ResultOf<J extends Job> =
  J extends { kind: 'scan' } ? ScanResult
  : J extends { kind: 'list' } ? readonly Listing[]
  : J extends { kind: 'measure' } ? readonly Measured[]
  : J extends { kind: 'stat' } ? readonly (Stat | undefined)[]
  : J extends { kind: 'count' } ? readonly Counted[]
  : J extends { kind: 'expose' } ? readonly boolean[]
  : J extends { kind: 'compare' } ? readonly Compared[]
  : J extends { kind: 'digest' } ? readonly (string | undefined)[]
  : J extends { kind: 'apply' } ? readonly Outcome[]
  : J extends { kind: 'empty-trash' } ? readonly Removed[]
  : readonly CopiedTreeFolder[];
