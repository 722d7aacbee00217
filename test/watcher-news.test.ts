import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { DEFAULTS } from '../lib/core/options.ts';
import { newMemory, type Memory, type Mirror } from '../lib/mirror.ts';
import { wordAnswers, wordTriggers } from '../lib/watcher-news.ts';

const approving = suite('the word approve');

approving('covers what was told by then; of failing paths the mounts that are gone', () => {
  const memory = newMemory(DEFAULTS.intervalMs);
  const codes = { gone: 'mount-gone', other: 'mount-other', stale: 'ESTALE' };
  for (const [path, code] of Object.entries(codes)) {
    memory.failing.set(path, { code, times: 1, dueMs: 0 });
  }
  memory.hold = { reason: 'max-delete', entries: 1, of: 9, limit: 0, paths: ['a'] };
  memory.waitingFor = { code: 'source-became-link', text: 'it became a link' };
  const [said] = wordTriggers('approve', { memory } as Mirror);
  memory.hold = undefined;
  memory.failing.set('later', { code: 'mount-gone', times: 1, dueMs: 0 });
  assert.equal(said?.approve,
    [{ paths: ['a'], refusal: 'source-became-link', mounts: ['gone', 'other'] }]);
});

approving('is told that nothing is held only where there is nothing to approve', () => {
  const told = (change: (memory: Memory) => void): unknown => {
    const memory = newMemory(DEFAULTS.intervalMs);
    change(memory);
    return wordAnswers('approve', { memory } as Mirror).map((event) => event.kind);
  };
  const failing = (code: string) => (memory: Memory): void => {
    memory.failing.set('m', { code, times: 1, dueMs: 0 });
  };
  assert.equal(told(() => {}), ['notice']);
  assert.equal(told(failing('EACCES')), ['notice']);
  assert.equal(told(failing('mount-gone')), []);
  assert.equal(told((memory) => {
    memory.hold = { reason: 'max-delete', entries: 1, of: 9, limit: 0, paths: ['a'] };
  }), []);
  assert.equal(told((memory) => {
    memory.waitingFor = { code: 'source-became-link', text: 'it became a link' };
  }), []);
});

approving.run();
