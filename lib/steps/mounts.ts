import type { Path } from '../core/entry.ts';
import type { ScanContext } from '../core/scan-task.ts';
import { knowsMounts, marksInside } from '../disk/mounts.ts';
import type { Mirror, Work } from '../mirror.ts';

/** What a pass knows of mounts in the source. */
export type MountsKnown = Required<Pick<ScanContext, 'mounts' | 'wereMounts' | 'givenUp'>>;

/**
 * What is mounted in the source, and what was: the record says so, on the disk, before anything is
 * copied from there. One that a person gave up is none.
 */
export async function mountsKnown(
  mirror: Mirror, source: Path, givenUp: MountsKnown['givenUp'],
): Promise<MountsKnown> {
  const { record, options, compareOnly, atWork } = mirror;
  const mounts = marksInside(source);
  const known = record.meta.mounts;
  if (known !== undefined && !options.dryRun && !compareOnly && !atWork) {
    const gone = known.filter((path) => !mounts.has(path) && !isIn(givenUp, path));
    await record.setMeta({ mounts: [...mounts.keys(), ...gone].toSorted() });
  }
  const { meta } = record;
  return { mounts, givenUp, wereMounts: meta.mounts && new Set(meta.mounts) };
}

const isIn = (givenUp: MountsKnown['givenUp'], path: Path): boolean =>
  givenUp === 'all' || givenUp.has(path);

/** After a full pass that saw all: where a mount had been missed it would not have. */
export async function learnMounts({ mirror: { record, options }, context }: Work): Promise<void> {
  if (record.meta.mounts !== undefined || options.dryRun || !knowsMounts()) return;
  await record.setMeta({ mounts: [...context.mounts.keys()].toSorted() });
}
