import type { Stats } from 'node:fs';
import { judge } from '../core/difference.ts';
import { childOf, isTemporary, type Triple } from '../core/entry.ts';
import { isContent, isIgnored, type Rules } from '../core/ignore.ts';
import {
  folderRow, identityOf, isAsRecordedNow, isAsSet, isClean, isFolderMode, isRacy, isSameFolder,
  isUnchanged, rowOf,
} from '../core/record-check.ts';
import { INO, MODE, REPLICA, type FolderRecord, type Row } from '../core/record.ts';
import { inSlice } from '../core/scrub.ts';
import { addSeen, asksOwner, asksOwnersIn, siblings, type SeenNames } from '../core/scan-task.ts';
import type { FolderTask, ScanContext, ScanResult } from '../core/scan-task.ts';
import { isAscii } from './bytes.ts';
import { isOtherKind, linkedName, type Eyes } from './scan-eyes.ts';
import type { Names } from './scan-names.ts';
import { quickLstat } from './stat.ts';

/** What the entries of one folder have in common while it is scanned. */
export interface FolderInHand {
  readonly task: FolderTask;
  readonly context: ScanContext;
  readonly found: ScanResult;
  readonly eyes: Eyes;
  readonly names: Names;
  readonly record: FolderRecord | undefined;
  readonly startedMs: number;
  /** The rules for what is in the folder, its own included. */
  readonly chain: readonly Rules[];
  /** The device of the source folder. */
  readonly dev: number;
}

/** Compares the entries of one folder, and collects the rows that the record should have. */
export class EntryScan {
  readonly rows: [string, Row | undefined][] = [];
  /** Recorded folders that the replica has no more. */
  readonly gone: string[] = [];
  private readonly scan: FolderInHand;
  /** Folders to be scanned with all that is in them, and by themselves only. */
  private readonly deep: SeenNames = { names: [], seen: [] };
  private readonly shallow: SeenNames = { names: [], seen: [] };
  /** What the paths of the entries begin with; undefined where each must be looked at closely. */
  private readonly plain: { readonly source: string; readonly replica: string } | undefined;
  private readonly isScrubbed: (name: string) => boolean;

  constructor(scan: FolderInHand) {
    this.scan = scan;
    const { eyes, context, chain, task: { at } } = scan;
    const source = `${eyes.pathOf('source', at)}/`;
    const replica = `${eyes.pathOf('replica', at)}/`;
    const close = context.checksum || context.own.length > 0 || chain.length > 0
      || asksOwnersIn(context, at.source) || !isAscii(source) || !isAscii(replica);
    this.plain = close ? undefined : { source, replica };
    this.isScrubbed = inSlice(context.scrub, at.source);
  }

  /** One name, whose row in the record begins at `row`, or is -1. */
  compare(name: string, inSource: boolean, inReplica: boolean, row: number): void {
    const at = childOf(this.scan.task.at, name);
    const { chain, context, record } = this.scan;
    if (context.own.includes(at.source)) return;
    const source = inSource ? this.scan.eyes.look('source', at) : undefined;
    const ino = row < 0 ? -1 : record!.rows[row + REPLICA + INO]!;
    const replica = inReplica && source !== null ? this.scan.names.inReplica(at, ino) : undefined;
    if (replica) this.scan.found.present += 1;
    if (source === null || replica === null) return;
    this.scan.found.checked += 1;
    if (!replica?.isDirectory() && this.wasFolder(row)) this.gone.push(name);
    const isLitter = source === undefined && row < 0 && isTemporary(name);
    const stats = isLitter ? undefined : source ?? replica;
    if (stats && chain.length > 0 && isIgnored(chain, at.source, stats.isDirectory())) {
      if (replica && this.scan.context.deleteIgnored) this.surplus(at, row, 'ignored');
    } else if (source === undefined) {
      if (replica) this.surplus(at, row, isLitter ? 'litter' : undefined);
      else if (row >= 0) this.rows.push([name, undefined]);
    } else {
      if (isContent(at.source, this.scan.context.gitignore)) this.scan.found.sources += 1;
      const isKept = !this.scan.context.deleteIgnored && isOtherKind(source, replica);
      const isOther = isKept && isIgnored(chain, at.source, replica!.isDirectory());
      if (isOther) return this.scan.eyes.ignored(at);
      const linked = linkedName(at, source, replica);
      if (linked !== undefined) this.scan.found.linked.push(linked);
      if (replica === undefined) this.fresh(at, this.isDrift(row, source));
      else if (source.isDirectory() && replica.isDirectory()) {
        this.folder(name, at, row, source, replica);
      } else {
        const clean = row >= 0 && !context.checksum && isClean(record!.rows, row, source, replica);
        if (clean && this.isScrubbed(name)) this.scan.eyes.scrub(at, record!.rows, row);
        else if (!clean || asksOwner(context, at.source)) this.unclean(name, at, row, source);
      }
    }
  }

  /** Once all names are compared: the folders among them are what is scanned next. */
  end(): void {
    if (this.deep.names.length > 0) this.handOn(this.deep, undefined);
    if (this.shallow.names.length > 0) this.handOn(this.shallow, []);
  }

