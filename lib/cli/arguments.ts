import meow from 'meow';

import { canonical, misplaced, placesIn, takeApart } from './argv.ts';
import { noCommand, readFolders } from './folders.ts';
import { completion, isShell } from './completion.ts';
import { helpText } from './help.ts';
import { quoted } from './quote.ts';
import { COMMANDS, commandNamed, flagOf, isQuestion, optionsOf } from './option-table.ts';
import { readValues } from './option-values.ts';
import pkg from '../../package.json' with { type: 'json' };
import type { Options } from '../core/options.ts';
import type { Asking } from './answer.ts';
import type { Command, Look, Question } from './option-table.ts';
import type { Flags, Output } from './option-values.ts';

/** A command with all it needs. `options` has only what was given; the rest is defaults. */
export interface Job {
  readonly ok: true;
  readonly command: 'watch' | 'sync' | 'check';
  readonly options: Partial<Options> & { readonly source: string; readonly replica: string };
  readonly output: Output;
}

/** A command for the pairs of a config file, which is to be read yet. */
export interface ConfigJob {
  readonly ok: true;
  readonly command: Job['command'];
  /** As the user wrote it; undefined: the one in the working folder. */
  readonly config: string | undefined;
  /** What the command line says beside it. */
  readonly flags: Flags;
}

/** A question to a running watch. */
export interface AskJob {
  readonly ok: true;
  readonly command: Question;
  readonly asking: Asking;
  readonly output: Output;
}

/** A look at one path, or at this machine; the folders may be left out. */
export interface LookJob {
  readonly ok: true;
  readonly command: Look;
  /** Of `explain`. */
  readonly path: string;
  readonly options: Partial<Options>;
  readonly output: Output;
}

/** What an argv asks for, or the one line that says what is wrong with it and what to write. */
export type Arguments =
  | Job
  | ConfigJob
  | AskJob
  | LookJob
  | { readonly ok: true; readonly command: 'help' | 'version' | 'completion';
      readonly text: string }
  | { readonly ok: false; readonly message: string };

/**
 * Reads an argv (without node and script) into a command and its options; touches nothing.
 *
 * meow does the parsing. It ends the process by itself where it finds something wrong, prints
 * several lines then, and misses much (a switch with a value, a value left out), so
 * argv is taken apart first, refused if need be, and handed over in one unmistakable form.
 */
export function readArguments(argv: readonly string[], importMeta: ImportMeta): Arguments {
  const asked = helpOrVersion(argv, importMeta);
  if (asked) return asked;

  const apart = takeApart(argv);
  if (!apart.ok) return apart;

  const { rest } = apart;
  const named = commandNamed(rest[0])?.name;
  if (!named) return { ok: false, message: noCommand(rest, apart.given) };

  // `sync --now` is what `flush` is called where one thinks of the pass.
  const given = apart.given.filter(({ option }) => named !== 'sync' || option.name !== 'now');
  const command = given.length < apart.given.length ? 'flush' : named;

  const message = misplaced(given, command) ?? notReplaced(placesIn(apart));
  if (message) return { ok: false, message };

  // meow takes one pair of quotes off a value after `=`: we give it a pair to take.
  const plain = canonical(given, (value) => `"${value}"`);
  const { input, flags } = parse([command, ...plain, '--', ...rest.slice(1)], importMeta);
  if (isQuestion(command)) return readQuestion(command, input, flags);

  if (command === 'explain' || command === 'doctor') return readLook(command, input, flags);

  const folders = readFolders(command, input, flags);
  if (!folders.ok) return folders;
  if ('config' in folders) return { ok: true, command, config: folders.config, flags };

  const values = readValues(flags);
  if (!values.ok) return values;

  const { source, replica } = folders;
  return { ok: true, command, options: { ...values.options, source, replica },
    output: values.output };
}

