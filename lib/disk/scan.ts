import { accessSync, constants, lstatSync, readdirSync, type Stats } from 'node:fs';
import { judge, metaDiffers, type Difference, type Identity } from '../core/difference.ts';
import { childOf, isTemporary, joinPath } from '../core/entry.ts';
import type { Path, Side, Stat, Triple } from '../core/entry.ts';
import { isIgnored, type Rules } from '../core/ignore.ts';
import {
  folderRow, identityOf, isAsRecorded, isClean, isFolderMode, isRacy, rowOf, selfRow,
} from '../core/record-check.ts';
import { BIRTH, COLUMNS, INO, MODE, MOUNT, decodeFolder, findRow } from '../core/record.ts';
import type { FolderRecord, Row } from '../core/record.ts';
import type { FolderTask, ScanContext, ScanResult } from '../core/scan-task.ts';
import { codeOf, fsPath, isAbsent } from './bytes.ts';
import { withOwnRules } from './ignore-files.ts';
import { lstat, readLink } from './stat.ts';

/**
 * Compares one folder's three listings, source, replica and record, and adds to `found` only what
 * differs. An entry is clean when both sides equal what the record last saw of them: then nothing
 * more is read. Changes nothing.
 */
export function scanFolder(task: FolderTask, context: ScanContext, found: ScanResult): void {
  new FolderScan(task, context, found).run();
}

/** One folder's scan; a class only so that its dozen values need not be handed from call to call. */
class FolderScan {
  private readonly task: FolderTask;
  private readonly context: ScanContext;
  private readonly found: ScanResult;
  private readonly record: FolderRecord | undefined;
  private readonly rows: [string, Row | undefined][] = [];
  private readonly startedMs = Date.now();
  private chain: readonly Rules[];
  private dev = 0;

  constructor(task: FolderTask, context: ScanContext, found: ScanResult) {
    this.task = task;
    this.context = context;
    this.found = found;
    this.chain = task.chain;
    this.record = task.record === undefined ? undefined : decodeFolder(task.record);
  }

  run(): void {
    const { at } = this.task;
    const self = this.compareSelf();
    if (self === undefined) return;
    const sources = this.list('source');
    const replicas = sources && this.list('replica');
    if (sources !== undefined && replicas !== undefined && this.readRules(sources)) {
      this.merge(sources, replicas);
    }
    if (this.rows.length > 0 || self !== 'clean') {
      const edit = { folder: at.record, rows: this.rows };
      this.found.edits.push(self === 'clean' || self === 'differs' ? edit : { ...edit, self });
    }
  }

  /** The folder's own mode, owner and times. Undefined: it cannot be judged, nor what is in it. */
  private compareSelf(): Row | 'clean' | 'differs' | undefined {
    const { at, parentDev } = this.task;
    const row = this.record?.self;
    const source = this.look('source', at);
    const replica = source && this.look('replica', at);
    if (!source?.isDirectory() || !replica?.isDirectory()) return undefined;
    this.found.checked += 1;
    this.dev = source.dev;
    if (row?.[MOUNT] === 1 && source.dev === parentDev) {
      this.tell({ kind: 'unknown', at, side: 'source', code: 'mount-gone' });
      return undefined;
    }
    if (row !== undefined && this.isTrusted(row, 0, source, replica)) return 'clean';
    const exact = this.pair(at);
    if (exact === undefined) return undefined;
    if (metaDiffers(exact.source, exact.replica, this.context.powers)) {
      const drift = row && isAsRecorded(row, 0, source) ? { drift: true as const } : {};
      this.tell({ kind: 'changed', at, ...exact, what: 'meta', ...drift });
      return 'differs';
    }
    return selfRow(exact.source, exact.replica, source.dev !== parentDev);
  }

  /** The sorted names of a folder, or of a scope of names just these. */
  private list(side: Side): readonly string[] | undefined {
    const folder = fsPath(this.pathOf(side, this.task.at));
    try {
      if (this.task.names === undefined) return readdirSync(folder, 'latin1').sort();
      // What lstat cannot find proves nothing in a folder that cannot be read (I4).
      accessSync(folder, constants.R_OK | constants.X_OK);
      return this.task.names;
    } catch (error) {
      // A source folder that vanished since its parent was read is its parent's news.
      const code = codeOf(error);
      if (side === 'replica' || !isAbsent(code)) this.unknown(this.task.at, side, code);
      return undefined;
    }
  }