  private handOn(folders: SeenNames, names: readonly string[] | undefined): void {
    const { task: { at }, chain, dev: parentDev, found } = this.scan;
    found.inside.push(...siblings(at, folders, { names, chain, parentDev }));
  }

  /**
   * Whether an entry of all three listings that is no folder, and has one name, is clean: what
   * nearly every entry of nearly every full pass is. Nothing is made for it but its two paths;
   * all others, also those that cannot be looked at, are then compared.
   */
  isUntouched(name: string, row: number): boolean {
    const { plain, scan: { record, found, task, context } } = this;
    const { rows } = record!;
    if (plain === undefined || isFolderMode(rows[row + MODE]!)
      || !isAscii(name) || this.isScrubbed(name)) return false;
    try {
      const source = quickLstat(plain.source + name);
      if (source?.nlink !== 1) return false;
      const replica = quickLstat(plain.replica + name);
      if (replica?.nlink !== 1 || !isClean(rows, row, source, replica)) return false;
    } catch {
      return false;
    }
    if (task.at.source === '' && isContent(name, context.gitignore)) found.sources += 1;
    found.present += 1;
    found.checked += 1;
    return true;
  }

  private wasFolder(row: number): boolean {
    return row >= 0 && isFolderMode(this.scan.record!.rows[row + MODE]!);
  }

  private isDrift(row: number, source: Stats): { drift?: true } {
    return row >= 0 && isUnchanged(this.scan.record!.rows, row, source) ? { drift: true } : {};
  }

  private fresh(at: Triple, drift: { drift?: true }): void {
    const { chain, context, eyes, names } = this.scan;
    const source = eyes.stat('source', at);
    const place = names.placeOf(at, context.deleteIgnored ? [] : chain);
    if (source?.type === 'special') eyes.tell({ kind: 'special', at });
    else if (source && place) eyes.tell({ kind: 'new', at, source, ...drift, ...place });
  }

  /** An entry that only the replica has. */
  private surplus(at: Triple, row: number, as: 'litter' | 'ignored' | undefined): void {
    const replica = this.scan.eyes.stat('replica', at);
    if (replica === undefined) return;
    const identity = row < 0 ? undefined : identityOf(this.scan.record!.rows, row, replica);
    this.scan.eyes.tell({
      kind: row >= 0 ? 'vanished' : 'extraneous', at, replica,
      ...(identity === undefined ? {} : { identity }), ...(as === undefined ? {} : { as }),
    });
  }

  /** A folder on both sides: its own task judges it, unless another folder took its name. */
  private folder(name: string, at: Triple, row: number, source: Stats, replica: Stats): void {
    const wasFolder = this.wasFolder(row);
    const recorded = wasFolder
      && isSameFolder(this.scan.record!.rows, row, source.ino, source.birthtimeMs);
    if (!recorded) {
      const exact = this.scan.eyes.pair(at);
      if (exact === undefined) return;
      const identity = wasFolder
        ? identityOf(this.scan.record!.rows, row, exact.replica) : undefined;
      if (identity !== undefined) {
        return this.scan.eyes.tell({ kind: 'swapped', at, ...exact, identity });
      }
      this.rows.push([name, folderRow(exact.source, exact.replica)]);
    }
    // A known folder is only looked at itself, where nobody asked for what is in it.
    const to = this.scan.task.deep || !recorded ? this.deep : this.shallow;
    addSeen(to, name, source, replica, source.dev);
  }

  /** The record does not vouch for it, or for its owner: exact stats decide, or reading. */
  private unclean(name: string, at: Triple, row: number, seen: Stats): void {
    const { source, replica } = this.scan.eyes.pair(at) ?? {};
    if (!source || !replica) return;
    if (source.type === 'special') return this.scan.eyes.tell({ kind: 'special', at });
    const { context: { checksum, powers, careful, grainMs }, record, startedMs } = this.scan;
    const kept = row >= 0 && isAsSet(record!.rows, row, source, replica);
    const clean = kept && !checksum && isAsRecordedNow(record!.rows, row + REPLICA, replica);
    const what = judge(source, replica, {
      recorded: row >= 0 || careful, clean, checksum, powers, kept,
      sameTarget: source.type === 'symlink' && replica.type === 'symlink'
        && this.scan.eyes.sameTarget(at),
    });
    if (what === 'equal') {
      const racy = isRacy(source, startedMs, grainMs);
      if (!clean) this.rows.push([name, rowOf(source, replica, racy)]);
      return;
    }
    const other = row >= 0 && record!.rows[row + INO] !== Number(source.ino);
    const identity = other ? identityOf(record!.rows, row, replica) : undefined;
    const rest = { at, source, replica, ...this.isDrift(row, seen), ...(identity && { identity }) };
    this.scan.eyes.tell(what !== 'unsure' ? { kind: 'changed', ...rest, what }
      : { kind: what, ...rest, ...(kept ? { kept } : {}) });
  }
}
