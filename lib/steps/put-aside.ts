import { byPath, nameOf, parentOf, type Path, type Stat } from '../core/entry.ts';
import { putAsides, type PutAside } from '../core/moves.ts';
import type { Operation } from '../core/operation.ts';
import type { Outcome } from '../disk/job.ts';
import type { RecordStore } from '../disk/record-store.ts';
import type { Work } from '../mirror.ts';
import type { RecordKeeper } from './record-keeper.ts';

/** Before a folder gets a temporary name the record says which one, for whoever finds it there. */
export async function noteAside(work: Work, operations: readonly Operation[]): Promise<void> {
  const { record } = work.mirror;
  const added = asidesOf(work, operations);
  if (added.length === 0) return;
  await record.setMeta({ aside: [...record.meta.aside ?? [], ...added] });
}

/** A file has another name as well, until another comes over it: that matters to a trash only. */
const asidesOf = ({ context }: Work, operations: readonly Operation[]): readonly PutAside[] =>
  putAsides(operations, context.trash !== undefined);

/**
 * What was put aside and could not be renamed goes back to where it was, if that place is still
 * free, or has the file whose second name it is: else it is litter.
 */
export async function putBack(
  work: Work, keeper: RecordKeeper, stuck: ReadonlySet<Path> = new Set(keeper.aside.keys()),
): Promise<void> {
  // Outer folders were put aside last, and go back first.
  for (const [temporary, { path }] of [...keeper.aside].toReversed()) {
    if (!stuck.has(temporary)) continue;
    if (await give(work, temporary, path)) await keeper.putBack(temporary);
  }
}

/** What is still aside at the end of a pass is looked at by the next: no event will tell of it. */
export async function leaveAside(
  work: Work, operations: readonly Operation[], keeper: RecordKeeper,
): Promise<void> {
  const { mirror: { record }, tally } = work;
  for (const temporary of keeper.aside.keys()) tally.arrived.add(temporary);
  const mine = asidesOf(work, operations);
  for (const { temporary, from, to = from } of mine) {
    if (keeper.aside.has(temporary)) tally.arrived.add(from).add(to);
  }
  const over = new Set(mine.map(({ temporary }) => temporary)
    .filter((temporary) => !keeper.aside.has(temporary)));
  if (over.size > 0) await forgetAside(record, (temporary) => over.has(temporary));
}

/**
 * Folders that an earlier pass left under temporary names, killed as it was, go back to where they
 * were, if nothing has come there. Else all had been put aside by then, and they go on to where
 * they were to go. Under a temporary name no rule would find what it protects in them.
 * A file whose name another has by now is litter, but the trash is to keep it as what it was.
 */
export async function takeUpAside(work: Work): Promise<Work> {
  const { record, options, atWork } = work.mirror;
  const { aside = [] } = record.meta;
  if (aside.length === 0 || options.dryRun || atWork) return work;
  const found = await statAll(work, aside.map(({ temporary }) => temporary));
  const there = await statAll(work, aside.map(({ from }) => from));
  const isLast = (at: number): boolean =>
    found[at]?.type === 'file' && !isSame(found[at], there[at]);
  const last = new Map(aside.flatMap(({ temporary, from }, at): [Path, Path][] =>
    (isLast(at) ? [[temporary, from]] : [])));
  await takeUpFolders(work, aside.filter((_, at) => found[at]?.type === 'folder'));
  await forgetAside(record, (temporary) => !last.has(temporary));
  // The folder that it is in may move.
  const lastNames = new Map([...last].map(([temporary, from]) => [nameOf(temporary), from]));
  return { ...work, context: { ...work.context, lastNames } };
}

async function takeUpFolders(work: Work, left: readonly PutAside[]): Promise<void> {
  const taken = await statAll(work, left.map(({ from }) => from));
  if (taken.some((there) => there !== undefined)) {
    const onward = left.flatMap(({ temporary, to }) =>
      (to === undefined ? [] : [{ temporary, to }])).toSorted((a, b) => byPath(a.to, b.to));
    for (const { temporary, to } of onward) {
      await makeAround(work, to);
      await take(work, temporary, to);
    }
  }
  // Outer folders were put aside last, and go back first.
  for (const { temporary, from } of left.toReversed()) await take(work, temporary, from);
  work.mirror.pool.rest();
}

/** The record may have followed the disk before the kill, or not. */
async function take(work: Work, temporary: Path, to: Path): Promise<void> {
  const { record } = work.mirror;
  const isTaken = await give(work, temporary, to);
  if (isTaken && await record.get(temporary, []) !== undefined) {
    await record.renameTree(temporary, to);
  }
}

/** New folders that were still to be made around a folder's place. */
async function makeAround(work: Work, path: Path): Promise<void> {
  const around: Path[] = [];
  for (let at = parentOf(path); at !== ''; at = parentOf(at)) around.unshift(at);
  const there = await statAll(work, around);
  const missing = around.filter((_, at) => there[at] === undefined);
  await perform(work, missing.map((each) => ({ kind: 'mkdir', path: each })));
}

async function forgetAside(
  record: RecordStore, isOver: (temporary: Path) => boolean,
): Promise<void> {
  const left = (record.meta.aside ?? []).filter(({ temporary }) => !isOver(temporary));
  await record.setMeta({ aside: left.length === 0 ? undefined : left });
}

/** Gives what was put aside a name that is free, or the file's whose second name it is. */
async function give(work: Work, temporary: Path, to: Path): Promise<boolean> {
  const [aside, there] = await statAll(work, [temporary, to]);
  if (aside === undefined || (there !== undefined && !isSame(aside, there))) return false;
  // As a folder is put aside: a file's second name goes when it is renamed to its first one.
  const [outcome] = await perform(work,
    [{ kind: 'park', path: temporary, temporary: to, type: 'folder' }]);
  return outcome?.done === true;
}

const isSame = (aside: Stat, there: Stat | undefined): boolean =>
  there?.ino === aside.ino && there.dev === aside.dev;

/** Entries of the replica. */
const statAll = (
  { mirror: { pool }, context }: Work, paths: readonly Path[],
): Promise<readonly (Stat | undefined)[]> => pool.run({ kind: 'stat', paths }, context);

const perform = (
  { mirror: { pool }, context }: Work, operations: readonly Operation[],
): Promise<readonly Outcome[]> =>
  pool.run({ kind: 'apply', operations, chains: new Map() }, context);
