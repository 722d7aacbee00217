import { readdirSync } from 'node:fs';
import { joinPath, parentOf, type Path, type Side, type Stat } from '../core/entry.ts';
import { isContent, isIgnored, isProtected, type Rules } from '../core/ignore.ts';
import type { Part } from '../core/operation.ts';
import { codeOf, fsPath, isAbsent } from './bytes.ts';
import { withOwnRules } from './ignore-files.ts';
import type {
  Counted, CountedFolder, JobContext, ListedFolder, Listing, Measured, MovingFolder, TreeFolder,
  WalkedEntry,
} from './job.ts';
import { lstat } from './stat.ts';

/**
 * Lists a folder, ignored entries left out. What cannot be listed has nothing that a rename could
 * bring or fetch: what is done to it instead will tell the reason.
 */
export function* listFolder(
  side: Side, { path, chain, proof = path }: ListedFolder, context: JobContext,
): Generator<void, Listing> {
  yield;
  try {
    const own = rulesIn(chain, proof, context);
    const names = readdirSync(fsPath(joinPath(context[side], path)), 'latin1').sort();
    const entries = names.flatMap((name): WalkedEntry[] => {
      const entry = look(context[side], joinPath(path, name));
      const at = joinPath(proof, name);
      const isOut = entry === undefined || context.own.includes(at)
        || (own.length > 0 && isIgnored(own, at, entry.stat.type === 'folder'));
      return isOut ? [] : [entry];
    });
    return { entries, chain: own };
  } catch {
    return { entries: [], chain };
  }
}

/** Adds up what is in a folder of the source; nothing where it cannot be listed. */
export function* measureFolder(
  folder: TreeFolder, context: JobContext,
): Generator<void, Measured> {
  const { entries, chain } = yield* listFolder('source', folder, context);
  const folders: TreeFolder[] = [];
  let files = 0;
  let bytes = 0;
  for (const { path, stat } of entries) {
    if (stat.type === 'folder') folders.push({ path, chain });
    if (stat.type === 'file') bytes += stat.size;
    if (stat.type === 'file' || stat.type === 'symlink') files += 1;
  }
  return { files, bytes, folders };
}

const WITH_TYPES = { withFileTypes: true, encoding: 'latin1' } as const;

/**
 * Counts a folder of the replica and all that would be removed with it; listings alone tell. What
 * is ignored or our own stays, and so do the folders around it. A folder of the source that took
 * its name may have rules of its own.
 */
export function* countEntries(
  { path, proof, chain: around, leaving }: CountedFolder, context: JobContext,
): Generator<void, Counted, void> {
  const folders = new Map<Path, number>();
  let ignored = 0;
  const closed: Path[] = [];
  const staying = new Set<Path>();
  const open = [{ below: '', inherited: around, mayBeRuled: !context.deleteIgnored }];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const { below, inherited } = one;
    const folder = joinPath(joinPath(context.replica, path), below);
    let entries = 1;
    folders.set(below, entries);
    let chain: readonly Rules[] | undefined;
    try {
      // Below what is no folder in the source there is none either: a link would lead elsewhere.
      const mayBeRuled = one.mayBeRuled
        && lstat(joinPath(context.source, joinPath(proof, below)))?.type === 'folder';
      chain = mayBeRuled ? rulesIn(inherited, joinPath(proof, below), context) : inherited;
      for (const entry of readdirSync(fsPath(folder), WITH_TYPES)) {
        const at = joinPath(below, entry.name);
        const isFolder = entry.isDirectory();
        if (leaving.size > 0 && leaving.has(joinPath(path, at))) continue;
        const stays = context.own.includes(joinPath(proof, at))
          || (chain.length > 0 && isProtected(chain, joinPath(proof, at), isFolder));
        if (stays) {
          ignored += 1;
          addWithAbove(staying, below);
        } else if (isFolder) open.push({ below: at, inherited: chain, mayBeRuled });
        else folders.set(below, entries += 1);
      }
    } catch (error) {
      if (isAbsent(codeOf(error))) continue;
      closed.push(joinPath(path, below));
      // Something in it may be.
      if (chain?.length !== 0) ignored += 1;
    }
    yield;
  }
  const sums = sumsOf(folders);
  const parts = partsOf(sums, staying, context.chunkBytes / ENTRY_BYTES);
  return { entries: sums.get('')! - staying.size, ignored, parts, closed };
}

