import type { Stats } from 'node:fs';
import { hasArrived } from '../core/arrived.ts';
import { joinPath, type Path, type Side, type Stat } from '../core/entry.ts';
import { isIgnored, type Rules } from '../core/ignore.ts';
import { folderRowOf, grainFor, isRacy, mountMark } from '../core/record-check.ts';
import { encodeFolder } from './record-bytes.ts';
import { MOUNT, SELF_COLUMNS, sideOf, sideOfStat } from '../core/record.ts';
import { emptyScan, tasksOf } from '../core/scan-task.ts';
import { isInScope } from '../core/scope.ts';
import { applyOperation } from './apply.ts';
import { codeOf } from './bytes.ts';
import { sameContent } from './compare.ts';
import { copyFolder } from './copy-folder.ts';
import { digest } from './digest.ts';
import { durably, foldersDurably } from './durable.ts';
import { each } from './each.ts';
import type { Hands } from './hands.ts';
import { withOwnRules } from './ignore-files.ts';
import type { Compared, CopiedTreeFolder, Job, JobContext, NewFolder, ResultOf } from './job.ts';
import { countEntries, exposesIgnored, listFolder, measureFolder, statOne } from './listing.ts';
import { openRoot, type Pinned } from './pinned.ts';
import type { Removed } from './removal.ts';
import { removeEntry } from './remove.ts';
import { scanFolder } from './scan.ts';
import { setOpenFile } from './set.ts';
import { isOfPass } from './trash.ts';

/** Does a job, in steps short enough for the main thread: a worker takes them without pause. */
export function* perform<J extends Job>(
  job: J, context: JobContext, hands: Hands,
): Generator<void, ResultOf<J>> {
  try {
    return (yield* performAny(job, context, hands)) as ResultOf<J>;
  } finally {
    hands.jobIsOver();
  }
}

function* performAny(
  job: Job, context: JobContext, hands: Hands,
): Generator<void, ResultOf<Job>> {
  switch (job.kind) {
    case 'scan': {
      const found = emptyScan();
      for (const task of tasksOf(job.folders, job.records)) {
        scanFolder(task, context, found);
        yield;
      }
      return found;
    }
    case 'list':
      return yield* each(job.folders, (folder) => listFolder(job.side, folder, context));
    case 'measure':
      return yield* each(job.folders, (folder) => measureFolder(folder, context));
    case 'stat':
      return yield* each(job.paths, (path) => statOne(path, context));
    case 'count':
      return yield* each(job.folders, (folder) => countEntries(folder, context));
    case 'expose':
      return yield* each(job.folders, (folder) => exposesIgnored(folder, context));
    case 'compare':
      return yield* each(job.pairs, (pair) => compareOne(pair, context, hands), hands.read);
    case 'digest':
      return yield* each(job.paths, (path) => digestOne(job.side, path, context, hands),
        hands.read);
    case 'apply': {
      const outcomes = yield* each(job.operations, (operation) =>
        applyOperation(operation, job.chains.get(operation.path) ?? [], context, hands),
        hands.read);
      return context.durable
        ? durably(job.operations, outcomes, hands.roots(context).replica) : outcomes;
    }
    case 'empty-trash':
      return yield* emptyTrash(job.days, context);
    case 'copy-folders': {
      const copied = yield* each(job.folders, (folder) => copyOne(folder, context, hands),
        hands.read);
      return context.durable ? foldersDurably(copied, hands.roots(context).replica) : copied;
    }
    default:
      return job satisfies never;
  }
}

/** There is no source to ask: what passes have kept is ours. */
function* emptyTrash(days: readonly string[], { trash }: JobContext): Generator<void, Removed[]> {
  if (trash === undefined) return [];
  const root = openRoot(trash.root);
  try {
    return yield* each(days, (day) => removeEntry(root, day, () => true,
      { keep: (path, isFolder) => !isOfPass(path, isFolder) }));
  } finally {
    root.close();
  }
}

function* compareOne(
  pair: { source: Path; replica: Path }, context: JobContext, hands: Hands,
): Generator<number, Compared, void> {
  try {
    const { source, replica } = hands.roots(context);
    return yield* sameContent(source, pair.source, replica, pair.replica,
      { chunkBytes: context.chunkBytes, cancelled: hands.cancelled });
  } catch (error) {
    return { code: codeOf(error), side: (error as { side?: Side }).side ?? 'source' };
  }
}

