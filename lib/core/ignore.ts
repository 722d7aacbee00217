import ignore, { type Ignore } from 'ignore';

import { depthOf, fromText, isInside, joinPath, nameOf, parentOf, type Path } from './entry.ts';

/** One ignore file's (or --ignore's) lines in latin1, relative to the folder `base`. */
export interface Rules {
  readonly base: Path;
  readonly text: string;
}

/**
 * Whether the rules ignore an entry whose parent is not ignored. As in git, the last matching line
 * of the last Rules that has an opinion wins, so `chain` goes from the root (where --ignore comes
 * first) down to the folder that holds `path`. The root itself is never ignored.
 *
 *     chain = [{ base: '', text: '*.log' }, { base: 'a', text: '!keep.log' }]
 *     isIgnored(chain, 'a/old.log', false)   // true
 *     isIgnored(chain, 'a/keep.log', false)  // false
 */
export function isIgnored(chain: readonly Rules[], path: Path, isFolder: boolean): boolean {
  for (let at = chain.length - 1; at >= 0; at -= 1) {
    const opinion = opinionOf(chain[at]!, path, isFolder);
    if (opinion !== 'none') return opinion === 'ignored';
  }

  return false;
}

/**
 * The same, but true also when a folder above is ignored: what is below it cannot be taken back.
 * For questions about a path out of the blue; a scan, which goes down folder by folder, never
 * needs it. `chainOf` gives the chain for the entries of a folder.
 */
export function isIgnoredDeep(
  chainOf: (folder: Path) => readonly Rules[], path: Path, isFolder: boolean,
): boolean {
  for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
    const above = path.slice(0, end);
    if (isIgnored(chainOf(parentOf(above)), above, true)) return true;
  }

  return path !== '' && isIgnored(chainOf(parentOf(path)), path, isFolder);
}

/** The names of ignore files in a folder; where both are there, the later one wins. */
export function ignoreFileNames(gitignore: boolean): readonly string[] {
  return gitignore ? ['.gitignore', '.fsyncignore'] : ['.fsyncignore'];
}

/**
 * The chain for the entries of `folder`, read anew from the root down: `read` gives an ignore
 * file's text, or undefined. A scan that goes down should extend the parent's chain instead.
 */
export function rulesChain(
  folder: Path, root: readonly Rules[], gitignore: boolean,
  read: (path: Path) => string | undefined,
): readonly Rules[] {
  const above = folder === '' ? root : rulesChain(parentOf(folder), root, gitignore, read);
  return extendChain(above, folder, gitignore, read);
}

/** The chain for the entries of `folder`, from the chain of its parent: `chain` if it adds none. */
export function extendChain(
  chain: readonly Rules[], folder: Path, gitignore: boolean,
  read: (path: Path) => string | undefined,
): readonly Rules[] {
  const own = ignoreFileNames(gitignore).flatMap((name) => {
    const text = read(joinPath(folder, name));
    return text === undefined ? [] : [{ base: folder, text }];
  });

  return own.length === 0 ? chain : [...chain, ...own];
}

/** The rules of `--ignore PATTERN …`: the first in every chain, relative to the root. */
export function optionRules(patterns: readonly string[]): readonly Rules[] {
  return patterns.length === 0 ? [] : [{ base: '', text: fromText(patterns.join('\n')) }];
}

type Opinion = 'ignored' | 'unignored' | 'none';

function opinionOf(rules: Rules, path: Path, isFolder: boolean): Opinion {
  if (!isInside(path, rules.base)) return 'none';

  const matcher = matcherOf(rules);
  if (matcher.isEmpty) return 'none';

  const below = rules.base === '' ? path : path.slice(rules.base.length + 1);
  const asked = matcher.isNameOnly ? nameOf(below) : below;
  const result = matcherAt(matcher, depthOf(asked)).test(isFolder ? `${asked}/` : asked);
  return result.ignored ? 'ignored' : result.unignored ? 'unignored' : 'none';
}

/** A compiled text. `byDepth` are the instances that are asked, for paths of so many components. */
interface Matcher {
  readonly compiled: Ignore;
  readonly isEmpty: boolean;
  /** No pattern has a slash before its end, so that a name decides, in whatever folder it is. */
  readonly isNameOnly: boolean;
  byDepth: Ignore[];
  asked: number;
}

/** The package remembers every path it was asked, for ever: so many, then we begin anew. */
const MOST_ASKED = 4096;

/** Texts remembered beyond the life of their Rules, for callers that read a file once a folder. */
const MOST_TEXTS = 256;

const matchers = new WeakMap<Rules, Matcher>();
const matchersByText = new Map<string, Matcher>();

function matcherOf(rules: Rules): Matcher {
  let matcher = matchers.get(rules);
  if (matcher !== undefined) return matcher;

  matcher = matchersByText.get(rules.text) ?? compile(rules.text);
  if (matchersByText.size >= MOST_TEXTS) matchersByText.clear();
  matchersByText.set(rules.text, matcher);
  matchers.set(rules, matcher);
  return matcher;
}

function compile(text: string): Matcher {
  const lines = withoutByteOrderMark(text).split('\n')
    .filter((line) => !/^(?:#|[ \r]*$)/.test(line));

  return {
    compiled: ignore({ ignorecase: false }).add(lines.join('\n')),
    isEmpty: lines.length === 0,
    isNameOnly: !lines.some((line) => /\/(?![ \r]*$)/.test(line)),
    byDepth: [],
    asked: 0,
  };
}

/** Git skips UTF-8's byte order mark; the package knows it only as the one character U+FEFF. */
const withoutByteOrderMark = (text: string): string =>
  text.startsWith('\xef\xbb\xbf') ? text.slice(3) : text;

/**
 * An instance that says what the rules think of an entry itself, `depth` components down. The
 * package lets an ignored parent decide, which is wrong for one level of several: a deeper ignore
 * file may have taken the parent back, else nobody would ask. So the folders above are taken back
 * by patterns added last, one for each depth, made of stars: they match every folder that is so
 * deep, and nothing else. Adding an instance to another one shares its compiled patterns.
 */
function matcherAt(matcher: Matcher, depth: number): Ignore {
  matcher.asked += 1;
  if (matcher.asked > MOST_ASKED) {
    matcher.byDepth = [];
    matcher.asked = 0;
  }

  let at = matcher.byDepth[depth];
  if (at === undefined) {
    at = ignore({ ignorecase: false, allowRelativePaths: true }).add(matcher.compiled);
    for (let above = 1; above < depth; above += 1) at.add(`!/${'*/'.repeat(above)}`);
    matcher.byDepth[depth] = at;
  }
  return at;
}
