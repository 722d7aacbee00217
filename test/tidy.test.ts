import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { ROOT, sources, withoutComments } from './support/sources.ts';

const SHIPPED = sources('cli.ts', 'lib');
const ALL = sources('build.ts', 'cli.ts', 'lib', 'test', 'bench');

const map = suite('lib/README.md');

/** The files a text names: `core/plan.ts` as it is seen from lib/, `cli.ts`, `test/x.test.ts`. */
function namedIn(text: string): Set<string> {
  const names = [...text.matchAll(/(?:[\w-]+\/)*[\w.-]+\.ts\b/g)].map(([name]) => name);
  return new Set(names.map((name) =>
    /^(?:build|cli)\.ts$/.test(name) || /^(?:lib|test|bench)\//.test(name) ? name : `lib/${name}`));
}

const readme = (): string => {
  const name = `${ROOT}lib/README.md`;
  return fs.existsSync(name) ? fs.readFileSync(name, 'utf8') : '';
};

map('names every file, by its path below lib/', () => {
  const named = namedIn(readme());
  assert.equal(SHIPPED.map(({ name }) => name).filter((name) => !named.has(name)), []);
});

map('names no file that is not there', () => {
  assert.equal([...namedIn(readme())].filter((name) => !fs.existsSync(ROOT + name)), []);
});

map.run();

// ---

const tidy = suite('the source');

tidy('has files of at most 200 lines', () => {
  const long = SHIPPED
    .map(({ name, text }) => ({ name, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > 200).map(({ name, lines }) => `${name}: ${lines}`);

  assert.equal(long, []);
});

/** `file:line` of each line of some files for which `is` is true. */
const linesWhere = (files: typeof ALL, is: (line: string) => boolean): string[] =>
  files.flatMap(({ name, text }) => text.split('\n').flatMap((line, at) =>
    is(line) ? [`${name}:${at + 1}`] : []));

tidy('has lines of at most 100 columns', () => {
  assert.equal(linesWhere(ALL, (line) => [...line].length > 100), []);
});

tidy('leaves no loose ends', () => {
  // Brackets, so that this line is none of them.
  const marks = /\b(?:TO[D]O|FIX[M]E|XX[X])\b|\.onl[y]\(/;
  assert.equal(linesWhere(ALL, (line) => marks.test(line)), []);
});

tidy('has no trailing blanks, and no two blank lines in a row', () => {
  assert.equal(linesWhere(ALL, (line) => /[ \t]$/.test(line)), []);
  const gaps = ALL.filter(({ text }) => /\n\n\n|[^\n]$|\n\n$/.test(text));
  assert.equal(gaps.map(({ name }) => name), []);
});

tidy('exports by name', () => {
  const wrong = SHIPPED.filter(({ text }) =>
    /^export default|\bas default\b/m.test(withoutComments(text))).map(({ name }) => name);

  assert.equal(wrong, []);
});

tidy('runs each suite of tests it makes', () => {
  const forgotten = sources('test').flatMap(({ name, text }) =>
    [...text.matchAll(/^const (\w+) = suite[<(]/gm)]
      .filter(([, made]) => !new RegExp(`^${made}\\.run\\(\\);$`, 'm').test(text))
      .map(([, made]) => `${name}: ${made}`));

  assert.equal(forgotten, []);
});

tidy.run();
