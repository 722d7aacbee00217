import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { fromText } from '../../lib/core/entry.ts';
import {
  decidingLine, extendChain, hasIgnoreFiles, ignoreFileNames, isIgnored, isIgnoredDeep, optionRules,
  ruledBy, rulesChain, type Rules,
} from '../../lib/core/ignore.ts';
import { needs } from '../support/needs.ts';
import { random, type Random } from '../support/random.ts';
import { tempFolder } from '../support/temp.ts';

const root = (text: string): readonly Rules[] => [{ base: '', text }];

const one = suite('isIgnored');

one('says yes only to what the rules name', () => {
  type Case = readonly [text: string, path: string, isFolder: boolean, expected: boolean];
  const cases: readonly Case[] = [
    ['*.log', 'a.log', false, true],
    ['*.log', 'deep/down/a.log', false, true],
    ['*.log', 'a.LOG', false, false],
    ['build/', 'build', true, true],
    ['build/', 'build', false, false],
    ['/dist', 'dist', true, true],
    ['/dist', 'a/dist', true, false],
    ['a/**/z', 'a/b/c/z', false, true],
    ['a/**', 'a', true, false],
    ['a/**', 'a/b', false, true],
    ['*\n!keep', 'keep', false, false],
    ['!keep\n*', 'keep', false, true],
    ['# *\n\n  \n', 'x', false, false],
    ['\\#x', '#x', false, true],
    ['\\!x', '!x', false, true],
    ['x ', 'x', false, true],
    ['x\\ ', 'x ', false, true],
    ['x\r\ny\r', 'x', false, true],
    ['x\r\ny\r', 'y', false, true],
    ['[[:digit:]]x', '7x', false, true],
    ['', 'x', false, false],
    ['*', '', true, false],
  ];

  for (const [text, at, isFolder, expected] of cases) {
    const said = isIgnored(root(text), at, isFolder);
    assert.is(said, expected, `${JSON.stringify(text)} of ${JSON.stringify(at)}`);
  }
});

one('lets the deepest level with an opinion decide', () => {
  const chain = [
    { base: '', text: '*.log\n*.tmp' },
    { base: 'a', text: '!keep.log' },
    { base: 'a/b', text: '*' },
  ];

  assert.is(isIgnored(chain.slice(0, 2), 'a/old.log', false), true);
  assert.is(isIgnored(chain.slice(0, 2), 'a/keep.log', false), false);
  assert.is(isIgnored(chain, 'a/b/keep.log', false), true);
  const longer = [...chain, { base: 'a/b', text: '!keep.log' }];
  assert.is(isIgnored(longer, 'a/b/keep.log', false), false);
});

one('judges the entry itself where a deeper level took its folder back', () => {
  const chain = [{ base: '', text: 'build/\n/a/other/*' }, { base: 'a', text: '!build/\n!sub' }];

  assert.is(isIgnored(chain, 'a/build', true), false);
  assert.is(isIgnored(chain, 'a/build/x', false), false);
  assert.is(isIgnored(chain, 'a/build/build', true), false);
  assert.is(isIgnored(chain, 'a/other/x', false), true);
  assert.is(isIgnored(chain, 'a/other/sub/x', false), false);
});

one('leaves alone what is not below the base of the rules', () => {
  const chain = [{ base: 'a', text: '*' }];

  assert.is(isIgnored(chain, 'a', true), false);
  assert.is(isIgnored(chain, 'ab', false), false);
  assert.is(isIgnored(chain, 'a/b', false), true);
});

one('takes every name there can be', () => {
  const names = [
    'a\nb', ' a', 'a ', '\\', 'a\\', '__proto__', 'constructor', 'toString', '...', '..a', '-', '!',
    '#', '*', '[', '\xff', '\xa0', 'a\xa0', '\r', '\t', 'a'.repeat(255), 'C:', '"', "'", '\x01',
  ];

  for (const name of names) {
    for (const at of [name, `a/${name}`, `${name}/a`]) {
      assert.is(isIgnored(root('zzz\n/y/z'), at, false), false, JSON.stringify(at));
      assert.is(isIgnored(root('*'), at, false), true, JSON.stringify(at));
      assert.is(isIgnored(root('/*\n/*/*'), at, true), true, JSON.stringify(at));
    }
  }
});

one('matches bytes, whatever text they are', () => {
  assert.is(isIgnored(root(fromText('é*')), fromText('été'), false), true);
  assert.is(isIgnored(root(fromText('à')), fromText('à'), false), true);
  assert.is(isIgnored(root(`x/${fromText('à')}`), fromText('x/à'), false), true);
  assert.is(isIgnored(root('\xa0'), '\xa0', false), true);
  assert.is(isIgnored(root('\xfe\xff.txt'), '\xfe\xff.txt', false), true);
  assert.is(isIgnored(root('\xef\xbb\xbf*.log'), 'x.log', false), true);
  assert.is(isIgnored(optionRules(['ü.txt', '*.log']), fromText('ü.txt'), false), true);
  assert.equal(optionRules([]), []);
});

