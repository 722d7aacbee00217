import { isInside, joinPath, nameOf, parentOf, type Path } from '../core/entry.ts';
import { isProtected, type Rules } from '../core/ignore.ts';
import type { Operation, RemoveOperation } from '../core/operation.ts';
import { folderRow, isRacy } from '../core/record-check.ts';
import { CTIME, millisOf, RACY, sideOfStat } from '../core/record.ts';
import { applyRename, applySet } from './apply-meta.ts';
import { inSource, outcome, renew, type Both } from './both.ts';
import { codeOf, failure, isAbsent } from './bytes.ts';
import { copyFile } from './copy-file.ts';
import type { Hands } from './hands.ts';
import type { JobContext, Outcome } from './job.ts';
import { linkRow, park, placeFolder, placeLink, placeSymlink } from './place.ts';
import { isGone, isProven, rootsStand, sourceOf } from './proof.ts';
import { removeEntry } from './remove.ts';
import { openParents } from './writable-parent.ts';

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
  // A removal does so itself, wherever it has come to.
  if (operation.kind !== 'remove') renew(both, operation.path);
  if (operation.kind === 'rename' && parentOf(operation.from) !== parentOf(operation.path)) {
    replica.renew(parentOf(operation.from));
  }
  switch (operation.kind) {
    case 'park':
      park(replica, operation.path, operation.temporary, operation.type);
      return outcome({ done: true });
    case 'rename':
      return applyRename(operation, both, context);
    case 'mkdir': {
      // Made even if the source lacks it for a moment: what the plan has for it would fail with it.
      const made = placeFolder(replica, operation.path);
      const from = inSource(both, operation.path);
      return outcome({ done: true, row: folderRow(from, made) });
    }
    case 'copy':
      return yield* applyCopy(operation.path, both, context, hands);
    case 'symlink': {
      const placed = placeSymlink(source, operation.path, replica, operation.path);
      return outcome({ done: true, row: linkRow(placed, context.grainMs) });
    }
    case 'link': {
      checkLinked(both, operation.target, operation.path);
      const { before, placed } = placeLink(replica, operation.target, operation.path);
      return outcome({ done: true, replicaSide: sideOfStat(placed),
        foundMs: millisOf(before.ctimeNs) });
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

/**
 * Both names are still of one file in the source: a file that came to one of them since would be
 * mirrored at the other one, too. No event tells of the name that stayed: it is tried again.
 */
function checkLinked(both: Both, target: Path, path: Path): void {
  const here = inSource(both, path);
  const there = sourceOf(both.source, target);
  const isOne = here.type === 'file' && there?.ino === here.ino && there.dev === here.dev;
  if (!isOne) throw failure('changed', path);
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

function* applyRemove(
  operation: RemoveOperation, chain: readonly Rules[], both: Both, context: JobContext,
  hands: Hands,
): Generator<number, Outcome, void> {
  const { path, proof, because, type, within = path } = operation;
  const proofOf = (below: Path): Path => joinPath(proof, below.slice(path.length + 1));
  const verify = (below: Path): boolean =>
    rootsStand(context) && isProven(operation, below, proofOf(below), both.source);
  const isRuled = because !== 'ignored' && !context.deleteIgnored && chain.length > 0;
  const keep = (below: Path, isFolder: boolean): boolean =>
    context.own.includes(proofOf(below))
      || (isRuled && isInside(below, within) && isProtected(chain, proofOf(below), isFolder));
  const { trash } = both.replica;
  // A file of ours is half a copy, or a second name; what was put aside may be the last of it.
  const lastName = (at: Path): Path | undefined => context.lastNames?.get(nameOf(at));
  const isOurs = because === 'litter' && type !== 'folder' && lastName(path) === undefined;
  const before = trash === undefined || isOurs ? undefined
    : (below: Path) => trash.keep(both.replica, below, lastName(below) ?? proofOf(below));
  const { removed: entries, kept, problems } = yield* removeEntry(both.replica, path, verify,
    { type, keep, before, within, cancelled: hands.cancelled });
  return outcome({ done: kept === 0 && problems.length === 0, entries, problems });
}
