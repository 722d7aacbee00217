import fs from 'node:fs';
import path from 'node:path';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { COMMANDS, OPTIONS } from '../lib/cli/option-table.ts';
import { DEFAULTS } from '../lib/index.ts';
import { ROOT, sources } from './support/sources.ts';

const read = (name: string): string => fs.readFileSync(ROOT + name, 'utf8');

const readme = suite('README.md');

readme('has every option, and for which command it is', () => {
  const columns = ['watch', 'sync', 'check'] as const;
  const rows = read('README.md').split('\n').filter((line) => line.startsWith('| `'));
  const wrong = OPTIONS.filter(({ commands }) => columns.some((one) => commands.includes(one)))
    .filter(({ name, short, value, commands }) => {
      const told = `\`--${name}${value ? ` ${value.replace('|', '` or `')}` : ''}\``;
      const marks = columns.map((one) => (commands.includes(one) ? 'x' : ''));
      const ends = `|${marks.map((mark) => ` ${mark} |`.replace('  ', ' ')).join('')}`;
      return !rows.some((row) => row.includes(told) && row.endsWith(ends)
        && (short === undefined || row.includes(`\`-${short}\``)));
    })
    .map(({ name }) => `--${name}`);

  assert.equal(wrong, []);
});

readme('has every command, and the options of those that ask', () => {
  const text = read('README.md');
  const commands = COMMANDS.map(({ name }) => name)
    .filter((name) => !new RegExp(`\\b${name}\\b`).test(text));
  const options = OPTIONS.map(({ name }) => `--${name}`).filter((name) => !text.includes(name));

  assert.equal([...commands, ...options], []);
});

readme.run();

// ---

const library = suite('docs/library.md');

library('has every export and every option', () => {
  const text = read('docs/library.md');
  const exported = [...read('lib/index.ts').matchAll(/^export (?:type )?\{([^}]*)\}/gm)]
    .flatMap(([, list = '']) => list.split(',').map((name) => name.trim()));
  const declared = [...read('lib/index.ts').matchAll(/^export (?:const|type|function) (\w+)/gm)]
    .map(([, name = '']) => name);
  const names = [...exported, ...declared, ...Object.keys(DEFAULTS), 'source', 'replica'];

  assert.ok(declared.includes('watch') && exported.includes('SyncEvent'));
  assert.equal(names.filter((name) => name !== ''
    && !new RegExp(`\`[^\`]*\\b${name}\\b[^\`]*\``).test(text)), []);
});

library.run();

// ---

const docs = suite('the docs');

docs('link to nothing that is not there', () => {
  const names = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'lib/README.md',
    ...fs.readdirSync(`${ROOT}docs`).filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`)];
  const broken = names.flatMap((name) =>
    [...read(name).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)]
      .filter(([, target = '']) => !leadsSomewhere(name, target))
      .map(([, target]) => `${name}: ${target}`));

  assert.equal(broken, []);
});

/** Whether a link leads to a file that is there, and to a heading that it has. */
function leadsSomewhere(from: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const name = file === '' ? from : path.posix.join(path.posix.dirname(from), file);
  if (!fs.existsSync(ROOT + name)) return false;
  return anchor === undefined || [...read(name).matchAll(/^#+ (.*)$/gm)]
    .some(([, title = '']) => anchorOf(title) === anchor);
}

const anchorOf = (title: string): string =>
  title.toLowerCase().replaceAll(/[^\w\s-]/g, '').trim().replaceAll(' ', '-');

docs('explain every export of lib', () => {
  const silent = sources('lib').flatMap(({ name, text }) => {
    const lines = text.split('\n');
    return lines.flatMap((line, at) =>
      /^export (?:async )?(?:const|function|interface|type|class) \w/.test(line)
        && !lines[at - 1]?.endsWith('*/') ? [`${name}:${at + 1}: ${line}`] : []);
  });

  assert.equal(silent, []);
});

docs.run();
