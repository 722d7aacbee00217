import { lstatSync, readdirSync } from 'node:fs';
import { ClassicLevel, type Iterator } from 'classic-level';
import { doubtLost, holdsData } from './record-doubt.ts';
import { META_KEY, MOVING, rangesOf } from './record-keys.ts';
import {
  decodeMeta, encodeMeta, isPair, type PairIdentity, type RecordMeta, type RecordNotice,
} from './record-meta.ts';
import { knowsMounts } from './mounts.ts';
import { forgetTables, logHeld, noteTables, tablesHold } from './record-tables.ts';
import { makeFolders } from './state.ts';

/** The database: bytes by bytes. */
export type Database = ClassicLevel<Buffer, Buffer>;
/** What reads a range of it. */
export type Stored = Iterator<Database, Buffer, Buffer>;

/** Without a database the record lives in memory, for this run only. */
export interface OpenedDatabase {
  readonly database: Database | undefined;
  readonly meta: RecordMeta;
  readonly notice?: RecordNotice;
}

/** Another process has the record open: thrown by openDatabase, with a text for people. */
const IN_USE = 'record-in-use';

/**
 * Opens the database in a folder, made where it is missing. The record is a cache: one that is
 * damaged, from another version or of another pair is destroyed and begun anew; where none can be
 * written, for want of space or rights, there is none. Mirroring goes on in each case.
 */
export async function openDatabase(
  folder: string | undefined, pair: PairIdentity,
): Promise<OpenedDatabase> {
  const meta: RecordMeta = { version: VERSION, pair, proven: false, period: 1,
    ...(knowsMounts() ? { mounts: [] } : {}) };
  if (folder === undefined) return inMemory(meta, 'there is no state folder to keep it in');
  try {
    prepare(folder);
    const first = await openKnown(folder, pair, meta);
    if (!('trouble' in first)) return first;

    const { trouble, careful } = first;
    const database = await destroyAndOpen(folder);
    const afresh = doubted(meta, careful);
    await writeMeta(database, afresh);
    const text = `the record of earlier passes ${trouble}: begun anew, everything is compared once`
      + (careful ? ', by content' : '');
    return { database, meta: afresh, notice: { code: 'record-afresh', text } };
  } catch (error) {
    const { code, message } = causeOf(error);
    if (code === 'LEVEL_LOCKED') {
      const text = `another fsync works on this pair, with the record in ${folder}: `
        + 'wait for its end, or end it (`fsync status` names a watch, `fsync stop` ends it)';
      throw Object.assign(new Error(text), { code: IN_USE });
    }
    return inMemory(doubted(meta, isThere(folder)), message);
  }
}

/** Opens it once more, after errors; undefined where that fails. `afresh`: empty. */
export async function reopenDatabase(
  folder: string, meta: RecordMeta, afresh: boolean,
): Promise<Database | undefined> {
  try {
    const database = await (afresh ? destroyAndOpen(folder) : open(folder));
    await writeMeta(database, meta);
    return database;
  } catch {
    return undefined;
  }
}

/** On disk when it returns: what is marked here must be known after a power cut. */
export const writeMeta = (database: Database, meta: RecordMeta): Promise<void> =>
  database.put(META_KEY, encodeMeta(meta), { sync: true });

/** Closes it, so that damage is seen before it is opened the next time. */
export async function closeDatabase(
  database: Database | undefined, folder: string | undefined,
): Promise<void> {
  if (database === undefined || folder === undefined) return;
  await database.close();
  noteTables(folder);
}

/** Errors that say nothing about the data: destroying it would not help. */
export function isTransient(error: unknown): boolean {
  const { message } = causeOf(error);
  return /no space|quota|read-only|permission denied|not permitted|too many open/i.test(message);
}

/** The format of keys and meta; that of the values is in each of them. */
const VERSION = 2;

/** Why a record is begun anew. `careful`: it may have known of what is not on the disk. */
interface Useless {
  readonly trouble: string;
  readonly careful: boolean;
}

/** The database with a meta object we can use, or the reason why it is begun anew. */
async function openKnown(
  folder: string, pair: PairIdentity, fresh: RecordMeta,
): Promise<OpenedDatabase | Useless> {
  let database: Database | undefined;
  let useless: Useless = { trouble: 'is damaged', careful: true };
  try {
    const held = holdsData(folder);
    if (!tablesHold(folder)) return useless;
    database = await open(folder);
    const bytes = logHeld(folder) ? await database.get(META_KEY) : undefined;
    if (bytes === undefined && !held && await isEmpty(database)) {
      await writeMeta(database, fresh);
      return { database, meta: fresh };
    }
    const meta = bytes && decodeMeta(bytes);
    if (meta !== undefined) {
      const careful = meta.open !== undefined || meta.careful === true;
      if (meta.version !== VERSION) useless = { trouble: 'is of another version', careful };
      else if (!isPair(meta.pair, pair)) useless = { trouble: 'is of another pair', careful };
      else {
        // What a rename that was killed left halfway.
        for (const range of rangesOf(MOVING)) await database.clear(range);
        const now = await doubtLost(database, meta);
        if (now === meta) return { database, meta };
        await writeMeta(database, now);
        return { database, meta: now, notice: AFTER_RESTART };
      }
    }
  } catch (error) {
    if (isTransient(error) || causeOf(error).code === 'LEVEL_LOCKED') {
      await database?.close();
      throw error;
    }
  }
  await database?.close();
  return useless;
}

/** One that is begun anew. `careful`: so may be what it knew of mounts. */
const doubted = (meta: RecordMeta, careful: boolean): RecordMeta =>
  ({ ...meta, careful, ...(careful ? { mounts: undefined } : {}) });

const AFTER_RESTART: RecordNotice = { code: 'after-restart', text: 'the machine was restarted'
  + ' before the last changes were known to be on disk: they are compared by content' };

/** Whether a record is there, though it cannot be used. */
function isThere(folder: string): boolean {
  try {
    return holdsData(folder);
  } catch {
    return false;
  }
}

async function open(folder: string): Promise<Database> {
  // Passes sweep through the record, so that a large cache is memory for nothing.
  const database: Database = new ClassicLevel(folder,
    { keyEncoding: 'buffer', valueEncoding: 'buffer', cacheSize: 1 << 20, maxOpenFiles: 64 });
  await database.open();
  return database;
}

async function destroyAndOpen(folder: string): Promise<Database> {
  await ClassicLevel.destroy(folder);
  prepare(folder);
  forgetTables(folder);
  return open(folder);
}

async function isEmpty(database: Database): Promise<boolean> {
  return (await database.keys({ limit: 1 }).all()).length === 0;
}

/** Never through a link: the store would follow one, at its folder's place or its files'. */
function prepare(folder: string): void {
  makeFolders(folder);
  const planted = lstatSync(folder).isSymbolicLink()
    || readdirSync(folder, { withFileTypes: true }).some((entry) => entry.isSymbolicLink());
  if (planted) throw new Error(`there is a symbolic link at or in ${folder}`);
}

const inMemory = (meta: RecordMeta, why: string): OpenedDatabase => ({
  database: undefined, meta, notice: {
    code: 'record-in-memory',
    text: `no record of this run can be kept, so that the next compares everything: ${why}`,
  },
});

/** The store wraps what the system said in an error of its own. */
function causeOf(error: unknown): { code: string | undefined; message: string } {
  const outer = error as NodeJS.ErrnoException;
  const inner = (outer.cause ?? outer) as NodeJS.ErrnoException;
  return { code: inner.code, message: inner.message };
}
