/** One `name = value` of a git config file: `core.excludesfile`, in small letters; in latin1. */
export interface Setting {
  /** `section.name`, or `section.subsection.name`, whose middle is as written. */
  readonly key: string;
  /** Undefined where only the name is there, which means "true". */
  readonly value: string | undefined;
}

/**
 * What a git config file says, in its order. Read as git reads it: quotes, escapes, comments and
 * lines that go on. What follows something wrong is not read, where git would not run at all.
 *
 *     settingsOf('[core]\n\texcludesFile = "~/my ignore" # mine')
 *     // [{ key: 'core.excludesfile', value: '~/my ignore' }]
 */
export function settingsOf(text: string): readonly Setting[] {
  const found: Setting[] = [];
  const rest = { text: text.replace(/^\xef\xbb\xbf/, '').replaceAll('\r\n', '\n'), at: 0 };
  let section = '';

  for (;;) {
    take(rest, /(?:\s+|[#;][^\n]*)*/y);
    if (rest.at >= rest.text.length) return found;

    const header = take(rest, SECTION);
    if (header !== undefined) {
      section = sectionOf(header);
      continue;
    }
    const name = take(rest, /[A-Za-z][A-Za-z0-9-]*/y)?.toLowerCase();
    if (name === undefined || section === '') return found;
    take(rest, /[ \t]+/y);
    const isSet = take(rest, /=/y) !== undefined;
    const value = isSet ? valueOf(take(rest, VALUE) ?? '') : undefined;
    // What is left of the line is a comment, or wrong.
    if (isSet) take(rest, /[#;][^\n]*/y);
    if (take(rest, /\n|$/y) === undefined) return found;
    found.push({ key: `${section}.${name}`, value });
  }
}

const SECTION = /\[[A-Za-z0-9.-]+(?:[ \t]+"(?:[^"\\\n]|\\[^\n])*")?\]/y;

/** Quoted pieces, escapes, lines that go on, and all else but comments. */
const VALUE = /(?:"(?:[^"\\\n]|\\[\\"ntb\n])*"|\\[\\"ntb\n]|[^"\\\n#;])*/y;

/** Takes what matches here; undefined where nothing does. */
function take(rest: { text: string; at: number }, what: RegExp): string | undefined {
  what.lastIndex = rest.at;
  const found = what.exec(rest.text)?.[0];
  if (found !== undefined) rest.at += found.length;
  return found;
}

function sectionOf(header: string): string {
  const [, name = '', below] = /^\[([^ \t\]]+)(?:[ \t]+"(.*)")?\]$/s.exec(header) ?? [];
  const section = name.toLowerCase();
  return below === undefined ? section : `${section}.${below.replace(/\\(.)/g, '$1')}`;
}

/** Blanks around it go, unless they are quoted. */
function valueOf(written: string): string {
  let value = '';
  let kept = 0;
  let isQuoted = false;
  for (const [piece] of written.matchAll(/\\[^]|[^]/g)) {
    if (piece === '"') {
      isQuoted = !isQuoted;
    } else if (/^[ \t]$/.test(piece) && !isQuoted) {
      if (value !== '') value += piece;
    } else {
      value += piece.startsWith('\\') ? ESCAPES[piece[1]!] ?? piece[1]! : piece;
      kept = value.length;
    }
  }
  return value.slice(0, kept);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', b: '\b', '\n': '' };
