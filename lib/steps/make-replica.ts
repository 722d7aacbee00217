import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { fromText, type Path } from '../core/entry.ts';
import { reasonOf } from '../core/reasons.ts';
import { codeOf, fsPath } from '../disk/bytes.ts';
import { syncFolderAt } from '../disk/durable.ts';
import { findAround } from '../disk/lock.ts';
import { resolveRoots, type RootIdentity, type Roots } from '../disk/roots.ts';
import type { Mirror, Refusal } from '../mirror.ts';

/** A replica that is missing is made, for us alone until the pass gives it its mode. */
export async function makeReplica(mirror: Mirror, roots: Roots): Promise<Roots | Refusal> {
  let { replica } = mirror;
  const around = dirname(roots.replicaPath);
  const taken = mirror.options.dryRun ? undefined : await findAround(around);
  if (taken !== undefined) return { code: 'locked', text: taken.text };
  try {
    // A dry run compares with an empty folder elsewhere, which goes with it.
    if (mirror.options.dryRun) replica = mirror.memory.standIn ??= makeStandIn();
    else mkdirSync(fsPath(roots.replicaPath), 0o700);
    if (mirror.options.durable) syncFolderAt(dirname(roots.replicaPath));
  } catch (error) {
    return { code: 'replica-not-made',
      text: `the replica ${roots.replicaPath} cannot be made: ${reasonOf(codeOf(error))}` };
  }
  const made = resolveRoots(mirror.source, replica);
  if ('code' in made) return made;
  return made.replica === undefined
    ? { code: 'replica-not-made', text: 'the replica was made and is gone again' } : made;
}

/** Of two who begin at the same moment, the refused one takes back what it made. */
export function unmakeReplica({ real }: RootIdentity): void {
  try {
    rmdirSync(fsPath(real));
  } catch {
    // Whoever put something into it meanwhile keeps it.
  }
}

const makeStandIn = (): Path =>
  fromText(mkdtempSync(join(os.tmpdir(), 'fsync-dry-run-')));
