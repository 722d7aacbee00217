import { accessSync, constants, readdirSync } from 'node:fs';
import { metaDiffers } from '../core/difference.ts';
import { nameOf, type Side, type Triple } from '../core/entry.ts';
import type { Rules } from '../core/ignore.ts';
import { isAsRecorded, isClean, selfRow } from '../core/record-check.ts';
import { decodeFolder } from '../core/record-bytes.ts';
import { COLUMNS, MOUNT, findRow } from '../core/record.ts';
import type { FolderRecord, Row } from '../core/record.ts';
import type { FolderTask, ScanContext, ScanResult, SeenFolder } from '../core/scan-task.ts';
import { codeOf, fsPath, isAbsent } from './bytes.ts';
import { withOwnRules } from './ignore-files.ts';
import { EntryScan, type FolderInHand } from './scan-entry.ts';
import { Eyes } from './scan-eyes.ts';

/**
 * Compares one folder's three listings, source, replica and record, and adds to `found` only what
 * differs. An entry is clean when both sides equal what the record last saw of them: then nothing
 * more is read. Changes nothing.
 */
export function scanFolder(task: FolderTask, context: ScanContext, found: ScanResult): void {
  new FolderScan(task, context, found).run();
}

/** One folder's scan; a class only so that its values need not be handed from call to call. */
class FolderScan implements FolderInHand {
  readonly task: FolderTask;
  readonly context: ScanContext;
  readonly found: ScanResult;
  readonly record: FolderRecord | undefined;
  readonly eyes: Eyes;
  readonly startedMs = Date.now();
  chain: readonly Rules[];
  dev = 0;
  private names: readonly [readonly string[], readonly string[]] = [[], []];

  constructor(task: FolderTask, context: ScanContext, found: ScanResult) {
    this.task = task;
    this.context = context;
    this.found = found;
    this.chain = task.chain;
    this.eyes = new Eyes(context, found);
    this.record = task.record === undefined ? undefined : decodeFolder(task.record);
  }

  run(): void {
    const { at } = this.task;
    const self = this.compareSelf();
    if (self === undefined) return;
    let rows: EntryScan['rows'] = [];
    const sources = this.list('source');
    const replicas = sources && this.list('replica');
    if (sources !== undefined && replicas !== undefined && this.readRules(sources)) {
      rows = this.merge(sources, replicas);
    }
    if (rows.length > 0 || self.row !== undefined) {
      const edit = { folder: at.record, rows };
      this.found.edits.push(self.row === undefined ? edit : { ...edit, self: self.row });
    }
  }

  /**
   * The folder's own mode, owner and times, with its row where the record should have another.
   * Undefined: it cannot be judged, nor what is in it.
   */
  private compareSelf(): { readonly row: Row | undefined } | undefined {
    const { at, parentDev } = this.task;
    const row = this.record?.self;
    const seen = this.seen();
    if (seen === undefined) return undefined;
    const { source, replica, dev } = seen;
    this.dev = dev;
    if (`${dev}:${source.ino}` === this.context.replicaId) {
      this.eyes.tell({ kind: 'unknown', at, side: 'source', code: 'is-the-replica' });
      return undefined;
    }
    if (row?.[MOUNT] === 1 && dev === parentDev) {
      this.eyes.tell({ kind: 'unknown', at, side: 'source', code: 'mount-gone' });
      return undefined;
    }
    if (row !== undefined && isClean(row, 0, source, replica)) return { row: undefined };
    const exact = this.eyes.pair(at);
    if (exact === undefined) return undefined;
    if (metaDiffers(exact.source, exact.replica, this.context.powers)) {
      const drift = row && isAsRecorded(row, 0, source) ? { drift: true as const } : {};
      this.eyes.tell({ kind: 'changed', at, ...exact, what: 'meta', ...drift });
      return { row: undefined };
    }
    // Where nothing is known of the parent, it is a mount if it was one.
    const mount = parentDev === -1 ? row?.[MOUNT] === 1 : dev !== parentDev;
    return { row: selfRow(exact.source, exact.replica, mount) };
  }

  /** The folder on both sides; undefined where it is none, or cannot be looked at. */
  private seen(): SeenFolder | undefined {
    const { at, seen } = this.task;
    // A mount may be gone since its parent was scanned, and its folder look as if it was emptied.
    if (seen !== undefined && this.record?.self[MOUNT] !== 1) return seen;
    const source = this.eyes.look('source', at);
    const replica = source && this.eyes.look('replica', at);
    if (!source?.isDirectory() || !replica?.isDirectory()) {
      // A folder that vanished is its parent's news, but a root has none.
      if (at.source === '') this.eyes.unknown(at, source ? 'replica' : 'source', 'ENOENT');
      return undefined;
    }
    if (seen === undefined) this.found.checked += 1;
    return { source, replica, dev: source.dev };
  }

  /** The sorted names of a folder, or of a scope of names just these. */
  private list(side: Side): readonly string[] | undefined {
    const folder = fsPath(this.eyes.pathOf(side, this.task.at));
    try {
      if (this.task.names === undefined) return readdirSync(folder, 'latin1').sort();
      // What lstat cannot find proves nothing in a folder that cannot be read (I4).
      accessSync(folder, constants.R_OK | constants.X_OK);
      return this.task.names;
    } catch (error) {
      // A source folder that vanished since its parent was read is its parent's news.
      const code = codeOf(error);
      const isNews = side === 'source' && this.task.at.source !== '' && isAbsent(code);
      if (!isNews) this.eyes.unknown(this.task.at, side, code);
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
      this.eyes.unknown(at, 'source', codeOf(error));
      return false;
    }
  }

  /**
   * Whether a name that the replica's listing lacks is there all the same, as another name of the
   * source: a file system that does not tell `Foo` from `foo` would exchange them at each pass.
   */
  isTaken(at: Triple): boolean {
    if (this.eyes.stat('replica', at) === undefined) return false;
    const [sources, replicas] = this.names;
    const [own, wanted] = [nameOf(at.source), folded(nameOf(at.source))];
    return replicas.some((name) =>
      name !== own && folded(name) === wanted && sources.includes(name));
  }

  /** Walks three sorted lists of names as one. */
  private merge(sources: readonly string[], replicas: readonly string[]): EntryScan['rows'] {
    this.names = [sources, replicas];
    const entries = new EntryScan(this);
    const recorded = this.task.names === undefined ? this.record?.names ?? [] : [];
    let s = 0;
    let r = 0;
    let k = 0;
    for (;;) {
      const first = recorded[k];
      if (first !== undefined && first === sources[s] && first === replicas[r]
        && entries.isUntouched(first, k * COLUMNS)) {
        s += 1;
        r += 1;
        k += 1;
        continue;
      }
      const name = least(least(sources[s], replicas[r]), first);
      if (name === undefined) break;
      const inSource = sources[s] === name;
      const inReplica = replicas[r] === name;
      let row = -1;
      if (recorded[k] === name) row = k++;
      else if (recorded.length === 0 && this.record !== undefined) row = findRow(this.record, name);
      if (inSource) s += 1;
      if (inReplica) r += 1;
      entries.compare(name, inSource, inReplica, row < 0 ? -1 : row * COLUMNS);
    }
    entries.end();
    return entries.rows;
  }
}

/** A name as file systems compare it that do not tell case, or ways to write an accent, apart. */
const folded = (name: string): string =>
  Buffer.from(name, 'latin1').toString('utf8').normalize('NFC').toLowerCase();

const least = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined ? b : b === undefined || a < b ? a : b;
