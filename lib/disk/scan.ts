import { metaDiffers } from '../core/difference.ts';
import type { Rules } from '../core/ignore.ts';
import { isAsRecorded, isClean, isRacy, mountMark, selfRow } from '../core/record-check.ts';
import { decodeFolder } from './record-bytes.ts';
import { COLUMNS, CTIME, MOUNT, RACY, findRow } from '../core/record.ts';
import type { FolderRecord, Row } from '../core/record.ts';
import {
  asksOwner, type FolderEdit, type FolderTask, type ScanContext, type ScanResult, type SeenFolder,
} from '../core/scan-task.ts';
import { codeOf } from './bytes.ts';
import { withOwnRules } from './ignore-files.ts';
import { EntryScan, type FolderInHand } from './scan-entry.ts';
import { Eyes } from './scan-eyes.ts';
import { isHidden, mayHaveBeenMount, wasMount, whyMountIsGone } from './scan-mount.ts';
import { Names } from './scan-names.ts';

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
  readonly names: Names;
  readonly startedMs = Date.now();
  chain: readonly Rules[];
  dev = 0;
  /** The inode of the source folder. */
  ino = 0;
  /** What is recorded of it cannot be read. */
  private readonly isTorn: boolean;
  /** Nothing is in the source's, and something in the replica's. */
  private isEmptied = false;
  /** It was a mount: looked at again, before it was listed and after. */
  private readonly wasMount: boolean;

  constructor(task: FolderTask, context: ScanContext, found: ScanResult) {
    this.task = task;
    this.record = task.record === undefined ? undefined : decodeFolder(task.record);
    // What cannot be read may have known better than size and time do.
    this.isTorn = task.record !== undefined && this.record === undefined;
    this.context = this.isTorn ? { ...context, careful: true } : context;
    this.found = found;
    this.chain = task.chain;
    this.eyes = new Eyes(context, found);
    this.names = new Names(task, this.eyes);
    this.wasMount = wasMount(this.record?.self, task, context);
  }

  run(): void {
    const { differences, linked, inside } = this.found;
    const lengths = [differences.length, linked.length, inside.length] as const;
    const edit = this.scan();
    const gone = edit === undefined ? undefined : this.whyUnbelieved();
    if (gone !== undefined) {
      // What was found is another folder's, and a half of each where it went in between.
      [differences.length, linked.length, inside.length] = lengths;
      this.eyes.unknown(this.task.at, 'source', gone);
    } else if (edit !== undefined && (edit.rows.length > 0 || edit.self || edit.gone)) {
      this.found.edits.push(edit);
    }
  }

  /** Why what was listed is not what there was to be listed. */
  private whyUnbelieved(): string | undefined {
    if (this.wasMount) return whyMountIsGone(this.record!.self, this, this.task, this.context);
    if (this.record && isHidden(this.record, this.task, this.context)) return 'mount-new';
    return this.isEmptied && mayHaveBeenMount(this.record?.self, this.task, this.context)
      ? 'mount-unknown' : undefined;
  }

  /** What the record should have; undefined where the folder cannot be judged. */
  private scan(): FolderEdit | undefined {
    const { at } = this.task;
    const self = this.compareSelf();
    if (self === undefined) return undefined;
    const names = this.names.list();
    this.isEmptied = names?.[0].length === 0 && names[1].length > 0;
    const { rows = [], gone = [] } = names !== undefined && this.readRules(names[0])
      ? this.merge(...names) : {};
    return {
      folder: at.record, rows, ...(this.isTorn ? { torn: true } : {}),
      ...(gone.length === 0 ? {} : { gone }), ...(self.row === undefined ? {} : { self: self.row }),
    };
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
    this.ino = source.ino;
    if (`${dev}:${source.ino}` === this.context.replicaId) {
      this.eyes.tell({ kind: 'unknown', at, side: 'source', code: 'is-the-replica' });
      return undefined;
    }
    const was = row?.[MOUNT] ?? 0;
    const now = mountMark(this.context, at.source, dev, parentDev);
    // Where nothing is known of the parent, it is a mount if it was one; so it is with a name.
    const mount = parentDev === -1 || (now === 1 && was > 1) ? was : now;
    const clean = row !== undefined && was === mount && isClean(row, 0, source, replica);
    if (clean && !asksOwner(this.context, at.source)) return { row: undefined };
    const exact = this.eyes.pair(at);
    if (exact === undefined) return undefined;
    const racy = isRacy(exact.source, this.startedMs, this.context.grainMs);
    const next = selfRow(exact.source, exact.replica, mount, racy);
    if (metaDiffers(exact.source, exact.replica, this.context.powers, clean)) {
      const drift = row && isAsRecorded(row, 0, source) ? { drift: true as const } : {};
      this.eyes.tell({ kind: 'changed', at, ...exact, what: 'meta', ...drift });
      // It gets its row with its mode and times; that it is a mount is known before it is filled.
      return { row: mount === was || mount === 0 ? undefined : next.with(CTIME, RACY) };
    }
    return { row: clean ? undefined : next };
  }

  /** The folder on both sides; undefined where it is none, or cannot be looked at. */
  private seen(): SeenFolder | undefined {
    const { at, seen } = this.task;
    // A mount may be gone since its parent was scanned, and its folder look as if it was emptied.
    if (seen !== undefined && !this.wasMount) return seen;
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

  /** Walks three sorted lists of names as one. */
  private merge(sources: readonly string[], replicas: readonly string[]): EntryScan {
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
    return entries;
  }
}

const least = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined ? b : b === undefined || a < b ? a : b;
