import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { settingsOf } from '../../lib/core/git-config.ts';
import { needs } from '../support/needs.ts';
import { random, type Random } from '../support/random.ts';
import { tempFolder } from '../support/temp.ts';

const reading = suite('settingsOf');

const pairs = (text: string): string[] =>
  settingsOf(text).map(({ key, value }) => `${key}=${value}`);

reading('reads names, values, comments, quotes and lines that go on', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['', []],
    ['[core]\n\texcludesFile = ~/x', ['core.excludesfile=~/x']],
    ['\xef\xbb\xbf[Core]\r\nA=b\r\n', ['core.a=b']],
    ['[core] a = 1 # one\n; all of it\n#\nb', ['core.a=1', 'core.b=undefined']],
    ['[core]\na = "x # y" z ; c', ['core.a=x # y z']],
    ['[core]\na = "  x  "  \nb =   x y  ', ['core.a=  x  ', 'core.b=x y']],
    ['[core]\na = x \\\n  y\nb =', ['core.a=x   y', 'core.b=']],
    ['[core]\na = \\"\\\\\\tn', ['core.a="\\\tn']],
    ['[a "B\\"c"]\nd = e\n[x.y]\nz = 1', ['a.B"c.d=e', 'x.y.z=1']],
    // What is wrong ends it.
    ['[core]\na = 1\n!\nb = 2', ['core.a=1']],
    ['a = 1', []],
    ['[core]\na = \\q\nb = 2', []],
    ['[core]\na = "x\nb = 2', []],
    ['[co re]\na = 1', []],
  ];
  for (const [text, expected] of cases) assert.equal(pairs(text), expected, JSON.stringify(text));
});

/** Other seeds, to look for more: `FSYNC_SEEDS=1-5000`. */
const [FROM, TO] = (process.env.FSYNC_SEEDS ?? '1-60').split('-').map(Number) as [number, number];

const LINES = [
  '[core]', '[a "b c"]', '[A.b]', '[a "\\"\\\\"] d = 1', '', '# all of it', '  ; that', 'y-1',
];
const VALUES = [
  'val', '"q r"', ' ', '  ', '\\\n', '\\\\', '\\"', '\\t', '#c', ';c', '"#c"', '" x "', '~/p',
  '[', '!', '=',
];
const WRONG = ['"', '\\', '\\q', '!x', '[', '[a b]', '-x = 1', '1 = 2'];

needs(reading, { tools: ['git'] })('reads what git reads of random files', () => {
  const dir = tempFolder();
  let good = 0;
  for (let seed = FROM; seed <= TO; seed += 1) {
    const text = randomConfig(random(seed));
    fs.writeFileSync(`${dir}/config`, text, 'latin1');
    const { status, stdout } = spawnSync('git', ['config', '--file', `${dir}/config`, '-z', '-l']);
    // Where git finds something wrong, it does not run at all.
    if (status !== 0) continue;
    good += 1;
    const said = stdout.toString('latin1').split('\0').filter(Boolean)
      .map((row) => (row.includes('\n') ? row.replace('\n', '=') : `${row}=undefined`));
    assert.equal(pairs(text), said, `seed ${seed}: ${JSON.stringify(text)}`);
  }
  assert.ok(good > (TO - FROM) / 3, `${good} of them are read by git`);
});

function randomConfig(rng: Random): string {
  const line = (): string => {
    if (rng.once(30)) return rng.pick(WRONG);
    if (rng.once(3)) return rng.pick(LINES);
    const value = Array.from({ length: rng.below(5) }, () => rng.pick(VALUES)).join('');
    return `${rng.pick(['\t', ''])}${rng.pick(['x', 'Y-1'])}${rng.pick([' = ', '='])}${value}`;
  };
  const lines = Array.from({ length: 1 + rng.below(7) }, line);
  return ['[core]', ...lines].join(rng.pick(['\n', '\r\n']));
}

reading.run();
