import fs from 'node:fs';

import { ROOT } from '../support/sources.ts';

/**
 * A row of docs/promises.md: what is promised, and the test that tries to break it. Or a row of the
 * catalogue of failures: what fails, what the break does, and the test that provokes it.
 */
export interface Promised {
  readonly id: string;
  readonly promise: string;
  readonly file: string;
  /** The test's name; `…` stands for any text. */
  readonly name: string;
}

export const PROMISES = 'docs/promises.md';
export const CATALOGUE = 'test/failures/README.md';

/** The rows of a file's tables that name a test, in their order. */
export function readPromises(from = PROMISES): readonly Promised[] {
  const text = fs.readFileSync(ROOT + from, 'utf8');
  return [...text.matchAll(ROW)].map(([, id = '', promise = '', file = '', name = '']) =>
    ({ id, promise, file, name }));
}

/** A line such as: | `hold.told-once` | A hold is told … | `test/watch/x.test.ts`: are told … | */
const ROW = /^\| `([\w.-]+)` \| (.+) \| `(test\/[\w/.-]+)`: (.+) \|$/gm;

/** Whether a test's own name is the one that a row gives. */
export function isNamed(own: string, { name }: Pick<Promised, 'name'>): boolean {
  const parts = name.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(own);
}

/**
 * What may be a test's name in a file: its strings and keys, where a template may hold any text.
 * That a table still has a row for a name is found out by `npm run breaks`.
 */
export function namesIn(file: string): readonly RegExp[] {
  const read = known.get(file) ?? [...fs.readFileSync(ROOT + file, 'utf8')
    .matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)]
    .map(([, single, double, template]) => asPattern(single ?? double ?? template ?? '',
      template !== undefined));
  known.set(file, read);
  return read;
}

function asPattern(written: string, isTemplate: boolean): RegExp {
  const parts = isTemplate ? written.split(/\$\{[^}]*\}/) : [written];
  // One that says nothing itself would be anybody's name.
  if (parts.join('').trim() === '') return /^$/;
  const plain = parts.map((part) => part.replace(/\\(.)/g, '$1')
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${plain.join('.+')}$`, 's');
}

const known = new Map<string, readonly RegExp[]>();
