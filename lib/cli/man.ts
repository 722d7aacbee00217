import { EXIT_CODES, NOTES, WATCH_SIGNALS, WATCH_WORDS } from './help.ts';
import { COMMANDS, OPTIONS } from './option-table.ts';
import type { CommandRow, OptionRow } from './option-table.ts';

/** The page of `man fsync`, made from the same table as the help; in the macros of man(7). */
export function manPage(version: string): string {
  return [
    `.TH FSYNC 1 "" "fsync ${version}" "User Commands"`,
    ...section('name', 'fsync \\- keep one folder equal to another, one way'),
    ...section('synopsis', ...COMMANDS.flatMap(synopsis)),
    ...section('description',
      text('fsync keeps the folder REPLICA equal to the folder SOURCE: on one machine, one way, '
        + 'and for as long as it runs. It carries changes over a moment after they are made. At '
        + 'each interval a full pass checks every file of both folders, and mends what differs. '
        + 'What was renamed is renamed, not copied again. Nothing is deleted unless it is certain '
        + 'that the source no longer has it, and suspicious deletions wait for approval.')),
    ...section('commands', ...COMMANDS.flatMap(({ name, summary }) =>
      item(bold(name), sentence(summary)))),
    ...section('options', ...OPTIONS.flatMap(option), ...NOTES.flatMap(paragraph)),
    ...section('words',
      text('A running watch reads words from its stdin, one a line.'),
      ...WATCH_WORDS.flatMap(([word, does]) => item(bold(word), sentence(does)))),
    ...section('signals', text(WATCH_SIGNALS)),
    ...section('exit status', ...EXIT_CODES.flatMap(([code, means]) =>
      item(bold(code), sentence(means)))),
    ...section('environment', ...ENVIRONMENT.flatMap(([name, means]) =>
      item(bold(name), sentence(means)))),
    ...section('files', ...FILES.flatMap(([name, means]) => item(italic(name), sentence(means)))),
    ...section('examples', '.nf', ...COMMANDS.filter(({ asks }) => !asks).map(({ example }) =>
      text(example)), '.fi'),
    ...section('see also', '.BR rsync (1),', '.BR git\\-check\\-ignore (1),', '.BR inotify (7)'),
  ].join('\n') + '\n';
}

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['NO_COLOR, FORCE_COLOR', 'never, or always, write in colours'],
  ['XDG_STATE_HOME', 'where the record of each pair is kept, in the folder fsync'],
  ['XDG_RUNTIME_DIR', 'where other terminals find the running watches, in the folder fsync'],
  ['FSYNC_EVENTS', 'off switches the watcher off: only the interval finds changes'],
];

const FILES: readonly (readonly [string, string])[] = [
  ['fsync.config.json', 'in the working folder: the pairs of folders that are meant where none are '
    + 'given; also as .mjs or .ts'],
  ['.fsyncignore', 'in any folder of the source: what is left out, as in a .gitignore'],
  ['~/.local/state/fsync', 'the record of each pair; removed, it costs one full comparison'],
];

/** What is said is text already. */
const section = (title: string, ...lines: readonly string[]): readonly string[] =>
  [`.SH ${title.toUpperCase()}`, ...lines];

const item = (head: string, body: string): readonly string[] => ['.TP', head, text(body)];

const paragraph = (body: string): readonly string[] => ['.PP', text(body)];

const synopsis = ({ name, asks, positions }: CommandRow, at: number): readonly string[] => [
  ...(at === 0 ? [] : ['.br']),
  `.B fsync ${name}`,
  ...(asks ? ['.RI [ SOURCE " [" REPLICA ]]'] : [`.I ${positions ?? '[SOURCE REPLICA]'}`]),
  '.RI [ options ]',
];

function option({ name, short, value, commands, help }: OptionRow): readonly string[] {
  const written = [...(short ? [`-${short}`] : []), `--${name}`]
    .map((each) => `\\fB${escaped(each)}\\fR`).join(', ');
  const belongs = commands.length === 0 || commands.length === COMMANDS.length ? ''
    : ` For ${listed(commands)}.`;
  return item(`${written}${value ? ` \\fI${escaped(value)}\\fR` : ''}`,
    sentence(help) + belongs);
}

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

const bold = (word: string): string => `.B ${escaped(word)}`;

const italic = (word: string): string => `.I ${escaped(word)}`;

const sentence = (plain: string): string =>
  `${plain.charAt(0).toUpperCase()}${plain.slice(1)}${plain.endsWith('.') ? '' : '.'}`;

/** A line that no macro can be taken for. */
const text = (plain: string): string => escaped(plain).replace(/^(?=[.'])/, '\\&');

const escaped = (plain: string): string =>
  plain.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('~', '\\(ti')
    .replaceAll("'", '\\(aq').replaceAll('`', '\\(ga');
