import { isFolderInTheWay } from './blocked.ts';
import { placesOf, type Difference } from './difference.ts';
import { byPath, joinPath, parentOf, type EntryType, type Path, type Stat } from './entry.ts';
import type { LinkPlan } from './links.ts';
import { planMoves } from './moves.ts';
import type { Operation, Part, RemoveOperation } from './operation.ts';
import type { Move } from './renames.ts';
import { isSetLast, planSets } from './sets.ts';

/** Everything a pass found out, from which the plan follows. Nothing `unsure` is left in it. */
export interface Findings {
  readonly differences: readonly Difference[];
  readonly moves: readonly Move[];
  /** New folders whose content is listed as differences of its own: made, not copied whole. */
  readonly expanded: ReadonlySet<Path>;
  readonly links: LinkPlan;
  /** Entries of a folder that would be removed, itself included if so, by replica path. */
  readonly entries: ReadonlyMap<Path, number>;
  /** Folders in such a one that may go before it. */
  readonly parts?: ReadonlyMap<Path, readonly Part[]>;
  /** Whether a path is left as it is, because something held has its place (blocked.ts). */
  readonly waits: (path: Path) => boolean;
  /** A fresh temporary name, each time another. */
  readonly temporary: () => string;
}

/** What removals follow from. */
export type RemovalFindings = Pick<Findings, 'differences' | 'moves' | 'entries' | 'parts'>;

/**
 * The operations that make the replica equal to the source, in an order in which each finds what
 * it needs and nothing is overwritten before it was moved away:
 *
 *   remove files that new ones would be taken for, where case does not count ·
 *   park folders that are in the way · make folders and rename folders into place, top down ·
 *   park and rename files · copies · hard links · removes, then times, both deepest first
 *
 * After the folder renames the replica has the source's names, so every later path is final.
 */
export function plan(findings: Findings): readonly Operation[] {
  const { differences, moves, temporary } = findings;
  const left = new Set(moves.map((one) => one.gone.replica));
  const alike = alikeOf(differences);
  const blockers = differences.filter(isFolderInTheWay).concat(alike.folders)
    .map((one) => one.at.replica).filter((path) => !left.has(path));
  const folders = planMoves(ofType(moves, 'folder'), blockers, temporary);

  const moved = new Set(moves.map((one) => one.wanted.path));
  const { makes, parked } = planMakes(differences, ofType(moves, 'file'), findings);
  const body = [
    ...planRemoves(alike.files, (path) => path, findings),
    ...folders.parks,
    ...inPathOrder([...makes, ...folders.renames]),
    ...planFileMoves(ofType(moves, 'file'), parked, folders.now, temporary),
    ...planCopies(differences, moved, findings),
    ...planLinkOperations(findings.links),
    ...planRemoves(alike.others, folders.now, findings),
  ];
  const sets = planSets(differences, moves, body, folders.now);
  return [...body, ...sets.filter((one) => !findings.waits(one.path))];
}

/** What would be removed if nothing were held: the list that holds are decided on. */
export function plannedRemovals(findings: RemovalFindings): readonly RemoveOperation[] {
  return planRemoves(findings.differences, (path) => path, findings);
}

/** What goes, and has the place of something new, in other letters: a file has to go before it. */
function alikeOf(differences: readonly Difference[]): Record<'files' | 'folders' | 'others',
  readonly Difference[]> {
  const places = placesOf(differences);
  const isAlike = (one: Difference, isFolder: boolean): boolean =>
    (one.kind === 'vanished' || one.kind === 'extraneous') && places.has(one.at.replica)
      && (one.replica.type === 'folder') === isFolder;
  return {
    files: differences.filter((one) => isAlike(one, false)),
    folders: differences.filter((one) => isAlike(one, true)),
    others: differences.filter((one) => !isAlike(one, false)),
  };
}

const ofType = (moves: readonly Move[], type: EntryType): readonly Move[] =>
  moves.filter((one) => one.wanted.stat.type === type);

/**
 * New folders that are made rather than copied whole, and, before them in path order, the files
 * that stand where folders go. `parked` says where files are that a rename still needs.
 */
