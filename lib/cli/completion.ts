import { COMMANDS, OPTIONS, optionsOf } from './option-table.ts';
import type { CommandRow, OptionRow } from './option-table.ts';

/** The shells that can complete fsync's command lines. */
export type Shell = 'bash' | 'zsh' | 'fish';

/**
 * What makes a shell complete commands, options and their values; made from the table, as the help
 * is. A shell reads it at its start: `source <(fsync --completion bash)`.
 */
export const completion = (shell: Shell): string => `${SCRIPTS[shell]()}\n`;

/** Whether a word names such a shell. */
export const isShell = (word: string | undefined): word is Shell =>
  word !== undefined && Object.hasOwn(SCRIPTS, word);

const SCRIPTS: Readonly<Record<Shell, () => string>> = { bash, zsh, fish };

/** The options that stand without a command. */
const ALONE = OPTIONS.filter(({ name }) => ['help', 'version', 'completion'].includes(name));

/** What completes an option's value: names on the disk, some words, or nothing. */
type Completed = 'folders' | 'files' | 'words' | 'nothing';

function completedBy({ value, choices }: OptionRow): Completed {
  if (choices) return 'words';
  if (value === 'FOLDER') return 'folders';
  return value === 'PATH' || value === 'FILE' ? 'files' : 'nothing';
}

const written = ({ name, short }: OptionRow): readonly string[] =>
  [...(short ? [`-${short}`] : []), `--${name}`];

const names = (options: readonly OptionRow[]): string =>
  options.flatMap(written).join(' ');

function bash(): string {
  const valued = OPTIONS.filter(({ value }) => value !== undefined);
  const before = (completed: Completed): string => valued
    .filter((option) => completedBy(option) === completed).flatMap(written).join(' | ');
  const words = valued.filter(({ choices }) => choices).map((option) =>
    `    ${written(option).join(' | ')}) _fsync_reply -W '${option.choices?.join(' ')}' ;;`);

  return `# Completions of fsync for bash: source <(fsync --completion bash)
_fsync() {
  local current=$2 before=$3 command='' options at

  for ((at = 1; at < COMP_CWORD; at++)); do
    case \${COMP_WORDS[at]} in
      ${COMMANDS.map(({ name }) => name).join(' | ')})
        command=\${COMP_WORDS[at]}
        break
        ;;
    esac
  done
  case $command in
${COMMANDS.map(({ name }) => `    ${name}) options='${names(optionsOf(name))}' ;;`).join('\n')}
    *) options='${names(ALONE)}' ;;
  esac

  # bash takes --option=value for three words.
  [[ $current == = ]] && current=
  [[ $before == = ]] && before=\${COMP_WORDS[COMP_CWORD - 2]}
  COMPREPLY=()
  case $before in
    ${before('folders')}) _fsync_paths -d ;;
    ${before('files')}) _fsync_paths -f ;;
${words.join('\n')}
    ${before('nothing')}) ;;
    *)
      if [[ $current == -* ]]; then
        _fsync_reply -W "$options"
      elif [[ $command == explain ]]; then
        _fsync_paths -f
      elif [[ $command ]]; then
        _fsync_paths -d
      else
        _fsync_reply -W '${COMMANDS.map(({ name }) => name).join(' ')}'
      fi
      ;;
  esac
}

# A line each, which no shell takes apart, or for a pattern.
_fsync_reply() {
  local each
  while IFS= read -r each; do
    COMPREPLY+=("$each")
  done < <(compgen "$@" -- "$current")
}

# Names may have blanks: bash is told that it is to quote them.
_fsync_paths() {
  _fsync_reply "$@"
  compopt -o filenames 2> /dev/null
}

complete -F _fsync fsync`;
}

function zsh(): string {
  const text = (plain: string): string =>
    plain.replaceAll(/[\\[\]:]/g, (mark) => `\\${mark}`).replaceAll("'", `'\\''`);
  const actions: Readonly<Record<Completed, string>> =
    { folders: '_files -/', files: '_files', words: '', nothing: '' };

  const spec = (option: OptionRow): string => {
    const { name, short, value, choices, many, help } = option;
    const action = choices ? `(${choices.join(' ')})` : actions[completedBy(option)];
    const told = `[${text(help)}]${value ? `:${text(value)}:${action}` : ''}`;
    const long = `--${name}${value ? '=' : ''}`;
    if (!short) return `'${many ? '*' : ''}${long}${told}'`;
    return `'(-${short} --${name})'{-${short}${value ? '+' : ''},${long}}'${told}'`;
  };
  const branch = ({ name }: CommandRow): string => [
    `        ${name})`,
    '          _arguments -s \\',
    ...optionsOf(name).map((option) => `            ${spec(option)} \\`),
    name === 'explain' ? "            '1:PATH:_files' '2:SOURCE:_files -/' '3:REPLICA:_files -/'"
      : "            '1:SOURCE:_files -/' '2:REPLICA:_files -/'",
    '          ;;',
  ].join('\n');

  return `#compdef fsync
# Completions of fsync for zsh: source <(fsync --completion zsh)
_fsync() {
  local curcontext=$curcontext context state state_descr line
  typeset -A opt_args
  local -a commands
  commands=(
${COMMANDS.map(({ name, summary }) => `    '${name}:${text(summary)}'`).join('\n')}
  )

  _arguments -C \\
${ALONE.map((option) => `    ${spec(option)} \\`).join('\n')}
    '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $words[1] in
${COMMANDS.map(branch).join('\n')}
      esac
      ;;
  esac
}

if [[ $funcstack[1] == _fsync ]]; then
  _fsync "$@"
else
  compdef _fsync fsync
fi`;
}

function fish(): string {
  const text = (plain: string): string => `'${plain.replaceAll(/[\\']/g, (mark) => `\\${mark}`)}'`;
  const values: Readonly<Record<Completed, string>> = {
    folders: " -x -a '(__fish_complete_directories)'", files: ' -r -F', words: '', nothing: ' -x',
  };
  const seen = (commands: readonly string[]): string =>
    ` -n '__fish_seen_subcommand_from ${commands.join(' ')}'`;

  const line = (option: OptionRow): string => {
    const { name, short, value, choices, commands, help } = option;
    return `complete -c fsync${ALONE.includes(option) ? '' : seen(commands)}`
      + `${short ? ` -s ${short}` : ''} -l ${name}`
      + (choices ? ` -x -a '${choices.join(' ')}'` : value ? values[completedBy(option)] : '')
      + ` -d ${text(help)}`;
  };

  return [
    '# Completions of fsync for fish: fsync --completion fish | source',
    'complete -c fsync -f',
    ...COMMANDS.map(({ name, summary }) =>
      `complete -c fsync -n __fish_use_subcommand -a ${name} -d ${text(summary)}`),
    `complete -c fsync${seen(COMMANDS.map(({ name }) => name))}`
      + " -a '(__fish_complete_directories)'",
    `complete -c fsync${seen(['explain'])} -F`,
    ...OPTIONS.map(line),
  ].join('\n');
}
