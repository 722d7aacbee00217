import type { EntryType, Path, Side } from './entry.ts';
import type { Hold, OperationKind, Problem } from './operation.ts';

/** Why a pass runs; the words of the log. */
export type Reason =
  | 'start' | 'interval' | 'changes' | 'retry' | 'asked' | 'overflow' | 'watcher-ready'
  | 'root-changed' | 'resumed' | 'approved' | 'deletions-settled' | 'signal';

/** After these nobody may have been told of all there is to be found. */
export const UNHEARD: ReadonlySet<Reason> =
  new Set(['start', 'watcher-ready', 'overflow', 'root-changed', 'resumed']);

/** What a pass did, by operation; `copied` counts files and symlinks, those of new trees too. */
export interface Counts {
  readonly copied: number;
  readonly folders: number;
  readonly renamed: number;
  readonly linked: number;
  readonly set: number;
  readonly removed: number;
}

/** Everything fsync has to say: the only way out of the engine. Paths are bytes (entry.ts). */
export type SyncEvent =
  /** The first word: what was asked for. Nothing is looked at or locked yet. */
  | { readonly kind: 'started'; readonly source: string; readonly replica: string;
      readonly command: 'watch' | 'sync' | 'check'; readonly dryRun: boolean }
  | { readonly kind: 'pass-started'; readonly pass: number; readonly scope: 'full' | 'incremental';
      readonly reason: Reason;
      /** A small pass beside the one in hand, which is not over yet. */
      readonly aside?: true }
  /** At most ten a second, while a pass runs. Totals where they are known. */
  | { readonly kind: 'progress'; readonly phase: 'scan' | 'compare' | 'apply';
      readonly files: number; readonly bytes: number;
      readonly filesTotal?: number; readonly bytesTotal?: number }
  /** One operation was performed (or, with dryRun, would be). `from`: of a rename, the old path. */
  | { readonly kind: 'operation-done'; readonly operation: OperationKind; readonly path: Path;
      readonly type: EntryType; readonly from?: Path; readonly target?: Path;
      readonly entries?: number; readonly bytes?: number; readonly dryRun?: true;
      /** Of a folder that is removed: it stays itself, with what may not or could not go. */
      readonly partly?: true;
      /** An entry inside a copied tree, told only in detail: its tree's own event counts it. */
      readonly inTree?: true; readonly aside?: true }
  /** One path failed. `retryMs`: when it is tried again, in a watch. */
  | ({ readonly kind: 'problem'; readonly retryMs?: number } & Problem)
  /** Deletions are held; told again only when the list changed. */
  | ({ readonly kind: 'held' } & Hold)
  /** Something worth a line, once. `text` names what, why, and what to do. */
  | { readonly kind: 'notice'; readonly level: 'info' | 'warn'; readonly code: string;
      readonly text: string; readonly path?: Path }
  /** `quiet`: the pass had nothing to do. `missed`: what no event had announced (the audit). */
  | { readonly kind: 'pass-finished'; readonly pass: number; readonly scope: 'full' | 'incremental';
      readonly reason: Reason; readonly quiet: boolean; readonly counts: Counts;
      readonly bytes: number; readonly ms: number; readonly checked: number;
      readonly problems: number; readonly held: number; readonly missed: number;
      readonly dryRun: boolean; readonly aside?: true;
      /** How many paths fail by now, of earlier passes too; absent where none does. */
      readonly failing?: number;
      /** It was told to end before its end: what it did not come to is left. */
      readonly interrupted?: true;
      /** How many files were compared by content for --scrub. */
      readonly scrubbed?: number }
  /** A whole pass could not be done: nothing was applied. `exitCode` is what `sync` ends with. */
  | { readonly kind: 'pass-failed'; readonly code: string; readonly text: string;
      readonly exitCode: 2 | 3 }
  /** A watch waits for something to come back, and goes on then. */
  | { readonly kind: 'waiting'; readonly code: string; readonly text: string }
  /** The watcher is ready. `folders`: how many it watches. */
  | { readonly kind: 'watching'; readonly folders: number; readonly intervalMs: number }
  /** Changes have been coming for half a second: they wait until they settle. */
  | { readonly kind: 'settling' }
  /** The hook (`--on-sync`) is told of what so many passes changed. */
  | { readonly kind: 'hook-started'; readonly passes: number; readonly changes: number }
  /** It ended; `text`: why it failed. `failures`: how often so far. */
  | { readonly kind: 'hook-finished'; readonly ms: number; readonly failures: number;
      readonly text?: string }
  /** Full passes come at another interval from now on. */
  | { readonly kind: 'interval'; readonly intervalMs: number; readonly nextFullAt: number }
  /** One difference found by `check`: what differs, or which side lacks it. */
  | { readonly kind: 'difference'; readonly path: Path; readonly type: EntryType;
      readonly what: 'missing' | 'extra' | 'type' | 'content' | 'size' | 'time' | 'mode' | 'owner'
        | 'target' | 'links' | 'unreadable' }
  /** In detail: what `check` found to be the same on both sides. */
  | { readonly kind: 'equal'; readonly path: Path; readonly type: EntryType }
  /** The end of `check`, with the differences by their marks: +, -, * and !. */
  | { readonly kind: 'checked'; readonly entries: number; readonly differences: number;
      readonly missing: number; readonly extra: number; readonly changed: number;
      readonly unreadable: number; readonly ms: number }
  /** The answer to the word `status`. Times are milliseconds since 1970; `paths` are failing. */
  | { readonly kind: 'status'; readonly pid: number;
      readonly state: 'watching' | 'passing' | 'paused' | 'waiting';
      /** Why a folder cannot be used, while that is so. */
      readonly text?: string;
      readonly passes: number; readonly problems: number; readonly held: number;
      readonly missed: number; readonly nextFullAt: number; readonly lastPassAt?: number;
      readonly paths: readonly Path[];
      /** How often the hook failed, where there is one. */
      readonly hookFailures?: number }
  /** Of `explain`: whether a path is mirrored, and by which line; without `file` by --ignore. */
  | { readonly kind: 'explained-rule'; readonly path: Path; readonly mirrored: boolean;
      readonly why: 'no-rule' | 'ignored' | 'taken-back' | 'own' | 'special' | 'link'
        | 'unreadable';
      /** Whom the line names: the entry, or the folder above it that is ignored. */
      readonly whose: Path;
      readonly file?: Path; readonly line?: number; readonly pattern?: string }
  /** Of `explain`: what is there. `changedAt` is in milliseconds since 1970. */
  | { readonly kind: 'explained-entry'; readonly path: Path; readonly side: Side;
      readonly type: EntryType | 'nothing' | 'unknown'; readonly code?: string;
      readonly bytes?: number; readonly mode?: number; readonly changedAt?: number }
  /** Of `explain`: `differs` in what, as `source size`. `unreadable`: another fsync writes it. */
  | { readonly kind: 'explained-record'; readonly path: Path;
      readonly says: 'never' | 'equal' | 'differs' | 'unreadable';
      readonly differs: readonly string[] }
  /** Of `explain`: what a pass would do, and why: a word of ours, or the code of an error. */
  | { readonly kind: 'explained-pass'; readonly path: Path;
      readonly does: 'nothing' | 'copy' | 'copy-tree' | 'symlink' | 'set' | 'compare' | 'replace'
        | 'look-inside' | 'remove' | 'hold' | 'keep';
      readonly because: string;
      /** What decides: the path itself, or the folder above that is to be done as a whole. */
      readonly whose: Path }
  /** One thing that `doctor` looked at; where it is not well, `text` says what to do. */
  | { readonly kind: 'finding'; readonly ok: boolean; readonly text: string;
      readonly about: 'versions' | 'descriptors' | 'clock' | 'state' | 'running' | 'watches'
        | 'folders' | 'source' | 'replica' }
  /** One deletion that is held: the answer to `pending`. */
  | { readonly kind: 'pending'; readonly path: Path }
  | { readonly kind: 'paused' }
  | { readonly kind: 'resumed' }
  /** The last word. */
  | { readonly kind: 'stopped'; readonly reason: string };

/** Where one process has several pairs: which of them an event is of, by its name. */
export type PairEvent = SyncEvent & { readonly pair?: string };

/** The names of the events. */
export type SyncEventKind = SyncEvent['kind'];

/** The exit code an event calls for: 0 done, 1 some paths failed or differ, 3 refused or held. */
export function exitCodeOf(event: SyncEvent): 0 | 1 | 2 | 3 {
  switch (event.kind) {
    case 'pass-failed':
      return event.exitCode;
    case 'held':
      return 3;
    case 'problem':
    case 'difference':
      return 1;
    case 'hook-finished':
      return event.text === undefined ? 0 : 1;
    case 'finding':
      return event.ok ? 0 : 1;
    default:
      return 0;
  }
}
