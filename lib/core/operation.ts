import type { EntryType, Path, Stat } from './entry.ts';

/**
 * One thing to do in the replica. Paths are the replica's at the moment the operation is performed,
 * and a source path where `copy`, `copy-tree`, `symlink` and `set` read from. Operations are a
 * value: printed by --dry-run, performed by apply, which decides nothing.
 */
export type Operation =
  /** Put an entry aside under a temporary name: a second link of a file, a renamed folder. */
  | { readonly kind: 'park'; readonly path: Path; readonly temporary: Path;
      readonly type: EntryType }
  /** Rename; a file renames over a file. Precondition: the parent of `to` exists. */
  | { readonly kind: 'rename'; readonly from: Path; readonly path: Path; readonly type: EntryType;
      /** Where it was before the pass; differs from `from` when parked or its folder moved. */
      readonly was: Path;
      /** What is expected there: anything else is not moved. */
      readonly stat: Stat;
      /** What it overwrites has another name by then, by which it moves elsewhere. */
      readonly spares?: true;
      /** Of a file that gets its source's mode, owner and time with the rename. */
      readonly seen?: Seen }
  | { readonly kind: 'mkdir'; readonly path: Path }
  /** Copy one file under a temporary name, then rename it over. */
  | { readonly kind: 'copy'; readonly path: Path; readonly size: number;
      readonly replaces: boolean }
  /** Copy a folder that the replica lacks, with all below it. */
  | { readonly kind: 'copy-tree'; readonly path: Path }
  | { readonly kind: 'symlink'; readonly path: Path; readonly replaces: boolean }
  /** Make `path` a hard link of `target`, which the replica has by then. */
  | { readonly kind: 'link'; readonly path: Path; readonly target: Path }
  /** Set owner, mode and times to the source's. `touched`: because something inside changed. */
  | { readonly kind: 'set'; readonly path: Path; readonly type: EntryType;
      readonly touched: boolean;
      readonly seen?: Seen }
  /** Remove an entry and all below it, verified again at each step. */
  | { readonly kind: 'remove'; readonly path: Path; readonly type: EntryType;
      readonly entries: number;
      /** Folders in a big one that may go before it, side by side. */
      readonly parts?: readonly Part[];
      /** Of such a part: the folder that it is in. */
      readonly within?: Path;
      /** `gone`: the source has no such path. `replaced`: it has something else there. */
      readonly because: 'gone' | 'replaced' | 'litter' | 'ignored';
      /** Of what is replaced: what the source has there. */
      readonly instead?: Stat;
      /** The path in the source that proves it; differs from `path` for what was parked. */
      readonly proof: Path };

/** A folder in one that is to be removed: its path below that, and what goes with it. */
export interface Part {
  readonly below: Path;
  readonly entries: number;
}

/** Both sides as they were taken to have the same content; `read`: it was compared. */
export interface Seen {
  readonly source: Stat;
  readonly replica: Stat;
  readonly read: boolean;
}

/** A removal. */
export type RemoveOperation = Extract<Operation, { kind: 'remove' }>;

/** The names of the operations. */
export type OperationKind = Operation['kind'];

/** One path that could not be mirrored; the pass goes on, and tries it again. */
export interface Problem {
  readonly path: Path;
  /** The system's code (EACCES) or one of ours in kebab-case (never-rests). */
  readonly code: string;
  /** What was being done: `list`, `read`, `copy`, `remove` … */
  readonly action: string;
}

/** How a path failed, how often in a row, and when it is to be tried again, … */
export interface Failing {
  readonly code: string;
  readonly times: number;
  readonly dueMs: number;
  /** … together with the name by which the replica has what was to be renamed. */
  readonly was?: Path | undefined;
}

/** What somebody approved: what had been told by then, whatever is found later. */
export interface Approval {
  /** The deletions that were held, … */
  readonly paths: readonly Path[];
  /** … the code of what was waited for, '' for nothing, … */
  readonly refusal: string;
  /** … and the folders whose mounts were gone, or others. */
  readonly mounts: readonly Path[];
}

/** Deletions that wait for approval, with the reason. */
export interface Hold {
  readonly reason: 'source-emptied' | 'first-contact' | 'max-delete';
  /** Entries that would be deleted, those inside removed folders too. */
  readonly entries: number;
  /** Entries the decision was measured against. */
  readonly of: number;
  readonly limit: number;
  readonly paths: readonly Path[];
}

/** What is remembered of a hold: what it was measured against. */
export interface StandingHold extends Pick<Hold, 'reason' | 'of'> {
  /** What its episode had deleted by then; absent where an earlier version wrote it. */
  readonly deleted?: number;
}
