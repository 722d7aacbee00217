import type { EntryType, Path, Side, Stat, Triple } from './entry.ts';

/**
 * What a scan found of one entry: all that leaves a worker. Equal entries are not told. `drift`:
 * the source is as recorded, so that only the replica can have changed. `kept`: the mode and time
 * of the replica are what it made of the source's.
 */
export type Difference =
  /**
   * The replica lacks it. Of a folder: the whole tree, not descended. `over`: where case does not
   * count, what the replica has in its place, in other letters, and the source has not.
   */
  | { readonly kind: 'new'; readonly at: Triple; readonly source: Stat; readonly drift?: true;
      readonly over?: Path }
  /** Recorded, gone from the source, still in the replica. */
  | Surplus<'vanished'>
  /** In the replica, neither in the source nor in the record. */
  | Surplus<'extraneous'>
  /**
   * On both sides, and not the same. With `identity` where the source has another inode than was
   * recorded.
   */
  | { readonly kind: 'changed'; readonly at: Triple; readonly source: Stat; readonly replica: Stat;
      readonly what: 'content' | 'meta' | 'type' | 'target'; readonly identity?: Identity;
      readonly drift?: true }
  /** On both sides with equal size; only reading tells. */
  | { readonly kind: 'unsure'; readonly at: Triple; readonly source: Stat; readonly replica: Stat;
      readonly identity?: Identity; readonly drift?: true; readonly kept?: true;
      /** The record vouches for it: it is read for --scrub. */
      readonly scrubbed?: true }
  /** A folder on both sides whose source has another inode than was recorded: not descended yet. */
  | { readonly kind: 'swapped'; readonly at: Triple; readonly source: Stat; readonly replica: Stat;
      readonly identity: Identity }
  /** Could not be looked at: everything below is kept. */
  | { readonly kind: 'unknown'; readonly at: Triple; readonly side: Side; readonly code: string }
  /** A socket, device or FIFO in the source: never opened, its replica left alone. */
  | { readonly kind: 'special'; readonly at: Triple };

/** What is in the place of something new, in other letters, by replica path. */
export const placesOf = (differences: readonly Difference[]): ReadonlySet<Path> =>
  new Set(differences.flatMap((one) => (one.kind === 'new' ? one.over ?? [] : [])));

interface Surplus<Kind extends string> {
  readonly kind: Kind;
  readonly at: Triple;
  readonly replica: Stat;
  /** What the record knows of it; absent where the replica no longer matches its record. */
  readonly identity?: Identity;
  /** `litter` is a temporary file of ours; `ignored` is pruned by --delete-ignored only. */
  readonly as?: 'litter' | 'ignored';
}

/**
 * The source entry that the replica's content was copied from, as recorded: the evidence for a
 * rename that needs no reading. Given only where the replica still matches its own record, so that
 * drifted bytes are never moved.
 */
export interface Identity {
  readonly ino: number;
  readonly birthMs: number;
  readonly size: number;
  readonly mtimeMs: number;
  /** Only reading tells whether the replica's content is still that. */
  readonly doubted?: true;
}

/** One path of a file with several names, on the sides that have it. */
export interface LinkedName {
  readonly at: Triple;
  /** `dev:ino`, what tells files apart. */
  readonly source: string;
  readonly replica: string | undefined;
  /** The files have not as many names on both sides: some may have to be linked, or apart. */
  readonly uneven?: true;
}

/** What decides whether metadata must be mirrored, given who we are. */
export interface Powers {
  readonly root: boolean;
  readonly groups: readonly number[];
}

/**
 * Whether mode, owner or modification time differ so that we could mend it. `kept`: they were set,
 * and the replica cannot keep them better. To set them again would be seen at the file's other
 * names, and setting them there at this one, in turns for ever.
 */
export function metaDiffers(source: Stat, replica: Stat, powers: Powers, kept = false): boolean {
  const wanted = kept ? { ...source, mode: replica.mode, mtimeNs: replica.mtimeNs } : source;
  return metaDifference(wanted, replica, powers) !== undefined;
}

/** Which metadata differs first: what `check` prints. Times count to the microsecond. */
export function metaDifference(
  source: Stat, replica: Stat, powers: Powers,
): 'mode' | 'owner' | 'time' | undefined {
  if (source.type !== 'symlink' && source.mode !== replica.mode) return 'mode';
  if (powers.root && source.uid !== replica.uid) return 'owner';
  if (source.gid !== replica.gid && (powers.root || powers.groups.includes(source.gid))) {
    return 'owner';
  }
  return sameTime(source, replica) ? undefined : 'time';
}

/** Equal modification times, floored to the microsecond: the finest that can be set exactly. */
export const sameTime = (source: Stat, replica: Stat): boolean =>
  floorMicros(source.mtimeNs) === floorMicros(replica.mtimeNs);

/**
 * The verdict on a file or symlink that both sides have and the record does not vouch for.
 * Without a record equal size and time are accepted, as rsync's quick check does; with one, an
 * entry that no longer equals it may hide any change, and is read.
 */
export function judge(
  source: Stat, replica: Stat,
  known: {
    recorded: boolean; checksum: boolean; sameTarget: boolean; powers: Powers; kept?: boolean;
    /** Both sides are as the record has them: only their owners are asked for. */
    clean?: boolean;
  },
): 'equal' | 'content' | 'meta' | 'type' | 'target' | 'unsure' {
  if (source.type !== replica.type) return 'type';
  if (source.type === 'symlink' && !known.sameTarget) return 'target';
  if (source.type === 'file' && known.clean !== true) {
    if (source.size !== replica.size) return 'content';
    const trusted = !known.recorded && !known.checksum && sameTime(source, replica);
    if (!trusted) return 'unsure';
  }
  return metaDiffers(source, replica, known.powers, known.kept) ? 'meta' : 'equal';
}

/** Files, folders and symlinks; all else is told once and left alone. */
export const isMirrored = (type: EntryType): boolean => type !== 'special';

/** Whole microseconds, rounded down also before 1970. */
export function floorMicros(ns: bigint): bigint {
  const micros = ns / 1000n;
  return ns < 0n && micros * 1000n !== ns ? micros - 1n : micros;
}
