import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { samePath } from '../../lib/core/entry.ts';
import type { NumberStat } from '../../lib/core/record-check.ts';
import {
  addSeen, countOf, oneFolder, recordPaths, siblings, tasksOf, type SeenNames,
} from '../../lib/core/scan-task.ts';

const stat = (ino: number): NumberStat =>
  ({ mode: 0o40755, size: 40, mtimeMs: 1.5, ctimeMs: 2.25, ino });

// ---

const together = suite('siblings');

const AT = { source: 'new/a', replica: 'old/a', record: 'old/a' };
const AROUND = { chain: [], parentDev: 7 };

function made(count: number): SeenNames {
  const all: SeenNames = { names: [], seen: [] };
  for (let at = 0; at < count; at += 1) addSeen(all, `f${at}`, stat(at), stat(at + 0.5), 9);
  return all;
}

together('are a task each, as they were seen, under their own three paths', () => {
  const [all, ...more] = siblings(AT, made(2), { names: undefined, ...AROUND });
  assert.equal(more, []);
  assert.is(countOf(all!), 2);
  assert.equal(recordPaths(all!), ['old/a/f0', 'old/a/f1']);
  const records = [undefined, new Uint8Array(3)];
  assert.equal(tasksOf([all!], records)[1], {
    at: { source: 'new/a/f1', replica: 'old/a/f1', record: 'old/a/f1' },
    record: records[1], names: undefined, deep: true, ...AROUND,
    seen: { source: stat(1), replica: stat(1.5), dev: 9 },
  });
});

together('are shared out where there are many', () => {
  const groups = siblings(AT, made(150), { names: [], ...AROUND });
  assert.equal(groups.map(countOf), [64, 64, 22]);
  const tasks = tasksOf(groups, made(150).names.map((_, at) => new Uint8Array(at)));
  assert.equal(tasks.map(({ at }) => at.source), made(150).names.map((name) => `new/a/${name}`));
  assert.equal(tasks.map(({ seen }) => seen?.source.ino), made(150).names.map((_, at) => at));
  assert.equal(tasks.map(({ record }) => record?.length), made(150).names.map((_, at) => at));
  assert.equal(siblings(AT, made(0), { names: [], ...AROUND }), []);
});

together('may be one folder alone, even the root', () => {
  for (const path of ['', 'a/b']) {
    const one = oneFolder(samePath(path), ['x'], false, AROUND);
    assert.is(countOf(one), 1);
    assert.equal(recordPaths(one), [path]);
    const rest = { names: ['x'], deep: false, ...AROUND, seen: undefined };
    assert.equal(tasksOf([one], []), [{ at: samePath(path), record: undefined, ...rest }]);
  }
});

together.run();
