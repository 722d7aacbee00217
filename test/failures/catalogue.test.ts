import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { CATALOGUE, namesIn, readPromises } from '../breaks/promises.ts';
import { ROOT, sources } from '../support/sources.ts';
import { CATALOGUE_BREAKS } from './breaks/all.ts';

const catalogue = suite(CATALOGUE);

/** How many rows each letter has. */
const COUNTS = {
  W: 20, S: 16, R: 23, C: 12, T: 14, N: 16, M: 11, X: 15, K: 16, P: 15, L: 10,
} as const;

const LETTERS = Object.keys(COUNTS);
const IDS = Object.entries(COUNTS).flatMap(([letter, count]) =>
  Array.from({ length: count }, (_, at) => `${letter}${String(at + 1).padStart(2, '0')}`));

const rows = readPromises(CATALOGUE);

catalogue('has each row once, with a test or the reason why there is none', () => {
  const lines = fs.readFileSync(ROOT + CATALOGUE, 'utf8').split('\n')
    .flatMap((line) => /^\| `(\w+)` \| .+ \| .+ \| (—|`test\/.+) \|$/.exec(line)?.[1] ?? []);
  assert.equal(lines, IDS);
});

catalogue('names tests that there are, here by the row that they are about', () => {
  const wrong = rows.filter(({ id, file, name }) => !fs.existsSync(ROOT + file)
    || !namesIn(file).some((own) => own.test(name))
    || (file.startsWith('test/failures/') && !name.startsWith(`${id}: `)));
  assert.equal(wrong.map(({ id, file, name }) => `${id}: ${file}: ${name}`), []);
});

catalogue('has the row of each test that is here', () => {
  const unknown = sources('test/failures').flatMap(({ name, text }) =>
    [...text.matchAll(/['"`]([A-Z]\d\d)(?:'|: )/g)].map(([, id = '']) => id)
      .filter((id) => LETTERS.includes(id[0]!) && !IDS.includes(id)).map((id) => `${name}: ${id}`));
  assert.equal(unknown, []);
});

catalogue('has a break for each row with a test', () => {
  const broken = new Set(CATALOGUE_BREAKS.map(({ promise }) => promise));
  assert.equal(rows.map(({ id }) => id).filter((id) => !broken.has(id)), []);
  assert.equal([...broken].filter((id) => !rows.some((row) => row.id === id)), []);
});

catalogue.run();
