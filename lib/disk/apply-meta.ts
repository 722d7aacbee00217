import { metaDiffers } from '../core/difference.ts';
import { isTemporary, nameOf, parentOf, type Path, type Stat } from '../core/entry.ts';
import type { Operation, Problem, Seen } from '../core/operation.ts';
import { folderRow, isRacy, mountMark, rowOf, selfRow } from '../core/record-check.ts';
import { CTIME, millisOf, RACY, REPLICA, type Row } from '../core/record.ts';
import { inReplica, inSource, outcome, type Both } from './both.ts';
import { codeOf, failure } from './bytes.ts';
import type { JobContext, Outcome } from './job.ts';
import { rename } from './place.ts';
import { sourceOf } from './proof.ts';
import { setMeta } from './set.ts';
import { isUnmoved } from './stat.ts';

/**
 * Moves only what the plan looked at: content that changed since is another's. A file gets what it
 * lacks of its source's mode, owner and time; a folder does so last of all.
 */
export function applyRename(
  { from, path, stat, type, spares, seen }: Extract<Operation, { kind: 'rename' }>, both: Both,
  context: JobContext,
): Outcome {
  const there = inReplica(both, from);
  // A file that was put aside, or had several names, may have its change time from us.
  const isOurs = isTemporary(nameOf(from)) || stat.nlink > 1 || there.nlink > 1;
  const isSame = there.ino === stat.ino && there.type === type
    && (type === 'folder' || (there.size === stat.size && there.mtimeNs === stat.mtimeNs
      && (isOurs || there.ctimeNs === stat.ctimeNs)));
  if (!isSame) throw failure('changed', from);

  const source = sourceOf(both.source, path);
  const placed = rename(both.replica, from, there, path, spares);
  if (source === undefined) return outcome({ done: true });
  if (type === 'folder') return outcome({ done: true, row: folderRow(source, placed) });
  // Until its set vouches for it a file is to be compared, not taken for equal by size and time.
  const { row, problems } = seen === undefined ? { row: rowOf(source, placed, true), problems: [] }
    : setRenamed(path, source, placed, seen, both, context);
  return outcome({ done: true, problems, row: isOurs ? row.with(REPLICA + CTIME, RACY) : row });
}

/** What a renamed file lacks of its source's mode, owner and time: mostly nothing. */
function setRenamed(
  path: Path, source: Stat, placed: Stat, seen: Seen, both: Both, context: JobContext,
): { row: Row; problems: readonly Problem[] } {
  const wanted = timed(source, seen);
  if (!metaDiffers(wanted, placed, context.powers)) {
    const row = rowOf(source, placed, !restsSince(seen, source, placed, context));
    return { row, problems: [] };
  }
  try {
    const { before, after } = setMeta(both.replica, path, wanted, seen.replica);
    // What is set hides that somebody wrote to it after the rename, or before we looked.
    const rests = before.ctimeNs === placed.ctimeNs
      && [placed, after].every((is) => restsSince(seen, source, is, context));
    return { row: rowOf(source, after, !rests), problems: [] };
  } catch (error) {
    const problem = { path, code: codeOf(error), action: 'set' };
    return { row: rowOf(source, placed, true), problems: [problem] };
  }
}

/** Sets mode, owner and time of what is in its place. */
export function applySet(
  { path, seen }: Extract<Operation, { kind: 'set' }>, both: Both, context: JobContext,
): Outcome {
  const readAtMs = Date.now();
  const from = sourceOf(both.source, path);
  if (from === undefined) return outcome({});
  const file = from.type === 'folder' ? undefined : seen;
  const wanted = file === undefined ? from : timed(from, file);
  const { before, after } = setMeta(both.replica, path, wanted, file?.replica);
  if (from.type === 'folder') {
    // Somebody may have been there before we looked. What differs twice cannot be had.
    const kept = !metaDiffers(from, after, context.powers) ? after
      : setMeta(both.replica, path, from).after;
    const parent = path === '' ? from : inSource(both, parentOf(path));
    const mount = mountMark(context, path, Number(from.dev), Number(parent.dev));
    const racy = isRacy(from, readAtMs, context.grainMs);
    return outcome({ done: true, self: selfRow(from, kept, mount, racy) });
  }
  if (seen === undefined) return outcome({ done: true });
  return outcome({ done: true, row: rowOf(from, after, !restsSince(seen, from, after, context)),
    foundMs: millisOf(before.ctimeNs) });
}

/** The content is that of the time when it was looked at: a newer one would vouch for another. */
const timed = (source: Stat, seen: Seen): Stat => ({ ...source, mtimeNs: seen.source.mtimeNs });

/**
 * Whether both files were found equal and rest since: what was not read, or moved since, is
 * compared by the next full pass. So is what was given another time, which hides a writing just
 * before.
 */
const restsSince = (
  { read, source, replica }: Seen, from: Stat, to: Stat, context: JobContext,
): boolean => read && isUnmoved(source, from) && to.ino === replica.ino
  && to.size === replica.size && to.mtimeNs === replica.mtimeNs
  && !isRacy(from, Date.now(), context.grainMs);
