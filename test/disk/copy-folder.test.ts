import {
  chownSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, renameSync,
  symlinkSync, unlinkSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { floorMicros } from '../../lib/core/difference.ts';
import { isTemporary } from '../../lib/core/entry.ts';
import { rowOf } from '../../lib/core/record-check.ts';
import { COLUMNS } from '../../lib/core/record.ts';
import { runThrough } from '../../lib/disk/bytes.ts';
import { copyFolder, type CopiedFolder } from '../../lib/disk/copy-folder.ts';
import { lstat, readLink } from '../../lib/disk/stat.ts';
import { needs } from '../support/needs.ts';
import { fifo, file, folder, link, makeTree, symlink } from '../support/tree.ts';
import { descriptors, litterIn, withRoots } from './two-roots.ts';

type Made = Extract<CopiedFolder, { made: true }>;

const copy = suite('copyFolder');

function made(copied: CopiedFolder): Made {
  if (!copied.made) throw new Error(`nothing made: ${JSON.stringify(copied.problems)}`);
  return copied;
}

/** So that what a test just wrote is not racy. */
const OLD = { grainMs: -60_000 };

/** The row that the record is to have of an entry. */
function rowIn({ names, rows }: Made, name: string): number[] {
  const at = names.indexOf(name) * COLUMNS;
  return [...rows.subarray(at, at + COLUMNS)];
}

for (const proc of [true, false]) {
  copy(`copies files and links, and names the rest; proc: ${proc}`, withRoots((roots) => {
    const { s, d, source, replica } = roots;
    makeTree(s, {
      'a/plain': file('text', { mode: 0o644, time: -1n }),
      'a/suid': file('x', { mode: 0o6755, time: 1_000_001n }),
      'a/closed': file('y', { mode: 0o400 }),
      'a/empty': '',
      'a/\xff\xfe': 'bytes',
      'a/__proto__': 'name',
      'a/l': symlink('caf\xe9/nowhere', { time: 5_000_123n }),
      'a/sub': folder(),
      'a/p': fifo(),
      'a/one': 'twice',
      'a/two': link('a/one'),
      'a/big': 'b'.repeat(101),
      'a': folder({ mode: 0o2750 }),
    });
    const before = descriptors();
    const copied = made(runThrough(
      copyFolder(source, 'a', replica, 'a', { bigBytes: 100, ...OLD }),
    ));

    const names = ['__proto__', 'closed', 'empty', 'l', 'plain', 'suid', '\xff\xfe'];
    assert.equal(copied.names, names);
    for (const name of names) {
      const [from, to] = [lstat(`${s}/a/${name}`)!, lstat(`${d}/a/${name}`)!];
      assert.equal(rowIn(copied, name), rowOf(from, to, false), name);
      if (name === 'l') continue;
      assert.is(to.mode, from.mode, name);
      assert.is(floorMicros(to.mtimeNs), floorMicros(from.mtimeNs), name);
    }
    assert.is(readFileSync(Buffer.from(`${d}/a/\xff\xfe`, 'latin1'), 'utf8'), 'bytes');
    assert.is(readLink(`${d}/a/l`), 'caf\xe9/nowhere');
    assert.is(floorMicros(lstat(`${d}/a/l`)!.mtimeNs), 5_000_123n);

    assert.equal(copied.folders, ['sub']);
    assert.equal(copied.special, ['p']);
    assert.equal(copied.big, [{ name: 'big', source: lstat(join(s, 'a/big')) }]);
    assert.equal(copied.linked.map(({ name }) => name).sort(), ['one', 'two']);
    assert.equal(copied.problems, []);
    assert.is(copied.bytes, 4 + 1 + 1 + 5 + 4);
    assert.equal(copied.stat, lstat(join(s, 'a')));
    assert.is(lstat(join(d, 'a'))!.mode & 0o777, 0o700);
    assert.equal(readdirSync(d), ['a']);

    // The folder's descriptor serves on under its final name.
    if (proc) {
      const open = descriptors();
      mkdirSync(replica.entry('a/sub'));
      assert.is(descriptors(), open);
      assert.ok(existsSync(join(d, 'a/sub')));
    }
    source.forget();
    replica.forget();
    assert.is(descriptors(), before);
  }, { proc }));
}

copy('nothing is under the final name until all of it is', withRoots((roots) => {
  const { s, d, source, replica } = roots;
  makeTree(s, { 'a/1': 'x', 'a/2': 'y', 'a/3': 'z' });
  const steps = copyFolder(source, 'a', replica, 'a');
  let count = 0;
  for (let step = steps.next(); step.done !== true; step = steps.next()) {
    const [name, ...rest] = readdirSync(d);
    assert.ok(isTemporary(name!) && rest.length === 0);
    assert.is(lstat(join(d, name!))!.mode, 0o700);
    count += 1;
  }
  assert.is(count, 3);
  assert.equal(readdirSync(join(d, 'a')), ['1', '2', '3']);
}));

copy('leaves out what is ignored', withRoots(({ s, d, source, replica }) => {
  makeTree(s, { 'a/keep': 'x', 'a/drop': 'y', 'a/folder/': null });
  const skip = (name: string, isFolder: boolean) => name === 'drop' || isFolder;
  const copied = made(runThrough(copyFolder(source, 'a', replica, 'a', { skip })));
  assert.equal(copied.folders, []);
  assert.equal(readdirSync(join(d, 'a')), ['keep']);
}));

copy('one failing file is a problem, not the end', withRoots(({ s, d, source, replica }) => {
  makeTree(s, { 'a/1': 'x', 'a/2': 'y', 'a/3': 'z' });
  const steps = copyFolder(source, 'a', replica, 'a');
  steps.next();
  // The second file finds its name taken in the hidden folder.
  const [hidden] = litterIn(d);
  writeFileSync(join(d, hidden!, '2'), 'planted');
  const copied = made(runThrough(steps));
  assert.equal(copied.problems, [{ path: 'a/2', code: 'EEXIST', action: 'copy' }]);
  assert.equal(copied.names, ['1', '3']);
}));

copy('a link planted in the hidden folder is not followed', withRoots((roots) => {
  const { base, s, d, source, replica } = roots;
  makeTree(s, { 'a/1': 'x', 'a/2': 'y' });
  writeFileSync(join(base, 'outside'), 'keep');
  const steps = copyFolder(source, 'a', replica, 'a');
  steps.next();
  symlinkSync(join(base, 'outside'), join(d, litterIn(d)[0]!, '2'));
  const copied = made(runThrough(steps));
  assert.equal(copied.problems.map(({ code }) => code), ['EEXIST']);
  assert.is(readFileSync(join(base, 'outside'), 'utf8'), 'keep');
}));

copy('a file that vanished is no problem, one that became a FIFO is', withRoots((roots) => {
  const { s, d, source, replica } = roots;
  makeTree(s, { 'a/1': 'x', 'a/2': 'y', 'a/3': 'z' });
  const steps = copyFolder(source, 'a', replica, 'a');
  steps.next();
  unlinkSync(join(s, 'a/2'));
  unlinkSync(join(s, 'a/3'));
  execFileSync('mkfifo', [join(s, 'a/3')]);
  const copied = made(runThrough(steps));
  assert.equal(copied.problems, [{ path: 'a/3', code: 'changed-type', action: 'copy' }]);
  assert.equal(readdirSync(join(d, 'a')), ['1']);
}));

copy('a file that changes while it is read is read anew', withRoots(({ s, d, source, replica }) => {
  makeTree(s, { 'a/1': 'x'.repeat(1_000) });
  const steps = copyFolder(source, 'a', replica, 'a', { chunkBytes: 600, ...OLD });
  steps.next();
  writeFileSync(join(s, 'a/1'), 'new');
  const copied = made(runThrough(steps));
  assert.is(readFileSync(join(d, 'a/1'), 'utf8'), 'new');
  assert.equal(rowIn(copied, '1'), rowOf(lstat(join(s, 'a/1'))!, lstat(join(d, 'a/1'))!, false));
}));

copy('a folder that cannot be listed is not made', withRoots(({ base, s, d, source, replica }) => {
  symlinkSync(base, join(s, 'l'));
  for (const name of ['gone', 'l']) {
    const copied = runThrough(copyFolder(source, name, replica, name));
    assert.equal(copied, { made: false, problems: [] });
  }
  mkdirSync(join(s, 'a'));
  const refuse = () => 'replica-inside';
  assert.equal(runThrough(copyFolder(source, 'a', replica, 'a', { refuse })), {
    made: false, problems: [{ path: 'a', code: 'replica-inside', action: 'copy' }],
  });
  assert.equal(readdirSync(d), []);
}));

copy('what came in its way stays, and is told', withRoots(({ s, d, source, replica }) => {
  makeTree(s, { 'a/1': 'x', 'a/2': 'y', 'b/1': 'z', 'c/1': 'w' });
  makeTree(d, { 'a/theirs': 'keep', 'b': 'a file' });
  mkdirSync(join(d, 'c'));
  const code = (name: string): string =>
    runThrough(copyFolder(source, name, replica, name)).problems[0]?.code ?? 'none';
  assert.is(code('a'), 'ENOTEMPTY');
  assert.is(code('b'), 'ENOTDIR');
  assert.is(code('c'), 'none');
  assert.is(readFileSync(join(d, 'a/theirs'), 'utf8'), 'keep');
  assert.is(readFileSync(join(d, 'b'), 'utf8'), 'a file');
  assert.is(readFileSync(join(d, 'c/1'), 'utf8'), 'w');
  assert.equal(readdirSync(d).sort(), ['a', 'b', 'c']);
}));

copy('cancelled it keeps the whole files, left alone nothing', withRoots((roots) => {
  const { s, d, source, replica } = roots;
  makeTree(s, { 'a/1': 'x', 'a/2': 'y'.repeat(2_000), 'a/3': 'z' });
  let asked = 0;
  const cancelled = () => (asked += 1) > 3;
  const copied = made(runThrough(
    copyFolder(source, 'a', replica, 'a', { cancelled, chunkBytes: 1_000 }),
  ));
  assert.is(copied.cancelled, true);
  assert.equal(copied.problems, []);
  assert.equal(readdirSync(join(d, 'a')), ['1']);

  const before = descriptors();
  const steps = copyFolder(source, 'a', replica, 'again', { chunkBytes: 1_000 });
  steps.next();
  steps.next();
  steps.return(undefined as never);
  assert.equal(readdirSync(d), ['a']);
  assert.is(descriptors(), before);
}));

copy('a parent swapped for a link leads nowhere else', withRoots((roots) => {
  const { base, s, d, source, replica } = roots;
  makeTree(s, { 'p/a/1': 'x', 'p/a/2': 'y' });
  makeTree(d, { 'p/': null });
  mkdirSync(join(base, 'out'));
  const steps = copyFolder(source, 'p/a', replica, 'p/a');
  steps.next();
  renameSync(join(d, 'p'), join(d, 'was'));
  symlinkSync('../out', join(d, 'p'));
  runThrough(steps);
  assert.equal(readdirSync(join(base, 'out')), []);
}));

needs(copy, { root: true })('keeps owners, of the folder too', withRoots((roots) => {
  const { s, d, source, replica } = roots;
  makeTree(s, { 'a/f': file('x', { uid: 1234, gid: 4321, mode: 0o4755 }), 'a/l': symlink('f') });
  chownSync(join(s, 'a'), 1234, 4321);
  lchown(join(s, 'a/l'));
  runThrough(copyFolder(source, 'a', replica, 'a'));
  for (const name of ['a', 'a/f', 'a/l']) {
    const { uid, gid } = lstatSync(join(d, name));
    assert.equal([uid, gid], [1234, 4321], name);
  }
  assert.is(lstat(join(d, 'a/f'))!.mode, 0o4755);
}));

const lchown = (path: string): void => void execFileSync('chown', ['-h', '1234:4321', path]);
copy.run();
