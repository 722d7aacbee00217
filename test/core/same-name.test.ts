import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { alikeIn } from '../../lib/core/same-name.ts';

const alike = suite('alikeIn');

const bytes = (name: string): string => Buffer.from(name).toString('latin1');

alike('is the name that is there in another case or spelling', () => {
  assert.is(alikeIn('foo', ['bar', 'Foo']), 'Foo');
  const [one, other] = ['é'.normalize('NFC'), 'é'.normalize('NFD')].map(bytes) as [string, string];
  assert.is(alikeIn(one, [other]), other);
});

alike('is no other, nor the name itself', () => {
  assert.is(alikeIn('foo', ['bar', 'food']), undefined);
  assert.is(alikeIn('foo', ['foo']), undefined);
});

alike.run();
