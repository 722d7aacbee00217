import { statfsSync } from 'node:fs';
import type { SyncEvent } from '../core/event.ts';
import type { Path } from '../core/entry.ts';
import { optionRules } from '../core/ignore.ts';
import type { Approval } from '../core/operation.ts';
import { COARSE_GRAIN_MS } from '../core/record-check.ts';
import { mergeTriggers, trigger, type Trigger } from '../core/scope.ts';
import { fsPath } from '../disk/bytes.ts';
import type { JobContext } from '../disk/job.ts';
import { overlap } from '../disk/overlap.ts';
import {
  compareIdentity, isSameFileSystem, resolveRoots, type RootIdentity, type Roots,
} from '../disk/roots.ts';
import type { Mirror, Refusal, Work } from '../mirror.ts';
import { newTally } from '../tally.ts';
import { dropOldLock, takeLock } from './keep-lock.ts';
import { makeReplica, unmakeReplica } from './make-replica.ts';
import { mountsKnown, type MountsKnown } from './mounts.ts';
import { ownPaths, tellOwn } from './own.ts';
import { powersKnown, type PowersKnown } from './powers.ts';
import { globalRules } from './rules.ts';
import { scrubbedSlice } from './scrub.ts';
import { makeTrash, refuseTrash, rememberTrash } from './trash.ts';

/** Local file systems keep times finely; on others, and on unknown ones, two seconds are safe. */
const FINE_GRAIN_MS = 20;
/** ext2/3/4, xfs, btrfs, tmpfs, overlay, f2fs, zfs, bcachefs; apfs and hfs by their numbers. */
const LOCAL_TYPES = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0xf2f52010, 0x2fc12fc1, 0xca451a4e, 0x1a,
]);

/**
 * Begins a pass: finds both roots anew, and refuses, before anything is written, where they are not
 * what they were. A replica that is gone is made again, on the file system that it was on.
 */
export async function beginPass(
  mirror: Mirror, asked: Trigger, tell: (event: SyncEvent) => void,
): Promise<Work | Refusal> {
  const approved = mirror.options.approveDeletes && mirror.memory.passes === 0
    ? 'all' : asked.approve;
  const found = resolveRoots(mirror.source, mirror.replica);
  if ('code' in found) return found;
  if (mirror.atWork && !isRegistered(mirror, found)) {
    return { code: 'other-roots', text: 'the folders are not those of the pass beside this one' };
  }
  const refusal = refuse(mirror, found, approved)
    ?? refuseTrash(mirror.options, found.source.real, found.replicaPath);
  if (refusal !== undefined) return refusal;
  if (found.replica === undefined && mirror.compareOnly && !mirror.options.dryRun) {
    return { code: 'replica-missing', text: 'the replica does not exist: nothing to compare with' };
  }
  const dropped = await dropOldLock(mirror, found.replica?.real);
  if (dropped !== undefined) return dropped;
  const roots = found.replica === undefined ? await makeReplica(mirror, found) : found;
  if ('code' in roots) return roots;
  const replica = roots.replica!;
  const locked = await takeLock(mirror, replica.real);
  if (locked !== undefined) {
    if (found.replica === undefined) unmakeReplica(replica);
    return locked;
  }
  const changed = await register(mirror, roots.source, replica);
  const trash = makeTrash(mirror.options);
  if (trash !== undefined && 'code' in trash) return trash;
  await rememberTrash(mirror, trash, replica.real);
  const rules = globalRules(mirror.options, roots.source.real);
  if ('code' in rules) return rules;
  const full = asked.full || changed;
  const scrub = full ? scrubbedSlice(mirror) : undefined;
  const mounts = await mountsKnown(mirror, roots.source.real, givenUp(approved));
  const context = {
    ...contextOf(mirror, roots.source, replica, trash), ...mounts, ...await powersKnown(mirror),
    ...(scrub === undefined ? {} : { scrub }),
    // After a full pass the replica is the source, whatever that costs.
    arrivalsMs: mirror.watches && !full ? Date.now() : Infinity, awaited: mirror.memory.arrived,
  };
  if (mirror.memory.passes === 0) tellOwn(mirror, context, tell);
  return {
    mirror, tell, trigger: changed ? mergeTriggers(asked, ROOT_CHANGED) : asked,
    number: mirror.memory.passes + 1, startedMs: Date.now(), beganMs: performance.now(),
    tally: newTally(), waiting: mirror.memory.waiting, rules: new Map(), context,
    top: [...rules, ...optionRules(mirror.options.ignore)],
  };
}

