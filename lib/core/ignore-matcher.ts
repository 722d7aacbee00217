import ignore, { type Ignore } from 'ignore';

import { depthOf, isInside, nameOf, type Path } from './entry.ts';

/** The lines of one ignore file (or of --ignore) in latin1, relative to the folder `base`. */
export interface Rules {
  readonly base: Path;
  readonly text: string;
  /** The file: a path below the source, or an absolute one. Without it they are --ignore's. */
  readonly file?: Path;
}

/** What some lines say of an entry, whatever is said of the folders above it. */
export type Opinion = 'ignored' | 'unignored' | 'none';

/** The last of the lines that matches decides. */
export function opinionOf(rules: Rules, path: Path, isFolder: boolean): Opinion {
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

/** Whether there is nothing but comments and blank lines in it. */
export const hasNoRule = (text: string): boolean => patternsOf(text).length === 0;

/**
 * As git reads them, a line ends with a NUL, too: a file that a power cut left may be full of them.
 * What is longer than any path is left out: it matches none, and may be too much to compile.
 */
const patternsOf = (text: string): string[] => withoutByteOrderMark(text).split('\n')
  .map((line) => line.split('\0', 1)[0]!)
  .filter((line) => !/^(?:#|[ \r]*$)/.test(line) && line.length <= LONGEST);

/** Of a path on Linux. */
const LONGEST = 4_096;

function compile(text: string): Matcher {
  const lines = patternsOf(text);

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
