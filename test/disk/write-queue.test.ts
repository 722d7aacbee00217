import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { isInside } from '../../lib/core/entry.ts';
import { isPageOf, MOVING, pageAt } from '../../lib/disk/record-keys.ts';
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

const folders = ['', 'a', 'a/b', 'a/b/c', 'a b', 'ab', MOVING, `${MOVING}/a`];
const paths = [...folders, ...folders.map((one) => pageAt(one, 'n'))];

queue('are found in their folders, and as pages of them, while they wait and are written', () => {
  fc.assert(fc.property(fc.array(fc.constantFrom(...paths, 'take', 'written')), (steps) => {
    const waiting = new WriteQueue();
    let [before, now] = [new Set<string>(), new Set<string>()];
    for (const step of steps) {
      if (step === 'take') {
        waiting.take();
        [before, now] = [now, new Set()];
      } else if (step === 'written') {
        waiting.written();
        before = new Set();
      } else {
        waiting.add(step, undefined);
        now.add(step);
      }
    }
    for (const folder of folders) {
      const found = [...new Set([...before, ...now])].filter((path) =>
        path === folder || isInside(path, folder) || isPageOf(path, folder)).toSorted();
      assert.equal(waiting.tree(folder).map(([path]) => path), found, folder);
    }
  }));
});

queue.run();
