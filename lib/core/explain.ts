import { metaDifference, type Difference, type Powers } from './difference.ts';
import { isInside, type Path } from './entry.ts';
import type { SyncEvent } from './event.ts';
import type { NumberStat } from './record-check.ts';
import { CTIME, INO, MODE, MTIME, RACY, SIZE } from './record.ts';

/** What a pass would do about a path, and why. */
export type Verdict =
  Omit<Extract<SyncEvent, { kind: 'explained-pass' }>, 'kind' | 'path'>;

/** What else is known of the path. */
interface Known {
  readonly powers: Powers;
  /** It is in the record; both sides are as it says; it is on one side at least. */
  readonly recorded: boolean;
  readonly clean: boolean;
  readonly there: boolean;
  /** A line ignores it, or it is our own. */
  readonly ignored: boolean;
  /** Being ignored is no reason for it to stay. */
  readonly deleteIgnored: boolean;
  /** The source has a socket or the like there. */
  readonly special: boolean;
  /** Of a folder of the replica: how much of it stays though it goes, for what is ignored in it. */
  readonly stays: 'all' | 'some' | 'nothing';
  /** Paths whose removal is held. */
  readonly held: readonly Path[];
}

/** What the scan around a path says of it. */
export function verdictOf(
  path: Path, differences: readonly Difference[], known: Known,
): Verdict {
  const one = differences.find(({ at }) => at.source === path)
    ?? differences.find((each) => isInside(path, each.at.source) && reaches(each, known));
  if (one !== undefined) return verdict(path, one, known);
  const because = known.ignored ? 'ignored' : !known.there ? 'absent'
    : known.special ? 'special' : known.clean ? 'recorded' : 'equal';
  return { does: 'nothing', because, whose: path };
}

/** Whether what is done about a folder is done about this path in it, too. */
function reaches(one: Difference, known: Known): boolean {
  if (one.kind === 'unknown') return true;
  const goes = one.kind === 'vanished' || one.kind === 'extraneous';
  if (known.ignored) return goes && known.deleteIgnored;
  if (!known.there || goes) return known.there;
  return !known.special && one.kind !== 'unsure'
    && !(one.kind === 'changed' && one.what === 'meta');
}

function verdict(path: Path, one: Difference, known: Known): Verdict {
  const whose = one.at.source;
  switch (one.kind) {
    case 'new':
      return { does: COPY[one.source.type], because: 'missing', whose };
    case 'vanished': case 'extraneous': {
      const isHeld = known.held.some((each) => each === whose || isInside(whose, each));
      const because = one.as ?? (one.kind === 'vanished' ? 'gone' : 'extraneous');
      if (isHeld) return { does: 'hold', because, whose };
      if (known.stays === 'nothing') return { does: 'remove', because, whose };
      return { does: known.stays === 'all' ? 'nothing' : 'remove', because: 'ignored-inside',
        whose: path };
    }
    case 'unsure':
      return { does: 'compare', because: known.recorded ? 'not-as-recorded' : 'time', whose };
    case 'swapped':
      return { does: 'look-inside', because: 'another-folder', whose };
    case 'unknown':
      return { does: 'keep', because: one.code, whose };
    case 'special':
      return { does: 'nothing', because: 'special', whose };
    case 'changed':
      if (one.what === 'meta') {
        const what = metaDifference(one.source, one.replica, known.powers) ?? 'time';
        return { does: 'set', because: what, whose };
      }
      if (one.what === 'content') return { does: 'copy', because: 'size', whose };
      return one.what === 'target' ? { does: 'symlink', because: 'target', whose }
        : { does: 'replace', because: 'type', whose };
    default:
      return one satisfies never;
  }
}

const COPY = { file: 'copy', folder: 'copy-tree', symlink: 'symlink', special: 'nothing' } as const;

/** In what one side is not as recorded; `at` is where its columns begin, as for isAsRecorded. */
export function recordedOtherwise(
  rows: Float64Array, at: number, now: NumberStat | undefined,
): readonly string[] {
  if (now === undefined) return ['is gone'];
  const columns: readonly (readonly [string, number, number])[] = [
    ['size', SIZE, now.size], ['time', MTIME, now.mtimeMs], ['mode', MODE, now.mode],
    ['inode', INO, now.ino], ['change time', CTIME, now.ctimeMs],
  ];
  return columns.filter(([, column, value]) => rows[at + column] !== value).map(([name, column]) =>
    (rows[at + column] === RACY ? 'too young when it was recorded' : name));
}
