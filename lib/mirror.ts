import { BehaviorSubject } from 'rxjs';
import type { SyncEvent } from './core/event.ts';
import type { Path } from './core/entry.ts';
import type { Rules } from './core/ignore.ts';
import type { Failing, Hold, Operation } from './core/operation.ts';
import type { Options } from './core/options.ts';
import type { Places } from './core/places.ts';
import type { PassTaken } from './core/rhythm.ts';
import type { JobContext } from './disk/job.ts';
import type { Lock } from './disk/lock.ts';
import type { Pool } from './disk/pool.ts';
import type { RecordStore } from './disk/record-store.ts';
import type { Tally } from './tally.ts';
import type { ChangedPaths, Trigger } from './core/scope.ts';

/** One source, one replica, and all that a running fsync keeps of them between passes. */
export interface Mirror {
  /** Nothing is written, locked or recorded: for `check`. */
  readonly compareOnly: boolean;
  /** It goes on after its first pass. */
  readonly watches: boolean;
  /**
   * Of a pass beside a longer one: where that is at work. It looks at nothing there, and makes,
   * takes, registers and deletes nothing.
   */
  readonly atWork: Places | undefined;
  readonly options: Options;
  readonly record: RecordStore;
  readonly pool: Pool;
  /** Absolute paths as given; resolved anew at each pass. */
  readonly source: Path;
  readonly replica: Path;
  /** The state folder, by real path: never mirrored, never pruned. */
  readonly stateFolder: Path;
  /** Of a dry run: the copy of the record that it works on, gone when the mirror is closed. */
  readonly recordCopy: string | undefined;
  /** Of all others: the folder in which the record is kept, if it is. */
  readonly pairFolder: string | undefined;
  readonly memory: Memory;
}

/** The operations of the pass in hand, as far as they are known. */
export type PlanInHand = readonly Operation[] | 'not yet' | 'none';

/**
 * What passes remember for the next; it dies with the process. What has to wait is measured by
 * `performance.now()`, for the clock on the wall may be set at any time.
 */
export interface Memory {
  passes: number;
  fullPasses: number;
  readonly failing: Map<Path, Failing>;
  /** The deletions last reported as held: what `approve` covers. */
  hold: Hold | undefined;
  /** The last full pass could look everywhere: else that list may lack some. */
  sawAll: boolean;
  /** Deletions already carried out in this episode, and when something last vanished. */
  episode: { deleted: number; lastMs: number };
  /** Files that never rested, and until when they are left alone. */
  readonly unstable: Map<Path, number>;
  /** Where --scrub begins, from 0 up to 1. */
  readonly scrubStart: number;
  /** A file of the replica may have several names: so it is, or no full pass has seen it all. */
  hasLinks: boolean;
  /** How much is left of what --trash-keep was to remove, as it was told last. */
  stuckInTrash: number;
  /** Sockets and the like that were told of, until a full pass does not meet them. */
  readonly specials: Set<Path>;
  /** What moved during the last pass, and was left to the next one. */
  arrived: ChangedPaths;
  /** Where deletions wait for the end of their episode, until that has come. */
  waiting: ChangedPaths;
  /** When a change was last heard of; until one was, an episode is not known to be over by that. */
  heardMs: number;
  missed: number;
  /** The period of the record in which something was last about to be written. */
  wroteIn: number;
  /** The disk was asked for all that was written before that period; done where that has it. */
  since: number;
  confirming: Promise<void> | undefined;
  /** How many passes aside are at work. */
  asides: number;
  /** The source folder that the watcher was set up for, as `dev:ino`. */
  watchedId: string;
  /** The empty folder that a dry run takes for a replica that does not exist. */
  standIn: Path | undefined;
  lock: Lock | undefined;
  /** The watcher does not hear of all changes, and it is known why: nobody counts those. */
  isDeaf: boolean;
  /** Full passes come by themselves: so long after one another, from `sinceMs` on. */
  due: { readonly sinceMs: number; readonly periodMs: number };
  /** What a running watch waits for, if anything. */
  waitingFor: { readonly code: string; readonly text: string } | undefined;
  /** Of the pass in hand: its plan, once it is made; 'none' where no pass is in hand. */
  readonly plan$: BehaviorSubject<PlanInHand>;
  paused: boolean;
  lastPassMs: number | undefined;
  /** The pass in hand, if any. */
  inHand: Promise<void>;
  /** Told to quit: what is in hand is finished, nothing more is begun. */
  cancelled: boolean;
  /** Begun once: what is in hand is waited for. */
  closing: Promise<void> | undefined;
  /** The record is closed. */
  closed: boolean;
}

/** One pass in hand. */
export interface Work {
  readonly mirror: Mirror;
  readonly trigger: Trigger;
  readonly context: JobContext;
  readonly tell: (event: SyncEvent) => void;
  /** Passes are numbered as they begin. */
  readonly number: number;
  readonly startedMs: number;
  /** The same by `performance.now()`: what has passed since is told by that. */
  readonly beganMs: number;
  /** What counts while it runs. */
  readonly tally: Tally;
  /** Where deletions waited when it began: their episode may end while it looks. */
  readonly waiting: ChangedPaths;
  /** What every chain of ignore rules begins with: git's global ones, then --ignore. */
  readonly top: readonly Rules[];
  /** Ignore rules in folders, as this pass read them; undefined: the folder is ignored. */
  readonly rules: Map<Path, readonly Rules[] | undefined>;
}

/** What a pass leaves for later passes to do. */
export interface PassResult {
  /** Paths to try again, and after how long. */
  readonly retry?: { readonly changes: ChangedPaths; readonly afterMs: number };
  /** It was a full pass. */
  readonly full?: PassTaken;
  /** What moved while it ran, to be looked at by the next one. */
  readonly arrived?: ChangedPaths;
  /** Deletions that wait for their episode to end. */
  readonly waiting?: ChangedPaths;
  /** The roots could not be used: nothing was applied. */
  readonly failed?: { readonly code: string; readonly text: string };
  /** The very first pass was refused: there is nothing to watch. */
  readonly isRefusedStart?: boolean;
  /** The watcher is to be set up anew: it watches another folder, or misses changes. */
  readonly rearm?: boolean;
}

/** The memory of a mirror that was just opened. */
export const newMemory = (intervalMs: number): Memory => ({
  passes: 0, fullPasses: 0, failing: new Map(), hold: undefined, sawAll: false,
  episode: { deleted: 0, lastMs: -Infinity }, unstable: new Map(), specials: new Set(), missed: 0,
  stuckInTrash: 0, hasLinks: true, scrubStart: Math.random(),
  arrived: new Map(), waiting: new Map(), heardMs: Infinity,
  wroteIn: 0, since: 0, confirming: undefined, asides: 0, watchedId: '',
  standIn: undefined, lock: undefined, waitingFor: undefined,
  plan$: new BehaviorSubject<PlanInHand>('none'),
  cancelled: false, closing: undefined, closed: false, paused: false, isDeaf: false,
  due: { sinceMs: performance.now(), periodMs: intervalMs },
  lastPassMs: undefined, inHand: Promise.resolve(),
});

/** Why nothing is applied in this pass. */
export interface Refusal {
  readonly code: string;
  readonly text: string;
}
