import {
  isInside, isTemporary, joinPath, nameOf, parentOf, type Path, type Stat,
} from '../core/entry.ts';
import { isIgnored, type Rules } from '../core/ignore.ts';
import type { Operation, Problem, RemoveOperation, Seen } from '../core/operation.ts';
import { folderRow, isRacy, rowOf, selfRow } from '../core/record-check.ts';
import { CTIME, millisOf, RACY, REPLICA, sideOfStat } from '../core/record.ts';
import { codeOf, failure, isAbsent } from './bytes.ts';
import { copyFile } from './copy-file.ts';
import type { Hands } from './hands.ts';
import type { JobContext, Outcome } from './job.ts';
import type { Pinned } from './pinned.ts';
import { park, placeFolder, placeLink, placeSymlink, rename } from './place.ts';
import { isGone, isProven, rootsStand, sourceOf } from './proof.ts';
import { removeEntry } from './remove.ts';
import { setMeta } from './set.ts';
import { isUnmoved, lstatAt } from './stat.ts';
import { openParents } from './writable-parent.ts';

interface Both {
  readonly source: Pinned;
  readonly replica: Pinned;
}

/**
 * Performs one operation of a plan; decides nothing. Whatever goes wrong becomes a problem of its
 * path. A folder that is closed to us though it is ours is opened; the plan's last operations set
 * its mode again.
 */
export function* applyOperation(
  operation: Operation, chain: readonly Rules[], context: JobContext, hands: Hands,
): Generator<number, Outcome, void> {
  try {
    const both = hands.roots(context);
    try {
      return yield* attempt(operation, chain, both, context, hands);
    } catch (error) {
      const opened = codeOf(error) === 'EACCES' && openParents(operation, both.replica);
      if (!opened) throw error;
      return yield* attempt(operation, chain, both, context, hands);
    }
  } catch (error) {
    const code = codeOf(error);
    const { path, kind: action } = operation;
    // A source that vanished meanwhile is news for the next pass, no problem of this one.
    const isNews = code === 'vanished' || (isAbsent(code) && isGoneNow(path, context, hands));
    return outcome({ problems: isNews ? [] : [{ path, code, action }] });
  }
}

function isGoneNow(path: Path, context: JobContext, hands: Hands): boolean {
  try {
    return isGone(hands.roots(context).source, path);
  } catch {
    return false;
  }
}

function* attempt(
  operation: Operation, chain: readonly Rules[], both: Both, context: JobContext, hands: Hands,
): Generator<number, Outcome, void> {
  const { source, replica } = both;
  switch (operation.kind) {
    case 'park':
      park(replica, operation.path, operation.temporary, operation.type);
      return outcome({ done: true });
    case 'rename':
      return applyRename(operation, both, context);
    case 'mkdir': {
      const made = placeFolder(replica, operation.path);
      const from = inSource(both, operation.path);
      return outcome({ done: true, row: folderRow(from, made) });
    }
    case 'copy':
      return yield* applyCopy(operation.path, both, context, hands);
    case 'symlink': {
      const placed = placeSymlink(source, operation.path, replica, operation.path);
      return outcome({ done: true, row: rowOf(placed.source, placed.replica, false) });
    }
    case 'link': {
      const placed = placeLink(replica, operation.target, operation.path);
      return outcome({ done: true, replicaSide: sideOfStat(placed) });
    }
    case 'set':
      return applySet(operation, both, context);
    case 'remove':
      return yield* applyRemove(operation, chain, both, context, hands);
    case 'copy-tree':
      throw failure('internal', operation.path);
    default:
      return operation satisfies never;
  }
}

/** A file that was put aside, or had several names, may have its change time from us. */
const isOurs = (from: Path, ...looks: readonly Stat[]): boolean =>
  isTemporary(nameOf(from)) || looks.some(({ nlink }) => nlink > 1);

/** Moves only what the plan looked at: content that changed since is another's. */
function applyRename(
  operation: Extract<Operation, { kind: 'rename' }>, both: Both, context: JobContext,
): Outcome {
  const { from, path, stat, type, seen } = operation;
  const there = inReplica(both, from);
  const isSame = there.ino === stat.ino && there.type === type
    && (type === 'folder' || (there.size === stat.size && there.mtimeNs === stat.mtimeNs
      && (isOurs(from, stat, there) || there.ctimeNs === stat.ctimeNs)));
  if (!isSame) throw failure('changed', from);
  const source = sourceOf(both.source, path);
  const placed = rename(both.replica, from, there, path);
  if (source === undefined) return outcome({ done: true });
  if (type === 'folder') return outcome({ done: true, row: folderRow(source, placed) });
  // Until its set vouches for it a file is to be compared, not taken for equal by size and time.
  const row = rowOf(source, placed, seen === undefined || !isAsRead(seen, source, placed, context));
  if (!isOurs(from, stat, there)) return outcome({ done: true, row });
  return outcome({ done: true, row: row.with(REPLICA + CTIME, RACY) });
}

