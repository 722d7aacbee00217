import fs from 'node:fs';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { CATALOGUE_BREAKS } from '../failures/breaks/all.ts';
import { ROOT } from '../support/sources.ts';
import { BREAKS } from './all.ts';
import { unfit } from './break.ts';
import { namesIn, PROMISES, readPromises } from './promises.ts';

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

promised('has breaks that fit the code as it is', () => {
  const stale = [...BREAKS, ...CATALOGUE_BREAKS].flatMap((one) =>
    [one, ...one.and ?? []].flatMap((edit) => {
      const why = unfit(ROOT, edit);
      return why === undefined ? [] : [`${one.promise}: ${why}`];
    }));
  assert.equal(stale, []);
});

promised.run();
