import type { Identity } from '../core/difference.ts';
import {
  childOf, isTemporary, joinPath, nameOf, type EntryType, type Path, type Stat, type Triple,
} from '../core/entry.ts';
import { isIgnoredDeep } from '../core/ignore.ts';
import { identityOf, isFolderMode, isSymlinkMode, recordedIdentity } from '../core/record-check.ts';
import { COLUMNS, INO, MODE, MTIME, REPLICA, SIZE } from '../core/record.ts';
import type { Gone, Move } from '../core/renames.ts';
import type { ListedFolder } from '../disk/job.ts';
import type { Work } from '../mirror.ts';
import { batches } from './drain.ts';
import { protectedBy } from './scope.ts';

/**
 * An entry of a vanished folder, as the record knows it: a folder of a hundred thousand files that
 * moved, or was removed, is not looked at file by file. What is chosen for a rename is confirmed.
 */
class Recorded implements Gone {
  readonly reused = false;
  readonly source: Path;
  readonly replica: Path;
  readonly record: Path;
  private readonly rows: Float64Array;
  private readonly row: number;

  constructor({ source, replica, record }: Triple, rows: Float64Array, row: number) {
    this.source = source;
    this.replica = replica;
    this.record = record;
    this.rows = rows;
    this.row = row;
  }

  get identity(): Identity | undefined {
    return recordedIdentity(this.rows, this.row);
  }

  /** What was recorded of the replica; of times and the like only what choosing needs. */
  get stat(): Stat {
    const column = (at: number): number => this.rows[this.row + REPLICA + at]!;
    const mode = column(MODE);
    return {
      type: typeOfMode(mode),
      size: column(SIZE), ino: BigInt(column(INO)), mode: mode & 0o7777,
      mtimeNs: BigInt(Math.round(column(MTIME) * 1000)) * 1000n,
      ctimeNs: 0n, birthNs: 0n, dev: 0n, uid: 0, gid: 0, nlink: 1,
    };
  }

  /** The entry as it is now, if that is what was recorded of the replica. */
  confirmed(stat: Stat): Gone | undefined {
    const identity = identityOf(this.rows, this.row, stat);
    const { source, replica, record, reused } = this;
    return identity && { source, replica, record, reused, stat, identity };
  }
}

const typeOfMode = (mode: number): EntryType =>
  (isFolderMode(mode) ? 'folder' : isSymlinkMode(mode) ? 'symlink' : 'file');

/** A folder inside a vanished one, or that one itself, and what is in it. */
export interface OpenedFolder {
  readonly replica: Path;
  /** Its entries of one type; made anew each time, lest all of a big tree stays in memory. */
  entries(type: EntryType): readonly Gone[];
}

/**
 * What vanished folders hold, according to the record; where it has none, what is there. What is
 * ignored by now stays: it may have been mirrored before it was.
 */
export async function openVanished(
  work: Work, folders: readonly Gone[],
): Promise<OpenedFolder[][]> {
  const opened: OpenedFolder[][] = [];
  // Several at once: what takes time is the record's way to the disk and back.
  for (const some of batches(folders, AT_ONCE, () => 0, 1)) {
    opened.push(...await Promise.all(some.map((one) => openOne(work, one))));
  }
  return opened;
}

const AT_ONCE = 64;

async function openOne(work: Work, folder: Gone): Promise<OpenedFolder[]> {
  const inside: OpenedFolder[] = [];
  const chain = protectedBy(work, folder.source);
  const stays = (path: Path, type: EntryType): boolean =>
    chain.length > 0 && isIgnoredDeep(() => chain, path, type === 'folder');
  for await (const [path, { names, rows }] of work.mirror.record.subtree(folder.record)) {
    const below = path.slice(folder.record.length);
    const at: Triple =
      { source: folder.source + below, replica: folder.replica + below, record: path };
    inside.push({ replica: at.replica, entries: (type) => names.flatMap((name, index) => {
      const row = index * COLUMNS;
      const isOne = typeOfMode(rows[row + REPLICA + MODE]!) === type
        && !stays(joinPath(at.source, name), type);
      return isOne ? [new Recorded(childOf(at, name), rows, row)] : [];
    }) });
  }
  return inside.some((one) => one.replica !== folder.replica || one.entries('file').length > 0)
    ? inside : listInside(work, folder);
}

/**
 * What an extraneous folder holds in the replica: only its content can tell where it belongs. What
 * a kill left is no content: it may not be on the disk.
 */
async function listInside(
  work: Work, { source, replica: path, record: top }: Gone,
): Promise<OpenedFolder[]> {
  const { mirror: { pool }, context } = work;
  const inside: OpenedFolder[] = [];
  let folders: ListedFolder[] = [{ path, chain: protectedBy(work, source), proof: source }];
  while (folders.length > 0) {
    const listed = await pool.run({ kind: 'list', side: 'replica', folders }, context);
    const listings = listed.map(({ entries, chain }) =>
      ({ chain, entries: entries.filter((one) => !isTemporary(nameOf(one.path))) }));
    listings.forEach(({ entries }, at) => {
      const all = entries.map((one): Gone => ({
        source: source + one.path.slice(path.length), replica: one.path,
        record: top + one.path.slice(path.length), stat: one.stat,
        identity: undefined, reused: false,
      }));
      inside.push({ replica: folders[at]!.path,
        entries: (type) => all.filter((one) => one.stat.type === type) });
    });
    folders = listings.flatMap(({ entries, chain }) => entries
      .filter(({ stat }) => stat.type === 'folder').map((one) =>
        ({ path: one.path, chain, proof: source + one.path.slice(path.length) })));
  }
  return inside;
}

/** The renames of what is really there: the replica may be another than the record says. */
export async function confirm(work: Work, moves: readonly Move[]): Promise<Move[]> {
  const paths = moves.flatMap(({ gone }) => (gone instanceof Recorded ? [gone.replica] : []));
  if (paths.length === 0) return [...moves];
  const { mirror: { pool }, context } = work;
  const stats = await pool.run({ kind: 'stat', paths }, context);
  let next = 0;
  return moves.flatMap((move): Move[] => {
    if (!(move.gone instanceof Recorded)) return [move];
    const stat = stats[next++];
    const gone = stat && move.gone.confirmed(stat);
    return gone === undefined ? [] : [{ ...move, gone }];
  });
}
