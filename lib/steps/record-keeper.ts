import {
  ancestorIn, joinPath, nameOf, parentOf, type EntryType, type Path,
} from '../core/entry.ts';
import {
  COLUMNS, CTIME, INO, MODE, MTIME, RACY, REPLICA, SIZE, findRow, type Row,
} from '../core/record.ts';
import type { FolderEdit } from '../core/scan-task.ts';
import type { RecordStore } from '../disk/record-store.ts';

/**
 * Collects what a pass learns, folder by folder, and hands it to the record. It follows the
 * replica: after each rename there, the record has the same names.
 */
export interface RecordKeeper {
  /** Rows that a scan found out of date. */
  learn(edits: readonly FolderEdit[]): void;
  /** An entry's row in its folder's record; undefined forgets it. */
  note(path: Path, row: Row | undefined): void;
  /** What is known of an entry by now. */
  rowOf(path: Path): Promise<Row | undefined>;
  /** A folder's own row. */
  noteSelf(folder: Path, row: Row): void;
  renameTree(from: Path, to: Path): Promise<void>;
  /** What has a temporary name, with where it was; of folders with the row they had there. */
  readonly aside: Map<Path, { readonly path: Path; readonly folder?: { row: Row | undefined } }>;
  putAside(path: Path, temporary: Path, type: EntryType): Promise<void>;
  putBack(temporary: Path): Promise<void>;
  removeTree(folder: Path): Promise<void>;
  /** All names of one file that was linked: its source half as recorded, its replica half now. */
  noteLinks(target: Path, linked: Linked): Promise<void>;
  flush(): Promise<void>;
}

/** What was linked to one file of the replica. */
export interface Linked {
  readonly names: Path[];
  /** The replica's side by now. */
  readonly side: Row;
  /** The file's ctime just before; NaN where between two links somebody else was there. */
  readonly foundMs: number;
}

/** One name more, in the order in which they were made. */
export function withLink(
  before: Linked | undefined, name: Path, side: Row, foundMs: number,
): Linked {
  if (before === undefined) return { names: [name], side, foundMs };
  before.names.push(name);
  return { ...before, side, foundMs: before.side[CTIME] === foundMs ? before.foundMs : NaN };
}

/** Keeps the record of the pass in hand, in memory until it is flushed. */
export function keepRecord(record: RecordStore): RecordKeeper {
  const rows = new Map<Path, Map<string, Row | undefined>>();
  const selves = new Map<Path, Row>();
  /** The folders that something was noted of, and those above them. */
  const noted = new Set<Path>();
  const removed = new Set<Path>();
  const torn = new Set<Path>();

  function note(path: Path, row: Row | undefined): void {
    rowsOf(parentOf(path)).set(nameOf(path), row);
  }

  function rowsOf(folder: Path): Map<string, Row | undefined> {
    const known = rows.get(folder) ?? new Map<string, Row | undefined>();
    if (known.size === 0) rows.set(folder, known);
    mark(folder);
    return known;
  }

  function mark(folder: Path): void {
    for (let at = folder; !noted.has(at); at = parentOf(at)) noted.add(at);
  }

  /** What is noted meanwhile is for the next one. */
  async function flush(): Promise<void> {
    const [edited, own, gone] = [new Map(rows), new Map(selves), new Set(removed)];
    for (const each of [rows, selves, noted, removed]) each.clear();
    for (const folder of new Set([...edited.keys(), ...own.keys()])) {
      if (gone.has(folder) || ancestorIn(folder, gone) !== undefined) continue;
      const rowsNow = edited.get(folder) ?? new Map<string, Row | undefined>();
      await record.edit(folder, rowsNow, own.get(folder), torn.delete(folder));
    }
  }

  async function rowOf(path: Path): Promise<Row | undefined> {
    const known = rows.get(parentOf(path))?.get(nameOf(path));
    if (known !== undefined) return known;
    const name = nameOf(path);
    const folder = await record.get(parentOf(path), [name]);
    const at = folder === undefined ? -1 : findRow(folder, name);
    return at < 0 ? undefined : [...folder!.rows.subarray(at * COLUMNS, (at + 1) * COLUMNS)];
  }

  function noteSelf(folder: Path, row: Row): void {
    selves.set(folder, row);
    mark(folder);
  }

  async function renameTree(from: Path, to: Path): Promise<void> {
    // What was noted of other folders can wait: a parent is not to be written for each child.
    if (noted.has(from) || noted.has(to) || removed.size > 0) await flush();
    await record.renameTree(from, to);
  }

  const aside: RecordKeeper['aside'] = new Map();

  return {
    aside,
    async putAside(path, temporary, type): Promise<void> {
      if (type !== 'folder') return void aside.set(temporary, { path });
      aside.set(temporary, { path, folder: { row: await rowOf(path) } });
      note(path, undefined);
      await renameTree(path, temporary);
    },
    async putBack(temporary): Promise<void> {
      const { path, folder } = aside.get(temporary)!;
      aside.delete(temporary);
      if (folder === undefined) return;
      await renameTree(temporary, path);
      note(path, folder.row);
    },
    learn(edits): void {
      for (const edit of edits) {
        const known = edit.rows.length > 0 ? rowsOf(edit.folder) : undefined;
        for (const [name, row] of edit.rows) known?.set(name, row);
        if (edit.self !== undefined) noteSelf(edit.folder, edit.self);
        if (edit.torn === true) torn.add(edit.folder);
      }
    },
    note,
    rowOf,
    noteSelf,
    renameTree,
    async removeTree(folder): Promise<void> {
      await record.removeTree(folder);
      removed.add(folder);
    },
    async noteLinks(target, { names, side, foundMs }): Promise<void> {
      const row = await rowOf(target) ?? Array<number>(COLUMNS).fill(0);
      const linked = [...row.slice(0, REPLICA), ...side];
      // A link hides by its ctime that someone else was there, before it or after. Then the row is
      // to vouch for nothing, on neither side; without one size and time would be believed.
      const isAsSeen = row[REPLICA + CTIME] === foundMs
        && [MODE, SIZE, MTIME, INO].every((column) => row[REPLICA + column] === side[column]);
      if (!isAsSeen) linked[CTIME] = linked[REPLICA + CTIME] = RACY;
      for (const path of [target, ...names]) note(path, linked);
    },
    flush,
  };
}

/** Writes down what a scan found out of date. */
export async function learn(record: RecordStore, edits: readonly FolderEdit[]): Promise<void> {
  // Nobody would look at it again, and it would be counted for as long as there is a record.
  for (const { folder, gone = [] } of edits) {
    for (const name of gone) await record.removeTree(joinPath(folder, name));
  }
  const keeper = keepRecord(record);
  keeper.learn(edits);
  await keeper.flush();
}
