import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { samePath, type Triple } from '../../lib/core/entry.ts';
import { withoutOutdated } from '../../lib/core/outdated.ts';

const outdated = suite('withoutOutdated');

/** What is left of findings at these places once `moved` prove to have moved, `left` before. */
const check = (
  { found, moved, left = [] }: {
    found: readonly Triple[]; moved: readonly string[]; left?: readonly string[];
  }, expected: readonly Triple[],
): void => assert.equal(
  withoutOutdated(found.map((at) => ({ at })), new Set(moved), new Set([...moved, ...left])),
  expected.map((at) => ({ at })));

outdated('drops what was found inside, and keeps the folder itself and its neighbours', () => {
  const found = ['', 'd', 'd/a', 'd/e/b', 'da', 'c/d', 'c/d/a'].map(samePath);
  check({ found, moved: ['d'] }, ['', 'd', 'da', 'c/d', 'c/d/a'].map(samePath));
});

outdated('keeps what the scan of a folder found that had left from inside', () => {
  const scanned: Triple = { source: 'x/a', replica: 'd/e/a', record: 'd/e/a' };
  check({ found: [samePath('d/b'), scanned], moved: ['d'], left: ['d/e'] }, [scanned]);
});

outdated('drops what was found inside of one that leaves a folder which moved before', () => {
  const [inner, outer]: Triple[] = ['d/e/a', 'd/a'].map((path): Triple =>
    ({ source: `n${path.slice(1)}`, replica: path, record: path }));
  check({ found: [inner!, outer!], moved: ['d/e'], left: ['d'] }, [outer!]);
});

outdated.run();
