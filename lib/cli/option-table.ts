/** What can be asked of a running watch, from another terminal. */
export type Question =
  'status' | 'flush' | 'pause' | 'resume' | 'pending' | 'approve' | 'stop';

/** What fsync can be told to do. */
export type Command = 'watch' | 'sync' | 'check' | Look | Question;

/** What only looks, at one path or at this machine. */
export type Look = 'explain' | 'doctor';

/** A command, as help and messages speak of it. */
export interface CommandRow {
  readonly name: Command;
  readonly summary: string;
  /** It asks a running watch: the folders only say which. */
  readonly asks?: true;
  /** What stands after its name; [SOURCE REPLICA] unless said. */
  readonly positions?: string;
  /** Completes "… does not belong to `fsync check`, which …". */
  readonly which: string;
  readonly example: string;
}

/** An option, as the parser, help and messages know it: the one place that lists them. */
export interface OptionRow {
  readonly name: string;
  readonly short?: string;
  /** The word for its value in help; without one the option is a switch. */
  readonly value?: string;
  /** A good value, for the message that asks for one. */
  readonly example?: string;
  /** All the values there are, where they are few. */
  readonly choices?: readonly string[];
  /** May be given more than once. */
  readonly many?: true;
  /** Its value may be a plain number, in a config file. */
  readonly number?: true;
  /** In a config file it counts for all pairs, since a process has one output. */
  readonly whole?: true;
  /** It has no place in a config file. */
  readonly lineOnly?: true;
  readonly commands: readonly Command[];
  readonly help: string;
}

/** The commands, in the order of the help. */
export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'watch',
    summary: 'keep REPLICA equal to SOURCE until told to stop',
    which: 'goes on until it is told to stop',
    example: 'fsync watch ~/project /mnt/backup/project --interval 10m --log-file sync.log',
  },
  {
    name: 'sync',
    summary: 'make REPLICA equal to SOURCE once, then exit',
    which: 'makes one pass and exits',
    example: 'fsync sync ~/project /mnt/backup/project --dry-run',
  },
  {
    name: 'check',
    summary: 'compare the two folders and change nothing',
    which: 'compares once and changes nothing',
    example: 'fsync check ~/project /mnt/backup/project --checksum',
  },
  {
    name: 'explain', positions: 'PATH [SOURCE REPLICA]',
    summary: 'say whether and why a path is mirrored, and what a pass would do',
    which: 'looks at one path and changes nothing',
    example: 'fsync explain src/old.log ~/project /mnt/backup/project --gitignore',
  },
  {
    name: 'doctor', positions: '[SOURCE REPLICA]',
    summary: 'look at limits, file systems and versions, and say what to do',
    which: 'looks at this machine and changes nothing',
    example: 'fsync doctor ~/project /mnt/backup/project',
  },
  asking('status', 'say how the running watches stand', 'fsync status'),
  asking('flush', 'have a running watch make a full pass now', 'fsync flush --wait --timeout 30s'),
  asking('pause', 'have a watch do nothing until it is told to resume', 'fsync pause ~/project'),
  asking('resume', 'have a watch go on, with a full pass', 'fsync resume ~/project'),
  asking('pending', 'list the deletions that are held, by path', 'fsync pending'),
  asking('approve', 'have a watch carry out what it holds', 'fsync approve ~/project'),
  asking('stop', 'have a watch finish the operations in hand and end', 'fsync stop ~/project'),
];

function asking(name: Question, summary: string, example: string): CommandRow {
  return { name, asks: true, which: 'asks a running watch', summary, example };
}

const all: readonly Command[] = ['watch', 'sync', 'check'];
const every: readonly Command[] = COMMANDS.map(({ name }) => name);
const pairs: readonly Command[] = [...all, 'explain', 'doctor'];
const writing: readonly Command[] = ['watch', 'sync'];
const watching: readonly Command[] = ['watch'];

