import { isInside, type Path } from '../core/entry.ts';
import { countNames, decodeFolder, isIndex } from './record-bytes.ts';
import { isFolderMode } from '../core/record-check.ts';
import {
  COLUMNS, MODE, REPLICA, type FolderRecord, type Row,
} from '../core/record.ts';
import { openDatabase } from './record-database.ts';
import { MOVING } from './record-keys.ts';
import { editValues, foldersOf, newFolder, pagesIn, readFolder } from './record-pages.ts';
import type { PairIdentity, RecordMeta, RecordNotice } from './record-meta.ts';
import { WriteBehind } from './write-behind.ts';
import type { Write } from './write-queue.ts';

/**
 * The record on disk, one value a folder, or several of a big one. It is a cache: nothing here
 * throws into a pass, and what cannot be read is as if it never was. Writes wait in memory for
 * company, seen by every reader.
 */
export interface RecordStore {
  /**
   * Encoded records, each in an ArrayBuffer of its own that may be transferred. Of a big folder
   * there may be no other rows than those of `names`, where these are given.
   */
  getMany(
    folders: readonly Path[], names?: readonly string[],
  ): Promise<(Uint8Array | undefined)[]>;
  get(folder: Path, names?: readonly string[]): Promise<FolderRecord | undefined>;
  /** The bytes are the store's from now on: not to be transferred. */
  put(folder: Path, bytes: Uint8Array): void;
  /** Changes some rows; writes nothing where that changes nothing. `mends`: it was not readable. */
  edit(
    folder: Path, edits: ReadonlyMap<string, Row | undefined>, self?: Row, mends?: boolean,
  ): Promise<void>;
  /** The folder and all below it as they are now, in the order of their paths; '' is everything. */
  subtree(folder: Path): AsyncIterable<[Path, FolderRecord]>;
  removeTree(folder: Path): Promise<void>;
  /** Moves what is recorded of a folder and below; what was recorded at `to` is forgotten. */
  renameTree(from: Path, to: Path): Promise<void>;
  /** How many entries are recorded, the root not counted. */
  entries(): Promise<number>;
  readonly meta: RecordMeta;
  /** On disk when it returns; nothing is written where nothing changes. */
  setMeta(changes: Partial<Omit<RecordMeta, 'version' | 'pair'>>): Promise<void>;
  flush(): Promise<void>;
  close(): Promise<void>;
  /** Why it did not go on where the last run ended. */
  readonly notice: RecordNotice | undefined;
}

/**
 * Opens the record of a pair, in the main thread; without a folder it is kept in memory. `tell`
 * gets what goes wrong later. `durable`: what is written is on the disk. Throws only when another
 * process has it open (code `record-in-use`).
 */
export async function openRecord(
  folder: string | undefined, pair: PairIdentity, tell: (notice: RecordNotice) => void = () => {},
  durable = false,
): Promise<RecordStore> {
  const opened = await openDatabase(folder, pair);
  let { meta } = opened;
  /** `isLost`: something that it knew is not there any more, and stays in doubt. */
  const metaNow = (isLost: boolean): RecordMeta => {
    if (isLost && meta.careful !== true) meta = { ...meta, careful: true };
    return meta;
  };
  const values = new WriteBehind(folder, opened, metaNow, tell, durable);
  let count: number | undefined;
  let changes = 0;

  /** What is recorded while nothing of ours is open was on the disk: it keeps its period. */
  const periodNow = (was: number): number => (meta.open === undefined ? was : meta.period);

  const write = (...writes: readonly Write[]): void => {
    count = undefined;
    changes += 1;
    values.write(writes);
  };

  /** A folder without folders is one value: the database need not be searched for more. */
  async function treeOf(at: Path): Promise<Values> {
    const own = await values.read((valueAt) => valueAt(at));
    return own !== undefined && isLeaf(own) ? [[at, own]] : values.range(at);
  }

  async function removeTree(at: Path): Promise<void> {
    for await (const [path] of await treeOf(at)) {
      write([path, undefined]);
      await values.room();
    }
  }

  async function renameTree(from: Path, to: Path): Promise<void> {
    await removeTree(to);
    for await (const [path, bytes] of await treeOf(from)) {
      write([path, undefined], [to + path.slice(from.length), bytes]);
      await values.room();
    }
  }

  return {
    notice: opened.notice,
    get meta() {
      return meta;
    },
    getMany: (folders, names) => values.read((valueAt) =>
      folders.map((at) => readFolder(valueAt, at, names))),
    async get(at, names) {
      const bytes = await values.read((valueAt) => readFolder(valueAt, at, names));
      return bytes && decodeFolder(bytes);
    },
    put(at, bytes) {
      write(...newFolder((each) => values.peek(each), at, bytes, periodNow(0)));
    },
    edit: (at, edits, self, mends = false) => values.change((valueAt) => {
      const { writes, added, isLost } = editValues(valueAt, at, edits, self, periodNow, mends);
      if (isLost && meta.careful !== true) {
        metaNow(true);
        void values.writeMeta();
      }
      if (writes.length > 0) changes += 1;
      if (count !== undefined) count += added;
      return writes;
    }),
    async *subtree(at) {
      yield* foldersOf(await treeOf(at));
    },
    removeTree,
    async renameTree(from, to) {
      if (from === to) return;
      if (!isInside(from, to) && !isInside(to, from)) return renameTree(from, to);
      // One lies in the other: the way leads over a path that no folder can have.
      await renameTree(from, MOVING);
      await renameTree(MOVING, to);
    },
    async entries() {
      if (count !== undefined) return count;
      const before = changes;
      let sum = 0;
      let pages = new Set<Path>();
      for await (const [path, bytes] of values.range('')) {
        if (isIndex(bytes)) pages = new Set(pagesIn(path, bytes));
        // A page that no index has is nobody's.
        else if (!path.includes('\0') || pages.has(path)) sum += countNames(bytes) ?? 0;
      }
      if (changes === before) count = sum;
      return sum;
    },
    async setMeta(change) {
      const next = { ...meta, ...change };
      if (JSON.stringify(next) === JSON.stringify(meta)) return;
      meta = next;
      await values.writeMeta();
    },
    flush: () => values.flush(),
    close: () => values.close(),
  };
}

type Values = AsyncIterable<[Path, Uint8Array]> | [Path, Uint8Array][];

/** Whether no folder is recorded inside a folder; of some thousand in one pass most are such. */
function isLeaf(bytes: Uint8Array): boolean {
  const folder = isIndex(bytes) ? undefined : decodeFolder(bytes);
  return folder !== undefined && folder.names.every((_, at) =>
    !isFolderMode(folder.rows[at * COLUMNS + MODE]!)
      && !isFolderMode(folder.rows[at * COLUMNS + REPLICA + MODE]!));
}
