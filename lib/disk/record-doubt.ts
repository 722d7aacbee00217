import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { decodeValue, encodeFolder, periodOf } from './record-bytes.ts';
import { doubtFolder } from '../core/record-check.ts';
import { rangesOf, type KeyRange } from './record-keys.ts';
import type { RecordMeta } from './record-meta.ts';
import { bootId } from './roots.ts';

/** What is needed of the database here. */
interface Rows {
  iterator(range: KeyRange): AsyncIterable<[Buffer, Buffer]>;
  batch(puts: Put[], options: { readonly sync: true }): Promise<void>;
}

interface Put {
  readonly type: 'put';
  readonly key: Buffer;
  readonly value: Buffer;
}

/**
 * What the record is to say once the machine was restarted before all that was written was known
 * to be on the disk: rows written since vouch for nothing, and what has no row may have lost it.
 * No clock says what that is: it may have been set. The same meta object where nothing is in doubt.
 */
export async function doubtLost(database: Rows, meta: RecordMeta): Promise<RecordMeta> {
  const { open, period } = meta;
  if (open === undefined || open.bootId === bootId()) return meta;
  await doubtRows(database, open.since);
  return { ...meta, open: undefined, period: period + 1, careful: true };
}

/** Whether there is something in a database's folder that it should give back. */
export const holdsData = (folder: string): boolean => readdirSync(folder).some((name) =>
  /\.(?:ldb|log)$/.test(name) && statSync(path.join(folder, name)).size > 0);

/** On disk when it returns: the mark of what is in doubt goes after that. */
async function doubtRows(database: Rows, since: number): Promise<void> {
  let batch = newBatch();
  const write = async (): Promise<void> => {
    await database.batch(batch.puts, { sync: true });
    batch = newBatch();
  };
  for (const range of rangesOf('')) {
    for await (const [key, bytes] of database.iterator(range)) {
      const record = decodeValue(bytes);
      // What cannot be read is as if it never was.
      if (record === undefined || periodOf(bytes) < since) continue;
      const value = encodeFolder(doubtFolder(record), periodOf(bytes));
      batch.puts.push({ type: 'put', key, value });
      batch.bytes += value.length;
      if (batch.bytes >= BATCH_BYTES) await write();
    }
  }
  if (batch.bytes > 0) await write();
}

interface Batch {
  readonly puts: Put[];
  bytes: number;
}

const newBatch = (): Batch => ({ puts: [], bytes: 0 });

const BATCH_BYTES = 1 << 20;