  /** False where it cannot be known what is ignored: then nothing in here is touched. */
  private readRules(sources: readonly string[]): boolean {
    const { at, names } = this.task;
    const { source, gitignore } = this.context;
    try {
      const listed = names === undefined ? sources : undefined;
      this.chain = withOwnRules(this.chain, source, at.source, gitignore, listed);
      return true;
    } catch (error) {
      this.unknown(at, 'source', codeOf(error));
      return false;
    }
  }

  /** Walks three sorted lists of names as one. */
  private merge(sources: readonly string[], replicas: readonly string[]): void {
    const recorded = this.task.names === undefined ? this.record?.names ?? [] : [];
    let s = 0;
    let r = 0;
    let k = 0;
    for (;;) {
      const name = least(least(sources[s], replicas[r]), recorded[k]);
      if (name === undefined) return;
      const inSource = sources[s] === name;
      const inReplica = replicas[r] === name;
      let row = -1;
      if (recorded[k] === name) row = k++;
      else if (recorded.length === 0 && this.record !== undefined) row = findRow(this.record, name);
      if (inSource) s += 1;
      if (inReplica) r += 1;
      this.entry(name, inSource, inReplica, row < 0 ? -1 : row * COLUMNS);
    }
  }

  private entry(name: string, inSource: boolean, inReplica: boolean, row: number): void {
    const at = childOf(this.task.at, name);
    if (this.context.own.includes(at.source)) return;
    const source = inSource ? this.look('source', at) : undefined;
    const replica = inReplica && source !== null ? this.look('replica', at) : undefined;
    if (source) this.found.sources += 1;
    if (replica) this.found.present += 1;
    if (source === null || replica === null) return;
    this.found.checked += 1;
    if (this.chain.length > 0 && this.isIgnored(at, source ?? replica)) {
      if (replica && this.context.deleteIgnored) this.surplus(at, row, 'ignored');
    } else if (source === undefined) {
      if (replica) this.surplus(at, row, isTemporary(name) ? 'litter' : undefined);
      else if (row >= 0) this.rows.push([name, undefined]);
    } else {
      if (source.isFile() && (source.nlink > 1 || (replica?.nlink ?? 0) > 1)) {
        this.link(at, source, replica);
      }
      if (replica === undefined) this.fresh(at, this.isDrift(row, source));
      else if (source.isDirectory() && replica.isDirectory()) this.folder(name, at, row, source);
      else if (!this.isVouchedFor(row, source, replica)) {
        this.unclean(name, at, row, this.isDrift(row, source));
      }
    }
  }

  private isIgnored(at: Triple, stats: Stats | undefined): boolean {
    return stats !== undefined && isIgnored(this.chain, at.source, stats.isDirectory());
  }

  private isDrift(row: number, source: Stats): { drift?: true } {
    return row >= 0 && isAsRecorded(this.record!.rows, row, source) ? { drift: true } : {};
  }

  private fresh(at: Triple, drift: { drift?: true }): void {
    const source = this.stat('source', at);
    if (source === undefined) return;
    this.tell(source.type === 'special' ? { kind: 'special', at }
      : { kind: 'new', at, source, ...drift });
  }

  /** An entry that only the replica has. */
  private surplus(at: Triple, row: number, as: 'litter' | 'ignored' | undefined): void {
    const replica = this.stat('replica', at);
    if (replica === undefined) return;
    const identity = this.identity(row, replica);
    this.tell({
      kind: row >= 0 ? 'vanished' : 'extraneous', at, replica,
      ...(identity === undefined ? {} : { identity }), ...(as === undefined ? {} : { as }),
    });
  }

