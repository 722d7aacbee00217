import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { inSlice, sliceOf } from '../../lib/core/scrub.ts';

const slices = suite('slices');

slices('follow one another, and come round: in so many passes as there are, each once', () => {
  for (const [percent, count] of [[1, 100], [0.5, 200], [30, 4], [100, 1]] as const) {
    const numbers = Array.from({ length: count }, (_, pass) => sliceOf(percent, 0.7, pass));
    assert.ok(numbers.every((slice) => slice.count === count));
    assert.is(new Set(numbers.map(({ number }) => number)).size, count);
    assert.equal(sliceOf(percent, 0.7, count), numbers[0]);
  }
  assert.is(sliceOf(1, 0.7, 0).number, 70);
});

slices('have each name of each folder once, and none of them much more than others', () => {
  const count = 10;
  for (const folder of ['', 'a/b', 'caf\xc3\xa9']) {
    const sizes = Array.from({ length: count }, () => 0);
    const tests = sizes.map((_, number) => inSlice({ number, count }, folder));
    for (let at = 0; at < 2_000; at += 1) {
      const found = tests.flatMap((isIn, number) => (isIn(`file-${at}.txt`) ? [number] : []));
      assert.is(found.length, 1);
      sizes[found[0]!]! += 1;
    }
    assert.ok(Math.max(...sizes) < 300 && Math.min(...sizes) > 100, sizes.join(' '));
  }
});

slices('have nothing where nothing is asked for', () => {
  assert.is(inSlice(undefined, '')('a'), false);
});

slices.run();
