import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { readArguments } from '../../lib/cli/arguments.ts';
import { completion } from '../../lib/cli/completion.ts';
import { COMMANDS, OPTIONS, optionsOf } from '../../lib/cli/option-table.ts';
import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';

const HOME = tempFolder();
const SCRIPTS = tempFolder();
for (const shell of ['bash', 'zsh', 'fish'] as const) {
  fs.writeFileSync(`${SCRIPTS}/${shell}`, completion(shell));
}
for (const name of ['from', 'to it', 'other', '[ot]', 't']) fs.mkdirSync(`${HOME}/${name}`);
fs.writeFileSync(`${HOME}/file.log`, '');

const commands = COMMANDS.map(({ name }) => name);
const long = (name: 'watch' | 'sync'): string[] => optionsOf(name).map((row) => `--${row.name}`);

const bash = suite('completion in bash');
const inBash = needs(bash, { tools: ['bash'] });

/** What bash would offer for the last word of a line, given as bash takes it apart. */
function offered(...words: readonly string[]): string[] {
  const script = `. ${SCRIPTS}/bash
    complete -p fsync >&2
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _fsync fsync "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD - 1]}"
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script, 'bash', ...words],
    { cwd: HOME, encoding: 'utf8' });
  assert.is(stderr, 'complete -F _fsync fsync\n');
  return stdout.split('\n').filter((line) => line !== '').toSorted();
}

const rows: readonly [string, readonly string[], readonly string[]][] = [
  ['all commands', ['fsync', ''], commands],
  ['the command that begins so', ['fsync', 'wa'], ['watch']],
  ['options without a command', ['fsync', '--'], ['--completion', '--help', '--version']],
  ['the options of a command', ['fsync', 'sync', '--'], long('sync')],
  ['options after folders', ['fsync', 'watch', 'from', 'other', '--int'], ['--interval']],
  ['folders for a position', ['fsync', 'sync', ''], ['[ot]', 'from', 'other', 't', 'to it']],
  ['folders with blanks in their names', ['fsync', 'sync', 'from', 'to'], ['to it']],
  ['folders whose names the shell would read as a pattern', ['fsync', 'sync', '['], ['[ot]']],
  ['folders for an option', ['fsync', 'sync', '--source', 'f'], ['from']],
  ['files and folders for a log', ['fsync', 'sync', '-l', 'f'], ['file.log', 'from']],
  ['the values there are', ['fsync', 'sync', '--hash', 's'], ['sha1', 'sha256']],
  ['the values after an equals sign', ['fsync', 'sync', '--hash', '=', 'md'], ['md5']],
  ['the values right after it', ['fsync', 'sync', '--hash', '='], ['md5', 'sha1', 'sha256']],
  ['nothing for a time', ['fsync', 'watch', '--interval', ''], []],
];
for (const [name, words, expected] of rows) {
  inBash(`offers ${name}`, () => {
    assert.equal(offered(...words), [...expected].toSorted());
  });
}

bash.run();

// ---

const others = suite('completion in zsh and fish');

needs(others, { tools: ['zsh'] })('zsh can read its own', () => {
  const { status, stderr } = spawnSync('zsh', ['-f', '-n', `${SCRIPTS}/zsh`], { encoding: 'utf8' });
  assert.equal([status, stderr], [0, '']);
});

needs(others, { tools: ['fish'] })('fish offers commands, options and values', () => {
  const offers = (line: string): string[] => {
    const { stdout, stderr } = spawnSync('fish',
      ['--no-config', '-c', `source ${SCRIPTS}/fish; complete -C "${line}"`],
      { cwd: HOME, encoding: 'utf8', env: { ...process.env, HOME, XDG_CONFIG_HOME: HOME } });
    assert.is(stderr, '');
    return stdout.split('\n').filter((each) => each !== '').map((each) => each.split('\t')[0]!);
  };
  assert.equal(offers('fsync ').toSorted(), commands.toSorted());
  assert.equal(offers('fsync watch --inter'), ['--interval']);
  assert.equal(offers('fsync sync --hash s'), ['sha1', 'sha256']);
  assert.equal(offers('fsync sync fr'), ['from/']);
});

for (const shell of ['zsh', 'fish'] as const) {
  others(`${shell} is told of every command and option`, () => {
    const text = completion(shell);
    const missing = [...commands, ...OPTIONS.map(({ name }) => name)]
      .filter((name) => !new RegExp(`(?:^|[^\\w-]|--)${name}(?![\\w-])`).test(text));
    assert.equal(missing, []);
  });
}

others.run();

// ---

const asked = suite('--completion');

asked('prints a script for each of the shells', () => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    const result = readArguments(['--completion', shell], import.meta);
    assert.ok(result.ok && 'text' in result);
    if (result.ok && 'text' in result) assert.is(result.text, completion(shell));
  }
});

for (const line of ['--completion', '--completion tcsh', '--completion=']) {
  asked(`says which shells there are :: ${line}`, () => {
    assert.equal(readArguments(line.split(' '), import.meta), { ok: false,
      message: '--completion is for bash, zsh and fish: for instance fsync --completion bash' });
  });
}

asked.run();
