import {
  constants, existsSync, fstatSync, lstatSync, mkdirSync, readFileSync, readdirSync,
  renameSync, rmSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isInPlace } from '../../lib/disk/in-place.ts';
import { openRoot } from '../../lib/disk/pinned.ts';
import { lstat } from '../../lib/disk/stat.ts';
import { runThrough } from '../../lib/disk/bytes.ts';
import { removeEntry } from '../../lib/disk/remove.ts';
import { listPinned } from '../../lib/disk/open-pinned.ts';
import { needs } from '../support/needs.ts';
import { codeThrown, descriptors, withRoots } from './two-roots.ts';

for (const proc of process.platform === 'linux' ? [true, false] : [false]) {
  const pinned = suite(`openRoot, ${proc ? 'through' : 'without'} /proc`);

  pinned('reaches entries of any depth and name', withRoots(({ d, replica }) => {
    mkdirSync(Buffer.from(`${d}/a/\xff/c`, 'latin1'), { recursive: true });
    writeFileSync(replica.entry('a/\xff/c/f'), 'here');
    assert.is(readFileSync(Buffer.from(`${d}/a/\xff/c/f`, 'latin1'), 'utf8'), 'here');
    assert.is(fstatSync(replica.folder('a/\xff'), { bigint: true }).ino, lstat(`${d}/a/\xff`)!.ino);
    assert.ok(lstatSync(replica.entry('')).isDirectory());
  }, { proc }));

  pinned('never leads through a symlink, at any level', withRoots(({ base, d, replica }) => {
    mkdirSync(join(base, 'out/below'), { recursive: true });
    writeFileSync(join(base, 'out/keep'), '');
    symlinkSync('../out', join(d, 'link'));
    mkdirSync(join(d, 'real'));
    symlinkSync('../../out', join(d, 'real/link'));
    for (const path of ['link/keep', 'link/below/x', 'real/link/keep']) {
      assert.is(codeThrown(() => replica.entry(path)), 'ENOTDIR', path);
    }
    assert.is(codeThrown(() => replica.folder('link')), 'ENOTDIR');
    const flags = constants.O_RDONLY;
    assert.is(codeThrown(() => replica.open('link', flags)), 'ELOOP');
  }, { proc }));

  pinned('refuses names that lead elsewhere', withRoots(({ d, replica }) => {
    mkdirSync(join(d, 'a'));
    for (const path of ['..', '.', 'a/..', 'a/../x', 'a//x', '../x']) {
      assert.is(codeThrown(() => replica.entry(path)), 'bad-name', path);
    }
  }, { proc }));

  pinned('knows at a look that nothing is there, or knows nothing', withRoots(({ d, replica }) => {
    mkdirSync(join(d, 'a/b'), { recursive: true });
    writeFileSync(join(d, 'a/b/f'), '');
    symlinkSync('nowhere', join(d, 'a/link'));
    for (const path of ['', 'a', 'a/b/f', 'a/link', 'a/b/f/below', `a/${'long'.repeat(100)}`]) {
      assert.is(replica.lacks(path), false, path);
    }
    for (const path of ['x', 'a/x', 'a/b/x', 'x/y/z']) assert.is(replica.lacks(path), proc, path);

    // A folder that is open is looked into wherever it is by now, as entry() does.
    replica.folder('a/b');
    renameSync(join(d, 'a'), join(d, 'moved'));
    assert.is(replica.lacks('a/b/f'), false);
    assert.is(replica.lacks('a/b/x'), proc);
    replica.forget();
    assert.is(replica.lacks('a/b/f'), proc);
  }, { proc }));

  pinned('knows what is still there by its names, and no link', withRoots(({ d, replica }) => {
    mkdirSync(join(d, 'a/b'), { recursive: true });
    const fd = replica.folder('a/b');
    assert.is(replica.renew('a/b'), true);
    // As for a name whose case does not count, which is told as somebody else spelt it.
    if (proc) assert.is(isInPlace(fd, 'a/b', d, '/SPELT/OTHERWISE'), true);

    mkdirSync(join(d, 'c'));
    renameSync(join(d, 'a'), join(d, 'c/a'));
    symlinkSync('c/a', join(d, 'a'));
    if (proc) assert.is(codeThrown(() => replica.mustStand('a/b/f')), 'changed');
    assert.is(replica.renew('a/b'), !proc);

    renameSync(d, `${d}-moved`);
    if (!proc) return;
    for (const path of ['', 'c', 'c/a/b']) {
      assert.is(codeThrown(() => replica.renew(path)), 'root-moved', path);
      assert.is(codeThrown(() => replica.mustStand(`${path}/f`)), 'root-moved', path);
    }
  }, { proc }));

  pinned('keeps no more descriptors than its limit', withRoots(({ d, replica }) => {
    const before = descriptors();
    for (let n = 0; n < 50; n += 1) {
      mkdirSync(join(d, `${n}/x/y/z`), { recursive: true });
      replica.folder(`${n}/x/y/z`);
    }
    assert.ok(descriptors() - before <= 4);
    replica.forget();
    assert.is(descriptors(), before);
  }, { proc, limit: 4 }));

  pinned('finds both folders of a pair where the second fills the cache', withRoots((roots) => {
    const { d, replica } = roots;
    mkdirSync(join(d, 'a/b/c'), { recursive: true });
    mkdirSync(join(d, 'p/q/r/s/t'), { recursive: true });
    writeFileSync(join(d, 'a/b/c/f'), 'it');
    renameSync(...replica.pair('a/b/c/f', 'p/q/r/s/t/f'));
    assert.is(readFileSync(join(d, 'p/q/r/s/t/f'), 'utf8'), 'it');
  }, { proc, limit: 2 }));

  pinned('a renamed folder serves under its new path only', withRoots(({ d, replica }) => {
    mkdirSync(join(d, 'a/b'), { recursive: true });
    replica.folder('a/b');
    renameSync(...replica.pair('a', 'z'));
    replica.moved('a', 'z');
    writeFileSync(replica.entry('z/b/f'), '');
    assert.ok(existsSync(join(d, 'z/b/f')));
    assert.is(codeThrown(() => replica.folder('a')), 'ENOENT');
    assert.is(codeThrown(() => replica.folder('a/b')), 'ENOENT');
  }, { proc }));

  pinned('forgets a subtree, and not its neighbours', withRoots(({ d, replica }) => {
    for (const name of ['a', 'a/b', 'ab']) mkdirSync(join(d, name));
    const before = descriptors();
    replica.folder('a/b');
    replica.folder('ab');
    replica.forget('a');
    assert.is(descriptors(), before + 1);
  }, { proc }));
  pinned.run();
}

