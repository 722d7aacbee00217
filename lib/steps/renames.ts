import type { Difference } from '../core/difference.ts';
import { nameOf, parentOf, type Triple } from '../core/entry.ts';
import { withoutOutdated } from '../core/outdated.ts';
import { folderRow, isRacy } from '../core/record-check.ts';
import {
  digestCandidates, matchByDigest, matchByIdentity, outermost,
} from '../core/renames.ts';
import type { Move } from '../core/renames.ts';
import { oneFolder, type ScanResult } from '../core/scan-task.ts';
import type { Compared } from '../disk/job.ts';
import { mountsInside } from '../disk/mounts.ts';
import { isUnmoved } from '../disk/stat.ts';
import type { Work } from '../mirror.ts';
import { Candidates } from './candidates.ts';
import { comparePairs, digestPaths } from './contents.ts';
import { allOf } from './drain.ts';
import { listLevel, unlisted } from './expand.ts';
import { confirm, openVanished } from './inside.ts';
import { append, replaceAll, scanFolders } from './scan.ts';
import { aroundOf } from './scope.ts';
import { withoutExposed, withoutStuck } from './stuck.ts';

/**
 * Finds out what moved, and adds to `found` what that shows. First evidence is the inode: folders
 * before files, outermost first; the inside of a moved folder is scanned under its three paths.
 * Then what vanished folders and new folders hold takes part. What is left and has an equal size is
 * read: digests make pairs, a comparison confirms each. Without anything gone it costs nothing.
 */
export async function detectRenames(work: Work, found: ScanResult): Promise<Candidates> {
  const candidates = new Candidates(
    found, work.context.own, () => mountsInside(work.context.replica));
  await followFolders(work, candidates);
  await lookInside(work, candidates);
  await takeFiles(work, candidates,
    matchByIdentity(candidates.gone('file'), candidates.wanted('file')));
  await matchContents(work, candidates);
  settle(candidates);
  return candidates;
}

/** Folders found by their inode, then those found inside them, until no more are. */
async function followFolders(work: Work, candidates: Candidates): Promise<void> {
  for (;;) {
    if (!await follow(work, candidates) && !await scanInPlace(work, candidates)) return;
  }
}

/**
 * Folders that moved, if any: what differs inside them is found while their content is still under
 * the old paths.
 */
async function follow(work: Work, candidates: Candidates): Promise<boolean> {
  const moves = await folderMoves(work, candidates);
  if (moves.length === 0) return false;
  for (const move of moves) candidates.take(move);
  forgetInside(candidates, moves);
  await scanAs(work, candidates.found, moves.map(({ gone, wanted }) =>
    ({ source: wanted.path, replica: gone.replica, record: gone.record })));
  return true;
}

/** What was found in them before, under their old paths, is found anew. */
function forgetInside({ found, leftFolders }: Candidates, moves: readonly Move[]): void {
  const moved = new Set(moves.map((one) => one.gone.replica));
  replaceAll(found.differences, withoutOutdated(found.differences, moved, leftFolders));
  replaceAll(found.linked, withoutOutdated(found.linked, moved, leftFolders));
}

/** The differences inside folders that are elsewhere in the replica and in the record. */
async function scanAs(work: Work, found: ScanResult, all: readonly Triple[]): Promise<void> {
  const visits = all.flatMap((at) => {
    const around = aroundOf(work, at.source);
    return around === undefined ? [] : [oneFolder(at, undefined, true, around)];
  });
  if (visits.length > 0) append(found, await scanFolders(work, visits));
}

/** Scans swapped folders that met no partner where they are; false if there are none. */
async function scanInPlace(work: Work, candidates: Candidates): Promise<boolean> {
  const { inPlace, found } = candidates;
  const alone = found.differences.filter((one): one is Swapped =>
    one.kind === 'swapped' && !inPlace.has(one)
    && !candidates.hasArrived(one.at.source) && !candidates.hasLeft(one.at.replica));
  for (const one of alone) {
    inPlace.add(one);
    const { at: { record }, source, replica } = one;
    const row = folderRow(source, replica);
    found.edits.push({ folder: parentOf(record), rows: [[nameOf(record), row]] });
  }
  await scanAs(work, found, alone.map((one) => one.at));
  return alone.length > 0;
}

type Swapped = Extract<Difference, { kind: 'swapped' }>;

/**
 * Takes up what vanished folders hold and what new folders hold, where there is both. New folders
 * are listed level by level: what is inside a folder that moved needs no listing here.
 */
