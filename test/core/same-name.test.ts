import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { isTakenIn } from '../../lib/core/same-name.ts';

const taken = suite('isTakenIn');

const bytes = (name: string): string => Buffer.from(name).toString('latin1');

taken('is what another name of the source has, in another case or spelling', () => {
  assert.is(isTakenIn('foo', ['Foo', 'foo'], ['Foo']), true);
  const [one, other] = ['é'.normalize('NFC'), 'é'.normalize('NFD')].map(bytes) as [string, string];
  assert.is(isTakenIn(one, [one, other], [other]), true);
});

taken('is not what only the replica has, nor its own name', () => {
  assert.is(isTakenIn('foo', ['foo'], ['Foo']), false);
  assert.is(isTakenIn('foo', ['Foo', 'foo'], ['foo']), false);
  assert.is(isTakenIn('foo', ['Foo', 'foo', 'bar'], ['bar']), false);
});

taken.run();