/** From what each folder holds itself to what is in it and below; each came after its parent. */
function sumsOf(folders: ReadonlyMap<Path, number>): ReadonlyMap<Path, number> {
  const sums = new Map(folders);
  for (const below of [...folders.keys()].slice(1).toReversed()) {
    const above = parentOf(below);
    sums.set(above, sums.get(above)! + sums.get(below)!);
  }
  return sums;
}

/** The outermost folders of at most so many entries, where all of them are more. */
function partsOf(
  sums: ReadonlyMap<Path, number>, staying: ReadonlySet<Path>, most: number,
): Part[] {
  if (sums.get('')! <= most) return [];
  return [...sums].flatMap(([below, entries]) =>
    (entries <= most && sums.get(parentOf(below))! > most && !staying.has(below)
      ? [{ below, entries }] : []));
}

/** Removing an entry takes about as long as copying so many bytes. */
const ENTRY_BYTES = 4_096;

const rulesIn = (
  chain: readonly Rules[], folder: Path, { source, gitignore }: JobContext,
): readonly Rules[] => withOwnRules(chain, source, folder, gitignore, undefined);

/**
 * Whether a folder of the replica holds something that is ignored, and would not be where it moves.
 * What is in a folder that cannot be listed is nobody's to remove there, either.
 */
export function* exposesIgnored(
  { path, from, to }: MovingFolder, context: JobContext,
): Generator<void, boolean, void> {
  const open = [{ at: '', inherited: { was: from.chain, is: to.chain } }];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const { at, inherited } = one;
    let was: readonly Rules[] | undefined;
    try {
      was = rulesIn(inherited.was, joinPath(from.path, at), context);
      const is = rulesIn(inherited.is, joinPath(to.path, at), context);
      const folder = joinPath(joinPath(context.replica, path), at);
      for (const entry of readdirSync(fsPath(folder), WITH_TYPES)) {
        const below = joinPath(at, entry.name);
        const isFolder = entry.isDirectory();
        if (isIgnored(is, joinPath(to.path, below), isFolder)) continue;
        if (isIgnored(was, joinPath(from.path, below), isFolder)) return true;
        if (isFolder) open.push({ at: below, inherited: { was, is } });
      }
    } catch {
      // Where it is not known what is protected anything may be. All else the scan tells.
      if (was === undefined) return true;
    }
    yield;
  }
  return false;
}

function addWithAbove(folders: Set<Path>, folder: Path): void {
  for (let at = folder; !folders.has(at); at = parentOf(at)) folders.add(at);
}

/** Whether the source can be listed, and holds nothing that is mirrored. */
export function isSourceBare(context: JobContext, top: readonly Rules[]): boolean {
  const { source, gitignore, own } = context;
  try {
    const names = readdirSync(fsPath(source), 'latin1');
    const chain = withOwnRules(top, source, '', gitignore, names);
    return names.every((name) => own.includes(name) || !isContent(name, gitignore)
      || isIgnored(chain, name, look(source, name)?.stat.type === 'folder'));
  } catch {
    return false;
  }
}

/** What is at a path of the replica; undefined also where it cannot be looked at. */
export function* statOne(path: Path, context: JobContext): Generator<void, Stat | undefined> {
  yield;
  try {
    return lstat(joinPath(context.replica, path));
  } catch {
    return undefined;
  }
}

function look(root: Path, path: Path): WalkedEntry | undefined {
  const stat = lstat(joinPath(root, path));
  return stat === undefined ? undefined : { path, stat };
}
