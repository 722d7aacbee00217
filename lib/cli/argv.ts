import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';

import { OPTIONS, SYNONYMS, commandNamed, optionNamed } from './option-table.ts';
import { nearest } from './nearest.ts';
import { quoted } from './quote.ts';
import type { Command, OptionRow } from './option-table.ts';

/** One option as it was given; a switch has no value. */
export interface Given {
  readonly option: OptionRow;
  readonly value: string | undefined;
}

/** An argv taken apart: options anywhere, the rest in order, the command not yet looked for. */
export type Argv =
  | { readonly ok: true; readonly given: readonly Given[]; readonly rest: readonly string[] }
  | { readonly ok: false; readonly message: string };

/**
 * Takes argv apart before meow sees it, for all that meow lets pass or ends the process over:
 * unknown options, values left out, switches with a value, options given twice.
 *
 *     ['watch', '-i', '5m', 'A', '--', '-B']
 *       → given [interval '5m'], rest ['watch', 'A', '-B']
 */
export function takeApart(argv: readonly string[]): Argv {
  const lost = argv.find((word) => word.includes('\uFFFD'));
  if (lost !== undefined && isLossy()) {
    return refuse(`${quoted(lost)} is not UTF-8, so that its bytes do not reach fsync: give a link `
      + 'to such a folder, and write such a pattern in a .fsyncignore');
  }

  const given: Given[] = [];
  const rest: string[] = [];

  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (word === '--') {
      rest.push(...argv.slice(at + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      rest.push(word);
      continue;
    }

    const read = readOption(word, argv[at + 1]);
    if (!read.ok) return read;
    given.push(...read.given);
    if (read.tookNext) at += 1;
  }

  const twice = givenTwice(given);
  if (twice) {
    return refuse(`--${twice.name} is given twice: give it once`);
  }
  return { ok: true, given, rest };
}

/** Node puts U+FFFD for what is not UTF-8: another name, unless that is what it was called with. */
function isLossy(): boolean {
  try {
    return !isUtf8(readFileSync('/proc/self/cmdline'));
  } catch {
    return false;
  }
}

/** The words and values that are paths, or may be. */
export const placesIn = (
  { given, rest }: { readonly given: readonly Given[]; readonly rest: readonly string[] },
): readonly string[] => [...rest.slice(1), ...given.flatMap(({ option, value = '' }) =>
  (/^(FOLDER|PATH|FILE)$/.test(option.value ?? '') ? [value] : []))];

/** The options in one form, `--interval=5m --quiet`. */
export const canonical = (
  given: readonly Given[], quote: (value: string) => string = (value) => value,
): readonly string[] =>
  given.map(({ option: { name }, value }) =>
    value === undefined ? `--${name}` : `--${name}=${quote(value)}`);

/** The message for an option that another command has, or undefined if all belong to this one. */
export function misplaced(given: readonly Given[], command: Command): string | undefined {
  const stranger = given.find(({ option }) => !option.commands.includes(command))?.option;
  if (!stranger) return undefined;

  const theirs = stranger.commands.length > 0
    ? listed(stranger.commands.map((name) => `\`fsync ${name}\``))
    : `\`fsync --${stranger.name} ${stranger.example}\``;
  return `--${stranger.name} does not belong to \`fsync ${command}\`, which `
    + `${commandNamed(command)?.which}: leave it out, or use ${theirs}`;
}

const listed = (all: readonly string[]): string =>
  (all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`);

type Read =
  | { readonly ok: true; readonly given: readonly Given[]; readonly tookNext: boolean }
  | { readonly ok: false; readonly message: string };

function readOption(word: string, next: string | undefined): Read {
  const grouped = switchesIn(word);
  if (grouped) return { ok: true, given: grouped, tookNext: false };

  const { name, attached } = splitValue(word);
  const option = optionNamed(name);
  if (!option) return refuse(unknown(name));

  if (!option.value) {
    return attached === undefined
      ? { ok: true, given: [{ option, value: undefined }], tookNext: false }
      : refuse(`${name} takes no value: write ${name}, or leave it out`);
  }

  const value = attached ?? next;
  const example = `${name} ${option.example}`;
  if (value === undefined) return refuse(`${name} needs a value: for instance ${example}`);
  if (attached === undefined && value.startsWith('-') && !/^-[\d.]/.test(value)) {
    return refuse(`${name} needs a value: for instance ${example}; `
      + `a value that begins with a dash is written --${option.name}=-value`);
  }
  return value === ''
    ? refuse(`${name} has an empty value, as from an unset variable: for instance ${example}`)
    : { ok: true, given: [{ option, value }], tookNext: attached === undefined };
}

/** `-qv` is `-q -v`: only switches can stand together. */
function switchesIn(word: string): readonly Given[] | undefined {
  if (!/^-[a-z]{2,}$/i.test(word)) return undefined;

  const options = word.slice(1).split('').map((letter) => optionNamed(`-${letter}`));
  return options.every((option) => option !== undefined && option.value === undefined)
    ? options.map((option) => ({ option: option as OptionRow, value: undefined }))
    : undefined;
}

/** `--name=value`, `-n=value` and `-n5` apart from their values. */
function splitValue(word: string): { name: string; attached: string | undefined } {
  const equals = word.indexOf('=');
  if (equals > 0) return { name: word.slice(0, equals), attached: word.slice(equals + 1) };

  const short = word.slice(0, 2);
  return !word.startsWith('--') && word.length > 2 && optionNamed(short)?.value
    ? { name: short, attached: word.slice(2) }
    : { name: word, attached: undefined };
}

function unknown(name: string): string {
  const negated = optionNamed(name.replace(/^--no-/, '--'));
  if (negated && !negated.value && name.startsWith('--no-')) {
    return `there is no ${quoted(name)}: leave --${negated.name} out`;
  }

  const [, done] = ALWAYS.find(([pattern]) => pattern.test(name)) ?? [];
  if (done) return `unknown option ${quoted(name)}: leave it out, fsync always ${done}`;

  const names = OPTIONS.map((option) => `--${option.name}`);
  const meant = SYNONYMS[name] ?? (name.startsWith('--') ? nearest(name, names) : undefined);
  if (meant) return `unknown option ${quoted(name)}: did you mean ${meant}?`;
  return `unknown option ${quoted(name)}: \`fsync COMMAND --help\` names those there are, `
    + 'and a folder whose name begins with a dash goes after --';
}

/** Options of rsync that ask for what is always done; the nearest of ours would do harm. */
const ALWAYS: readonly (readonly [RegExp, string])[] = [
  [/^--del(ete(-before|-during|-delay|-after)?)?$/, 'removes what the source no longer has'],
  [/^(-a[A-Za-z]*|--archive)$/, 'mirrors all below the source, with links, modes and times'],
];

function givenTwice(given: readonly Given[]): OptionRow | undefined {
  return given.find(({ option }, at) =>
    !option.many && given.findIndex((other) => other.option === option) < at)?.option;
}

const refuse = (message: string) => ({ ok: false, message }) as const;
