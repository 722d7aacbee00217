import type { Difference } from '../core/difference.ts';
import { joinPath, type Path } from '../core/entry.ts';
import { COLUMNS } from '../core/record.ts';
import type { ScanResult } from '../core/scan-task.ts';
import { addChanges, changeAt } from '../core/scope.ts';
import { failure } from '../disk/bytes.ts';
import type { Work } from '../mirror.ts';
import { append, scanChanges } from './scan.ts';

/** The recorded paths whose row, at `at`, and folder fulfil a condition: a sweep of the record. */
export async function recordedWhere(
  work: Work, isOne: (rows: Float64Array, at: number, folder: Path) => boolean,
): Promise<Path[]> {
  const paths: Path[] = [];
  for await (const [folder, { names, rows }] of work.mirror.record.subtree('')) {
    for (let row = 0; row < names.length; row += 1) {
      if (isOne(rows, row * COLUMNS, folder)) paths.push(joinPath(folder, names[row]!));
    }
  }
  return paths;
}

/**
 * Paths that no event announced join the scope, as far as what is found there serves; those known
 * already are not told twice.
 */
export async function joinScope(
  work: Work, found: ScanResult, paths: readonly Path[], known: ReadonlySet<Path>,
  serves: (one: Difference) => boolean = () => true,
): Promise<void> {
  const asked = paths.filter((path) => !known.has(path));
  const { atWork } = work.mirror;
  // A pass aside that would meet the longer one gives up: the next looks at all of it again.
  if (atWork && asked.some((path) => atWork.isTouched(path) || atWork.isMoved(path))) {
    throw failure('at-work', asked[0]!);
  }
  if (asked.length === 0) return;
  const changes = asked.map(changeAt);
  const more = await scanChanges(work, addChanges(undefined, changes));
  // The folder of a recorded name may be gone: then what is there now is looked at, once more.
  const differences = more.differences
    .filter((one) => !known.has(one.at.source) && serves(one));
  // Nor does the name of a file serve where what has its place in the replica is not to go.
  const left = new Set(more.differences.flatMap((one) => (serves(one) ? [] : [one.at.source])));
  const linked = more.linked.filter((one) => !left.has(one.at.source));
  append(found, { ...more, differences, linked });
}
