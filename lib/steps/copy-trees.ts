import type { LinkedName } from '../core/difference.ts';
import { joinPath, nameOf, samePath, type Path } from '../core/entry.ts';
import type { Operation } from '../core/operation.ts';
import { decodeFolder, encodeFolder } from '../disk/record-bytes.ts';
import { editFolder } from '../core/record.ts';
import type { CopiedTreeFolder } from '../disk/job.ts';
import type { Work } from '../mirror.ts';
import { drain } from './drain.ts';
import { tellApplied } from './progress.ts';
import type { RecordKeeper } from './record-keeper.ts';
import { aroundOf } from './scope.ts';
import { addProblem, leaveAlone, tellSpecial, treeEntryEvents } from './tell.ts';
import { takeBatch, type OpenFolder, type Root, type Step } from './tree-steps.ts';

/**
 * Copies folders that the replica lacks, with all below them, as they are met: in bounded memory,
 * each folder's record written as soon as the folder is whole, so that an interrupted first copy
 * keeps what it did. Files with several names are returned: they are placed when all are known.
 */
export function copyTrees(
  work: Work, paths: readonly Path[], keeper: RecordKeeper,
): Promise<readonly LinkedName[]> {
  return new TreeCopy(work, keeper).run(paths);
}

class TreeCopy {
  private readonly work: Work;
  private readonly keeper: RecordKeeper;
  private readonly queue: Step[] = [];
  private readonly linked: LinkedName[] = [];
  private readonly roots: Root[] = [];

  constructor(work: Work, keeper: RecordKeeper) {
    this.work = work;
    this.keeper = keeper;
  }

  async run(paths: readonly Path[]): Promise<readonly LinkedName[]> {
    const { pool, memory } = this.work.mirror;
    for (const path of paths) {
      const around = aroundOf(this.work, path);
      if (around === undefined) continue;
      const root = { path, entries: 0, bytes: 0, failed: false };
      this.roots.push(root);
      this.queue.push({ kind: 'copy', folder: { path, ...around }, parent: undefined, root });
    }
    // What is next is taken from its end.
    this.queue.reverse();
    await drain(this.queue, pool.lanes * 2, takeBatch, async (batch) => {
      if (!memory.cancelled) await this.advance(batch);
    });
    this.tellRoots();
    return this.linked;
  }

  /** A batch holds steps of one kind. */
  private async advance(batch: readonly Step[]): Promise<void> {
    const [first] = batch;
    switch (first?.kind) {
      case 'copy': return this.copy(batch as Extract<Step, { kind: 'copy' }>[]);
      case 'big': return this.copyBig(first);
      case 'finish': return this.finish(batch as Extract<Step, { kind: 'finish' }>[]);
      default: return undefined;
    }
  }

  private async copy(batch: readonly Extract<Step, { kind: 'copy' }>[]): Promise<void> {
    const { mirror: { pool }, context } = this.work;
    const folders = batch.map((one) => one.folder);
    const copied = await pool.run({ kind: 'copy-folders', folders }, context);
    copied.forEach((one, at) => this.take(one, batch[at]!));
    tellApplied(this.work);
  }

  private take(copied: CopiedTreeFolder, step: Extract<Step, { kind: 'copy' }>): void {
    const { work } = this;
    const { parent, root } = step;
    for (const problem of copied.problems) addProblem(work, problem);
    if (!copied.made) {
      root.failed ||= parent === undefined;
      if (parent !== undefined) this.placed(parent);
      return;
    }
    const { path } = copied;
    if (copied.folderRow !== undefined) {
      if (parent === undefined) this.keeper.note(path, copied.folderRow);
      else parent.rows.set(nameOf(path), copied.folderRow);
    }
    this.tell(copied, root);
    const folder: OpenFolder = {
      path, parent, root, record: copied.record, rows: new Map(),
      pending: copied.folders.length + copied.big.length,
    };
    for (const { name, source } of copied.linked) {
      const at = samePath(joinPath(path, name));
      this.linked.push({ at, source: `${source.dev}:${source.ino}`, replica: undefined });
    }
    for (const name of copied.special) tellSpecial(work, joinPath(path, name));
    for (const { name, source } of copied.big) {
      this.queue.unshift({ kind: 'big', name, bytes: source.size, parent: folder });
    }
    for (const next of copied.folders) {
      this.queue.push({ kind: 'copy', folder: next, parent: folder, root });
    }
    // It is to be missed where it is gone before all of it was copied.
    if (copied.isMount) work.mirror.record.put(path, copied.record);
    if (copied.finished) this.finished(folder, copied.record);
    else if (folder.pending === 0) this.queue.push({ kind: 'finish', folder });
  }

  /** Counts a folder and what was copied into it; in detail each entry is told. */
  private tell(copied: CopiedTreeFolder, root: Root): void {
    const { tally, tell, mirror } = this.work;
    tally.folders += 1;
    tally.copied += copied.copied;
    tally.bytes += copied.bytes;
    root.entries += copied.copied + 1;
    root.bytes += copied.bytes;
    if (!mirror.options.detail) return;
    for (const event of treeEntryEvents(copied, copied.path === root.path)) tell(event);
  }

  private async copyBig(step: Extract<Step, { kind: 'big' }>): Promise<void> {
    const path = joinPath(step.parent.path, step.name);
    const operation = { kind: 'copy', path, size: step.bytes, replaces: false } as const;
    const { mirror: { pool }, context } = this.work;
    const job = { kind: 'apply', operations: [operation], chains: new Map() } as const;
    const outcome = (await pool.run(job, context, true))[0]!;
    const { root } = step.parent;
    for (const problem of outcome.problems) addProblem(this.work, problem);
    leaveAlone(this.work, path, outcome);
    if (outcome.done && outcome.row !== undefined) {
      step.parent.rows.set(step.name, outcome.row);
      this.work.tally.copied += 1;
      this.work.tally.bytes += outcome.bytes;
      root.entries += 1;
      root.bytes += outcome.bytes;
    }
    this.placed(step.parent);
    tellApplied(this.work);
  }

  /** One thing less to wait for; a folder with nothing left gets its mode and times. */
  private placed(folder: OpenFolder): void {
    folder.pending -= 1;
    if (folder.pending === 0) this.queue.push({ kind: 'finish', folder });
  }

  private async finish(batch: readonly Extract<Step, { kind: 'finish' }>[]): Promise<void> {
    const { mirror: { pool }, context } = this.work;
    const operations = batch.map(({ folder }): Operation =>
      ({ kind: 'set', path: folder.path, type: 'folder', touched: true }));
    const outcomes = await pool.run({ kind: 'apply', operations, chains: new Map() }, context);
    batch.forEach(({ folder }, at) => {
      const { problems, self } = outcomes[at]!;
      for (const problem of problems) addProblem(this.work, problem);
      const edited = editFolder(decodeFolder(folder.record), folder.rows, self);
      this.finished(folder, encodeFolder(edited));
    });
  }

  /** Its record is written as soon as it is whole; its parent has one thing less to wait for. */
  private finished(folder: OpenFolder, record: Uint8Array): void {
    this.work.mirror.record.put(folder.path, record);
    if (folder.parent !== undefined) this.placed(folder.parent);
  }

  private tellRoots(): void {
    for (const { path, entries, bytes, failed } of this.roots) {
      if (failed || entries === 0) continue;
      this.work.tell({ kind: 'operation-done', operation: 'copy-tree', path, type: 'folder',
        entries, bytes });
    }
  }

}
