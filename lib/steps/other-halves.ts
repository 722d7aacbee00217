import { wasBornBefore } from '../core/arrived.ts';
import type { Difference, Identity } from '../core/difference.ts';
import type { Path, Stat } from '../core/entry.ts';
import { identityNow } from '../core/record-check.ts';
import { BIRTH, INO } from '../core/record.ts';
import type { ScanResult } from '../core/scan-task.ts';
import type { Work } from '../mirror.ts';
import { listLevel, unlisted } from './expand.ts';
import { joinScope, recordedWhere } from './join.ts';

/** How many folders inside new ones are looked into for something that moved there. */
const MOST_FOLDERS = 256;

/**
 * A batch of changes may hold only one of the two names of a rename: the watcher is slow when large
 * folders move. Where something new is older than its name, the record is swept for its inode, and
 * the name that it had joins the scope. Without it a moved folder would be copied, and removed.
 */
export async function scanOtherHalves(work: Work, found: ScanResult): Promise<void> {
  if (work.trigger.full) return;
  const inodes = await movedHere(work, found);
  if (inodes.size === 0) return;
  const known = new Set(found.differences.map((one) => one.at.source));
  const former = await recordedWhere(work, (rows, at) =>
    inodes.has(rows[at + INO]!) && inodes.get(rows[at + INO]!) === rows[at + BIRTH]);
  await joinScope(work, found, former, known);
}

/**
 * Inodes, with their birth, of entries that are new under their names and old themselves, and had
 * no other name in the batch.
 */
async function movedHere(work: Work, found: ScanResult): Promise<Map<number, number>> {
  const inodes = new Map<number, number>();
  const note = (stat: Stat): boolean => {
    const identity = identityNow(stat);
    const isOld = identity !== undefined && wasBornBefore(identity.birthMs, work.startedMs);
    if (isOld) inodes.set(identity.ino, identity.birthMs);
    return isOld;
  };
  const fresh: Path[] = [];
  for (const one of found.differences) {
    if (one.kind !== 'new') continue;
    if (!note(one.source) && one.source.type === 'folder') fresh.push(one.at.source);
  }

  let left = MOST_FOLDERS;
  let level = fresh.slice(0, left).flatMap((path) => unlisted(work, path, new Map()));
  while (level.length > 0) {
    left -= level.length;
    const next = await listLevel(work, level);
    const old = new Set<Path>();
    for (const { tree } of level) {
      for (const one of [...tree.values()].flat()) if (note(one.stat)) old.add(one.path);
      tree.clear();
    }
    level = next.filter((one) => !old.has(one.path)).slice(0, Math.max(0, left));
  }
  for (const identity of found.differences.map(formerOf)) {
    if (identity && inodes.get(identity.ino) === identity.birthMs) inodes.delete(identity.ino);
  }
  return inodes;
}

/** What was recorded under a name that is in the batch: the record need not be searched for it. */
const formerOf = (one: Difference): Identity | undefined =>
  ('identity' in one ? one.identity : undefined);
