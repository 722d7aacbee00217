import type { EntryType, Path } from '../core/entry.ts';
import type { Problem } from '../core/operation.ts';

/** What is asked of a removal, beside the path. */
export interface RemoveOptions {
  /** The type the plan expected; an entry of another type is left to the next pass. */
  readonly type?: EntryType;
  /** Whether an entry is protected (ignored): it stays, and its folders with it. */
  readonly keep?: (path: Path, isFolder: boolean) => boolean;
  /** Done just before an entry goes, which stays if this throws. */
  readonly before?: ((path: Path) => Generator<number, void, void>) | undefined;
  readonly cancelled?: () => boolean;
  /** The folder that the entry is removed with: none of what is mounted in there goes. */
  readonly within?: Path;
}

/** What a removal came to. */
export interface Removed {
  /** Entries removed, folders too. */
  readonly removed: number;
  /** Entries left standing without a problem: protected, not verified, or cancelled. */
  readonly kept: number;
  readonly problems: readonly Problem[];
}

/**
 * Asked just before something is removed, whether the source still lacks it. Throws where that
 * cannot be known: the entry stays, with the problem told.
 */
export type Verify = (path: Path) => boolean;