function planMakes(
  differences: readonly Difference[], fileMoves: readonly Move[], findings: Findings,
): { makes: Operation[]; parked: ReadonlyMap<Path, Path> } {
  const needed = new Set(fileMoves.map((one) => one.gone.replica));
  const makes: Operation[] = [];
  const parked = new Map<Path, Path>();
  for (const one of differences) {
    if (one.kind !== 'new' && !(one.kind === 'changed' && one.what === 'type')) continue;
    if (one.source.type !== 'folder') continue;
    const path = one.at.source;
    if (one.kind === 'changed' && one.replica.type !== 'folder') {
      const { type } = one.replica;
      if (needed.has(one.at.replica)) {
        const name = findings.temporary();
        parked.set(one.at.replica, name);
        makes.push({ kind: 'park', path, temporary: name, type });
      }
      makes.push({ kind: 'remove', path, type, entries: 1, because: 'replaced', proof: path,
        instead: one.source });
    }
    if (findings.expanded.has(path)) makes.push({ kind: 'mkdir', path });
  }
  return { makes, parked };
}

/** Files whose name is needed by another keep it until that one comes: they get a second link. */
function planFileMoves(
  moves: readonly Move[], parked: ReadonlyMap<Path, Path>, now: (path: Path) => Path,
  temporary: () => string,
): Operation[] {
  const parks: Operation[] = [];
  const renames: Operation[] = [];
  const leaving = new Set(moves.map(({ gone }) => now(gone.replica)));
  for (const move of moves) {
    const { gone, wanted, read } = move;
    const was = gone.replica;
    let from = parked.get(was);
    if (from === undefined && gone.reused) {
      from = joinPath(parentOf(now(was)), temporary());
      parks.push({ kind: 'park', path: now(was), temporary: from, type: 'file' });
    }
    from ??= now(was);
    const { stat } = gone;
    const seen = isSetLast(move) ? {} : { seen: { source: wanted.stat, replica: stat, read } };
    const { path } = wanted;
    const spares = leaving.has(path) ? { spares: true as const } : {};
    renames.push({ kind: 'rename', from, path, type: 'file', was, stat, ...spares, ...seen });
  }
  return [...parks, ...inPathOrder(renames)];
}

function planCopies(
  differences: readonly Difference[], moved: ReadonlySet<Path>, findings: Findings,
): Operation[] {
  const linked = new Set(findings.links.links.map((one) => one.path));
  const rewrites = findings.links.rewrite.map((path): Operation =>
    ({ kind: 'copy', path, size: 0, replaces: true }));
  const copies = differences.flatMap((one): Operation[] => {
    if (one.kind !== 'new' && !(one.kind === 'changed' && one.what !== 'meta')) return [];
    const path = one.at.source;
    if (moved.has(path) || linked.has(path) || findings.expanded.has(path)) return [];
    const replaces = one.kind === 'changed' && one.replica.type !== 'folder';
    switch (one.source.type) {
      case 'file': return [{ kind: 'copy', path, size: one.source.size, replaces }];
      case 'folder': return [{ kind: 'copy-tree', path }];
      case 'symlink': return [{ kind: 'symlink', path, replaces }];
      default: return [];
    }
  });
  return inPathOrder([...copies, ...rewrites]);
}

const planLinkOperations = (links: LinkPlan): Operation[] =>
  inPathOrder(links.links.map(({ path, target }): Operation => ({ kind: 'link', path, target })));

/** Deepest first, by paths turned round. */
function planRemoves(
  differences: readonly Difference[], now: (path: Path) => Path,
  findings: RemovalFindings,
): RemoveOperation[] {
  const taken = new Set(findings.moves.map((one) => one.gone.replica));
  const removes = differences.flatMap((one): RemoveOperation[] => {
    const { replica, source: proof } = one.at;
    if (one.kind === 'vanished' || one.kind === 'extraneous') {
      if (taken.has(replica)) return [];
      return removal(one.as ?? 'gone', one.replica.type);
    }
    return isFolderInTheWay(one) && 'replica' in one && !taken.has(replica)
      ? removal('replaced', one.replica.type, one.source) : [];

    function removal(
      because: RemoveOperation['because'], type: EntryType, instead?: Stat,
    ): RemoveOperation[] {
      const entries = findings.entries.get(replica) ?? 1;
      const parts = findings.parts?.get(replica) ?? [];
      // A folder of which nothing may go stays as it is.
      return entries === 0 ? []
        : [{ kind: 'remove', path: now(replica), type, entries, because, proof,
          ...(instead && { instead }), ...(parts.length > 0 && { parts }) }];
    }
  });
  return removes.sort((a, b) => byPath(b.path, a.path));
}

/** A parent's path sorts before its children's; operations on one path stay in their order. */
const inPathOrder = <T extends Operation>(operations: readonly T[]): T[] =>
  [...operations].sort((a, b) => byPath(a.path, b.path));
