import { parseDuration } from '../core/duration.ts';
import { COMMANDS } from './option-table.ts';
import { canonical } from './argv.ts';
import { nearest } from './nearest.ts';
import { commandLine, quoted } from './quote.ts';
import type { Given } from './argv.ts';
import type { Command } from './option-table.ts';

/** The two folders, or the one line that says what is wrong with them. */
export type Folders =
  | { readonly ok: true; readonly source: string; readonly replica: string }
  /** None are given: a config file has them, this one if it is named. */
  | { readonly ok: true; readonly config: string | undefined }
  | { readonly ok: false; readonly message: string };

/**
 * The two folders of a command: both by position, or both as --source and --replica, or none, which
 * leaves them to a config file.
 */
export function readFolders(
  command: Command, positions: readonly string[],
  flags: { source?: unknown; replica?: unknown; config?: unknown },
): Folders {
  const { source, replica, config } = flags;
  const isBare = positions.length === 0 && source === undefined && replica === undefined;
  if (isBare) return { ok: true, config: typeof config === 'string' ? config : undefined };
  if (config !== undefined) {
    return refuse('folders are given beside --config, whose file names them: '
      + 'leave one of the two out');
  }

  if (typeof source === 'string' || typeof replica === 'string') {
    if (positions.length > 0) return refuse(mixed(command, positions, flags));
    if (typeof replica !== 'string') return refuse(`--replica is missing: ${both(command)}`);
    if (typeof source !== 'string') return refuse(`--source is missing: ${both(command)}`);
    return here(source, replica);
  }

  const [first = '', second, ...others] = positions;
  if (first === '' || second === '') {
    return refuse(`${first === '' ? 'SOURCE' : 'REPLICA'} is an empty string, as from an unset `
      + `variable: ${byPosition(command)}`);
  }
  if (second === undefined) return refuse(`REPLICA is missing: ${byPosition(command)}`);
  return others.length > 0
    ? refuse(tooMany(command, positions))
    : here(first, second);
}

/** As rsync and scp read it, a colon before any slash ends the name of a machine. */
function here(source: string, replica: string): Folders {
  const other = [source, replica].find((each) => /^[^/:]{2,}:/.test(each));
  return other === undefined ? { ok: true, source, replica }
    : refuse(`${quoted(other)} names another machine, which fsync reaches only where it is mounted `
      + `here: write the mounted folder, or ${quoted(`./${other}`)} for a folder of that name`);
}

/** The message where neither the command line nor a config file has folders. */
export const foldersMissing = (command: Command): string =>
  `SOURCE and REPLICA are missing: ${byPosition(command)}, or list pairs of folders in a file `
  + 'fsync.config.json';

/** The message for an argv that names no command we know: what to write instead of it. */
export function noCommand(rest: readonly string[], given: readonly Given[]): string {
  const [first, ...others] = rest;
  const known = COMMANDS.map(({ name }) => `\`fsync ${name}\``).join(', ');
  const named = given.some(({ option: { name } }) => name === 'source' || name === 'replica');

  if (first === undefined) {
    const line = commandLine(['fsync', fitting(given), ...canonical(given)]);
    return named
      ? `no command is given: write \`${line}\``
      : `no command is given: there are ${known}; \`fsync --help\` explains them`;
  }

  const meant = first.includes('/') ? undefined : nearest(first, COMMANDS.map(({ name }) => name));
  if (meant) return `unknown command ${quoted(first)}: did you mean \`fsync ${meant}\`?`;
  // Three words and no time among them: the first of them was meant as a command.
  const isCommand = others.length > 1 && !others.slice(1).some(isTime);
  if (others.length === 0 || isCommand) {
    return `unknown command ${quoted(first)}: there are ${known}; \`fsync --help\` explains them`;
  }
  return `${quoted(first)} is no command: to mirror one folder into the other write `
    + `\`${meantLine(rest, given)}\``;
}

/** What was meant without a command: to watch, unless an option is not for that. */
const fitting = (given: readonly Given[]): Command =>
  given.every(({ option: { commands } }) => commands.includes('watch')) ? 'watch' : 'sync';

const isTime = (word: string): boolean => parseDuration(word).ok;

/** Older tools take SOURCE REPLICA INTERVAL LOG by position: the same as a line of ours. */
function meantLine(rest: readonly string[], given: readonly Given[]): string {
  const folders = rest.slice(0, 2);
  const has = (name: string) => given.some(({ option }) => option.name === name);

  const command = fitting(given);
  const interval = command === 'watch' && !has('interval') ? rest.slice(2).find(isTime) : undefined;
  const log = has('log-file') ? undefined : rest.slice(2).find((word) => /^[^-\d]/.test(word));
  const dashed = folders.some((folder) => folder.startsWith('-'));

  const options = [
    ...canonical(given),
    ...(interval ? ['--interval', interval] : []),
    ...(log ? ['--log-file', log] : []),
  ];
  return commandLine(dashed
    ? ['fsync', command, ...options, '--', ...folders]
    : ['fsync', command, ...folders, ...options]);
}

function mixed(
  command: Command, positions: readonly string[], flags: { source?: unknown; replica?: unknown },
): string {
  const flag = typeof flags.source === 'string' ? '--source' : '--replica';
  return `folders are given both by position (${quoted(positions[0] ?? '')}) and as ${flag}: `
    + `${byPosition(command)}, or ${both(command).slice('write '.length)}`;
}

function tooMany(command: Command, positions: readonly string[]): string {
  const [, , third = ''] = positions;
  return command === 'watch' && parseDuration(third).ok
    ? `the interval is an option: write \`${meantLine(positions, [])}\``
    : `two folders are needed, not ${positions.length} (the third is ${quoted(third)}): `
      + 'a name with spaces or wildcards goes in quotes';
}

const byPosition = (command: Command): string =>
  `write \`fsync ${command} ${command === 'explain' ? 'PATH ' : ''}SOURCE REPLICA\``;

const both = (command: Command): string =>
  `write \`fsync ${command} ${command === 'explain' ? 'PATH ' : ''}-s SOURCE -r REPLICA\``;

const refuse = (message: string) => ({ ok: false, message }) as const;