/** The options, in the order of the help. */
export const OPTIONS: readonly OptionRow[] = [
  { name: 'source', short: 's', value: 'FOLDER', example: '/home/me/project', commands: pairs,
    help: 'the folder that is read, instead of its position' },
  { name: 'replica', short: 'r', value: 'FOLDER', example: '/mnt/backup/project', commands: pairs,
    help: 'the folder that is made equal to it, instead of its position' },
  { name: 'interval', short: 'i', value: 'TIME', example: '10m', number: true, commands: watching,
    help: 'from the start of a full pass to that of the next, or auto (10m)' },
  { name: 'settle', value: 'TIME', example: '50ms', number: true, commands: watching,
    help: 'carry changes over once nothing changed for this long (50ms)' },
  { name: 'max-wait', value: 'TIME', example: '1s', number: true, commands: watching,
    help: 'but at the latest this long after the first change (1s)' },
  { name: 'dry-run', lineOnly: true, commands: ['sync'],
    help: 'print the plan and change nothing' },
  { name: 'now', lineOnly: true, commands: ['sync'],
    help: 'have a running watch make its full pass now, as fsync flush does' },
  { name: 'checksum', commands: [...all, 'explain'],
    help: 'do not trust size, times and inode: compare content' },
  { name: 'scrub', value: 'P%', example: '1%', commands: watching,
    help: 'compare that share of the files by content too, another one each full pass' },
  { name: 'hash', value: 'NAME', example: 'md5', choices: ['md5', 'sha1', 'sha256'],
    commands: writing,
    help: 'how renamed files are found: md5, sha1 or sha256 (md5)' },
  { name: 'max-delete', value: 'N|P%', example: '100', number: true, commands: writing,
    help: 'hold deletions if there are more than N, or P percent of all entries' },
  { name: 'approve-deletes', commands: writing,
    help: 'carry out the deletions that would be held, in the first full pass' },
  { name: 'ignore', value: 'PATTERN', example: "'*.log'", many: true, commands: pairs,
    help: 'leave out what matches, as in a .gitignore; may be repeated' },
  { name: 'gitignore', commands: pairs,
    help: "honour git's ignore files too, beside .fsyncignore" },
  { name: 'delete-ignored', commands: [...writing, 'explain'],
    help: 'remove ignored entries from the replica, instead of leaving them alone' },
  { name: 'trash', value: 'FOLDER', example: '/mnt/backup/trash', commands: writing,
    help: 'keep what would be deleted or overwritten in this folder, by date and path' },
  { name: 'trash-keep', value: 'DAYS', example: '30d', commands: writing,
    help: 'remove from it what is older (kept for ever)' },
  { name: 'on-sync', value: 'COMMAND', example: "'make deploy'", commands: writing,
    help: 'run this after passes that changed something, told the changes as JSON' },
  { name: 'durable', commands: writing,
    help: 'have each change on the disk before it is told, each file before its name' },
  { name: 'workers', value: 'N', example: '2', number: true, commands: all,
    help: 'threads beside the main one, 0 to 64 (one fewer than the cores, at most 3)' },
  { name: 'chunk-size', value: 'SIZE', example: '1MiB', number: true, commands: all,
    help: 'bytes read at a time, 64KiB to 64MiB (1MiB)' },
  { name: 'state-dir', value: 'FOLDER', example: '/var/lib/fsync',
    commands: [...writing, 'explain', 'doctor'],
    help: "where the record of each pair is kept (the user's state folder)" },
  { name: 'config', value: 'FILE', example: 'fsync.config.json', lineOnly: true, commands: all,
    help: 'the pairs of folders of this file, instead of SOURCE and REPLICA' },
  { name: 'log-file', short: 'l', value: 'PATH', example: 'sync.log', whole: true, commands: all,
    help: 'write every line to this file too; a folder gets one file a day' },
  { name: 'log-keep', value: 'DAYS', example: '30d', whole: true, commands: all,
    help: 'where that is a folder: remove its logs that are older (kept for ever)' },
  { name: 'wait', commands: ['flush'],
    help: 'end when all that was written before is in the replica' },
  { name: 'timeout', value: 'TIME', example: '30s', commands: ['flush'],
    help: 'with --wait: but at the latest after this time, with exit code 1' },
  { name: 'json', whole: true, commands: every,
    help: 'one JSON object per event on stdout' },
  { name: 'quiet', short: 'q', whole: true, commands: every,
    help: 'only warnings, errors and answers' },
  { name: 'verbose', short: 'v', whole: true, commands: every,
    help: 'tell every entry, and passes that had nothing to do' },
  { name: 'help', short: 'h', lineOnly: true, commands: every, help: 'show this help' },
  { name: 'version', lineOnly: true, commands: every, help: 'show the version' },
  { name: 'completion', value: 'SHELL', example: 'bash', choices: ['bash', 'zsh', 'fish'],
    commands: [], help: 'print what makes a shell complete commands and options' },
];

/** What people write for an option that has another name here. */
export const SYNONYMS: Readonly<{ [name: string]: string }> = {
  '--exclude': '--ignore', '--delay': '--settle', '--period': '--interval', '-n': '--dry-run',
  '-c': '--checksum', '--delete-excluded': '--delete-ignored', '--backup-dir': '--trash',
};

/** What stands after a command's name. */
export const positionsOf = ({ asks, positions }: CommandRow): string =>
  positions ?? (asks ? '[SOURCE [REPLICA]]' : '[SOURCE REPLICA]');

/** Whether a command only asks a running watch. */
export const isQuestion = (command: Command): command is Question =>
  commandNamed(command)?.asks === true;

/** An option as programs name it: `--max-delete` is `maxDelete`. */
export const flagOf = ({ name }: OptionRow): string =>
  name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The options that a config file may have, by their flags. */
export const CONFIG_OPTIONS: ReadonlyMap<string, OptionRow> = new Map(OPTIONS
  .filter((row) => !row.lineOnly && row.commands.some((name) => all.includes(name)))
  .map((row) => [flagOf(row), row]));

/** The row of a command, or undefined for any other word. */
export const commandNamed = (word: string | undefined): CommandRow | undefined =>
  COMMANDS.find(({ name }) => name === word);

/** The row of an option as written, `--interval` or `-i`. */
export const optionNamed = (written: string): OptionRow | undefined =>
  OPTIONS.find(({ name, short }) => written === `--${name}` || written === `-${short}`);

/** The options of a command, in the order of its help. */
export const optionsOf = (command: Command): readonly OptionRow[] =>
  OPTIONS.filter(({ commands }) => commands.includes(command));
