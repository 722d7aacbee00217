import type { LinkedName } from '../core/difference.ts';
import { joinPath, parentOf, samePath, type Path } from '../core/entry.ts';
import { planLinks } from '../core/links.ts';
import type { Operation } from '../core/operation.ts';
import { COLUMNS, INO } from '../core/record.ts';
import { lstat } from '../disk/stat.ts';
import type { Work } from '../mirror.ts';
import { applyPlan } from './apply.ts';
import type { RecordKeeper } from './record-keeper.ts';

/**
 * The other recorded names of files that an incremental pass met one name of: writing through one
 * name changes all, and a new name is to become a link, not a copy. A sweep of the record, made
 * only where a file with several names was met.
 */
export async function findMates(work: Work, names: readonly LinkedName[]): Promise<LinkedName[]> {
  if (work.trigger.full || names.length === 0) return [];
  const wanted = new Set(names.map((one) => Number(one.source.split(':')[1])));
  const known = new Set(names.map((one) => one.at.source));
  const mates: LinkedName[] = [];
  for await (const [folder, record] of work.mirror.record.subtree('')) {
    for (let row = 0; row < record.names.length; row += 1) {
      if (!wanted.has(record.rows[row * COLUMNS + INO]!)) continue;
      const path = joinPath(folder, record.names[row]!);
      const mate = known.has(path) ? undefined : nameNow(work, path);
      if (mate !== undefined) mates.push(mate);
    }
  }
  return mates;
}

/**
 * Places the names that new trees left out: as links of a name that is there already, or the first
 * of them as a copy and the others as its links.
 */
export async function placeLinked(
  work: Work, left: readonly LinkedName[], others: readonly LinkedName[], keeper: RecordKeeper,
): Promise<void> {
  if (left.length === 0) return;
  const files = new Set(left.map((one) => one.source));
  const mates = [...others, ...await findMates(work, left)]
    .flatMap((one) => (files.has(one.source) ? nameNow(work, one.at.source) ?? [] : []));
  const fresh = new Set(left.map((one) => one.at.source));
  const { links } = planLinks([...left, ...mates], fresh, new Map());

  const linked = new Set(links.map((one) => one.path));
  const copies = [...fresh].filter((path) => !linked.has(path))
    .map((path): Operation => ({ kind: 'copy', path, size: 0, replaces: false }));
  const folders = new Set([...fresh, ...linked].map(parentOf));
  await applyPlan(work, [
    ...copies,
    ...links.map(({ path, target }): Operation => ({ kind: 'link', path, target })),
    ...[...folders].map((path): Operation => ({ kind: 'set', path, type: 'folder', touched: true })),
  ], keeper);
}

/** A name as both sides have it now. */
function nameNow(work: Work, path: Path): LinkedName | undefined {
  try {
    const source = lstat(joinPath(work.context.source, path));
    if (source?.type !== 'file' || source.nlink < 2) return undefined;
    const replica = lstat(joinPath(work.context.replica, path));
    return {
      at: samePath(path), source: `${source.dev}:${source.ino}`,
      replica: replica?.type === 'file' ? `${replica.dev}:${replica.ino}` : undefined,
    };
  } catch {
    return undefined;
  }
}
