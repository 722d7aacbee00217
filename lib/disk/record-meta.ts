import type { Powers } from '../core/difference.ts';
import type { Path } from '../core/entry.ts';
import type { PutAside } from '../core/moves.ts';
import type { StandingHold } from '../core/operation.ts';
import type { RootIdentity } from './roots.ts';
import { fromSummed, toSummed } from './summed-json.ts';

/** The two roots as they name a pair. */
export interface PairIdentity {
  readonly source: Path;
  readonly replica: Path;
}

/** What the record knows of the pair as a whole. */
export interface RecordMeta {
  readonly version: number;
  readonly pair: PairIdentity;
  /** Set only by a full pass that saw all and held nothing, or was approved: see holds. */
  readonly proven: boolean;
  /** The hold that stands: what was copied since is no reason to let go of it. */
  readonly held?: StandingHold | undefined;
  /** A period ends when the replica's disk is asked to write out all that it was given. */
  readonly period: number;
  /** Changes may not be on disk yet, in that boot: none that were recorded before that period. */
  readonly open?: { readonly bootId: string; readonly since: number } | undefined;
  /** What has no row may have lost its content, or its row only: it is compared, not believed. */
  readonly careful?: boolean;
  readonly source?: RootIdentity | undefined;
  readonly replica?: RootIdentity | undefined;
  /** Folders of the source that were mounts when a pass began; undefined: that is not known. */
  readonly mounts?: readonly Path[] | undefined;
  /** Who all owners are as they could give them, but for those due; undefined: nobody known. */
  readonly powers?: Powers | undefined;
  /** Paths that could not be looked at, or set: the owners there, and below. */
  readonly ownersDue?: readonly Path[] | undefined;
  /** Folders that are under temporary names, or were when a pass was killed. */
  readonly aside?: readonly PutAside[] | undefined;
  /** Trashes in the replica, as paths below it: kept by passes that are not told of them, too. */
  readonly trashes?: readonly Path[] | undefined;
}

/** Something about the record worth a line, once. */
export interface RecordNotice {
  readonly code: 'record-afresh' | 'record-in-memory' | 'record-damaged' | 'record-unwritable'
    | 'after-restart';
  readonly text: string;
}

/** As the database has it. */
export const encodeMeta = (meta: RecordMeta): Buffer => Buffer.from(toSummed(meta));

/** Undefined for what is damaged. */
export const decodeMeta = (bytes: Buffer): RecordMeta | undefined =>
  fromSummed(bytes.toString()) as RecordMeta | undefined;

/** Whether two name the same pair. */
export const isPair = (a: PairIdentity, b: PairIdentity): boolean =>
  a.source === b.source && a.replica === b.replica;
