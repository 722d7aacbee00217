import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { Suspects } from '../../lib/rx/suspects.ts';

const suspects = suite('Suspects');

suspects('gives each name once, some at a time, also those added meanwhile', () => {
  const some = new Suspects<string>();
  for (const [folder, name] of [['a', 'x'], ['a', 'y'], ['b', 'x'], ['a', 'x']] as const) {
    some.add(folder, name);
  }
  assert.equal([...some.take(2)], [['a', 'x'], ['a', 'y']]);
  some.add('a', 'x');
  assert.is(some.isEmpty, false);
  assert.equal([...some.take(9)].sort(), [['a', 'x'], ['b', 'x']]);
  assert.is(some.isEmpty, true);
  assert.equal([...some.take(9)], []);
});

suspects.run();
