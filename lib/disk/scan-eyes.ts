import type { Stats } from 'node:fs';
import type { Difference, LinkedName } from '../core/difference.ts';
import { joinPath, type Path, type Side, type Stat, type Triple } from '../core/entry.ts';
import { isAsSet } from '../core/record-check.ts';
import type { ScanContext, ScanResult } from '../core/scan-task.ts';
import { codeOf, fsPath } from './bytes.ts';
import { lstat, quickLstat, readLink } from './stat.ts';

/**
 * How a scan looks at entries of both sides. What cannot be looked at is told as unknown, and what
 * is below it kept; that something is gone is never an error.
 */
export class Eyes {
  private readonly context: ScanContext;
  private readonly found: ScanResult;

  constructor(context: ScanContext, found: ScanResult) {
    this.context = context;
    this.found = found;
  }

  pathOf(side: Side, at: Triple): Path {
    return joinPath(this.context[side], at[side]);
  }

  /** A quick lstat: undefined when it is gone, null, and told, when it cannot be looked at. */
  look(side: Side, at: Triple): Stats | undefined | null {
    try {
      return quickLstat(fsPath(this.pathOf(side, at)));
    } catch (error) {
      this.unknown(at, side, codeOf(error));
      return null;
    }
  }

  /** An exact lstat; undefined when it is gone, or told as unknown. */
  stat(side: Side, at: Triple): Stat | undefined {
    try {
      return lstat(this.pathOf(side, at));
    } catch (error) {
      this.unknown(at, side, codeOf(error));
      return undefined;
    }
  }

  pair(at: Triple): { source: Stat; replica: Stat } | undefined {
    const source = this.stat('source', at);
    const replica = source && this.stat('replica', at);
    return source && replica ? { source, replica } : undefined;
  }

  /** Whether two symlinks lead to the same place; a target that cannot be read is another. */
  sameTarget(at: Triple): boolean {
    try {
      return readLink(this.pathOf('source', at)) === readLink(this.pathOf('replica', at));
    } catch {
      return false;
    }
  }

  /** A file that is vouched for is read all the same: content may be lost where it lies. */
  scrub(at: Triple, rows: Float64Array, row: number): void {
    const exact = this.pair(at);
    if (exact?.source.type !== 'file' || exact.replica.type !== 'file') return;
    const kept = isAsSet(rows, row, exact.source, exact.replica) ? { kept: true as const } : {};
    this.tell({ kind: 'unsure', at, ...exact, drift: true, scrubbed: true, ...kept });
  }

  unknown(at: Triple, side: Side, code: string): void {
    this.tell({ kind: 'unknown', at, side, code });
  }

  /** By a rule for folders, or for all else: it stays, and has the place of what should come. */
  ignored(at: Triple): void {
    this.unknown(at, 'replica', 'ignored-there');
  }

  tell(difference: Difference): void {
    this.found.differences.push(difference);
  }
}

/** Whether a folder is on one side only, and on the other what is mirrored, too. */
export const isOtherKind = (source: Stats, replica: Stats | undefined): boolean =>
  replica !== undefined && source.isDirectory() !== replica.isDirectory()
    && (source.isDirectory() || source.isFile() || source.isSymbolicLink());

/** A name of a file that has several, on either side. */
export function linkedName(
  at: Triple, source: Stats, replica: Stats | undefined,
): LinkedName | undefined {
  if (!source.isFile() || (source.nlink < 2 && (replica?.nlink ?? 0) < 2)) return undefined;
  const id = (stats: Stats): string => `${stats.dev}:${stats.ino}`;
  if (!replica?.isFile()) return { at, source: id(source), replica: undefined };
  const uneven = source.nlink === replica.nlink ? {} : { uneven: true as const };
  return { at, source: id(source), replica: id(replica), ...uneven };
}