one('gives the same answers after very many questions', () => {
  const chain = root('*7\n/d/*8');
  for (let at = 0; at < 20_000; at += 1) {
    assert.is(isIgnored(chain, `e/${at}`, false), at % 10 === 7);
  }
  assert.is(isIgnored(chain, 'd/18', false), true);
});

one('stops at no line, be it full of NULs, as after a power cut, or too long to compile', () => {
  const says = (text: string, name: string): boolean => isIgnored(root(text), name, false);
  for (const filler of ['\0', 'a', '?', '[ab]', '*a']) {
    const text = `first\nf${filler.repeat(100_000)}\nlast\n`;
    assert.equal(['first', 'last', 'other'].map((name) => says(text, name)),
      [true, true, false], JSON.stringify(filler));
  }
  // For git a line ends there.
  assert.is(says('f\0\0\0', 'f'), true);
  assert.is(says('\0f', 'f'), false);
});

one.run();

// ---

const chains = suite('rulesChain');

const files: Readonly<Record<string, string>> = {
  '.gitignore': 'g', '.fsyncignore': 'f', 'a/b/.fsyncignore': 'ab', 'a/b/.gitignore': 'abg',
};
const read = (at: string): string | undefined => files[at];

chains('goes from --ignore and the root down to the folder itself', () => {
  const first = optionRules(['o']);
  const texts = (folder: string, gitignore: boolean): string[] =>
    rulesChain(folder, first, gitignore, read).map((rules) => `${rules.base}:${rules.text}`);

  assert.equal(texts('a/b', true), [':o', ':g', ':f', 'a/b:abg', 'a/b:ab']);
  assert.equal(texts('a/b', false), [':o', ':f', 'a/b:ab']);
  assert.equal(texts('a', false), [':o', ':f']);
  assert.equal(texts('', false), [':o', ':f']);
});

chains('is the parent\'s own where a folder has no ignore file', () => {
  const above = rulesChain('', [], true, read);
  assert.is(extendChain(above, 'a', true, read), above);
  assert.equal(extendChain(above, 'a/b', true, read), rulesChain('a/b', [], true, read));
});

chains('names the files where the later one wins', () => {
  assert.equal(ignoreFileNames(false), ['.fsyncignore']);
  assert.equal(ignoreFileNames(true), ['.git/info/exclude', '.gitignore', '.fsyncignore']);
});

chains('finds the exclude file of a work tree and of a submodule where git has it', () => {
  const texts: Readonly<Record<string, string>> = {
    'tree/.git': 'gitdir: /repo/.git/worktrees/tree\n', '/repo/.git/info/exclude': 'w',
    '/repo/.git/worktrees/tree/commondir': '../..\n',
    '/repo/.git/worktrees/tree/../../info/exclude': 'w',
    'sub/.git': 'gitdir: ../.git/modules/sub\n', 'sub/../.git/modules/sub/info/exclude': 's',
    'odd/.git': 'nothing of that kind', 'odd/.git/info/exclude': 'o', '.git/info/exclude': '# none',
  };
  const textsFor = (folder: string): string[] =>
    extendChain([], folder, true, (at) => texts[at]).map(({ base, text }) => `${base}:${text}`);
  assert.equal(['tree', 'sub', 'odd', ''].map(textsFor), [['tree:w'], ['sub:s'], ['odd:o'], []]);
  assert.equal(extendChain([], 'tree', false, (at) => texts[at]), []);
});

chains('change for a folder by the files that are for it', () => {
  assert.is(ruledBy('a/b', '.gitignore'), 'a/b');
  assert.is(ruledBy('', '.fsyncignore'), '');
  assert.is(ruledBy('.git/info', 'exclude'), '');
  assert.is(ruledBy('a/.git/info', 'exclude'), 'a');
  assert.is(ruledBy('a.git/info', 'exclude'), undefined);
  assert.is(ruledBy('a', 'exclude'), undefined);
  assert.is(hasIgnoreFiles(['.git', 'a'], true), true);
  assert.is(hasIgnoreFiles(['.git', '.gitignore'], false), false);
});

chains.run();

// ---

const deep = suite('isIgnoredDeep');

deep('is true below an ignored folder, whatever is said there', () => {
  const texts: Readonly<Record<string, string>> = {
    '.fsyncignore': 'out/', 'out/.fsyncignore': '!*', 'a/.fsyncignore': '!out/',
  };
  const chainOf = (folder: string): readonly Rules[] =>
    rulesChain(folder, [], false, (at) => texts[at]);

  assert.is(isIgnoredDeep(chainOf, 'out/x/y', false), true);
  assert.is(isIgnoredDeep(chainOf, 'out', true), true);
  assert.is(isIgnoredDeep(chainOf, 'a/out/x/y', false), false);
  assert.is(isIgnoredDeep(chainOf, 'b/out/x', false), true);
  assert.is(isIgnoredDeep(chainOf, 'x', false), false);
  assert.is(isIgnoredDeep(chainOf, '', true), false);
});

deep.run();

// ---

const git = suite('isIgnored beside git');

/** Other seeds, to look for more: `FSYNC_SEEDS=1-5000`. */
const [FROM, TO] = (process.env.FSYNC_SEEDS ?? '1-12').split('-').map(Number) as [number, number];

