import { commonOf, depthOf, nameOf, parentOf, type Path } from './entry.ts';
import { UNHEARD, type Reason } from './event.ts';
import { ruledBy } from './ignore.ts';
import type { Approval } from './operation.ts';

/** Where to look, never what to do: the pass reads the disk again. */
export type Change =
  | { readonly folder: Path; readonly name: string }
  | { readonly folder: Path; readonly whole: 'listing' | 'tree' };

/** The change of one path: its name in its folder; the root has none, but a listing. */
export const changeAt = (path: Path): Change => (path === '' ? { folder: '', whole: 'listing' }
  : { folder: parentOf(path), name: nameOf(path) });

type What = 'tree' | 'listing' | ReadonlySet<string>;
/** By folder: some of its names, all its names, or everything below it. */
export type ChangedPaths = ReadonlyMap<Path, What>;

/** Why a pass is to run, and where it is to look. */
export interface Trigger {
  readonly full: boolean;
  /** Kept beside `full`, so that a long pass can let what changed go first. */
  readonly changes: ChangedPaths;
  readonly reason: Reason;
  /** What was approved, one for each time that somebody did. */
  readonly approve: readonly Approval[];
  /** The episode is over: deletions need not wait any longer. */
  readonly ripe: boolean;
  /** Nobody may have been told of what there is to be found: it is no news of the watcher. */
  readonly unheard: boolean;
}

/** A trigger of which only what matters is said. */
export const trigger = (part: Partial<Trigger> & { readonly reason: Reason }): Trigger =>
  ({ full: false, changes: new Map(), approve: [], ripe: false, unheard: UNHEARD.has(part.reason),
    ...part });

/**
 * One trigger for two: it looks wherever one of them would, and gives the full one's reason; of
 * two, the one that somebody waits for an answer to.
 */
export function mergeTriggers(a: Trigger, b: Trigger): Trigger {
  return {
    full: a.full || b.full,
    changes: uniteChanges(a.changes, b.changes),
    reason: b.full && (!a.full || b.reason === 'asked') ? b.reason : a.reason,
    approve: [...a.approve, ...b.approve],
    ripe: a.ripe || b.ripe,
    unheard: a.unheard || b.unheard,
  };
}

/** More names than this in one folder are its listing, which costs about as much to read. */
const MOST_NAMES = 64;

/** More folders than this become the trees that hold them: one alone costs twice its share. */
const MOST_FOLDERS = 8_192;

/**
 * The scope with some changes more. Everything announced stays in scope, but the answer may grow
 * upward: many names become their folder's listing, many folders their common trees, and an ignore
 * file that changed brings its folder's tree, for it decides what is mirrored there.
 *
 *     addChanges(undefined, [{ folder: 'a', name: 'x' }, { folder: 'b/c', whole: 'tree' }])
 *     // a → {x}, b/c → tree
 *     addChanges(…, [{ folder: 'b', whole: 'tree' }, { folder: 'b/d', name: 'y' }])
 *     // a → {x}, b → tree
 *
 * Near linear in the number of changes: a burst may be a hundred thousand of them.
 */
export function addChanges(
  paths: ChangedPaths | undefined, changes: readonly Change[],
): ChangedPaths {
  const grown = new Map(paths);
  const ours = new Set<ReadonlySet<string>>();
  let hasNewTrees = false;

  for (const change of changes) {
    const { folder } = change;
    const tree = 'name' in change ? ruledBy(folder, change.name)
      : change.whole === 'tree' ? folder : undefined;
    const at = tree ?? folder;
    const known = grown.get(at);
    if (known === 'tree' || (known === undefined && isWhole(grown, at))) continue;

    if (tree !== undefined) {
      grown.set(tree, 'tree');
      hasNewTrees = true;
    } else if ('whole' in change) {
      grown.set(folder, 'listing');
    } else if (known !== 'listing') {
      grown.set(folder, withName(known, change.name, ours));
    }
  }

  const absorbed = hasNewTrees ? withoutCovered(grown) : grown;
  return absorbed.size > MOST_FOLDERS ? collapse(absorbed) : absorbed;
}

