import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { WriteQueue } from '../../lib/disk/write-queue.ts';

const queue = suite('values that wait to be written');

queue('count as before, and in their order, where they could not be', () => {
  const waiting = new WriteQueue();
  waiting.add('a', Buffer.from('old'));
  waiting.add('b', undefined);
  waiting.take();
  waiting.add('a', Buffer.from('newer'));
  const { bytes } = waiting;
  assert.ok(bytes > 0);
  waiting.notWritten();
  assert.ok(waiting.bytes > bytes);
  assert.equal(waiting.tree('').map(([path, value]) => `${path} ${String(value)}`),
    ['a newer', 'b undefined']);
});

queue.run();
