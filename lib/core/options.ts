import type { Hook } from './hook.ts';

/** How many entries may be deleted in an episode before deletions are held. */
export type MaxDelete = { readonly entries: number } | { readonly percent: number };

/** The options of a pass, normalised once at the door (lib/index.ts) and passed down whole. */
export interface Options {
  /** Absolute or relative to the working folder, as the user wrote it. */
  readonly source: string;
  readonly replica: string;
  /** Milliseconds from the start of a full pass to the start of the next. */
  readonly intervalMs: number;
  /** It becomes shorter where events are missed, longer where none are. */
  readonly intervalAdapts: boolean;
  /** A batch of changes closes when nothing changed for this long … */
  readonly settleMs: number;
  /** … or this long after its first change. */
  readonly maxWaitMs: number;
  /** What groups rename candidates; the pair chosen is compared byte by byte all the same. */
  readonly hash: 'md5' | 'sha1' | 'sha256';
  /** Do not trust size, times and inode: compare content. */
  readonly checksum: boolean;
  /** How much of the files each full pass compares by content all the same; undefined: nothing. */
  readonly scrubPercent: number | undefined;
  readonly dryRun: boolean;
  readonly maxDelete: MaxDelete | undefined;
  readonly approveDeletes: boolean;
  /** Patterns with gitignore semantics, relative to the root. */
  readonly ignore: readonly string[];
  /** Honour .gitignore files too, beside .fsyncignore. */
  readonly gitignore: boolean;
  /** Prune ignored entries from the replica, instead of protecting them. */
  readonly deleteIgnored: boolean;
  /** Where what would be deleted or overwritten goes instead … */
  readonly trash: string | undefined;
  /** … and for how long; undefined: for ever. */
  readonly trashKeepMs: number | undefined;
  /** Have what is done on the disk before it is told. */
  readonly durable: boolean;
  /** Threads beside the main one; undefined: one fewer than the cores, at most 3. */
  readonly workers: number | undefined;
  /** Bytes read at a time. */
  readonly chunkBytes: number;
  /** Folder for the record of every pair; undefined: the user's state folder. */
  readonly stateDir: string | undefined;
  /** False switches the watcher off: only the interval finds changes. For debugging. */
  readonly events: boolean;
  /** Look ahead into new folders while they are copied, to tell how much is left. */
  readonly measure: boolean;
  /** What is done after passes that changed something. */
  readonly onSync: Hook | undefined;
  /** Tell every entry of a folder copied whole, not only its counts. */
  readonly detail: boolean;
  /** Files that fsync writes to itself, its log say: mirrored by full passes only. */
  readonly outputs: () => readonly OwnOutput[];
}

/** A file that fsync writes to itself; with its path, as text, it is kept in the replica. */
interface OwnOutput {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly path?: string;
}

/** What the options are unless something else is asked for. */
export const DEFAULTS: Omit<Options, 'source' | 'replica'> = {
  intervalMs: 600_000,
  intervalAdapts: false,
  settleMs: 50,
  maxWaitMs: 1_000,
  hash: 'md5',
  checksum: false,
  scrubPercent: undefined,
  dryRun: false,
  maxDelete: undefined,
  approveDeletes: false,
  ignore: [],
  gitignore: false,
  deleteIgnored: false,
  trash: undefined,
  trashKeepMs: undefined,
  durable: false,
  workers: undefined,
  chunkBytes: 1_048_576,
  stateDir: undefined,
  events: true,
  measure: false,
  onSync: undefined,
  detail: false,
  outputs: () => [],
};

/** More threads are refused … */
export const MOST_WORKERS = 64;
/** … and larger chunks, in bytes. */
export const MOST_CHUNK = 67_108_864;

/** What a person may say to a running watch on its stdin. `approve` carries out what is held. */
export type Word = 'quit' | 'sync' | 'status' | 'pause' | 'resume' | 'pending' | 'approve';
