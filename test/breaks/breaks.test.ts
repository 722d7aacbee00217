import fs from 'node:fs';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { ROOT } from '../support/sources.ts';
import { BREAKS } from './all.ts';
import { PROMISES, readPromises } from './promises.ts';

const promised = suite(PROMISES);

const promises = readPromises();
const text = fs.readFileSync(ROOT + PROMISES, 'utf8');

promised('has a row that can be read for each promise, and none twice', () => {
  const rows = text.split('\n').filter((line) => line.startsWith('| `')).length;
  assert.is(promises.length, rows);
  const ids = promises.map(({ id }) => id);
  assert.equal(ids.filter((id, at) => ids.indexOf(id) !== at), []);
});

promised('names tests that there are', () => {
  const missing = promises.filter(({ file, name }) =>
    !fs.existsSync(ROOT + file) || !namesIn(file).some((own) => own.test(name)));
  assert.equal(missing.map(({ id, file, name }) => `${id}: ${file}: ${name}`), []);
});

promised('has a break for each promise, and no other', () => {
  const broken = new Set(BREAKS.map(({ promise }) => promise));
  const ids = new Set(promises.map(({ id }) => id));
  assert.equal(promises.filter(({ id }) => !broken.has(id)).map(({ id }) => id), []);
  assert.equal([...broken].filter((id) => !ids.has(id)), []);
});

promised.run();

// ---

const known = new Map<string, readonly RegExp[]>();

/**
 * What may be a test's name in a file: its strings and keys, where a template may hold any text.
 * That a table still has a row for a name is found out by `npm run breaks`.
 */
function namesIn(file: string): readonly RegExp[] {
  const read = known.get(file) ?? [...fs.readFileSync(ROOT + file, 'utf8')
    .matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)]
    .map(([, single, double, template]) => asPattern(single ?? double ?? template ?? '',
      template !== undefined));
  known.set(file, read);
  return read;
}

function asPattern(written: string, isTemplate: boolean): RegExp {
  const parts = isTemplate ? written.split(/\$\{[^}]*\}/) : [written];
  const plain = parts.map((part) => part.replace(/\\(.)/g, '$1')
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${plain.join('.+')}$`, 's');
}