/** `--trash=~/old` reaches us as it stands, and so does what is in quotes: it is no one's home. */
function notReplaced(places: readonly string[]): string | undefined {
  const place = places.find((each) => /^~(\/|$)/.test(each));
  return place === undefined ? undefined
    : `the ~ of ${quoted(place)} was not replaced by the shell: write `
      + `${quoted(place.replace('~', '$HOME'))}, or ${quoted(`./${place}`)} for a folder of that `
      + 'name';
}

/** The folders may be left out, but only both. */
function readLook(command: Look, input: readonly string[], flags: Flags): Arguments {
  const values = readValues(flags);
  if (!values.ok) return values;
  const { options, output } = values;
  const [path = '', ...rest] = command === 'explain' ? input : ['.', ...input];
  if (path === '') return refuse('PATH is missing: write `fsync explain PATH SOURCE REPLICA`');
  const look = { ok: true, command, path, output } as const;
  const folders = readFolders(command, rest, flags);
  if (!folders.ok) return folders;
  if ('config' in folders) return { ...look, options };
  const { source, replica } = folders;
  return { ...look, options: { ...options, source, replica } };
}

/** The folders may be left out: they say which watch is meant. */
function readQuestion(
  question: Question, [source, replica, ...others]: readonly string[], flags: Flags,
): Arguments {
  if (others.length > 0) {
    return refuse(`\`fsync ${question}\` takes at most a SOURCE and a REPLICA, to say which watch `
      + 'is meant: a name with spaces or wildcards goes in quotes');
  }
  const values = readValues(flags);
  if (!values.ok) return values;
  const { output, timeoutMs } = values;
  const wait = flags['wait'] === true;
  if (timeoutMs !== undefined && !wait) {
    return refuse('--timeout says how long to wait at most: write --wait beside it');
  }
  const asking = { question, wait, source, replica, timeoutMs };
  return { ok: true, command: question, asking, output };
}

/** Asked for anywhere before `--`, help comes even where the rest of the line is wrong. */
function helpOrVersion(argv: readonly string[], importMeta: ImportMeta): Arguments | undefined {
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  const command = words.map(commandNamed).find((row) => row !== undefined);

  if (words.includes('--help') || words.includes('-h') || words[0] === 'help') {
    const { help } = meow(helpText(command), { ...MEOW, importMeta, argv: [] });
    return { ok: true, command: 'help', text: help.replace(/^\n+/, '') };
  }
  if (words.includes('--version')) {
    return { ok: true, command: 'version', text: `${pkg.version}\n` };
  }
  const [first = '', shell = first.slice('--completion='.length)] = words;
  if (/^--completion(?:=|$)/.test(first)) {
    return isShell(shell) ? { ok: true, command: 'completion', text: completion(shell) }
      : refuse('--completion is for bash, zsh and fish: for instance fsync --completion bash');
  }
  return undefined;
}

/** meow's own two steps: the command, then what belongs to it. */
function parse(argv: readonly string[], importMeta: ImportMeta): { input: string[]; flags: Flags } {
  const commands = COMMANDS.map(({ name }) => name);
  const { command, input } = meow('', { ...MEOW, importMeta, argv, commands });

  const options = optionsOf(command as Command).map((row) => [
    flagOf(row),
    row.value ? { type: 'string' as const, ...(row.many ? { isMultiple: true as const } : {}) }
      : { type: 'boolean' as const },
  ] as const);
  return meow('', { ...MEOW, importMeta, argv: input, flags: Object.fromEntries(options) });
}

/**
 * Help and version are ours to print: meow's way ends the process before a pipe is drained. Given
 * our package.json, it does not look for it in all folders above.
 */
const MEOW = {
  pkg,
  allowUnknownFlags: false,
  autoHelp: false,
  autoVersion: false,
  description: false,
  helpIndent: 0,
  booleanDefault: undefined,
} as const;

const refuse = (message: string) => ({ ok: false, message }) as const;
