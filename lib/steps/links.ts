import { isRemoval } from '../core/blocked.ts';
import type { Difference, LinkedName } from '../core/difference.ts';
import { ancestorIn, joinPath, parentOf, samePath, type Path } from '../core/entry.ts';
import { planLinks } from '../core/links.ts';
import type { Operation } from '../core/operation.ts';
import { COLUMNS, INO, REPLICA } from '../core/record.ts';
import type { ScanResult } from '../core/scan-task.ts';
import { addChanges, changeAt } from '../core/scope.ts';
import { looked } from '../disk/stat.ts';
import type { Work } from '../mirror.ts';
import { applyPlan } from './apply.ts';
import type { Candidates } from './candidates.ts';
import { compareUnsure } from './contents.ts';
import { joinScope, recordedWhere } from './join.ts';
import type { RecordKeeper } from './record-keeper.ts';
import { scanChanges } from './scan.ts';

/**
 * An incremental pass met one name of a file that has several, and it is to change, or is gone, or
 * moves with its folder: the other names join the scope. Writing through one name changes all, a
 * new name is to become a link, not a copy, and what is set on one name is set on all; and another
 * name may have come while such a move had to wait. So do they where both sides do not have as many
 * names: one that became a link while it was copied is a file of its own, and equal. `done` are
 * files that this was done for; they are returned with those of now.
 */
export async function scanMates(
  work: Work, found: ScanResult, done: ReadonlySet<string> = new Set(),
): Promise<ReadonlySet<string>> {
  if (work.trigger.full) return done;
  const changed = new Set(found.differences.map((one) => one.at.source));
  const names = [...found.linked, ...found.differences.flatMap((one) => lostName(work, one))]
    .filter(({ at: { source, record }, uneven }) =>
      changed.has(source) || record !== source || uneven === true)
    // A file is looked for once, however many of its names are met.
    .filter((one) => filesOf(one).some((file) => !done.has(file)));
  await joinNames(work, found, inodesOf(names));
  return new Set([...done, ...names.flatMap(filesOf)]);
}

/**
 * The same once it is known what moved: folders that moved may hold more such names, and those that
 * are gone held some.
 */
export async function scanMatesInside(
  work: Work, candidates: Candidates, done: ReadonlySet<string>,
): Promise<void> {
  const { found } = candidates;
  await scanMates(work, found, done);
  if (work.trigger.full || !work.mirror.memory.hasLinks) return;
  const lost = found.differences.filter((one) => isRemoval(one) && 'replica' in one
    && one.replica.type === 'folder' && !candidates.hasLeft(one.at.replica));
  const folders = new Set(lost.map((one) => one.at.record));
  await joinNames(work, found, await inodesInside(work, folders), folders);
}

/** Remembers whether any file of the source has several names in it, as far as full passes tell. */
export function noteLinks(
  { mirror: { memory }, trigger }: Work, { differences, linked }: ScanResult,
): void {
  const isMet = new Set(linked.map((one) => one.source)).size < linked.length;
  const isAllSeen = trigger.full && !differences.some((one) => one.kind === 'unknown');
  memory.hasLinks = isMet || (memory.hasLinks && !isAllSeen);
}

/** What somebody did by a name just before it was removed is to be seen by the other ones. */
function lostName({ context }: Work, one: Difference): Names[] {
  const { at } = one;
  const isLost = one.kind === 'vanished' || (one.kind === 'changed' && one.what === 'type');
  const replica = isLost ? one.replica
    : one.kind === 'special' ? looked(joinPath(context.replica, at.replica)) : undefined;
  if (replica?.type !== 'file' || replica.nlink < 2) return [];
  return [{ at, replica: `${replica.dev}:${replica.ino}` }];
}

/** A name, and the file it is a name of, on the sides where that is known. */
type Names = Pick<LinkedName, 'at'> & Partial<LinkedName>;

const filesOf = ({ source, replica }: Names): string[] => [
  ...(source === undefined ? [] : [`source ${source}`]),
  ...(replica === undefined ? [] : [`replica ${replica}`]),
];

/** The inodes of files on both sides. */
interface Inodes {
  readonly source: ReadonlySet<number>;
  readonly replica: ReadonlySet<number>;
}

function inodesOf(names: readonly Names[]): Inodes {
  const of = (side: 'source' | 'replica'): Set<number> =>
    new Set(names.flatMap((one) => one[side]?.split(':')[1] ?? []).map(Number));
  return { source: of('source'), replica: of('replica') };
}