  /** A folder on both sides: its own task judges it, unless another folder took its name. */
  private folder(name: string, at: Triple, row: number, source: Stats): void {
    const rows = this.record?.rows;
    const wasFolder = rows !== undefined && row >= 0 && isFolderMode(rows[row + MODE]!);
    const recorded = wasFolder
      && rows[row + INO] === source.ino && rows[row + BIRTH] === source.birthtimeMs;
    if (!recorded) {
      const exact = this.pair(at);
      if (exact === undefined) return;
      const identity = wasFolder ? this.identity(row, exact.replica) : undefined;
      if (identity !== undefined) return this.tell({ kind: 'swapped', at, ...exact, identity });
      this.rows.push([name, folderRow(exact.source, exact.replica)]);
    }
    // A known folder is only looked at itself, where nobody asked for what is in it.
    const names = this.task.deep || !recorded ? undefined : [];
    this.found.descents.push({ at, chain: this.chain, parentDev: this.dev, names });
  }

  private isVouchedFor(row: number, source: Stats, replica: Stats): boolean {
    return row >= 0 && !this.context.checksum
      && this.isTrusted(this.record!.rows, row, source, replica);
  }

  /** The record does not vouch for it: exact stats decide, or reading. */
  private unclean(name: string, at: Triple, row: number, drift: { drift?: true }): void {
    const exact = this.pair(at);
    if (exact === undefined) return;
    const { source, replica } = exact;
    if (source.type === 'special') return this.tell({ kind: 'special', at });
    const what = judge(source, replica, {
      recorded: row >= 0, checksum: this.context.checksum, powers: this.context.powers,
      sameTarget: source.type === 'symlink' && replica.type === 'symlink' && this.sameTarget(at),
    });
    if (what === 'equal') {
      const racy = isRacy(source, this.startedMs, this.context.grainMs);
      this.rows.push([name, rowOf(source, replica, racy)]);
      return;
    }
    const other = row >= 0 && this.record!.rows[row + INO] !== Number(source.ino);
    const identity = other ? this.identity(row, replica) : undefined;
    const rest = { at, source, replica, ...drift, ...(identity ? { identity } : {}) };
    this.tell(what === 'unsure' ? { kind: 'unsure', ...rest } : { kind: 'changed', ...rest, what });
  }

  private sameTarget(at: Triple): boolean {
    try {
      return readLink(this.pathOf('source', at)) === readLink(this.pathOf('replica', at));
    } catch {
      return false;
    }
  }

  private link(at: Triple, source: Stats, replica: Stats | undefined): void {
    const id = (stats: Stats): string => `${stats.dev}:${stats.ino}`;
    this.found.linked.push({
      at, source: id(source), replica: replica?.isFile() ? id(replica) : undefined,
    });
  }

  private isTrusted(rows: Float64Array, at: number, source: Stats, replica: Stats): boolean {
    return replica.ctimeMs < this.context.distrustSinceMs && isClean(rows, at, source, replica);
  }

  private identity(row: number, replica: Stat): Identity | undefined {
    return row < 0 ? undefined : identityOf(this.record!.rows, row, replica);
  }

  private pathOf(side: Side, at: Triple): Path {
    return joinPath(this.context[side], at[side]);
  }

  /** A quick lstat: undefined when it is gone, null, and told, when it cannot be looked at. */
  private look(side: Side, at: Triple): Stats | undefined | null {
    try {
      return lstatSync(fsPath(this.pathOf(side, at)), { throwIfNoEntry: false });
    } catch (error) {
      this.unknown(at, side, codeOf(error));
      return null;
    }
  }

  private stat(side: Side, at: Triple): Stat | undefined {
    try {
      return lstat(this.pathOf(side, at));
    } catch (error) {
      this.unknown(at, side, codeOf(error));
      return undefined;
    }
  }

  private pair(at: Triple): { source: Stat; replica: Stat } | undefined {
    const source = this.stat('source', at);
    const replica = source && this.stat('replica', at);
    return source && replica ? { source, replica } : undefined;
  }

  private unknown(at: Triple, side: Side, code: string): void {
    this.tell({ kind: 'unknown', at, side, code });
  }

  private tell(difference: Difference): void {
    this.found.differences.push(difference);
  }
}

const least = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined ? b : b === undefined || a < b ? a : b;