function* digestOne(
  side: 'source' | 'replica', path: Path, context: JobContext, hands: Hands,
): Generator<number, string | undefined, void> {
  try {
    const root = hands.roots(context)[side];
    return yield* digest(root, path, context.hash,
      { chunkBytes: context.chunkBytes, cancelled: hands.cancelled });
  } catch {
    // What cannot be read is no candidate for a rename; copying it will tell the reason.
    return undefined;
  }
}

function* copyOne(
  { path, chain, parentDev }: NewFolder, context: JobContext, hands: Hands,
): Generator<number, CopiedTreeFolder, void> {
  const { source, replica } = hands.roots(context);
  const readAtMs = Date.now();
  let rules = chain;
  const copied = yield* copyFolder(source, path, replica, path, {
    chunkBytes: context.chunkBytes,
    durable: context.durable,
    cancelled: hands.cancelled,
    refuse: (stat) => whyNot(stat, path, context),
    listed(names) {
      rules = withOwnRules(chain, context.source, path, context.gitignore, names);
    },
    skip: (name, isFolder) => (rules.length > 0 || context.own.length > 0)
      && isSkipped(joinPath(path, name), isFolder, rules, context),
    grainMs: context.grainMs,
  });
  if (!copied.made) return { path, ...NOTHING_MADE, problems: copied.problems };

  const { stat, names, rows, folders, big, linked, special, problems, bytes, cancelled } = copied;
  const finished = folders.length + big.length > 0 || cancelled
    ? undefined : finishFolder(replica, path, stat);
  const racy = isRacy(stat, readAtMs, context.grainMs);
  const sides = [sideOfStat(stat, racy), sideOf(finished ?? copied.replica)] as const;
  const dev = Number(stat.dev);
  const self = new Float64Array(SELF_COLUMNS);
  self[MOUNT] = mountMark(context, path, dev, parentDev);
  if (finished !== undefined) self.set([...sides[0], ...sides[1]]);
  return {
    // No more than what is needed: all of it is copied from thread to thread.
    path, made: true, finished: finished !== undefined, isMount: self[MOUNT] !== 0,
    copied: names.length,
    record: encodeFolder({ self, names, rows }),
    big, linked, special, problems, bytes, folderRow: folderRowOf(...sides),
    folders: folders.map((name) => ({ path: joinPath(path, name), chain: rules, parentDev: dev })),
  };
}

/** Mode and times, at once where nothing more comes into the folder; undefined: not by us. */
function finishFolder(replica: Pinned, path: Path, stat: Stat): Stats | undefined {
  try {
    return setOpenFile(replica.folder(path), stat);
  } catch {
    // It is tried again like that of any other folder, and then told.
    return undefined;
  }
}

const NOTHING_MADE = {
  made: false, finished: false, isMount: false, record: new Uint8Array(0), copied: 0,
  folders: [], big: [], linked: [], special: [], bytes: 0,
} as const;

/** Why a folder is not copied. */
function whyNot(stat: Stat, path: Path, context: JobContext): string | undefined {
  if (isBeyondReach(path, context)) return 'ENAMETOOLONG';
  if (`${stat.dev}:${stat.ino}` === context.replicaId) return 'is-the-replica';
  const sinceMs = context.arrivalsMs - grainFor(stat, context.grainMs);
  const isNew = hasArrived(stat, sinceMs, Date.now());
  return isNew && !isInScope(context.awaited, path) ? 'arrived' : undefined;
}

/** Pinned folders have no such limit, but no scan, by plain paths, could look at them again. */
const isBeyondReach = (path: Path, { source, replica }: JobContext): boolean =>
  Math.max(source.length, replica.length) + path.length + 1 >= LONGEST_PATH;

const LONGEST_PATH = 4096;

const isSkipped = (
  path: Path, isFolder: boolean, rules: readonly Rules[], context: JobContext,
): boolean =>
  context.own.includes(path) || (rules.length > 0 && isIgnored(rules, path, isFolder));
