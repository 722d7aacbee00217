import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { memoryFlags, startFlags } from '../../lib/cli/v8-flags.ts';

const flags = suite('what is asked of V8');

flags('is what a V8 of that version has', () => {
  const patience = (version: string): string | undefined => startFlags(version)[1];
  assert.is(patience('11.3.244.8-node.33'), '--interrupt-budget=1000000');
  assert.is(patience('12.4.254.21-node.57'), '--invocation-count-for-turbofan=21000');
  assert.is(patience('14.6.202.34-node.34'), '--invocation-count-for-turbofan=21000');
});

flags('is nothing where it is not known what it has', () => {
  for (const version of ['15.0.1', '10.2.154.26-node.36', '']) {
    assert.equal([startFlags(version), memoryFlags(version, true)], [[], []]);
  }
});

flags('is to save memory, and not to any more', () => {
  assert.equal(memoryFlags('11.3', true), ['--optimize-for-size']);
  assert.equal(memoryFlags('11.3', false), ['--no-optimize-for-size']);
});

flags.run();
