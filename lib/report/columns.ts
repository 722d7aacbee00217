/**
 * How many columns a terminal takes for a text: two for what is wide (Chinese, most emoji), none
 * for what is put upon the character before it. In doubt it is the larger number.
 *
 *     columnsOf('copied') → 6    columnsOf('漢字') → 4    columnsOf('e\u0301') → 1
 */
export function columnsOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += widthOf(character);
  return columns;
}

/** The start of a text that takes no more columns. */
export function cut(text: string, columns: number): string {
  let left = columns;
  let kept = '';
  for (const character of text) {
    left -= widthOf(character);
    if (left < 0) break;
    kept += character;
  }
  return kept;
}

function widthOf(character: string): number {
  if (character < '\x7f') return 1;
  if (UPON.test(character)) return 0;
  return character.length > 1 || WIDE.test(character) ? 2 : 1;
}

/** Accents, joiners, marks without a place; not the one that asks for an emoji, which is wide. */
const UPON = /^(?!\ufe0f)[\p{Mn}\p{Me}\u200b-\u200d\u2060-\u2064]$/u;

/** Wide and full width in the Unicode standard. What is beyond two bytes is all taken for wide. */
const WIDE = new RegExp('^(?:\\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf'
  + '\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60'
  + '\uffe0-\uffe6])$', 'u');

const ASCII = /^[ -~]*$/;