/** Those of all that is in some folders, as recorded. */
async function inodesInside(work: Work, folders: ReadonlySet<Path>): Promise<Inodes> {
  const [source, replica] = [new Set<number>(), new Set<number>()];
  for (const path of folders) {
    for await (const [, { names, rows }] of work.mirror.record.subtree(path)) {
      for (let at = 0; at < names.length * COLUMNS; at += COLUMNS) {
        source.add(rows[at + INO]!);
        replica.add(rows[at + REPLICA + INO]!);
      }
    }
  }
  return { source, replica };
}

/** All recorded names of some files, but for those in some folders: a sweep of the record. */
async function recordedNames(
  work: Work, { source, replica }: Inodes, except: ReadonlySet<Path> = new Set(),
): Promise<Path[]> {
  if (source.size + replica.size === 0) return [];
  const isExcepted = (folder: Path): boolean =>
    except.has(folder) || ancestorIn(folder, except) !== undefined;
  return recordedWhere(work, (rows, at, folder) =>
    (source.has(rows[at + INO]!) || replica.has(rows[at + REPLICA + INO]!)) && !isExcepted(folder));
}

/**
 * They are looked at for what they got. Where one is gone, or a folder around it, that is for its
 * own event to tell: here nothing would be known of where it moved.
 */
async function joinNames(
  work: Work, found: ScanResult, inodes: Inodes, except?: ReadonlySet<Path>,
): Promise<void> {
  const known = new Set([...found.differences, ...found.linked].map((one) => one.at.source));
  const names = await recordedNames(work, inodes, except);
  await joinScope(work, found, names, known, (one) => !isRemoval(one));
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
  const recorded = work.trigger.full ? [] : await recordedNames(work, inodesOf(left));
  const changed = await changedAmong(work, recorded, keeper);
  const mates = [...others.map((one) => one.at.source), ...recorded]
    .flatMap((path) => nameNow(work, path) ?? []).filter((one) => files.has(one.source))
    // What failed, or waits for something held, is nothing to link to.
    .filter((one) => one.replica !== undefined);
  const fresh = new Set(left.map((one) => one.at.source));
  const written = new Set([...fresh, ...changed.flatMap((one) =>
    (one.what === 'content' ? [one.at.source] : []))]);
  const { links } = planLinks([...left, ...mates], written, new Map());

  const linked = new Set(links.map((one) => one.path));
  const copies = [...written].filter((path) => !linked.has(path))
    .map((path): Operation => ({ kind: 'copy', path, size: 0, replaces: !fresh.has(path) }));
  const sets = changed.filter((one) => one.what === 'meta')
    .map(({ at, source, replica }): Operation => ({ kind: 'set', path: at.source, type: 'file',
      touched: false, seen: { source, replica, read: true } }));
  const folders = new Set([...written, ...linked].map(parentOf));
  await applyPlan(work, [
    ...copies,
    ...links.map(({ path, target }): Operation => ({ kind: 'link', path, target })),
    ...sets,
    ...[...folders].map((path): Operation =>
      ({ kind: 'set', path, type: 'folder', touched: true })),
  ], keeper);
}

/**
 * What changed of names that nothing else was to be done about: the new name may have been written
 * by since it was made, and what it is linked to is the old content.
 */
async function changedAmong(
  work: Work, names: readonly Path[], keeper: RecordKeeper,
): Promise<readonly Changed[]> {
  if (names.length === 0) return [];
  await keeper.flush();
  const asked = new Set(names);
  const found = await scanChanges(work, addChanges(undefined, names.map(changeAt)));
  await compareUnsure(work, found);
  keeper.learn(found.edits);
  return found.differences.filter((one): one is Changed => one.kind === 'changed'
    && one.source.type === 'file' && one.replica.type === 'file' && asked.has(one.at.source));
}

type Changed = Extract<Difference, { kind: 'changed' }>;

/** A name as both sides have it now. */
function nameNow(work: Work, path: Path): LinkedName | undefined {
  const source = looked(joinPath(work.context.source, path));
  if (source?.type !== 'file' || source.nlink < 2) return undefined;
  const replica = looked(joinPath(work.context.replica, path));
  return {
    at: samePath(path), source: `${source.dev}:${source.ino}`,
    replica: replica?.type === 'file' ? `${replica.dev}:${replica.ino}` : undefined,
  };
}
