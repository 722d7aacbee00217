import type { Difference } from '../core/difference.ts';
import type { Stat } from '../core/entry.ts';
import { sliceOf, type Slice } from '../core/scrub.ts';
import type { Compared } from '../disk/job.ts';
import type { Mirror, Work } from '../mirror.ts';

/** What a full pass reads of the files that the record vouches for, where --scrub asks for it. */
export function scrubbedSlice({ options, memory }: Mirror): Slice | undefined {
  const { scrubPercent } = options;
  return scrubPercent === undefined ? undefined
    : sliceOf(scrubPercent, memory.scrubStart, memory.fullPasses);
}

type Unsure = Extract<Difference, { kind: 'unsure' }>;

/**
 * Takes note of what was read for --scrub. Content that differs, while both files are the very ones
 * that were equal before, was damaged on its way or where it lies. It is mended as drift of the
 * replica; but which of the two is the damaged one nobody knows, so a person is told.
 */
export function noteScrubbed(work: Work, one: Unsure, compared: Compared): void {
  if (one.scrubbed !== true || 'code' in compared || compared.result === 'changed') return;
  work.tally.scrubbed += 1;
  const isStill = isSame(one.source, compared.source) && isSame(one.replica, compared.replica);
  if (compared.result === 'same' || !isStill) return;
  work.tell({
    kind: 'notice', level: 'warn', code: 'damaged', path: one.at.source,
    text: 'its content in the replica is another than in the source, though neither was written '
      + 'since they were equal: it is copied again; look whether a disk is failing',
  });
}

const isSame = (a: Stat, b: Stat): boolean =>
  a.ino === b.ino && a.ctimeNs === b.ctimeNs && a.mtimeNs === b.mtimeNs && a.size === b.size;
