import { crc32 } from 'node:zlib';

/** One write: all of it or nothing is there after a crash. */
interface Batch {
  readonly changes: readonly (readonly [key: string, value: Buffer | undefined])[];
  /** It is on the disk when it is answered. */
  readonly sync: boolean;
}

/** What a database folder holds: what was written, in its order. */
export class Stored {
  batches: Batch[] = [];
  /** Folder records written, the meta object not counted. */
  writes = 0;

  content(): Map<string, Buffer> {
    const all = new Map<string, Buffer>();
    for (const { changes } of this.batches) {
      for (const [key, value] of changes) {
        if (value === undefined) all.delete(key);
        else all.set(key, value);
      }
    }
    return all;
  }

  /** What was written in this boot was written in an earlier one. */
  reboot(): void {
    this.batches = this.batches.map((batch) => ({ ...batch, changes: batch.changes.map(
      ([key, value]) => [key, key === 'm' && value !== undefined ? earlier(value) : value]) }));
  }

  /** What a power cut may leave: not less than what was synced. */
  cut(keep: number): void {
    const synced = this.batches.findLastIndex(({ sync }) => sync) + 1;
    this.batches.length = Math.max(synced, Math.min(this.batches.length, keep));
  }
}

/** A meta object with another boot's name: a checksum, a blank and JSON. */
function earlier(value: Buffer): Buffer {
  const text = value.toString();
  const json = text.slice(text.indexOf(' ') + 1).replaceAll('boot-1', 'boot-0');
  return Buffer.from(`${crc32(json)} ${json}`);
}

/** What the world does to each call of a database. */
export interface LevelWorld {
  stored(folder: string): Stored;
  destroy(folder: string): void;
  /** Takes time; may fail. */
  pass(call: string): Promise<void>;
  /** The same where the answer comes at once. */
  passNow(call: string): void;
}

interface Range { readonly gte?: Buffer; readonly lt?: Buffer; readonly limit?: number }
type Change = { readonly type: 'put'; readonly key: Buffer; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Buffer };

/** As much of classic-level as the record uses, in memory. */
export function levelIn(world: () => LevelWorld) {
  return class MemoryLevel {
    static async destroy(folder: string): Promise<void> {
      world().destroy(folder);
    }

    readonly folder: string;
    content: Map<string, Buffer> = new Map();

    constructor(folder: string) {
      this.folder = folder;
    }

    async open(): Promise<void> {
      await world().pass('open');
      this.content = world().stored(this.folder).content();
    }

    async close(): Promise<void> {
      await world().pass('close');
    }

    async get(key: Buffer): Promise<Buffer | undefined> {
      await world().pass('get');
      return this.copy(key.toString('latin1'));
    }

    getSync(key: Buffer): Buffer | undefined {
      world().passNow('get');
      return this.copy(key.toString('latin1'));
    }

    async getMany(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]> {
      await world().pass('get');
      return keys.map((key) => this.copy(key.toString('latin1')));
    }

    put(key: Buffer, value: Uint8Array, options?: { readonly sync?: boolean }): Promise<void> {
      return this.batch([{ type: 'put', key, value }], options);
    }

    async batch(changes: readonly Change[], options?: { readonly sync?: boolean }): Promise<void> {
      const batch = {
        sync: options?.sync === true,
        changes: changes.map((one) => [one.key.toString('latin1'),
          one.type === 'put' ? Buffer.from(one.value) : undefined] as const),
      };
      await world().pass('put');
      const stored = world().stored(this.folder);
      stored.batches.push(batch);
      stored.writes += changes.filter(({ key }) => key.toString() !== 'm').length;
      for (const [key, value] of batch.changes) {
        if (value === undefined) this.content.delete(key);
        else this.content.set(key, value);
      }
    }

    async clear(range: Range): Promise<void> {
      const keys = this.keysIn(range);
      if (keys.length > 0) {
        await this.batch(keys.map((key) => ({ type: 'del', key: Buffer.from(key, 'latin1') })));
      }
    }

    keys(range: Range): { all(): Promise<Buffer[]> } {
      return { all: async () => this.keysIn(range).map((key) => Buffer.from(key, 'latin1')) };
    }

    iterator(range: Range): AsyncIterable<[Buffer, Buffer]> & { close(): Promise<void> } {
      const snapshot = this.keysIn(range).map((key): [Buffer, Buffer] =>
        [Buffer.from(key, 'latin1'), this.copy(key)!]);
      return {
        async close() {},
        async *[Symbol.asyncIterator]() {
          await world().pass('iterate');
          yield* snapshot;
        },
      };
    }

    copy(key: string): Buffer | undefined {
      const value = this.content.get(key);
      // Each in a buffer of its own, as the real one gives them.
      return value && Buffer.from(new Uint8Array(value).buffer);
    }

    keysIn({ gte, lt, limit = Infinity }: Range): string[] {
      const [from, to] = [gte?.toString('latin1') ?? '', lt?.toString('latin1')];
      return [...this.content.keys()].filter((key) => key >= from && (to === undefined || key < to))
        .sort().slice(0, limit);
    }
  };
}