function* applyCopy(
  path: Path, { source, replica }: Both, context: JobContext, hands: Hands,
): Generator<number, Outcome, void> {
  const startedMs = performance.now();
  const copied = yield* copyFile(source, path, replica, path,
    { chunkBytes: context.chunkBytes, durable: context.durable, cancelled: hands.cancelled });
  const { row, source: from, readAtMs } = copied;
  if (copied.unstable || isRacy(from, readAtMs, context.grainMs)) row[CTIME] = RACY;
  return outcome({
    done: true, bytes: copied.bytes, row,
    ...(copied.unstable ? { unstableMs: performance.now() - startedMs } : {}),
    problems: copied.unstable ? [{ path, code: 'never-rests', action: 'copy' }] : [],
  });
}

function applySet(
  operation: Extract<Operation, { kind: 'set' }>, both: Both, context: JobContext,
): Outcome {
  const { path, seen } = operation;
  const from = sourceOf(both.source, path);
  if (from === undefined) return outcome({});
  // The content is that of the time when it was looked at: a newer one would vouch for another.
  const mtimeNs = from.type === 'folder' || seen === undefined
    ? from.mtimeNs : seen.source.mtimeNs;
  const { before, after } = setMeta(both.replica, path, { ...from, mtimeNs });
  if (from.type === 'folder') {
    const parent = path === '' ? from : inSource(both, parentOf(path));
    return outcome({ done: true, self: selfRow(from, after, from.dev !== parent.dev) });
  }
  if (seen === undefined) return outcome({ done: true });
  return outcome({ done: true, row: rowOf(from, after, !isAsRead(seen, from, after, context)),
    foundMs: millisOf(before.ctimeNs) });
}

/**
 * Whether both files were found equal and rest since: what was not read, or moved since, is
 * compared by the next full pass. So is what was given another time, which hides a writing just
 * before.
 */
const isAsRead = (
  { read, source, replica }: Seen, from: Stat, to: Stat, context: JobContext,
): boolean => read && isUnmoved(source, from) && to.ino === replica.ino
  && to.size === replica.size && to.mtimeNs === replica.mtimeNs
  && !isRacy(from, Date.now(), context.grainMs);

function* applyRemove(
  operation: RemoveOperation, chain: readonly Rules[], both: Both, context: JobContext,
  hands: Hands,
): Generator<number, Outcome, void> {
  const { path, proof, because, type } = operation;
  const proofOf = (below: Path): Path => joinPath(proof, below.slice(path.length + 1));
  const verify = (below: Path): boolean =>
    rootsStand(context) && isProven(operation, below, proofOf(below), both.source);
  const keep = (below: Path, isFolder: boolean): boolean =>
    context.own.includes(proofOf(below)) || (because === 'gone' && isInside(below, path)
      && !context.deleteIgnored && chain.length > 0 && isIgnored(chain, proofOf(below), isFolder));
  const { trash } = both.replica;
  const before = trash === undefined || because === 'litter' ? undefined
    : (below: Path) => trash.keep(both.replica, below, proofOf(below));
  const { removed: entries, kept, problems } = yield* removeEntry(both.replica, path, verify,
    { type, keep, before, cancelled: hands.cancelled });
  return outcome({ done: kept === 0 && problems.length === 0, entries, problems });
}

const inSource = ({ source }: Both, path: Path): Stat =>
  orThrow(sourceOf(source, path), 'vanished', path);

/** What the replica lost since it was scanned is a problem: no later pass would be told of it. */
const inReplica = ({ replica }: Both, path: Path): Stat =>
  orThrow(lstatAt(replica.entry(path)), 'ENOENT', path);

function orThrow(stat: Stat | undefined, code: string, path: Path): Stat {
  if (stat === undefined) throw failure(code, path);
  return stat;
}

const outcome = (part: Partial<Outcome>): Outcome =>
  ({ done: false, problems: [] as readonly Problem[], bytes: 0, entries: 0, ...part });
