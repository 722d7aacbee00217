import type { Path } from '../core/entry.ts';
import {
  closeDatabase, isTransient, reopenDatabase, writeMeta, type Database, type OpenedDatabase,
  type Stored,
} from './record-database.ts';
import { folderOf, keyOf, rangesOf } from './record-keys.ts';
import type { RecordMeta, RecordNotice } from './record-meta.ts';
import { overlay, WriteQueue, type Bytes, type ValueAt, type Write } from './write-queue.ts';

/**
 * Bytes by folder in a database, with writes that wait in memory for company and are seen by every
 * reader at once. What cannot be read was never there; what cannot be written stays in memory, and
 * is tried again by a later flush. A class because that is state to hide.
 */
export class WriteBehind {
  private readonly folder: string | undefined;
  private readonly meta: (isLost: boolean) => RecordMeta;
  private readonly tell: (notice: RecordNotice) => void;
  private readonly sync: boolean;
  private database: Database | undefined;
  /** Without a database it is all there is. */
  private readonly queue = new WriteQueue();
  private isWriting = false;
  private draining: Promise<void> = Promise.resolve();
  private reopening: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private failure: { readonly at: number; readonly afresh: boolean } | undefined;
  private told = false;

  constructor(
    folder: string | undefined, { database, notice }: OpenedDatabase,
    meta: WriteBehind['meta'], tell: (notice: RecordNotice) => void, sync: boolean,
  ) {
    // Where it could not even be opened it is left alone.
    this.folder = database && folder;
    this.database = database;
    this.meta = meta;
    this.tell = tell;
    this.sync = sync;
    if (notice?.code === 'record-in-memory') this.told = true;
  }

  /**
   * What `act` makes of values, all as they are in one tick; of what cannot be read it gets no
   * bytes, but not undefined either: it is there. To be run once more, it changes nothing itself.
   */
  async read<T>(act: (valueAt: ValueAt) => T): Promise<T> {
    await this.reopening;
    const { database } = this;
    try {
      // One by one and at once: a promise for many costs three times as much.
      return act((at) => this.queue.valueOr(at, () => database?.getSync(keyOf(at))));
    } catch (error) {
      await this.readFailed(database, error);
      return act((at) => this.queue.valueOr(at, () => new Uint8Array()));
    }
  }

  /** The value at a path right now; undefined where it cannot be read. */
  peek(at: Path): Bytes {
    try {
      return this.queue.valueOr(at, () => this.database?.getSync(keyOf(at)));
    } catch {
      return undefined;
    }
  }

  /** Writes what `act` makes of values, in the tick that it reads them: else two changes cross. */
  async change(act: (valueAt: ValueAt) => readonly Write[]): Promise<void> {
    await this.read((valueAt) => this.write(act(valueAt)));
    await this.room();
  }

  /** In one batch: a kill between the pages of a folder would lose rows, and nobody would know. */
  write(writes: readonly Write[]): void {
    if (writes.length === 0) return;
    for (const [at, bytes] of writes) this.queue.add(at, bytes);
    if (this.queue.bytes >= QUEUE_BYTES) void this.drain();
    else this.timer ??= setTimeout(() => void this.drain(), QUEUE_MS).unref();
  }

  /** Waits while more is queued than memory should hold. */
  async room(): Promise<void> {
    if (this.queue.bytes > 4 * QUEUE_BYTES) await this.drain();
  }

  /** The values of a folder and of all below it, as they were at the first step, sorted. */
  async *range(folder: Path): AsyncGenerator<[Path, Uint8Array]> {
    await this.reopening;
    const { database } = this;
    const changed = this.queue.tree(folder);
    const iterators = rangesOf(folder).map((range) => database?.iterator(range));
    yield* overlay(changed, this.stored(database, iterators));
  }

  private async *stored(
    database: Database | undefined, iterators: readonly (Stored | undefined)[],
  ): AsyncGenerator<[Path, Uint8Array]> {
    try {
      for (const iterator of iterators) {
        for await (const [key, bytes] of iterator ?? []) yield [folderOf(key), bytes];
      }
    } catch (error) {
      await this.readFailed(database, error);
    } finally {
      for (const iterator of iterators) await iterator?.close();
    }
  }

  /** Writes the meta object through to the disk. */
  async writeMeta(): Promise<void> {
    await this.reopening;
    try {
      if (this.database !== undefined) await writeMeta(this.database, this.meta(false));
    } catch (error) {
      this.writeFailed(error);
    }
  }

  /** All that waits is written when this returns, if it can be written. */
  async flush(): Promise<void> {
    await this.reopening;
    const { at = Infinity, afresh = false } = this.failure ?? {};
    if (performance.now() - at > RETRY_MS) await this.reopen(afresh);
    while (this.canWrite()) await this.drain();
    await this.draining;
  }

  async close(): Promise<void> {
    await this.flush();
    clearTimeout(this.timer);
    await closeDatabase(this.database, this.folder).catch(() => {});
    this.database = undefined;
  }

  private canWrite(): boolean {
    return this.database !== undefined && this.failure === undefined && !this.queue.isEmpty;
  }

  private drain(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.isWriting && this.canWrite()) this.draining = this.writeQueue();
    return this.draining;
  }

  private async writeQueue(): Promise<void> {
    this.isWriting = true;
    try {
      await this.database?.batch(this.queue.take().map(([folder, bytes]) => (bytes === undefined
        ? { type: 'del', key: keyOf(folder) }
        : { type: 'put', key: keyOf(folder), value: bytes as Buffer })), { sync: this.sync });
      this.queue.written();
    } catch (error) {
      this.queue.notWritten();
      this.writeFailed(error);
    }
    this.isWriting = false;
    if (this.canWrite()) this.timer ??= setTimeout(() => void this.drain(), QUEUE_MS).unref();
  }

  private writeFailed(error: unknown, afresh = !isTransient(error)): void {
    this.failure = { at: performance.now(), afresh };
    const text = `the record is kept in memory until it can be written: ${messageOf(error)}`;
    if (!this.told) this.tell({ code: 'record-unwritable', text });
    this.told = true;
  }

  /** A database that is damaged is of no use in the next run either: it is begun anew. */
  private async readFailed(database: Database | undefined, error: unknown): Promise<void> {
    if (this.reopening !== undefined) await this.reopening;
    if (database !== this.database || database === undefined || isTransient(error)) return;
    const text = `the record is damaged and begun anew: ${messageOf(error)}`;
    this.tell({ code: 'record-damaged', text });
    await this.reopen(true);
  }

  private reopen(afresh: boolean): Promise<void> {
    const { database, folder } = this;
    if (folder === undefined) return Promise.resolve();
    this.database = undefined;
    this.reopening = (async () => {
      await this.draining;
      await database?.close().catch(() => {});
      this.database = await reopenDatabase(folder, this.meta(afresh), afresh);
      this.failure = undefined;
      if (this.database === undefined) this.writeFailed(new Error('it cannot be opened'), afresh);
      this.reopening = undefined;
    })();
    return this.reopening;
  }
}

const messageOf = (error: unknown): string => (error as Error).message;

/** Bytes that wait for company, and for how long at most. */
const QUEUE_BYTES = 1 << 20;
const QUEUE_MS = 1_000;
/** How long after a failed write the next one is tried. */
const RETRY_MS = 30_000;
