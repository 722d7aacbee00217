import fs from 'node:fs';

import { ROOT } from '../support/sources.ts';

/** A row of docs/promises.md: what is promised, and the test that tries to break it. */
export interface Promised {
  readonly id: string;
  readonly promise: string;
  readonly file: string;
  /** The test's name; `…` stands for any text. */
  readonly name: string;
}

export const PROMISES = 'docs/promises.md';

/** The rows of its tables that name a test, in their order. */
export function readPromises(): readonly Promised[] {
  const text = fs.readFileSync(ROOT + PROMISES, 'utf8');
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
