import type { Path } from './core/entry.ts';
import type { Problem } from './core/operation.ts';

/** So many files, or other entries, and bytes. */
export interface Amount {
  readonly files: number;
  readonly bytes: number;
}

/** What a pass has done so far, in numbers. */
export interface Tally {
  copied: number;
  folders: number;
  renamed: number;
  linked: number;
  set: number;
  removed: number;
  bytes: number;
  checked: number;
  /** Of them compared by content for --scrub. */
  scrubbed: number;
  missed: number;
  /** Somebody counted those. */
  audited: boolean;
  held: number;
  /** What the plan is about, but for what is in new folders … */
  planned: Amount;
  /** … and that, once it is known. */
  inTrees: Amount | undefined;
  /** What was read so far, of what is to be read. */
  read: Amount;
  toRead: Amount;
  /** When it was last told how far the pass is. */
  toldMs: number;
  /** How many entries could not be looked at. */
  unknown: number;
  readonly problems: Map<Path, Problem>;
  /** Renames that failed: the former names, by the new ones. */
  readonly renaming: Map<Path, Path>;
  /** What moved while the pass ran: not copied; or not renamed; and what stays aside. */
  readonly arrived: Set<Path>;
  /** Sockets and the like that it met. */
  readonly specials: Set<Path>;
}

/** The numbers of a pass that just began. */
export const newTally = (): Tally => ({
  copied: 0, folders: 0, renamed: 0, linked: 0, set: 0, removed: 0, bytes: 0, checked: 0,
  scrubbed: 0, unknown: 0, missed: 0, audited: false, held: 0, planned: NOTHING, inTrees: undefined,
  read: NOTHING, toRead: NOTHING, toldMs: performance.now(), problems: new Map(),
  renaming: new Map(), arrived: new Set(), specials: new Set(),
});

const NOTHING: Amount = { files: 0, bytes: 0 };