// ---

const linux = suite('openRoot on Linux');
const only = needs(linux, { platform: 'linux' });

only('works beyond PATH_MAX and through a thousand levels', withRoots(({ replica }) => {
  let path = '';
  for (let depth = 0; depth < 30; depth += 1) {
    path = path === '' ? 'n'.repeat(200) : `${path}/${'n'.repeat(200)}`;
    mkdirSync(replica.entry(path));
  }
  writeFileSync(replica.entry(`${path}/f`), 'deep');
  assert.is(readFileSync(replica.entry(`${path}/f`), 'utf8'), 'deep');
  for (let depth = 0; depth < 1_000; depth += 1) {
    path = depth === 0 ? 'd' : `${path}/d`;
    mkdirSync(replica.entry(path));
  }
  replica.forget();
  assert.ok(fstatSync(replica.folder(path)).isDirectory());
  for (const top of ['n'.repeat(200), 'd']) {
    assert.equal(runThrough(removeEntry(replica, top, () => true)).problems, []);
  }
}));

only('the root is not followed once it is a symlink', withRoots(({ base, d }) => {
  symlinkSync(d, join(base, 'link'));
  assert.is(codeThrown(() => openRoot(join(base, 'link'))), 'ENOTDIR');
}));

only('a folder swapped for a link while it is open still leads to the folder', withRoots(
  ({ base, d, replica }) => {
    mkdirSync(join(d, 'a'));
    mkdirSync(join(base, 'out'));
    replica.folder('a');
    renameSync(join(d, 'a'), join(d, 'was'));
    symlinkSync('../out', join(d, 'a'));
    writeFileSync(replica.entry('a/f'), '');
    assert.equal(readdirSync(join(base, 'out')), []);
    assert.ok(existsSync(join(d, 'was/f')));
  },
));

only('gives descriptors up when the process has no more, those of other roots too', () => {
  const script = `
    import fs from 'node:fs';
    import { openRoot } from './lib/disk/pinned.ts';
    const base = fs.mkdtempSync('/tmp/fsync-test-');
    for (const root of ['a', 'b']) {
      for (let n = 0; n < 60; n += 1) {
        fs.mkdirSync(base + '/' + root + '/' + n + '/x', { recursive: true });
      }
    }
    const [a, b] = [openRoot(base + '/a'), openRoot(base + '/b')];
    for (let n = 0; n < 10; n += 1) a.folder(n + '/x');
    try { for (;;) fs.openSync('/dev/null'); } catch {}
    for (const root of [b, a, b, a]) for (let n = 0; n < 60; n += 1) root.folder(n + '/x');
    const fd = b.open('0/x/f', fs.constants.O_CREAT | fs.constants.O_WRONLY, 0o600);
    fs.writeSync(fd, 'done');
    console.log(fs.readFileSync(base + '/b/0/x/f', 'utf8'));
    fs.rmSync(base, { recursive: true });`;
  const command = 'ulimit -n 60; exec node --import tsx --input-type=module -e "$SCRIPT"';
  const run = spawnSync('bash', ['-c', command], {
    env: { ...process.env, SCRIPT: script }, encoding: 'utf8',
  });
  assert.is(run.stdout.trim(), 'done', run.stderr);
});
linux.run();

// ---

const list = suite('listPinned');
list('gives names as bytes with their types', withRoots(({ s, source }) => {
  mkdirSync(join(s, 'd'));
  writeFileSync(Buffer.from(`${s}/d/\xff`, 'latin1'), '');
  mkdirSync(join(s, 'd/__proto__'));
  symlinkSync('nowhere', join(s, 'd/l'));
  const found = listPinned(source, 'd').map(({ name, type }) => `${name} ${type}`).sort();
  assert.equal(found, ['__proto__ folder', 'l symlink', '\xff file']);
}));
list('throws for what it cannot list, and for links', withRoots(({ base, s, source }) => {
  symlinkSync(base, join(s, 'l'));
  assert.is(codeThrown(() => listPinned(source, 'l')), 'ENOTDIR');
  mkdirSync(join(s, 'd'));
  source.folder('d');
  rmSync(join(s, 'd'), { recursive: true });
  assert.equal(listPinned(source, 'd'), []);
  source.forget();
  assert.is(codeThrown(() => listPinned(source, 'd')), 'ENOENT');
}));
list.run();
