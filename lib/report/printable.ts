import type { Path } from '../core/entry.ts';

/**
 * A path as one line of text that no name can break out of (invariant I8): valid UTF-8 as it is,
 * control characters (bidirectional ones too) as `\n`, `\x1b`, `\u202e`, bytes that are not UTF-8
 * as `\xff`. The root is `.`.
 *
 * A backslash is doubled only where it would be read as the start of an escape: before `\`, `n`,
 * `r`, `t`, `u`, `x`, or a character that is not printable ASCII. So every name has its own text.
 */
export function printable(path: Path): string {
  if (path === '') return '.';
  return PLAIN.test(path) ? path : escaped(path.replace(AMBIGUOUS_BACKSLASH, '\\\\'));
}

/**
 * A sentence of ours as one line. It may hold paths as bytes beside text, so runs that are valid
 * UTF-8 are decoded. Controls are escaped as in a path; a letter such as `Ü` is one already.
 */
export const printableText = (text: string): string =>
  (PLAIN.test(text) ? text : escaped(text, NO_LETTER));

/**
 * A path for JSON: the text, and the bytes in base64 only where they are not valid UTF-8 (then the
 * text has U+FFFD in their place).
 */
export function jsonPath(path: Path): { readonly path: string; readonly pathBytes?: string } {
  if (PLAIN.test(path)) return { path };
  const bytes = Buffer.from(path, 'latin1');
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes)
    ? { path: text }
    : { path: text, pathBytes: bytes.toString('base64') };
}

/** The path that `jsonPath` was given. */
export const pathOfJson = (
  { path, pathBytes }: { readonly path: string; readonly pathBytes?: string | undefined },
): Path => Buffer.from(pathBytes ?? path, pathBytes === undefined ? 'utf8' : 'base64')
  .toString('latin1');

/** A sentence of ours for JSON: as `printableText`, but JSON itself escapes what needs it. */
export const jsonText = (text: string): string =>
  text.replace(UTF8, (bytes) => Buffer.from(bytes, 'latin1').toString('utf8'));

/**
 * What a terminal or a reader of lines could act on: C0, DEL, C1, line separators, and the
 * characters that reorder the text around them.
 */
export const CONTROLS =
  // oxlint-disable-next-line no-control-regex -- finding them is the purpose
  /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** ASCII without controls and backslashes: most names, and nothing to do. */
const PLAIN = /^[ -[\]-~]*$/;
// oxlint-disable-next-line no-control-regex -- they will be escaped, so a backslash must show
const AMBIGUOUS_BACKSLASH = /\\(?=[\\nrtux\0-\x1f\x7f-\uffff])/g;

/** The well-formed sequences of the Unicode standard, table 3-7, of two bytes and more. */
const UTF8 = new RegExp(
  '(?:[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}'
  + '|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}'
  + '|\xf4[\x80-\x8f][\x80-\xbf]{2})+', 'g');

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Decodes what is UTF-8 and escapes the rest, in pieces: a decoded character is no byte. */
function escaped(bytes: string, odd = NO_UTF8): string {
  let text = '';
  let from = 0;

  for (const match of bytes.matchAll(UTF8)) {
    text += escapedBytes(bytes.slice(from, match.index), odd);
    text += Buffer.from(match[0], 'latin1').toString('utf8').replace(CONTROLS, unicodeEscape);
    from = match.index + match[0].length;
  }
  return text + escapedBytes(bytes.slice(from), odd);
}

/* oxlint-disable no-control-regex -- they are what is escaped */
/** What is no UTF-8, in bytes … */
const NO_UTF8 = /[\0-\x1f\x7f-\xff]/g;
/** … and what is no letter, in a text. */
const NO_LETTER = /[\0-\x1f\x7f-\x9f]/g;
/* oxlint-enable no-control-regex */

const escapedBytes = (bytes: string, odd: RegExp): string =>
  bytes
    .replace(odd, (byte) => SHORT_ESCAPES[byte] ?? `\\x${hex(byte, 2)}`)
    .replace(CONTROLS, unicodeEscape);

const unicodeEscape = (character: string): string => `\\u${hex(character, 4)}`;

const hex = (character: string, digits: number): string =>
  character.charCodeAt(0).toString(16).padStart(digits, '0');
