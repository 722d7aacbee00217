import { isRemoval } from '../core/blocked.ts';
import type { Difference, LinkedName } from '../core/difference.ts';
import { ancestorIn, joinPath, parentOf, samePath, type Path } from '../core/entry.ts';
import { planLinks } from '../core/links.ts';
import type { Operation } from '../core/operation.ts';
import { COLUMNS, INO, REPLICA } from '../core/record.ts';
import type { ScanResult } from '../core/scan-task.ts';
import { lstat } from '../disk/stat.ts';
import type { Work } from '../mirror.ts';
import { applyPlan } from './apply.ts';
import { joinScope, recordedWhere } from './join.ts';
import type { Candidates } from './candidates.ts';
import type { RecordKeeper } from './record-keeper.ts';

/**
 * An incremental pass met one name of a file that has several, and it is to change, or is gone, or
 * moves with its folder: the other names join the scope. Writing through one name changes all, a
 * new name is to become a link, not a copy, and what is set on one name is set on all; and another
 * name may have come while such a move had to wait. `done` are names that this was done for; they
 * are returned with those of now.
 */
export async function scanMates(
  work: Work, found: ScanResult, done: ReadonlySet<Path> = new Set(),
): Promise<ReadonlySet<Path>> {
  if (work.trigger.full) return done;
  const changed = new Set(found.differences.map((one) => one.at.source));
  const names = [...found.linked, ...found.differences.flatMap(lostName)]
    .filter(({ at: { source, record } }) => (changed.has(source) || record !== source)
      && !done.has(source));
  await joinScope(work, found, await recordedNames(work, names), knownIn(found));
  return new Set([...done, ...names.map((one) => one.at.source)]);
}

/**
 * The same for all that was in folders which are gone, and did not move: what somebody did by such
 * a name just before is to be seen by the other ones.
 */
export async function scanLost(work: Work, candidates: Candidates): Promise<void> {
  const { found } = candidates;
  if (work.trigger.full || !work.mirror.memory.hasLinks) return;
  const lost = found.differences.filter((one) => isRemoval(one) && 'replica' in one
    && one.replica.type === 'folder' && !candidates.hasLeft(one.at.replica));
  if (lost.length === 0) return;
  const names = await namesOutside(work, new Set(lost.map((one) => one.at.record)));
  await joinScope(work, found, names, knownIn(found));
}

const knownIn = ({ differences, linked }: ScanResult): ReadonlySet<Path> =>
  new Set([...differences, ...linked].map((one) => one.at.source));

/** Remembers whether any file of the replica has several names, as far as full passes can tell. */
export function noteLinks(
  { mirror: { memory }, trigger }: Work, { differences, linked }: ScanResult,
): void {
  const files = linked.flatMap((one) => one.replica ?? []);
  const isMet = new Set(files).size < files.length;
  const isAllSeen = trigger.full && !differences.some((one) => one.kind === 'unknown');
  memory.hasLinks = isMet || (memory.hasLinks && !isAllSeen);
}

/** What somebody did by a name just before it was removed is to be seen by the other ones. */
function lostName(one: Difference): Names[] {
  if (one.kind !== 'vanished' || one.replica.type !== 'file' || one.replica.nlink < 2) return [];
  return [{ at: one.at, replica: `${one.replica.dev}:${one.replica.ino}` }];
}

/** A name, and the file it is a name of, on the sides where that is known. */
type Names = Pick<LinkedName, 'at'> & Partial<Pick<LinkedName, 'source' | 'replica'>>;

/** All recorded names of some files: a sweep of the record, made only where one has several. */
async function recordedNames(work: Work, names: readonly Names[]): Promise<Path[]> {
  if (names.length === 0) return [];
  const inodes = (side: 'source' | 'replica'): Set<number> =>
    new Set(names.flatMap((one) => one[side]?.split(':')[1] ?? []).map(Number));
  const [sources, replicas] = [inodes('source'), inodes('replica')];
  return recordedWhere(work, (rows, at) =>
    sources.has(rows[at + INO]!) || replicas.has(rows[at + REPLICA + INO]!));
}

/** The recorded names elsewhere of files that were in some folders: two sweeps of the record. */
async function namesOutside(work: Work, folders: ReadonlySet<Path>): Promise<Path[]> {
  const files = new Set<number>();
  for (const path of folders) {
    for await (const [, { names, rows }] of work.mirror.record.subtree(path)) {
      names.forEach((_, row) => files.add(rows[row * COLUMNS + REPLICA + INO]!));
    }
  }
  const isInside = (folder: Path): boolean =>
    folders.has(folder) || ancestorIn(folder, folders) !== undefined;
  return recordedWhere(work, (rows, at, folder) =>
    files.has(rows[at + REPLICA + INO]!) && !isInside(folder));
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
  const recorded = work.trigger.full ? [] : await recordedNames(work, left);
  const mates = [...others.map((one) => one.at.source), ...recorded]
    .flatMap((path) => nameNow(work, path) ?? []).filter((one) => files.has(one.source))
    // What failed, or waits for something held, is nothing to link to.
    .filter((one) => one.replica !== undefined);
  const fresh = new Set(left.map((one) => one.at.source));
  const { links } = planLinks([...left, ...mates], fresh, new Map());

  const linked = new Set(links.map((one) => one.path));
  const copies = [...fresh].filter((path) => !linked.has(path))
    .map((path): Operation => ({ kind: 'copy', path, size: 0, replaces: false }));
  const folders = new Set([...fresh, ...linked].map(parentOf));
  await applyPlan(work, [
    ...copies,
    ...links.map(({ path, target }): Operation => ({ kind: 'link', path, target })),
    ...[...folders].map((path): Operation =>
      ({ kind: 'set', path, type: 'folder', touched: true })),
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