async function lookInside(work: Work, candidates: Candidates): Promise<void> {
  for (let found = true; found && candidates.hasBoth();) {
    const unopened = candidates.unopened();
    const opened = await openVanished(work, unopened);
    unopened.forEach((one, at) => candidates.inside.set(one.replica, opened[at]!));
    found = await follow(work, candidates);
    let inodes = candidates.goneInodes();
    let level = candidates.unwalked().flatMap((path) =>
      unlisted(work, path, candidates.treeOf(path)));
    while (level.length > 0) {
      const next = await listLevel(work, level);
      // Matching all with all again is for what may have a match.
      if (next.some(({ ino }) => inodes.has(ino)) && await follow(work, candidates)) {
        found = true;
        inodes = candidates.goneInodes();
      }
      level = next.filter((one) => !candidates.cameAlong(one.path));
    }
    await followFolders(work, candidates);
  }
}

/** Pairs of equal digests, read twice: once for the digest, once byte by byte. */
async function matchContents(work: Work, candidates: Candidates): Promise<void> {
  const alike = digestCandidates(candidates.gone('file'), candidates.wanted('file'));
  if (alike.gone.length === 0) return;
  const [gone, wanted] = await allOf([
    digestPaths(work, 'replica', alike.gone.map((one) =>
      ({ path: one.replica, bytes: one.stat.size }))),
    digestPaths(work, 'source', alike.wanted.map((one) =>
      ({ path: one.path, bytes: one.stat.size }))),
  ]);
  await takeFiles(work, candidates, matchByDigest(alike.gone, alike.wanted, { gone, wanted }));
}

/**
 * Above this a file's inode, birth, size and time are believed for now, and the next full pass
 * compares it. Up to this, reading costs about what the rename does, and finds also a file that was
 * rewritten with its old time before it was renamed: renaming hides what its ctime would have told.
 */
const BELIEVED_BYTES = 1_048_576;

/** Accepts file renames whose two contents are the same. */
async function takeFiles(
  work: Work, candidates: Candidates, matches: readonly Move[],
): Promise<void> {
  const moves = await confirm(work, matches.filter((move) => candidates.isPossible(move)));
  const isBelieved = ({ gone, wanted, read }: Move): boolean =>
    !read && wanted.stat.size > BELIEVED_BYTES && gone.identity?.doubted !== true;
  for (const move of moves.filter(isBelieved)) candidates.take(move);
  const doubted = moves.filter((move) => !isBelieved(move));
  const read = await comparePairs(work, doubted.map((move) =>
    ({ source: move.wanted.path, replica: move.gone.replica, bytes: move.wanted.stat.size })),
  (compared, at) => readMove(work, doubted[at]!, compared));
  for (const move of read) if (move !== undefined) candidates.take(move);
}

/**
 * The rename of what was found equal, as it was when it was read: mostly as before, which is not
 * kept twice. What was too young then is to be read once more.
 */
function readMove({ context }: Work, { gone, wanted }: Move, compared: Compared): Move | undefined {
  if ('code' in compared || compared.result !== 'same') return undefined;
  const { source, replica, readAtMs } = compared;
  return {
    gone: isUnmoved(gone.stat, replica) ? gone : { ...gone, stat: replica },
    wanted: isUnmoved(wanted.stat, source) ? wanted : { ...wanted, stat: source },
    read: !isRacy(source, readAtMs, context.grainMs),
  };
}

/** After the renames nothing is swapped any more, and what moved away must be copied anew. */
function settle(candidates: Candidates): void {
  const { differences } = candidates.found;
  const settled = differences.flatMap((one): Difference[] => {
    if (one.kind === 'unsure' && candidates.hasArrived(one.at.source)) return [];
    if ((one.kind === 'unsure' || one.kind === 'changed') && one.source.type === 'file'
      && candidates.hasLeft(one.at.replica)) {
      // Its content goes elsewhere: even if it is equal, the two must not stay one file.
      return [{ ...one, kind: 'changed', what: one.kind === 'changed' && one.what === 'type'
        ? 'type' : 'content' }];
    }
    if (one.kind !== 'swapped') return [one];
    if (candidates.inPlace.has(one)) return [];
    const { at, source, replica } = one;
    if (!candidates.hasArrived(at.source)) return [{ kind: 'new', at, source }];
    return candidates.hasLeft(at.replica) ? []
      : [{ kind: 'changed', what: 'type', at, source, replica }];
  });
  replaceAll(differences, settled);
}

/** Outer folder renames that inodes show, confirmed. */
async function folderMoves(work: Work, candidates: Candidates): Promise<Move[]> {
  const moves = matchByIdentity(candidates.gone('folder'), candidates.wanted('folder'))
    .filter((move) => candidates.isPossible(move));
  const free = await withoutStuck(work, candidates, await withoutExposed(work, moves));
  return confirm(work, outermost(free));
}
