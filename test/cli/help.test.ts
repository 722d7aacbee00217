import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { readArguments } from '../../lib/cli/arguments.ts';
import { helpText } from '../../lib/cli/help.ts';
import { COMMANDS, OPTIONS, optionsOf } from '../../lib/cli/option-table.ts';

const help = suite('helpText');

for (const command of [undefined, ...COMMANDS]) {
  const text = helpText(command);

  help(`fits 100 columns :: ${command?.name ?? 'overview'}`, () => {
    for (const line of text.split('\n')) $.ok(line.length <= 100, line);
  });

  help(`has an example that is understood :: ${command?.name ?? 'overview'}`, () => {
    const examples = text.split('\n').filter((line) => line.startsWith('  fsync '));
    $.ok(examples.length > 0);
    for (const example of examples) {
      // As a shell gives it.
      const words = example.trim().replaceAll(' ~/', ' /home/me/').split(' ');
      const result = readArguments(words.slice(1), import.meta);
      $.ok(result.ok, `${example}: ${result.ok || result.message}`);
    }
  });
}

for (const command of COMMANDS) {
  help(`lists every option of ${command.name}, in one column`, () => {
    const lines = helpText(command).split('\n');
    const columns = optionsOf(command.name).map((option) => {
      const line = lines.find((candidate) => candidate.includes(`--${option.name} `));
      return line?.indexOf(option.help) ?? -1;
    });
    $.is(new Set(columns).size, 1);
    $.ok((columns[0] ?? -1) > 0);
  });
}

help('says without a command, too, that pairs can be listed in a file', () => {
  $.match(helpText(), /^Without folders `fsync watch`, .* all pairs of fsync\.config\.json/m);
});

help('has no two options of one name, long or short', () => {
  const names = OPTIONS.flatMap(({ name, short }) => [name, ...(short ? [short] : [])]);
  $.is(new Set(names).size, names.length);
});

help.run();

// ---

const asked = suite('readArguments, asked for help or the version');

const rows: readonly [string, RegExp][] = [
  ['--help', /^Usage: fsync COMMAND/],
  ['-h', /^Usage: fsync COMMAND/],
  ['help', /^Usage: fsync COMMAND/],
  ['help sync', /^Usage: fsync sync/],
  ['watch --help', /^Usage: fsync watch/],
  ['--help check', /^Usage: fsync check/],
  ['watch A B --nonsense -h', /^Usage: fsync watch/],
  ['--version', /^\d+\.\d+\.\d+\n$/],
  ['sync --version', /^\d+\.\d+\.\d+\n$/],
];

for (const [line, expected] of rows) {
  asked(`answers ${line}`, () => {
    const result = readArguments(line.split(' '), import.meta);
    $.ok(result.ok && 'text' in result);
    if (result.ok && 'text' in result) $.match(result.text, expected);
  });
}

asked.run();
