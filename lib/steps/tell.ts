import { ancestorIn, joinPath, type Path } from '../core/entry.ts';
import type { SyncEvent } from '../core/event.ts';
import type { Operation, Problem } from '../core/operation.ts';
import { isSymlinkMode } from '../core/record-check.ts';
import { decodeFolder } from '../disk/record-bytes.ts';
import { COLUMNS, MODE, SIZE } from '../core/record.ts';
import type { CopiedTreeFolder, Outcome } from '../disk/job.ts';
import type { Work } from '../mirror.ts';
import type { Tally } from '../tally.ts';

/** Tells what became of an operation, and counts it. */
export function tellOutcome(work: Work, operation: Operation, outcome: Outcome): void {
  const { tally, tell } = work;
  for (const problem of outcome.problems) addProblem(work, problem);
  if (operation.kind === 'rename' && !outcome.done) noteFormer(tally, operation, outcome);
  tally.bytes += outcome.bytes;
  if (operation.kind === 'remove' && operation.because !== 'litter') {
    tally.removed += outcome.entries;
  }
  leaveAlone(work, operation.path, outcome);
  const partly = operation.kind === 'remove' && !outcome.done && outcome.entries > 0;
  if (!outcome.done && !partly) return;
  count(tally, operation);
  const event = operationEvent(operation, outcome);
  if (event !== undefined) tell(partly ? { ...event, partly } : event);
}

/** What was not renamed is looked at by its former name, too, of which no event tells any more. */
function noteFormer(
  { renaming, arrived }: Tally, { path, was }: Extract<Operation, { kind: 'rename' }>,
  { problems }: Outcome,
): void {
  if (problems.length > 0) renaming.set(path, was);
  else arrived.add(was);
}

/** A file that never rests is left alone for ten times as long as its copy took. */
export function leaveAlone(work: Work, path: Path, { unstableMs }: Outcome): void {
  if (unstableMs === undefined) return;
  work.mirror.memory.unstable.set(path, performance.now() + 10 * unstableMs);
}

/** What a person is told of an operation; nothing of those that only serve others. */
export function operationEvent(
  operation: Operation, outcome?: Pick<Outcome, 'bytes' | 'entries'>,
): Extract<SyncEvent, { kind: 'operation-done' }> | undefined {
  const { kind, path } = operation;
  const base = { kind: 'operation-done', operation: kind, path } as const;
  switch (operation.kind) {
    case 'park':
      return undefined;
    case 'rename':
      return { ...base, type: operation.type, from: operation.was };
    case 'mkdir': case 'copy-tree':
      return { ...base, type: 'folder' };
    case 'copy':
      return { ...base, type: 'file', bytes: outcome?.bytes ?? operation.size };
    case 'symlink':
      return { ...base, type: 'symlink' };
    case 'link':
      return { ...base, type: 'file', target: operation.target };
    case 'set':
      return operation.touched ? undefined : { ...base, type: operation.type };
    case 'remove':
      if (operation.because === 'litter') return undefined;
      return { ...base, path: operation.proof, type: operation.type,
        entries: outcome?.entries ?? operation.entries };
    default:
      return operation satisfies never;
  }
}

/** Counts and remembers a path that failed; told at the end of the pass, with its next try. */
export function addProblem(work: Work, problem: Problem): void {
  // Being told to stop is no failure of the path.
  if (problem.code === 'cancelled') return;
  const { problems, arrived } = work.tally;
  // Nor is a folder that moved while the pass ran: the next one has both of its names.
  if (problem.code === 'arrived') {
    arrived.add(problem.path);
    return;
  }
  // All that was still to be done failed by it.
  const path = problem.code === 'root-moved' ? '' : problem.path;
  if (!problems.has(path)) problems.set(path, { ...problem, path });
}

/** Sockets, devices and FIFOs are told of once, and not by a pass aside: the next one does. */
export function tellSpecial(work: Work, path: Path): void {
  const { mirror: { memory, atWork }, tally, tell } = work;
  if (atWork) return;
  tally.specials.add(path);
  if (memory.specials.has(path)) return;
  memory.specials.add(path);
  const text = 'not mirrored: it is a socket, a device or a FIFO';
  tell({ kind: 'notice', level: 'info', code: 'special', path, text });
}

/** Those that a full pass did not meet are gone, but for where it could not look. */
export function forgetSpecials({ mirror: { memory: { specials } }, tally }: Work): void {
  for (const path of specials) {
    const isOutOfSight = ancestorIn(path, tally.problems) !== undefined;
    if (!tally.specials.has(path) && !isOutOfSight) specials.delete(path);
  }
}

/** In detail: every entry of a folder that was copied as part of a tree. */
export function* treeEntryEvents(copied: CopiedTreeFolder, isRoot: boolean): Generator<SyncEvent> {
  const base = { kind: 'operation-done', inTree: true } as const;
  if (!isRoot) yield { ...base, operation: 'mkdir', path: copied.path, type: 'folder' };
  const { names = [], rows = [] } = decodeFolder(copied.record) ?? {};
  for (const [at, name] of names.entries()) {
    const path = joinPath(copied.path, name);
    const row = at * COLUMNS;
    if (isSymlinkMode(rows[row + MODE]!)) {
      yield { ...base, operation: 'symlink', path, type: 'symlink' };
    } else {
      yield { ...base, operation: 'copy', path, type: 'file', bytes: rows[row + SIZE]! };
    }
  }
}

/** Counts an operation that was done; of removals and new trees only their ends tell how much. */
export function count(tally: Tally, operation: Operation): void {
  switch (operation.kind) {
    case 'copy': case 'symlink': tally.copied += 1; break;
    case 'mkdir': tally.folders += 1; break;
    case 'rename': tally.renamed += 1; break;
    case 'link': tally.linked += 1; break;
    case 'set': if (!operation.touched) tally.set += 1; break;
    default: break;
  }
}

/**
 * Without links to a file that could not be copied: a new name would have what its source never
 * had. They are tried again with it. One that never rests was copied all the same.
 */
export function withoutFailed(work: Work, links: readonly Operation[]): readonly Operation[] {
  return links.filter((one) => {
    const failed = one.kind === 'link' ? work.tally.problems.get(one.target) : undefined;
    if (failed === undefined || failed.code === 'never-rests') return true;
    addProblem(work, { path: one.path, code: failed.code, action: 'link' });
    return false;
  });
}