/** Both scopes in one. */
export const uniteChanges = (a: ChangedPaths, b: ChangedPaths): ChangedPaths =>
  addChanges(a, b.size === 0 ? [] : [...changesOf(b)]);

/** What would have to be announced for this scope. */
export function* changesOf(paths: ChangedPaths): Generator<Change> {
  for (const [folder, what] of paths) {
    if (typeof what === 'string') yield { folder, whole: what };
    else for (const name of what) yield { folder, name };
  }
}

/**
 * Whether a path was announced: by name, with its folder's listing, with a tree around it, or as a
 * folder in which something was announced (which gives it new times).
 */
export function isInScope(paths: ChangedPaths, path: Path): boolean {
  if (paths.has(path)) return true;

  const known = paths.get(parentOf(path));
  if (known === 'listing' || (typeof known === 'object' && known.has(nameOf(path)))) return true;

  return isWhole(paths, path);
}

/** Whether a path is in scope with all below it: its tree is, or one around it. */
export function isWhole(paths: ChangedPaths, path: Path): boolean {
  for (let at = path; ; at = parentOf(at)) {
    if (paths.get(at) === 'tree') return true;
    if (at === '') return false;
  }
}

/** Adds a name in place to a set that is ours, else to a copy that then is. */
function withName(
  known: ReadonlySet<string> | undefined, name: string, ours: Set<ReadonlySet<string>>,
): 'listing' | ReadonlySet<string> {
  if (known?.has(name)) return known;
  if (known !== undefined && known.size >= MOST_NAMES) return 'listing';

  const names = (known !== undefined && ours.has(known) ? known : new Set(known)) as Set<string>;
  ours.add(names);
  return names.add(name);
}

function withoutCovered(paths: ChangedPaths): ChangedPaths {
  const isCovered = (folder: Path): boolean => folder !== '' && isWhole(paths, parentOf(folder));
  return new Map([...paths].filter(([folder]) => !isCovered(folder)));
}

/**
 * Collapses neighbours into trees, at the greatest depth where half of the room is left for what
 * comes next, so that a burst in one corner does not bring the whole source. The deeper, the more
 * remain: hence the bisection.
 */
function collapse(paths: ChangedPaths): ChangedPaths {
  let low = 0;
  let high = 0;
  for (const folder of paths.keys()) high = Math.max(high, depthOf(folder));

  let found = collapseAt(paths, 0);
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const tried = collapseAt(paths, middle);
    if (tried.size > MOST_FOLDERS / 2) {
      high = middle;
    } else {
      low = middle;
      found = tried;
    }
  }
  return found;
}

/** Folders below `depth` that share their ancestor there become the tree all of them are in. */
function collapseAt(paths: ChangedPaths, depth: number): ChangedPaths {
  const collapsed = new Map<Path, What>();
  const groups = new Map<Path, { common: Path; alone: boolean }>();

  for (const folder of paths.keys()) {
    if (depthOf(folder) <= depth) continue;
    const ancestor = firstComponents(folder, depth);
    const group = groups.get(ancestor);
    if (group === undefined) groups.set(ancestor, { common: folder, alone: true });
    else Object.assign(group, { common: commonOf(group.common, folder), alone: false });
  }

  for (const { common, alone } of groups.values()) if (!alone) collapsed.set(common, 'tree');
  for (const [folder, what] of paths) {
    if (!isWhole(collapsed, folder)) collapsed.set(folder, what);
  }
  return collapsed;
}

function firstComponents(path: Path, count: number): Path {
  let end = 0;
  for (let n = 0; n < count; n += 1) end = path.indexOf('/', end === 0 ? 0 : end + 1);
  return path.slice(0, end);
}
