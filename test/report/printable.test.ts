import fc from 'fast-check';
import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { fromText } from '../../lib/core/entry.ts';
import { jsonPath, jsonText, printable, printableText } from '../../lib/report/printable.ts';

const path = suite('printable');

const paths: readonly [string, string, string][] = [
  ['an ordinary name', 'src/a b.txt', 'src/a b.txt'],
  ['UTF-8', fromText('é/→/☃/😀'), 'é/→/☃/😀'],
  ['the root', '', '.'],
  ['control characters', 'a\nb\tc\rd\x1b[31m\x7f\0', String.raw`a\nb\tc\rd\x1b[31m\x7f\x00`],
  ['C1, which some terminals obey', fromText('a\u009b31m'), String.raw`a\u009b31m`],
  ['line separators', fromText('a\u2028b\u2029'), String.raw`a\u2028b\u2029`],
  ['bidirectional controls', fromText('a\u202etxt.exe\u2066'), String.raw`a\u202etxt.exe\u2066`],
  ['bytes that are not UTF-8', 'caf\xe9\xff', String.raw`caf\xe9\xff`],
  ['a surrogate, an overlong slash', '\xed\xa0\x80\xc0\xaf', String.raw`\xed\xa0\x80\xc0\xaf`],
  ['a backslash that means nothing', String.raw`a\b\ `, String.raw`a\b\ `],
  ['a backslash that looks like an escape', String.raw`a\nb\\x`, String.raw`a\\nb\\\\x`],
  ['a backslash before an escape', '\\\n\\\xff', String.raw`\\\n\\\xff`],
];

for (const [name, bytes, text] of paths) {
  path(`shows ${name}`, () => $.is(printable(bytes), text));
}

/** Reads what `printable` wrote, by its documentation. */
function unprinted(text: string): string {
  const escapes = /\\(?:(\\)|([nrt])|x([0-9a-f]{2})|u([0-9a-f]{4}))/g;
  let bytes = '';
  let from = 0;
  for (const match of text.matchAll(escapes)) {
    const [all, backslash, short, hex, unicode] = match;
    bytes += fromText(text.slice(from, match.index));
    if (backslash !== undefined) bytes += '\\';
    if (short !== undefined) bytes += { n: '\n', r: '\r', t: '\t' }[short] ?? '';
    if (hex !== undefined) bytes += String.fromCharCode(Number.parseInt(hex, 16));
    if (unicode !== undefined) bytes += fromText(String.fromCharCode(Number.parseInt(unicode, 16)));
    from = match.index + all.length;
  }
  return bytes + fromText(text.slice(from));
}

const pieces = fc.oneof(
  fc.constantFrom('\\', 'n', 'x', 'u', 'a', '\n', '\xff', '\xc3', '\xa9', fromText('é\u202e')),
  fc.string({ unit: 'grapheme', maxLength: 3 }).map(fromText),
);

path('gives every name its own text, on one line', () => {
  fc.assert(fc.property(fc.array(pieces, { minLength: 1 }), (parts) => {
    const bytes = parts.join('');
    fc.pre(bytes !== '');
    const text = printable(bytes);
    $.not.match(text, /\p{Cc}|[\u2028\u2029]/u);
    $.is(unprinted(text), bytes);
  }), { seed: 1, numRuns: 500 });
});

path.run();

// ---

const text = suite('printableText');

text('reads bytes beside characters, and leaves backslashes alone', () => {
  const sentence = `${fromText('/home/é')} → /home/Übung … \\n\n\x9b`;
  $.is(printableText(sentence), String.raw`/home/é → /home/Übung … \n\n\x9b`);
});

text('is decoded, but not escaped, for JSON', () => {
  $.is(jsonText(`${fromText('/home/é')} →\n`), '/home/é →\n');
});

text.run();

// ---

const json = suite('jsonPath');

json('has no bytes where the text says it all', () => {
  $.equal(jsonPath('a\\n\n'), { path: 'a\\n\n' });
  $.equal(jsonPath(fromText('é\u202e')), { path: 'é\u202e' });
  $.equal(jsonPath(''), { path: '' });
});

json('has the bytes where they are not UTF-8', () => {
  $.equal(jsonPath('a\xff'), { path: 'a\ufffd', pathBytes: 'Yf8=' });
});

json('tells a real U+FFFD from a replaced byte', () => {
  $.equal(jsonPath(fromText('\ufffd')), { path: '\ufffd' });
});

json.run();
