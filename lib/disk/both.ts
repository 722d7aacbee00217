import { parentOf, type Path, type Stat } from '../core/entry.ts';
import type { Problem } from '../core/operation.ts';
import { failure } from './bytes.ts';
import type { Outcome } from './job.ts';
import type { Pinned } from './pinned.ts';
import { sourceOf } from './proof.ts';
import { lstatAt } from './stat.ts';

/** Both roots, as an operation uses them. */
export interface Both {
  readonly source: Pinned;
  readonly replica: Pinned;
}

/** Before something is done at a path: where somebody moved what was opened before, nothing is. */
export function renew({ source, replica }: Both, path: Path): void {
  for (const root of [source, replica]) root.renew(parentOf(path));
}

/** What the source has at a path; thrown where it vanished. */
export const inSource = ({ source }: Both, path: Path): Stat =>
  orThrow(sourceOf(source, path), 'vanished', path);

/** What the replica lost since it was scanned is a problem: no later pass would be told of it. */
export const inReplica = ({ replica }: Both, path: Path): Stat =>
  orThrow(lstatAt(replica.entry(path)), 'ENOENT', path);

function orThrow(stat: Stat | undefined, code: string, path: Path): Stat {
  if (stat === undefined) throw failure(code, path);
  return stat;
}

/** What became of an operation, of which only what matters is said. */
export const outcome = (part: Partial<Outcome>): Outcome =>
  ({ done: false, problems: [] as readonly Problem[], bytes: 0, entries: 0, ...part });