needs(git, { tools: ['git'] })('says what git check-ignore says of random trees', () => {
  for (let seed = FROM; seed <= TO; seed += 1) {
    const rng = random(seed);
    const tree = randomTree(rng);
    const global = rng.once(2) ? tree.texts.get(GLOBAL) : undefined;
    const top = global === undefined ? [] : [{ base: '', text: global, file: GLOBAL }];
    const chainOf = (folder: string): readonly Rules[] =>
      rulesChain(folder, top, true, (at) => tree.texts.get(at));
    const ours = tree.entries.flatMap(([at, isFolder]) => {
      const by = decidingLine(chainOf, at, isFolder);
      assert.is(isIgnoredDeep(chainOf, at, isFolder), by?.ignored === true, `${seed}: ${at}`);
      return by === undefined ? [] : [`${at} ${by.ignored} ${by.file}:${by.line}`];
    });

    const rules = JSON.stringify([...tree.texts]);
    assert.equal(ours.toSorted(), gitSays(tree, global !== undefined), `seed ${seed}: ${rules}`);
  }
});

git.run();

interface RandomTree {
  readonly entries: readonly (readonly [path: string, isFolder: boolean])[];
  /** Of ignore files, git's own included, by their paths. */
  readonly texts: ReadonlyMap<string, string>;
}

/** The global excludes file, in a corner that git does not look into. */
const GLOBAL = '.git/global';

const NAMES = ['a', 'b', 'ab', 'x.log', 'B', '.h', 'c d', 'é', '[a]', 'a-b', '#n', '!n'];
const PATTERNS = [
  'a', 'b/', '/a', '/b', '*.log', '!x.log', '!a', '!b/', 'a/*', '!a/b', 'a/**', '**/b', 'a/**/b',
  '*', '!*/', '?', '[ab]', '[!a]', '[a-c]*', '\\[a\\]', '\\#n', '\\!n', '#n', 'c d', 'c*', 'é',
  '??', '.*', '!.h', '/*', '!/a', '/*/', '/a/', 'a/', '**', '/**', 'a/b/', '*b', '!*b', '**/a/*',
  '[[:upper:]]', 'a-b ', '*/b', '!*/b', 'a*', 'B\r', '***', '/*/*', '!/*/a', 'ab/x.log', '\\a',
  '[', 'a\\', '!',
];

function randomTree(rng: Random): RandomTree {
  const entries: [string, boolean][] = [];
  const lines = (): string =>
    fromText(Array.from({ length: 1 + rng.below(5) }, () => rng.pick(PATTERNS)).join('\n'));
  const texts = new Map([[GLOBAL, lines()]]);
  if (rng.once(2)) texts.set('.git/info/exclude', lines());
  const fill = (folder: string, depth: number): void => {
    if (depth === 0 || rng.below(2) === 0) {
      texts.set(`${folder}.gitignore`, lines());
    }
    for (const name of NAMES) {
      if (rng.below(3) === 0) continue;
      const isFolder = depth < 3 && rng.below(3) === 0;
      entries.push([folder + fromText(name), isFolder]);
      if (isFolder) fill(`${folder}${fromText(name)}/`, depth + 1);
    }
  };
  fill('', 0);
  return { entries, texts };
}

/**
 * What git says of each path that a line decides of: whether it would look at it, and where that
 * line is. `check-ignore` matches a folder by the string it is given, so folders are named as git's
 * own walk names them.
 */
function gitSays(tree: RandomTree, hasGlobal: boolean): string[] {
  const top = tempFolder();
  const bytes = (at: string): Buffer => Buffer.from(`${top}/${at}`, 'latin1');
  execFileSync('git', ['init', '-q', '--template=', top]);
  fs.mkdirSync(`${top}/.git/info`);
  for (const [at, isFolder] of tree.entries) {
    if (isFolder) fs.mkdirSync(bytes(at));
    else fs.writeFileSync(bytes(at), 'x');
  }
  for (const [at, text] of tree.texts) fs.writeFileSync(bytes(at), Buffer.from(text, 'latin1'));

  const input = Buffer.from(tree.entries.map(([at]) => `${at}\0`).join(''), 'latin1');
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1',
    XDG_CONFIG_HOME: path.join(top, 'none') };
  const args = [...(hasGlobal ? ['-c', `core.excludesFile=${GLOBAL}`] : []),
    'check-ignore', '--stdin', '-z', '--no-index', '-v'];
  // Exit 1: none of them is ignored.
  const { status, stdout } = spawnSync('git', args,
    { cwd: top, input, env, stdio: ['pipe', 'pipe', 'ignore'], maxBuffer: 1 << 26 });
  assert.ok(status === 0 || status === 1);
  const said = stdout.toString('latin1').split('\0');
  const rows = Array.from({ length: Math.floor(said.length / 4) }, (_, at) =>
    said.slice(at * 4, at * 4 + 4));
  return rows.map(([file, line, pattern, at]) =>
    `${at} ${pattern!.startsWith('!') === false} ${file}:${line}`).toSorted();
}
