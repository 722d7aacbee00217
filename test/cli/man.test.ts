import { spawnSync } from 'node:child_process';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { manPage } from '../../lib/cli/man.ts';
import { COMMANDS, OPTIONS } from '../../lib/cli/option-table.ts';
import { needs } from '../support/needs.ts';

const page = suite('the man page');

/** It as text, or what a tool complains of. */
function tool(command: string, ...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(command, args,
    { input: manPage('1.2.3'), encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  assert.is(stderr, '');
  return stdout;
}

needs(page, { tools: ['groff'] })('is read by groff, which has nothing to complain of', () => {
  const plain = tool('groff', '-man', '-ww', '-Tutf8', '-rLL=100n', '-P-cbou');
  const missing = [...COMMANDS.map(({ name }) => `fsync ${name}`),
    ...OPTIONS.map(({ name, short, value }) =>
      `${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`)]
    .filter((told) => !plain.split('\n').some((line) => line.trim() === told
      || line.trim().startsWith(`${told} `)));
  assert.equal(missing, []);
  assert.match(plain, /fsync 1\.2\.3/);
});

needs(page, { tools: ['mandoc'] })('is read by mandoc, which warns of nothing but the date', () => {
  const { stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning'],
    { input: manPage('1.2.3'), encoding: 'utf8' });
  assert.equal(stdout.split('\n').filter((line) => line !== '' && !/missing date/.test(line)), []);
});

page('has no line that a macro could be taken for', () => {
  const macros = manPage('1.2.3').split('\n').filter((line) => /^[.']/.test(line))
    .filter((line) => !/^\.(?:TH|SH|TP|PP|B|I|BR|RI|br|nf|fi)\b/.test(line));
  assert.equal(macros, []);
});

page.run();
