import { floorMicros, type Identity } from './difference.ts';
import { ancestorIn, byPath, nameOf, type EntryType, type Path, type Stat } from './entry.ts';
import { identityNow } from './record-check.ts';

/** Content that the replica has and no longer needs where it is. */
export interface Gone {
  /** What the source calls it now, or would: rules are about that. */
  readonly source: Path;
  readonly replica: Path;
  readonly record: Path;
  readonly stat: Stat;
  /** The source entry it was copied from; undefined where only reading can tell. */
  readonly identity: Identity | undefined;
  /** The source has something else under that path. */
  readonly reused: boolean;
}

/** An entry of the source that the replica lacks, or has with other content. */
export interface Wanted {
  readonly path: Path;
  readonly stat: Stat;
  /** The replica has something else under that path. */
  readonly occupied: boolean;
}

/** One rename: the replica's `gone` becomes `wanted`. */
export interface Move {
  readonly gone: Gone;
  readonly wanted: Wanted;
  /** The contents were compared; if not, the next full pass does it. */
  readonly read: boolean;
}

/**
 * Pairs by first evidence, without reading: inode and birth time, and for files size and
 * modification time as recorded. A moved and modified file is new content. Each content serves
 * once; of several names for one source file the first by path gets it.
 */
export function matchByIdentity(gone: readonly Gone[], wanted: readonly Wanted[]): Move[] {
  const byInode = new Map<number, Gone[]>();
  for (const one of gone) addFirst(byInode, one);
  if (byInode.size === 0) return [];

  // Few of many match: only those are sorted.
  const takers = new Map<Gone, Wanted>();
  for (const one of wanted) {
    if (one.stat.type !== 'file' && one.stat.type !== 'folder') continue;
    const identity = identityNow(one.stat);
    const match = identity && byInode.get(identity.ino)?.find((each) =>
      isFrom(each, one.stat.type, identity));
    if (match === undefined || match.replica === one.path) continue;
    const first = takers.get(match);
    if (first === undefined || one.path < first.path) takers.set(match, one);
  }
  const moves = [...takers].map(([match, one]) => ({ gone: match, wanted: one, read: false }));
  return moves.sort((a, b) => byPath(a.wanted.path, b.wanted.path));
}

/**
 * Of moves inside moves only the outer ones: what is inside is found by their scan. Where each is
 * inside another (a child changes places with its parent) the first goes, the others after it.
 */
export function outermost(moves: readonly Move[]): Move[] {
  const from = new Set(moves.map((one) => one.gone.replica));
  const to = new Set(moves.map((one) => one.wanted.path));
  const outer = moves.filter(({ gone, wanted }) => ancestorIn(wanted.path, to) === undefined
    && ancestorIn(gone.replica, from) === undefined);
  return outer.length > 0 ? outer
    : moves.filter((one) => ancestorIn(one.wanted.path, to) === undefined).slice(0, 1);
}

/** The files worth reading: those with a size, not zero, that occurs on both sides. */
export function digestCandidates(
  gone: readonly Gone[], wanted: readonly Wanted[],
): { gone: Gone[]; wanted: Wanted[] } {
  const isFile = (item: { stat: Stat }): boolean => item.stat.type === 'file' && item.stat.size > 0;
  const goneSizes = new Set(gone.filter(isFile).map((item) => item.stat.size));
  const shared = new Set(
    wanted.filter((item) => isFile(item) && goneSizes.has(item.stat.size))
      .map((item) => item.stat.size),
  );
  const serves = (item: { stat: Stat }): boolean => isFile(item) && shared.has(item.stat.size);
  return { gone: gone.filter(serves), wanted: wanted.filter(serves) };
}

/**
 * Pairs by digest and size. Among equals the same name wins, then the same modification time, then
 * the order of paths, so that a hundred identical files are paired the same way each time. The
 * caller compares each pair byte by byte: digests collide, MD5 on purpose.
 */
export function matchByDigest(
  gone: readonly Gone[], wanted: readonly Wanted[],
  digestOf: { gone: ReadonlyMap<Path, string>; wanted: ReadonlyMap<Path, string> },
): Move[] {
  const contents = new Map<string, Gone[]>();
  for (const one of sortedBy(gone, (item) => item.replica)) {
    const digest = digestOf.gone.get(one.replica);
    if (digest !== undefined) push(contents, `${one.stat.size}:${digest}`, one);
  }
  const groups = new Map([...contents].map(([key, all]) => [key, new Group(all)]));

  const moves: Move[] = [];
  for (const one of sortedBy(wanted, (item) => item.path)) {
    const match = groups.get(`${one.stat.size}:${digestOf.wanted.get(one.path)}`)?.take(one);
    if (match === undefined || match.replica === one.path) continue;
    moves.push({ gone: match, wanted: one, read: true });
  }
  return moves;
}

/** Equal contents still to be given away, found by name and time without going through them all. */
class Group {
  private readonly all: readonly Gone[];
  private readonly taken = new Set<Gone>();
  private readonly byName = new Map<string, Gone[]>();
  private readonly byTime = new Map<bigint, Gone[]>();
  private next = 0;

  constructor(all: readonly Gone[]) {
    this.all = all;
    for (const one of all) {
      push(this.byName, nameOf(one.replica), one);
      push(this.byTime, floorMicros(one.stat.mtimeNs), one);
    }
  }

  take(wanted: Wanted): Gone | undefined {
    const found = this.first(this.byName.get(nameOf(wanted.path)))
      ?? this.first(this.byTime.get(floorMicros(wanted.stat.mtimeNs))) ?? this.any();
    if (found !== undefined) this.taken.add(found);
    return found;
  }

  private first(list: Gone[] | undefined): Gone | undefined {
    while (list !== undefined && list.length > 0) {
      const one = list.shift()!;
      if (!this.taken.has(one)) return one;
    }
    return undefined;
  }

  private any(): Gone | undefined {
    while (this.next < this.all.length) {
      const one = this.all[this.next]!;
      this.next += 1;
      if (!this.taken.has(one)) return one;
    }
    return undefined;
  }
}

function push<K>(map: Map<K, Gone[]>, key: K, one: Gone): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [one]);
  else list.push(one);
}

/** Of those that came from one source entry only the first by path is kept. */
function addFirst(byInode: Map<number, Gone[]>, one: Gone): void {
  const { identity } = one;
  if (identity === undefined) return;
  const known = byInode.get(identity.ino);
  if (known === undefined) return void byInode.set(identity.ino, [one]);
  const { type } = one.stat;
  const at = known.findIndex((each) => isFrom(each, type, identity));
  if (at < 0) known.push(one);
  else if (one.replica < known[at]!.replica) known[at] = one;
}

/** Whether a content came from an entry of the source: of a folder size and time tell nothing. */
function isFrom({ stat, identity }: Gone, type: EntryType, one: Identity): boolean {
  return identity !== undefined && stat.type === type
    && identity.ino === one.ino && identity.birthMs === one.birthMs
    && (type === 'folder' || (identity.size === one.size && identity.mtimeMs === one.mtimeMs));
}

const sortedBy = <T>(items: readonly T[], path: (item: T) => Path): T[] =>
  [...items].sort((a, b) => byPath(path(a), path(b)));
