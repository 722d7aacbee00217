import { COMMANDS, optionsOf, positionsOf } from './option-table.ts';
import type { CommandRow, OptionRow } from './option-table.ts';

/** The text of `fsync --help`, or of `fsync watch --help` and its like; ≤ 100 columns. */
export function helpText(command?: CommandRow): string {
  return (command ? commandHelp(command) : overview()).join('\n');
}

const MAIN = COMMANDS.filter(({ asks }) => !asks);
const WIDEST = Math.max(...COMMANDS.map(({ name }) => name.length));

function overview(): readonly string[] {
  const summaries = COMMANDS.map(({ name, summary }) => [name.padEnd(WIDEST), summary] as const);
  return [
    'Usage: fsync COMMAND [SOURCE REPLICA] [options]',
    '',
    'Keeps the folder REPLICA equal to the folder SOURCE, one way.',
    '',
    'Commands',
    ...aligned(summaries.slice(0, MAIN.length)),
    '',
    'To running watches, from another terminal',
    ...aligned(summaries.slice(MAIN.length)),
    '',
    'Examples',
    ...MAIN.map(({ example }) => `  ${example}`),
    '',
    'Exit codes',
    ...aligned(EXIT_CODES),
    '',
    'Without folders `fsync watch`, `sync` and `check` do all pairs of fsync.config.json here.',
    '`fsync watch --help` and its like list the options; `fsync --version` shows the version.',
    '`source <(fsync --completion bash)` completes them in a shell; zsh and fish have theirs.',
  ];
}

function commandHelp(row: CommandRow): readonly string[] {
  const { name, summary, example, asks } = row;
  return [
    `Usage: fsync ${name} ${positionsOf(row)} [options]`,
    '',
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    '',
    'Options, with defaults in parentheses',
    ...aligned(optionsOf(name).map((option) => [optionUsage(option), option.help])),
    '',
    ...(name === 'watch' ? [...WHILE_WATCHING, ''] : []),
    'Example',
    `  ${example}`,
    '',
    ...(asks ? ASKING : LOOKING[name] ?? NOTES),
  ];
}

/** The first column of an option; long names line up whether or not there is a short one. */
function optionUsage({ name, short, value }: OptionRow): string {
  return `${short ? `-${short}, ` : '    '}--${name}${value ? ` ${value}` : ''}`;
}

function aligned(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

/** The exit codes, and what they mean. */
export const EXIT_CODES: readonly (readonly [string, string])[] = [
  ['0', 'done, or a watch that ended as told'],
  ['1', 'done, but some paths failed; interrupted; or the check found differences'],
  ['2', 'wrong usage'],
  ['3', 'refused or held: a folder is missing or unsafe, or deletions wait for approval'],
];

/** The words that a watch reads from its stdin, and what each does. */
export const WATCH_WORDS: readonly (readonly [string, string])[] = [
  ['quit', 'finish the operations in hand, save the record and end'],
  ['sync', 'make a full pass now'],
  ['status', 'say how it stands'],
  ['pause', 'do nothing until told to resume'],
  ['resume', 'go on, with a full pass'],
  ['pending', 'say which deletions are held'],
  ['approve', 'carry out the deletions that are held'],
  ['help', 'list these words'],
];

/** What signals are to a watch. */
export const WATCH_SIGNALS =
  'SIGINT and SIGTERM end it like quit, a second one at once; SIGUSR2 is the word sync.';

const WHILE_WATCHING: readonly string[] = [
  'While it runs it reads words from its stdin, one a line',
  ...aligned(WATCH_WORDS),
  WATCH_SIGNALS,
];

const ASKING: readonly string[] = [
  'The folders say which watch is meant, where several of yours are running.',
];

const LOOKING: Readonly<{ [command: string]: readonly string[] }> = {
  explain: [
    'PATH is absolute, or as seen from the working folder, or from SOURCE. Without the folders it',
    'is explained by the watch of yours that mirrors it, and by that watch\'s options.',
  ],
  doctor: ['Each line says ok, or what to do; then the exit code is 1.'],
};

/** What is true of every command that mirrors or compares. */
export const NOTES: readonly string[] = [
  'Without folders it is done for all pairs of fsync.config.json, .mjs or .ts in this folder.',
  'A TIME is written 10m, 1h30m, 90s or 250ms; a bare number is seconds.',
  'A folder whose name begins with a dash goes after --, as in: fsync sync -- -from -to',
];
