import { nameOf, parentOf, type Path } from '../core/entry.ts';
import { COLUMNS, REPLICA, SIZE, MTIME, INO, findRow, type Row } from '../core/record.ts';
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
  /** A folder's own row. */
  noteSelf(folder: Path, row: Row): void;
  renameTree(from: Path, to: Path): Promise<void>;
  /** Folders under temporary names, with where they were and the row they had there. */
  readonly aside: Map<Path, { readonly path: Path; readonly row: Row | undefined }>;
  putAside(path: Path, temporary: Path): Promise<void>;
  putBack(temporary: Path): Promise<void>;
  removeTree(folder: Path): Promise<void>;
  /** All names of one file that was linked: its source half as recorded, its replica half now. */
  noteLinks(target: Path, names: readonly Path[], replicaSide: Row): Promise<void>;
  flush(): Promise<void>;
}

export function keepRecord(record: RecordStore): RecordKeeper {
  const rows = new Map<Path, Map<string, Row | undefined>>();
  const selves = new Map<Path, Row>();

  function note(path: Path, row: Row | undefined): void {
    const folder = parentOf(path);
    const known = rows.get(folder);
    if (known === undefined) rows.set(folder, new Map([[nameOf(path), row]]));
    else known.set(nameOf(path), row);
  }

  async function flush(): Promise<void> {
    const folders = new Set([...rows.keys(), ...selves.keys()]);
    for (const folder of folders) {
      await record.edit(folder, rows.get(folder) ?? new Map(), selves.get(folder));
    }
    rows.clear();
    selves.clear();
  }

  async function rowOf(path: Path): Promise<Row | undefined> {
    const noted = rows.get(parentOf(path))?.get(nameOf(path));
    if (noted !== undefined) return noted;
    const folder = await record.get(parentOf(path));
    const at = folder === undefined ? -1 : findRow(folder, nameOf(path));
    return at < 0 ? undefined : [...folder!.rows.subarray(at * COLUMNS, (at + 1) * COLUMNS)];
  }

  async function renameTree(from: Path, to: Path): Promise<void> {
    await flush();
    await record.renameTree(from, to);
  }

  const aside: RecordKeeper['aside'] = new Map();

  return {
    aside,
    async putAside(path, temporary): Promise<void> {
      aside.set(temporary, { path, row: await rowOf(path) });
      note(path, undefined);
      await renameTree(path, temporary);
    },
    async putBack(temporary): Promise<void> {
      const was = aside.get(temporary);
      if (was === undefined) return;
      aside.delete(temporary);
      await renameTree(temporary, was.path);
      note(was.path, was.row);
    },
    learn(edits): void {
      for (const edit of edits) {
        const known = rows.get(edit.folder) ?? new Map<string, Row | undefined>();
        for (const [name, row] of edit.rows) known.set(name, row);
        if (edit.rows.length > 0) rows.set(edit.folder, known);
        if (edit.self !== undefined) selves.set(edit.folder, edit.self);
      }
    },
    note,
    noteSelf: (folder, row) => void selves.set(folder, row),
    renameTree,
    async removeTree(folder): Promise<void> {
      await flush();
      await record.removeTree(folder);
    },
    async noteLinks(target, names, replicaSide): Promise<void> {
      const row = await rowOf(target);
      // A link changes only the ctime: if more differs, someone else was there.
      const same = row !== undefined && [SIZE, MTIME, INO].every((column) =>
        row[REPLICA + column] === replicaSide[column]);
      const linked = same ? [...row.slice(0, REPLICA), ...replicaSide] : undefined;
      for (const path of [target, ...names]) note(path, linked);
    },
    flush,
  };
}
