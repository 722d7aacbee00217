import { appendFileSync, mkdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runThrough } from '../../lib/disk/bytes.ts';
import { sameContent } from '../../lib/disk/compare.ts';
import { lstat } from '../../lib/disk/stat.ts';
import { codeThrown, descriptors, withRoots, type TwoRoots } from './two-roots.ts';

const compare = suite('sameContent');
const CHUNK = { chunkBytes: 1_000 };

const start = ({ source, replica }: TwoRoots) => sameContent(source, 'f', replica, 'f', CHUNK);

compare('tells equal from different content, at any place of it', withRoots((roots) => {
  for (const size of [0, 1, 999, 1_000, 1_001, 5_000]) {
    const content = Buffer.alloc(size, 'a');
    writeFileSync(join(roots.s, 'f'), content);
    writeFileSync(join(roots.d, 'f'), content);
    assert.is(runThrough(start(roots)).result, 'same', String(size));
    for (const at of [0, size >> 1, size - 1]) {
      if (size === 0) continue;
      const other = Buffer.from(content);
      other[at] = 0x62;
      writeFileSync(join(roots.d, 'f'), other);
      assert.is(runThrough(start(roots)).result, 'different', `${size} at ${at}`);
    }
  }
}));

compare('gives both stats, and closes what it opened', withRoots((roots) => {
  writeFileSync(join(roots.s, 'f'), 'aa');
  writeFileSync(join(roots.d, 'f'), 'a');
  const before = descriptors();
  const found = runThrough(start(roots));
  assert.is(found.result, 'different');
  assert.equal(found.source, lstat(join(roots.s, 'f')));
  assert.equal(found.replica, lstat(join(roots.d, 'f')));
  assert.is(descriptors(), before);
}));

compare('stops at the first difference', withRoots((roots) => {
  writeFileSync(join(roots.s, 'f'), `b${'a'.repeat(9_999)}`);
  writeFileSync(join(roots.d, 'f'), 'a'.repeat(10_000));
  assert.is(start(roots).next().done, true);
}));

for (const side of ['s', 'd'] as const) {
  compare(`knows nothing when a file moves while it is read: ${side}`, withRoots((roots) => {
    for (const root of [roots.s, roots.d]) writeFileSync(join(root, 'f'), 'a'.repeat(5_000));
    const steps = start(roots);
    steps.next();
    appendFileSync(join(roots[side], 'f'), 'more');
    assert.is(runThrough(steps).result, 'changed');
  }));
}

compare('says of which of the two it cannot be known', withRoots((roots) => {
  writeFileSync(join(roots.s, 'f'), 'a');
  mkdirSync(join(roots.d, 'f'));
  assert.equal(sideThrown(() => runThrough(start(roots))), 'replica');
  assert.equal(sideThrown(() => runThrough(
    sameContent(roots.replica, 'f', roots.source, 'f'))), undefined);
}));

const sideThrown = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return (error as { side?: unknown }).side;
  }
};

compare('reads nothing but files, through no link', withRoots((roots) => {
  const { base, s, d } = roots;
  writeFileSync(join(s, 'f'), 'a');
  const before = descriptors();
  assert.is(codeThrown(() => runThrough(start(roots))), 'ENOENT');
  symlinkSync(join(s, 'f'), join(d, 'f'));
  assert.is(codeThrown(() => runThrough(start(roots))), 'changed-type');
  unlinkSync(join(d, 'f'));
  execFileSync('mkfifo', [join(d, 'f')]);
  assert.is(codeThrown(() => runThrough(start(roots))), 'changed-type');
  mkdirSync(join(base, 'out'));
  writeFileSync(join(base, 'out/f'), 'a');
  symlinkSync('../out', join(d, 'l'));
  const through = () => runThrough(sameContent(roots.source, 'f', roots.replica, 'l/f'));
  assert.is(codeThrown(through), 'ENOTDIR');
  assert.is(descriptors(), before);
}));

compare('ends when it is cancelled', withRoots(({ s, d, source, replica }) => {
  for (const root of [s, d]) writeFileSync(join(root, 'f'), 'a'.repeat(5_000));
  const options = { ...CHUNK, cancelled: () => true };
  const run = () => runThrough(sameContent(source, 'f', replica, 'f', options));
  assert.is(codeThrown(run), 'cancelled');
}));
compare.run();
