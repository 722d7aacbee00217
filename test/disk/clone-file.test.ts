import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runThrough } from '../../lib/disk/bytes.ts';
import { cloneFile } from '../../lib/disk/clone-file.ts';
import { copyFile, WRITE_NEW } from '../../lib/disk/copy-file.ts';
import { openFile, type OpenFile } from '../../lib/disk/open-pinned.ts';
import { openRoot, type Pinned } from '../../lib/disk/pinned.ts';
import { lstat } from '../../lib/disk/stat.ts';
import { mountBtrfs, unmount } from '../support/mounted.ts';
import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';
import { setTime } from '../support/tree.ts';
import { descriptors, litterIn, withRoots } from './two-roots.ts';

const clone = suite('cloneFile');
const MIB = 1_048_576;
const NEW = '.fsync-0123456789abcdef';

interface Shared {
  readonly s: string;
  readonly d: string;
  readonly source: Pinned;
  readonly replica: Pinned;
}

/** Two roots on one file system that can share content. */
const onBtrfs = (name: string, act: (roots: Shared) => void): void =>
  needs(clone, { root: true, platform: 'linux', tools: ['mkfs.btrfs', 'mount', 'umount'] })(
    name, () => {
      const dir = tempFolder();
      const [image, disk] = [join(dir, 'image'), join(dir, 'disk')];
      fs.writeFileSync(image, '');
      fs.truncateSync(image, 256 * MIB);
      execFileSync('mkfs.btrfs', ['-q', image]);
      fs.mkdirSync(disk);
      mountBtrfs(image, disk);
      const [s, d] = [join(disk, 's'), join(disk, 'd')];
      fs.mkdirSync(s);
      fs.mkdirSync(d);
      const [source, replica] = [openRoot(s), openRoot(d)];
      try {
        act({ s, d, source, replica });
      } finally {
        source.close();
        replica.close();
        unmount(disk);
      }
    });

/** Content that no file system can make smaller. */
function noise(bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  let x = 1;
  for (let at = 0; at < bytes; at += 4) {
    x = Math.imul(x, 1_664_525) + 1_013_904_223 | 0;
    buffer.writeInt32LE(x, at);
  }
  return buffer;
}

onBtrfs('a copy takes no room, has all that a copy has, and is a file of its own', (roots) => {
  const { s, d, source, replica } = roots;
  const content = noise(24 * MIB);
  fs.writeFileSync(join(s, 'f'), content);
  fs.chmodSync(join(s, 'f'), 0o444);
  setTime(join(s, 'f'), 987_654_321n);
  const free = freeOn(s);
  const before = descriptors();
  for (const time of ['new', 'over the one that is there']) {
    const copied = runThrough(copyFile(source, 'f', replica, 'f'));
    assert.equal([copied.bytes, copied.unstable], [content.length, false], time);
    assert.ok(fs.readFileSync(join(d, 'f')).equals(content), time);
    const [from, to] = [lstat(join(s, 'f'))!, lstat(join(d, 'f'))!];
    assert.equal([to.mode, to.mtimeNs, to.nlink], [0o444, from.mtimeNs, 1], time);
    assert.is.not(to.ino, from.ino, time);
  }
  assert.is(descriptors(), before);
  assert.equal(litterIn(d), []);
  assert.ok(free - freeOn(s) < 8 * MIB, `${free - freeOn(s)} bytes were taken`);
  fs.writeFileSync(join(s, 'f'), 'changed');
  assert.ok(fs.readFileSync(join(d, 'f')).equals(content));
});

onBtrfs('what is cloned is the file that was opened, whatever has its name now', (roots) => {
  const { s, d, replica } = roots;
  const content = noise(2 * MIB);
  const input = opened(roots, content);
  fs.renameSync(join(s, 'f'), join(s, 'g'));
  fs.symlinkSync('/etc/passwd', join(s, 'f'));
  // The rename changed its ctime: it did not hold still, and is to be read anew.
  const out = ours(d);
  assert.is(cloneFile(input, replica, out), undefined);
  assert.equal(bytesAndMode(out), [0, 0o600]);

  const again = { ...input, stat: lstat(join(s, 'g'))! };
  assert.ok(cloneFile(again, replica, out));
  assert.ok(fs.readFileSync(join(d, NEW)).equals(content));
  close(out, input.fd);
});

onBtrfs('what changes meanwhile is not taken for whole', (roots) => {
  const input = opened(roots, noise(2 * MIB));
  fs.appendFileSync(join(roots.s, 'f'), 'more');
  const out = ours(roots.d);
  assert.is(cloneFile(input, roots.replica, out), undefined);
  assert.equal(bytesAndMode(out), [0, 0o600]);
  close(out, input.fd);
});

onBtrfs('a mode that would show or run it before it has its owner is not given', (roots) => {
  for (const [mode, gid] of [[0o4755, 0], [0o2755, 0], [0o640, 12_345]] as const) {
    const input = opened(roots, noise(2 * MIB));
    fs.fchownSync(input.fd, 0, gid);
    fs.fchmodSync(input.fd, mode);
    const now = { ...input, stat: lstat(join(roots.s, 'f'))! };
    const out = ours(roots.d);
    assert.is(cloneFile(now, roots.replica, out), undefined, mode.toString(8));
    assert.equal(bytesAndMode(out), [0, 0o600]);
    close(out, input.fd);
    runThrough(copyFile(roots.source, 'f', roots.replica, 'f'));
    assert.is(lstat(join(roots.d, 'f'))!.mode, mode);
    fs.unlinkSync(join(roots.d, 'f'));
    fs.unlinkSync(join(roots.d, NEW));
  }
});

clone('where content cannot be shared the file is as empty and as private as before', withRoots(
  ({ s, d, ...roots }) => {
    const input = opened({ s, ...roots }, Buffer.alloc(2 * MIB, 'x'));
    const out = ours(d);
    // The folder for temporary files may be on a file system that can.
    const can = cloneFile(input, roots.replica, out) !== undefined;
    assert.equal(bytesAndMode(out), can ? [2 * MIB, lstat(join(s, 'f'))!.mode] : [0, 0o600]);
    assert.equal(fs.readdirSync(d), [NEW]);
    close(out, input.fd);
  }));

const ours = (d: string): number => fs.openSync(join(d, NEW), WRITE_NEW, 0o600);

function close(...open: readonly number[]): void {
  for (const fd of open) fs.closeSync(fd);
}

function bytesAndMode(fd: number): [number, number] {
  const { size, mode } = fs.fstatSync(fd);
  return [size, mode & 0o7777];
}

function opened({ s, source }: Pick<Shared, 's' | 'source'>, content: Buffer): OpenFile {
  fs.writeFileSync(join(s, 'f'), content);
  return openFile(source, 'f');
}

function freeOn(at: string): number {
  execFileSync('sync', ['-f', at]);
  const { bavail, bsize } = fs.statfsSync(at);
  return bavail * bsize;
}

clone.run();
