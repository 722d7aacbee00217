/** An argument as a message shows it: on one line, and cut when it is very long. */
export function quoted(text: string): string {
  const shown = text.length > 120 ? `${text.slice(0, 120)}…` : text;
  return `"${shown.replaceAll(UNPRINTABLE, escaped)}"`;
}

/** A command line that a shell reads as these arguments, on one line. */
export function commandLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

function shellWord(word: string): string {
  if (/^[\w@%+=:,./~-]+$/.test(word)) return word;
  if (word.search(UNPRINTABLE) < 0) return `'${word.replaceAll("'", "'\\''")}'`;
  return `$'${word.replaceAll(/[\\']/g, '\\$&').replaceAll(UNPRINTABLE, escaped)}'`;
}

/** Control characters, and the two that some terminals take for the end of a line. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}]/gu;

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return character === '\n' ? '\\n' : `\\u${code.toString(16).padStart(4, '0')}`;
}
