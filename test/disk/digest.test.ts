import { appendFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runThrough } from '../../lib/disk/bytes.ts';
import { digest } from '../../lib/disk/digest.ts';
import { codeThrown, descriptors, withRoots } from './two-roots.ts';

const hash = suite('digest');

hash('is that of the whole content, in any chunks', withRoots(({ s, source }) => {
  const before = descriptors();
  for (const algorithm of ['md5', 'sha1', 'sha256'] as const) {
    for (const size of [0, 1, 1_000, 2_500]) {
      const content = Buffer.alloc(size, 'abc');
      writeFileSync(join(s, 'f'), content);
      const found = runThrough(digest(source, 'f', algorithm, { chunkBytes: 1_000 }));
      assert.is(found, createHash(algorithm).update(content).digest('hex'));
    }
  }
  assert.is(descriptors(), before);
}));

hash('ends, whatever the writer does', withRoots(({ s, source }) => {
  writeFileSync(join(s, 'f'), 'a'.repeat(1_000));
  const steps = digest(source, 'f', 'md5', { chunkBytes: 1_000 });
  let count = 0;
  for (let step = steps.next(); step.done !== true; step = steps.next()) {
    appendFileSync(join(s, 'f'), 'a'.repeat(2_000));
    count += 1;
    assert.ok(count < 10);
  }
}));

hash('reads nothing but files, and ends when it is cancelled', withRoots(({ s, source }) => {
  writeFileSync(join(s, 'f'), 'a');
  symlinkSync('f', join(s, 'l'));
  assert.is(codeThrown(() => runThrough(digest(source, 'l', 'md5'))), 'changed-type');
  const cancelled = () => true;
  assert.is(codeThrown(() => runThrough(digest(source, 'f', 'md5', { cancelled }))), 'cancelled');
}));
hash.run();