type Approved = 'all' | readonly Approval[];

/** Unless somebody approved just that, or `all`. */
function refuse(
  mirror: Mirror, roots: Roots, approved: Approved,
): Refusal | undefined {
  const { meta } = mirror.record;
  const overlapping = overlap(roots.source.real, roots.replicaPath);
  if (overlapping !== undefined) {
    return { code: 'overlap', text: `${overlapping}: choose folders that do not overlap` };
  }
  if (approved === 'all') return undefined;
  const refusals = [refuseRoot('source', meta.source, roots.source),
    roots.replica === undefined ? refuseNewReplica(meta.replica, roots)
      : refuseRoot('replica', meta.replica, roots.replica)];
  return refusals.find((one) => one !== undefined
    && !approved.some(({ refusal }) => refusal === one.code));
}

function refuseRoot(
  side: 'source' | 'replica', known: RootIdentity | undefined, now: RootIdentity,
): Refusal | undefined {
  switch (known === undefined ? 'same' : compareIdentity(known, now)) {
    case 'other-file-system':
      return { code: `${side}-other-file-system`, text: `the ${side} is on another file system than`
        + ` before: nothing is done until it is back, or approved${HOW}` };
    case 'became-link':
      return { code: `${side}-became-link`, text: `the ${side} became a link, or its link leads`
        + ` elsewhere than before: nothing is done until that is approved${HOW}` };
    default:
      return undefined;
  }
}

/** Mounts in the source that are approved to be gone: by the word those that were told of. */
const givenUp = (approved: Approved): 'all' | ReadonlySet<Path> =>
  (approved === 'all' ? 'all' : new Set(approved.flatMap(({ mounts }) => mounts)));

const HOW = ' (the word "approve", or sync --approve-deletes)';

/** A replica that is gone is made again only where it was. */
function refuseNewReplica(known: RootIdentity | undefined, roots: Roots): Refusal | undefined {
  const parent = roots.replicaParent;
  if (known === undefined || parent === undefined || isSameFileSystem(known, parent)) {
    return undefined;
  }
  return { code: 'replica-other-file-system', text: 'the replica is gone, and the folder that held'
    + ' it is on another file system than before: nothing is done until it is back, or approved'
    + HOW };
}

/** What was announced of the folder that was there says little of the one that is there now. */
const ROOT_CHANGED = trigger({ reason: 'root-changed', full: true });

/**
 * Other folders than before are gone on with, but deletions are judged as at first contact, which
 * takes a full pass. Returns whether there are such.
 */
async function register(
  mirror: Mirror, source: RootIdentity, replica: RootIdentity,
): Promise<boolean> {
  const { record, options, compareOnly } = mirror;
  const { meta } = record;
  if (options.dryRun || compareOnly) return false;
  const same = meta.source !== undefined && meta.replica !== undefined
    && compareIdentity(meta.source, source) === 'same'
    && compareIdentity(meta.replica, replica) === 'same';
  if (isRegistered(mirror, { source, replica })) return false;
  await record.setMeta({ source, replica, ...(same ? {} : { proven: false, held: undefined }) });
  return !same;
}

/** Whether both folders are just those that the last pass went on with. */
const isRegistered = (
  { record: { meta } }: Mirror, { source, replica }: Pick<Roots, 'source' | 'replica'>,
): boolean => JSON.stringify([meta.source, meta.replica]) === JSON.stringify([source, replica]);

function contextOf(
  mirror: Mirror, source: RootIdentity, replica: RootIdentity, trash: JobContext['trash'],
): Omit<JobContext, 'arrivalsMs' | 'awaited' | keyof MountsKnown | keyof PowersKnown> {
  const { options } = mirror;
  const local = isLocal(source.real);
  return {
    source: source.real, replica: replica.real,
    checksum: options.checksum, gitignore: options.gitignore,
    deleteIgnored: options.deleteIgnored, grainMs: local ? FINE_GRAIN_MS : COARSE_GRAIN_MS,
    mayHang: !local || !isLocal(replica.real),
    careful: mirror.record.meta.careful === true,
    trash, own: ownPaths(mirror, source.real, replica.real),
    hash: options.hash, chunkBytes: options.chunkBytes, durable: options.durable,
    sourceId: `${source.dev}:${source.ino}`, replicaId: `${replica.dev}:${replica.ino}`,
  };
}

/** Whether a folder is on a local file system, of a kind that is known. */
export function isLocal(root: Path): boolean {
  try {
    return LOCAL_TYPES.has(statfsSync(fsPath(root)).type);
  } catch {
    return false;
  }
}
