import {
  chmodSync, chownSync, closeSync, linkSync, mkdirSync, openSync, rmSync, symlinkSync,
  utimesSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { floorMicros } from '../../lib/core/difference.ts';
import { sideOf, sideOfStat } from '../../lib/core/record.ts';
import { makeWritable, setMeta, setMode, setOpenFile } from '../../lib/disk/set.ts';
import { lstat } from '../../lib/disk/stat.ts';
import { isRoot, needs } from '../support/needs.ts';
import { codeThrown, descriptors, withRoots } from './two-roots.ts';

for (const proc of process.platform === 'linux' ? [true, false] : [false]) {
  const meta = suite(`setMeta, ${proc ? 'through' : 'without'} /proc`);

  meta('sets mode and time of files, folders and links', withRoots(({ s, d, replica }) => {
    for (const root of [s, d]) {
      writeFileSync(join(root, 'f'), '');
      mkdirSync(join(root, 'd'));
      symlinkSync('nowhere', join(root, 'l'));
    }
    chmodSync(join(s, 'f'), 0o6751);
    chmodSync(join(s, 'd'), 0o1510);
    for (const name of ['f', 'd', 'l']) {
      const wanted = { ...lstat(join(s, name))!, mtimeNs: -1_234_567_891n };
      const { after: is } = setMeta(replica, name, wanted);
      assert.is(floorMicros(is.mtimeNs), -1_234_568n, name);
      assert.is(is.mode, wanted.mode, name);
      assert.equal(is, lstat(join(d, name)));
    }
    assert.is(lstat(d)!.mode, setMeta(replica, '', lstat(d)!).after.mode);
  }, { proc }));

  meta('touches nothing when nothing differs', withRoots(({ d, replica }) => {
    writeFileSync(join(d, 'f'), '');
    const before = lstat(join(d, 'f'))!;
    const wanted = { ...before, mtimeNs: (before.mtimeNs / 1000n) * 1000n };
    assert.equal(setMeta(replica, 'f', wanted), { before, after: before });
    assert.equal(lstat(join(d, 'f')), before);
  }, { proc }));

  meta('gives no time to what somebody wrote to since it was seen', withRoots(({ d, replica }) => {
    writeFileSync(join(d, 'f'), 'seen');
    const seen = lstat(join(d, 'f'))!;
    const wanted = { ...seen, mtimeNs: 5_000n };
    for (const write of [
      () => utimesSync(join(d, 'f'), 1, 9),
      () => writeFileSync(join(d, 'f'), 'longer'),
      () => { rmSync(join(d, 'f')); writeFileSync(join(d, 'f'), 'else'); },
    ]) {
      write();
      const is = lstat(join(d, 'f'));
      assert.is(codeThrown(() => setMeta(replica, 'f', wanted, seen)), 'changed');
      assert.equal(lstat(join(d, 'f')), is);
    }
    const now = lstat(join(d, 'f'))!;
    linkSync(join(d, 'f'), join(d, 'g'));
    setMeta(replica, 'g', wanted, now);
    // Its other name gave it the time.
    assert.is(setMeta(replica, 'f', wanted, now).after.mtimeNs, 5_000n);
    // Or another one: the two are to be told apart by a later pass.
    const other = { ...wanted, mtimeNs: 7_000n };
    assert.is(setMeta(replica, 'f', other, now).after.mtimeNs, 7_000n);
  }, { proc }));

  meta('works on a file of mode 000, and to it', withRoots(({ d, replica }) => {
    writeFileSync(join(d, 'f'), '');
    const before = lstat(join(d, 'f'))!;
    chmodSync(join(d, 'f'), 0);
    assert.is(setMeta(replica, 'f', { ...before, mode: 0, mtimeNs: 5_000n }).after.mtimeNs, 5_000n);
    assert.is(setMeta(replica, 'f', { ...before, mode: 0o640 }).after.mode, 0o640);
  }, { proc }));

  meta('never follows a link planted at the place or above it', withRoots((roots) => {
    const { base, s, d, replica } = roots;
    mkdirSync(join(base, 'out'));
    writeFileSync(join(base, 'out/f'), '');
    writeFileSync(join(s, 'f'), '');
    chmodSync(join(s, 'f'), 0o777);
    symlinkSync('../out/f', join(d, 'f'));
    symlinkSync('../out', join(d, 'sub'));
    const before = lstat(join(base, 'out/f'));
    const wanted = { ...lstat(join(s, 'f'))!, mtimeNs: 7n };
    assert.is(codeThrown(() => setMeta(replica, 'f', wanted)), 'changed-type');
    assert.is(codeThrown(() => setMeta(replica, 'sub/f', wanted)), 'ENOTDIR');
    assert.equal(lstat(join(base, 'out/f')), before);
  }, { proc }));

  needs(meta, { root: true })('sets the owner as root, set-uid bits kept', withRoots(
    ({ d, replica }) => {
      writeFileSync(join(d, 'f'), '');
      symlinkSync('f', join(d, 'l'));
      const wanted = { ...lstat(join(d, 'f'))!, uid: 1234, gid: 4321, mode: 0o6755 };
      const { after: is } = setMeta(replica, 'f', wanted);
      assert.equal([is.uid, is.gid, is.mode], [1234, 4321, 0o6755]);
      const { after: link } = setMeta(replica, 'l', { ...lstat(join(d, 'l'))!, uid: 1234 });
      assert.is(link.uid, 1234);
      assert.is(lstat(join(d, 'f'))!.uid, 1234);
    }, { proc },
  ));
  meta.run();
}

// ---

const open = suite('setOpenFile');
open('dresses a file of ours and tells what it is then', withRoots(({ s, d }) => {
  writeFileSync(join(s, 'f'), 'x');
  if (isRoot()) chownSync(join(s, 'f'), 1234, 4321);
  for (const mode of [0o4711, 0o600]) {
    chmodSync(join(s, 'f'), mode);
    const fd = openSync(join(d, String(mode)), 'w', 0o600);
    const source = { ...lstat(join(s, 'f'))!, mtimeNs: -1n };
    const is = setOpenFile(fd, source);
    closeSync(fd);
    const made = lstat(join(d, String(mode)))!;
    assert.equal(sideOf(is), sideOfStat(made));
    assert.equal([made.mode, made.uid, made.gid], [source.mode, source.uid, source.gid]);
    assert.is(floorMicros(made.mtimeNs), -1n);
  }
}));
open.run();

// ---

const writable = suite('makeWritable');
writable('adds what we lack in a folder of ours', withRoots(({ d, replica }) => {
  mkdirSync(join(d, 'ro'));
  chmodSync(join(d, 'ro'), 0o555);
  const before = descriptors();
  assert.is(makeWritable(replica, 'ro'), 0o555);
  assert.is(lstat(join(d, 'ro'))!.mode, 0o755);
  assert.is(makeWritable(replica, 'ro'), undefined);
  setMode(replica, 'ro', 0o555);
  assert.is(lstat(join(d, 'ro'))!.mode, 0o555);
  assert.is(descriptors(), before);
}));
needs(writable, { root: true })('leaves those of others', withRoots(({ d, replica }) => {
  mkdirSync(join(d, 'theirs'));
  chownSync(join(d, 'theirs'), 1234, 1234);
  chmodSync(join(d, 'theirs'), 0o555);
  assert.is(makeWritable(replica, 'theirs'), undefined);
  assert.is(lstat(join(d, 'theirs'))!.mode, 0o555);
}));
writable('does not touch what a link leads to', withRoots(({ base, d, replica }) => {
  mkdirSync(join(base, 'out'));
  chmodSync(join(base, 'out'), 0o555);
  symlinkSync('../out', join(d, 'l'));
  assert.is(makeWritable(replica, 'l'), undefined);
  assert.is(lstat(join(base, 'out'))!.mode, 0o555);
}));
writable.run();
