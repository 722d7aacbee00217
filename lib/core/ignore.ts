import { fromText, isTemporary, joinPath, nameOf, parentOf, type Path } from './entry.ts';
import { hasNoRule, opinionOf, type Opinion, type Rules } from './ignore-matcher.ts';

export type { Rules } from './ignore-matcher.ts';

/**
 * Whether the rules ignore an entry whose parent is not ignored. As in git, the last matching line
 * of the last Rules that has an opinion wins, so `chain` goes from the root (where --ignore comes
 * first) down to the folder that holds `path`. The root itself is never ignored.
 *
 *     chain = [{ base: '', text: '*.log' }, { base: 'a', text: '!keep.log' }]
 *     isIgnored(chain, 'a/old.log', false)   // true
 *     isIgnored(chain, 'a/keep.log', false)  // false
 */
export const isIgnored = (chain: readonly Rules[], path: Path, isFolder: boolean): boolean =>
  decider(chain, path, isFolder)?.opinion === 'ignored';

/**
 * Whether an entry that only the replica has stays because of them: what a kill left does not, for
 * which nobody wrote a rule as `.*`.
 */
export const isProtected = (chain: readonly Rules[], path: Path, isFolder: boolean): boolean =>
  !isTemporary(nameOf(path)) && isIgnored(chain, path, isFolder);

/**
 * As isIgnored, but true also when a folder above is ignored: what is below it cannot be taken
 * back. For questions about a path out of the blue; a scan, which goes down folder by folder, never
 * needs it. `chainOf` gives the chain for the entries of a folder.
 */
export const isIgnoredDeep = (
  chainOf: (folder: Path) => readonly Rules[], path: Path, isFolder: boolean,
): boolean => ignoredBy(chainOf, path, isFolder) !== undefined;

/** The line that decides whether an entry is ignored, and where it is written. */
export interface Deciding {
  readonly ignored: boolean;
  /** Whom the line names: the entry itself, or the folder above it that is ignored. */
  readonly whose: Path;
  /** As Rules have it: none is --ignore. */
  readonly file?: Path;
  /** From 1; of --ignore, which of them. */
  readonly line: number;
  readonly pattern: string;
}

/** The line that decides of an entry, or of the first folder above that is ignored, if any does. */
export function decidingLine(
  chainOf: (folder: Path) => readonly Rules[], path: Path, isFolder: boolean,
): Deciding | undefined {
  const whose = ignoredBy(chainOf, path, isFolder) ?? path;
  const found = decider(chainOf(parentOf(whose)), whose, whose !== path || isFolder);
  if (found === undefined) return undefined;

  const { rules: { base, file, text }, opinion } = found;
  const lines = text.split('\n');
  const at = lines.findLastIndex((line, index) =>
    // A mark of byte order counts at the very beginning only.
    opinionOf({ base, text: index === 0 ? line : `\n${line}` }, whose, whose !== path || isFolder)
      === opinion);
  return {
    ignored: opinion === 'ignored', whose, line: at + 1, pattern: lines[at]!.replace(/\r$/, ''),
    ...(file === undefined ? {} : { file }),
  };
}

/** What is ignored by a line of its own: the outermost such folder above, or the entry itself. */
function ignoredBy(
  chainOf: (folder: Path) => readonly Rules[], path: Path, isFolder: boolean,
): Path | undefined {
  for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
    const above = path.slice(0, end);
    if (isIgnored(chainOf(parentOf(above)), above, true)) return above;
  }

  return path !== '' && isIgnored(chainOf(parentOf(path)), path, isFolder) ? path : undefined;
}

/** The last Rules of a chain that say something of an entry. */
function decider(
  chain: readonly Rules[], path: Path, isFolder: boolean,
): { readonly rules: Rules; readonly opinion: Opinion } | undefined {
  for (let at = chain.length - 1; at >= 0; at -= 1) {
    const opinion = opinionOf(chain[at]!, path, isFolder);
    if (opinion !== 'none') return { rules: chain[at]!, opinion };
  }

  return undefined;
}

/** The ignore files that a folder may hold; where several are there, the later one wins. */
export function ignoreFileNames(gitignore: boolean): readonly string[] {
  return gitignore ? [EXCLUDE, '.gitignore', '.fsyncignore'] : ['.fsyncignore'];
}

/** Where git keeps rules for one clone of a repository, as seen from its top folder. */
const EXCLUDE = '.git/info/exclude';

/** The folder for which an entry would be an ignore file; undefined where it would be none. */
export function ruledBy(folder: Path, name: string): Path | undefined {
  if (name === '.fsyncignore' || name === '.gitignore') return folder;
  if (name !== 'exclude' || !`/${folder}`.endsWith('/.git/info')) return undefined;
  return folder.slice(0, -'/.git/info'.length);
}

/** Whether a folder with these names has ignore files. */
export const hasIgnoreFiles = (names: readonly string[], gitignore: boolean): boolean =>
  names.includes('.fsyncignore')
  || (gitignore && (names.includes('.gitignore') || names.includes('.git')));

/** Whether a source without such an entry is empty: one of its root that is no ignore file. */
export const isContent = (path: Path, gitignore: boolean): boolean =>
  !path.includes('/') && !hasIgnoreFiles([path], gitignore);

/**
 * The chain for the entries of `folder`, read anew from the root down: `read` gives an ignore
 * file's text, or undefined. A scan that goes down should extend the parent's chain instead.
 */
export function rulesChain(
  folder: Path, root: readonly Rules[], gitignore: boolean, read: ReadText,
): readonly Rules[] {
  const above = folder === '' ? root : rulesChain(parentOf(folder), root, gitignore, read);
  return extendChain(above, folder, gitignore, read);
}

/** The text of a regular file, by its path below the source or an absolute one. */
export type ReadText = (path: Path) => string | undefined;

/** The chain for the entries of `folder`, from the chain of its parent: `chain` if it adds none. */
export function extendChain(
  chain: readonly Rules[], folder: Path, gitignore: boolean, read: ReadText,
): readonly Rules[] {
  const own = ignoreFileNames(gitignore).flatMap((name): Rules[] => {
    const file = name === EXCLUDE ? joinPath(repositoryOf(folder, read), 'info/exclude')
      : joinPath(folder, name);
    const text = read(file);
    return text === undefined || hasNoRule(text) ? [] : [{ base: folder, text, file }];
  });

  return own.length === 0 ? chain : [...chain, ...own];
}

/**
 * Where the top folder of a repository has what git keeps of it. In a work tree and in a submodule,
 * `.git` is a file that says where the repository is, and that may be a part of another one.
 */
export function repositoryOf(folder: Path, read: ReadText): Path {
  const pointer = pathIn(folder, read(joinPath(folder, '.git')), 'gitdir: ');
  if (pointer === undefined) return joinPath(folder, '.git');
  return pathIn(pointer, read(joinPath(pointer, 'commondir')), '') ?? pointer;
}

/** The path in a file of one line, as seen from a folder. */
function pathIn(folder: Path, text: string | undefined, prefix: string): Path | undefined {
  if (text === undefined || !text.startsWith(prefix)) return undefined;
  const target = text.slice(prefix.length).replace(/[\r\n]+$/, '');
  return target === '' ? undefined : target.startsWith('/') ? target : joinPath(folder, target);
}

/** The rules of `--ignore PATTERN …`: the first in every chain, relative to the root. */
export function optionRules(patterns: readonly string[]): readonly Rules[] {
  return patterns.length === 0 ? [] : [{ base: '', text: fromText(patterns.join('\n')) }];
}
