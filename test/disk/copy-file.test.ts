import {
  appendFileSync, chmodSync, chownSync, closeSync, existsSync, ftruncateSync, linkSync, lstatSync,
  mkdirSync, openSync, readFileSync, readdirSync, renameSync, symlinkSync, truncateSync, unlinkSync,
  writeFileSync, writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { execFileSync, spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { floorMicros } from '../../lib/core/difference.ts';
import { rowOf } from '../../lib/core/record-check.ts';
import { REPLICA, SIZE } from '../../lib/core/record.ts';
import { runThrough } from '../../lib/disk/bytes.ts';
import { copyFile } from '../../lib/disk/copy-file.ts';
import { openRoot } from '../../lib/disk/pinned.ts';
import { lstat } from '../../lib/disk/stat.ts';
import { needs } from '../support/needs.ts';
import { setTime } from '../support/tree.ts';
import { codeThrown, descriptors, litterIn, withRoots, type TwoRoots } from './two-roots.ts';

const copy = suite('copyFile');
const CHUNK = { chunkBytes: 8_192 };

/** Copy `f`, doing something after the first chunk of each reading. */
function copyWhile(roots: TwoRoots, act: (time: number) => void, options = CHUNK) {
  const steps = copyFile(roots.source, 'f', roots.replica, 'f', options);
  for (let times = 0; ; times += 1) {
    const step = steps.next();
    if (step.done === true) return step.value;
    act(times);
  }
}

/** The old content, whole, and nothing of ours beside it. */
function isUntouched(d: string, old = 'old'): void {
  assert.is(readFileSync(join(d, 'f'), 'utf8'), old);
  assert.equal(litterIn(d), []);
}

for (const proc of [true, false]) {
  copy(`copies content, mode and time, and tells both stats; proc: ${proc}`, withRoots(
    ({ s, d, source, replica }) => {
      for (const size of [0, 1, 8_191, 8_192, 8_193, 100_000]) {
        const content = Buffer.alloc(size, 'xyz');
        writeFileSync(join(s, 'f'), content);
        chmodSync(join(s, 'f'), 0o6711);
        setTime(join(s, 'f'), -987_654_321n);
        const before = descriptors();
        const copied = runThrough(copyFile(source, 'f', replica, 'f', CHUNK));
        assert.is(descriptors(), before);
        assert.ok(readFileSync(join(d, 'f')).equals(content));
        assert.equal(copied.source, lstat(join(s, 'f')));
        const made = lstat(join(d, 'f'))!;
        assert.equal(copied.row, rowOf(lstat(join(s, 'f'))!, made, false));
        assert.is(floorMicros(made.mtimeNs), -987_654_321n);
        assert.is(made.mode, 0o6711);
        assert.equal([copied.bytes, copied.unstable], [size, false]);
        assert.ok(Math.abs(copied.readAtMs - Date.now()) < 60_000);
      }
      assert.equal(readdirSync(d), ['f']);
    }, { proc },
  ));
}

copy('takes names of any bytes and of 255', withRoots(({ source, replica, s, d }) => {
  for (const name of ['\xff\xfe', 'n'.repeat(255), '\xc3\xa9'.repeat(127), ' a\n', '__proto__']) {
    writeFileSync(Buffer.from(`${s}/${name}`, 'latin1'), name);
    runThrough(copyFile(source, name, replica, name));
    assert.is(readFileSync(Buffer.from(`${d}/${name}`, 'latin1'), 'utf8'), name);
  }
}));

needs(copy, { root: true })('keeps the owner, and the set-uid bit after it', withRoots(
  ({ s, d, source, replica }) => {
    writeFileSync(join(s, 'f'), 'x');
    chownSync(join(s, 'f'), 1234, 4321);
    chmodSync(join(s, 'f'), 0o4755);
    runThrough(copyFile(source, 'f', replica, 'f'));
    const made = lstat(join(d, 'f'))!;
    assert.equal([made.uid, made.gid, made.mode], [1234, 4321, 0o4755]);
  },
));

copy('the path is whole at each step, the old file never written to', withRoots((roots) => {
  const { s, d } = roots;
  writeFileSync(join(s, 'f'), 'n'.repeat(50_000));
  writeFileSync(join(d, 'f'), 'old');
  linkSync(join(d, 'f'), join(d, 'snapshot'));
  copyWhile(roots, () => assert.is(readFileSync(join(d, 'f'), 'utf8'), 'old'));
  assert.is(readFileSync(join(d, 'f'), 'utf8').length, 50_000);
  assert.is(readFileSync(join(d, 'snapshot'), 'utf8'), 'old');
}));

copy('the temporary file is private while it is filled', withRoots((roots) => {
  writeFileSync(join(roots.s, 'f'), 'n'.repeat(50_000));
  chmodSync(join(roots.s, 'f'), 0o4777);
  copyWhile(roots, () => {
    const [temporary] = litterIn(roots.d);
    assert.is(lstat(join(roots.d, temporary!))!.mode, 0o600);
  });
}));

copy('replaces a link at the place, and leaves what it leads to', withRoots(
  ({ base, s, d, source, replica }) => {
    writeFileSync(join(base, 'outside'), 'keep');
    symlinkSync('../outside', join(d, 'f'));
    writeFileSync(join(s, 'f'), 'new');
    runThrough(copyFile(source, 'f', replica, 'f'));
    assert.ok(lstatSync(join(d, 'f')).isFile());
    assert.is(readFileSync(join(base, 'outside'), 'utf8'), 'keep');
  },
));

copy('writes nothing through a linked folder, nor reads through one', withRoots(
  ({ base, s, d, source, replica }) => {
    mkdirSync(join(base, 'out'));
    writeFileSync(join(base, 'out/f'), 'secret');
    for (const [side, root] of [['s', s], ['d', d]] as const) {
      mkdirSync(join(root, side === 's' ? 'b' : 'a'));
      symlinkSync('../out', join(root, side === 's' ? 'a' : 'b'));
    }
    writeFileSync(join(s, 'b/f'), 'new');
    assert.is(codeThrown(() => runThrough(copyFile(source, 'b/f', replica, 'b/f'))), 'ENOTDIR');
    assert.is(codeThrown(() => runThrough(copyFile(source, 'a/f', replica, 'a/f'))), 'vanished');
    assert.equal(readdirSync(join(base, 'out')), ['f']);
    assert.equal(readdirSync(join(d, 'a')), []);
  },
));

copy('a folder swapped for a link meanwhile leads nowhere else', withRoots((roots) => {
  const { base, s, d, source, replica } = roots;
  mkdirSync(join(base, 'out'));
  mkdirSync(join(s, 'a'));
  mkdirSync(join(d, 'a'));
  writeFileSync(join(s, 'a/f'), 'n'.repeat(50_000));
  const steps = copyFile(source, 'a/f', replica, 'a/f', CHUNK);
  steps.next();
  renameSync(join(d, 'a'), join(d, 'was'));
  symlinkSync('../out', join(d, 'a'));
  replica.forget();
  assert.is(codeThrown(() => runThrough(steps)), 'ENOTDIR');
  assert.equal(readdirSync(join(base, 'out')), []);
}));

needs(copy, { tools: ['python3'] })('opens nothing but files', withRoots((roots) => {
  const { s, d, source, replica } = roots;
  writeFileSync(join(d, 'f'), 'old');
  execFileSync('mkfifo', [join(s, 'fifo')]);
  const bind = `import socket; socket.socket(socket.AF_UNIX).bind('${s}/socket')`;
  execFileSync('python3', ['-c', bind]);
  mkdirSync(join(s, 'folder'));
  symlinkSync('/etc/passwd', join(s, 'link'));
  for (const name of ['fifo', 'socket', 'folder', 'link']) {
    const run = () => runThrough(copyFile(source, name, replica, 'f'));
    assert.is(codeThrown(run), 'changed-type', name);
  }
  assert.is(codeThrown(() => runThrough(copyFile(source, 'no', replica, 'f'))), 'vanished');
  isUntouched(d);
}));

copy('a source that is gone before the end is not copied', withRoots((roots) => {
  writeFileSync(join(roots.s, 'f'), 'n'.repeat(50_000));
  writeFileSync(join(roots.d, 'f'), 'old');
  const before = descriptors();
  const run = () => copyWhile(roots, (time) => time === 0 && unlinkSync(join(roots.s, 'f')));
  assert.is(codeThrown(run), 'vanished');
  isUntouched(roots.d);
  assert.is(descriptors(), before);
}));

copy('a FIFO that takes the place of a source being read blocks nothing', withRoots((roots) => {
  writeFileSync(join(roots.s, 'f'), 'n'.repeat(50_000));
  writeFileSync(join(roots.d, 'f'), 'old');
  const swap = (time: number) => {
    if (time > 0) return;
    unlinkSync(join(roots.s, 'f'));
    execFileSync('mkfifo', [join(roots.s, 'f')]);
  };
  assert.is(codeThrown(() => copyWhile(roots, swap)), 'changed-type');
  isUntouched(roots.d);
}));

const moves: Record<string, (f: string) => void> = {
  'grows': (f) => appendFileSync(f, 'more'.repeat(10_000)),
  'shrinks': (f) => truncateSync(f, 100),
  'is emptied': (f) => truncateSync(f, 0),
  'is rewritten in the same size': (f) => writeFileSync(f, 'z'.repeat(50_000)),
  'is replaced by a rename': (f) => {
    writeFileSync(`${f}.new`, 'other');
    renameSync(`${f}.new`, f);
  },
};
for (const [name, move] of Object.entries(moves)) {
  copy(`a source that ${name} while it is read is read anew`, withRoots((roots) => {
    writeFileSync(join(roots.s, 'f'), 'n'.repeat(50_000));
    const copied = copyWhile(roots, (time) => time === 0 && move(join(roots.s, 'f')));
    assert.not(copied.unstable);
    assert.ok(readFileSync(join(roots.d, 'f')).equals(readFileSync(join(roots.s, 'f'))));
    assert.equal(copied.source, lstat(join(roots.s, 'f')));
    assert.is(copied.row[REPLICA + SIZE], copied.source.size);
    assert.equal(litterIn(roots.d), []);
  }));
}

copy('a source that never rests is read three times, the last one kept', withRoots((roots) => {
  writeFileSync(join(roots.s, 'f'), 'n'.repeat(8_192));
  let writes = 0;
  const copied = copyWhile(roots, () => {
    writes += 1;
    writeFileSync(join(roots.s, 'f'), String(writes).repeat(8_192));
  });
  assert.is(copied.unstable, true);
  assert.is(writes, 3);
  assert.is(readFileSync(join(roots.d, 'f'), 'utf8'), '2'.repeat(8_192));
  assert.not.equal(copied.source.mtimeNs, lstat(join(roots.s, 'f'))!.mtimeNs);
}));

copy('reads to the end what claims to have no size', withRoots(({ d, replica }) => {
  const proc = openRoot('/proc/sys/kernel');
  const copied = runThrough(copyFile(proc, 'ostype', replica, 'f'));
  proc.close();
  assert.is(readFileSync(join(d, 'f'), 'utf8'), 'Linux\n');
  assert.is(copied.bytes, 6);
}));

copy('keeps holes', withRoots(({ s, d, source, replica }) => {
  const fd = openSync(join(s, 'f'), 'w');
  ftruncateSync(fd, 8_000_001);
  writeSync(fd, 'in the middle', 4_000_000);
  closeSync(fd);
  for (const chunkBytes of [1_048_576, 10_000]) {
    runThrough(copyFile(source, 'f', replica, 'f', { chunkBytes }));
    assert.ok(readFileSync(join(d, 'f')).equals(readFileSync(join(s, 'f'))));
    assert.ok(lstatSync(join(d, 'f')).blocks * 512 < 100_000);
  }
}));

copy('cancelled or left alone half way it leaves nothing behind', withRoots((roots) => {
  const { s, d, source, replica } = roots;
  writeFileSync(join(s, 'f'), 'n'.repeat(50_000));
  writeFileSync(join(d, 'f'), 'old');
  const before = descriptors();
  const cancelled = () => true;
  assert.is(codeThrown(() => runThrough(
    copyFile(source, 'f', replica, 'f', { ...CHUNK, cancelled }),
  )), 'cancelled');
  const steps = copyFile(source, 'f', replica, 'f', CHUNK);
  assert.is(steps.next().value, 8_192);
  steps.return(undefined as never);
  isUntouched(d);
  assert.is(descriptors(), before);
}));

copy('a folder at the place stays', withRoots(({ s, d, source, replica }) => {
  writeFileSync(join(s, 'f'), 'new');
  mkdirSync(join(d, 'f'));
  writeFileSync(join(d, 'f/keep'), '');
  assert.is(codeThrown(() => runThrough(copyFile(source, 'f', replica, 'f'))), 'EISDIR');
  assert.ok(existsSync(join(d, 'f/keep')));
  assert.equal(litterIn(d), []);
}));

copy('a limit on file sizes leaves the old content and no litter', withRoots(({ s, d }) => {
  writeFileSync(join(s, 'f'), 'n'.repeat(500_000));
  writeFileSync(join(d, 'f'), 'old');
  const script = `
    import { openRoot } from './lib/disk/pinned.ts';
    import { copyFile } from './lib/disk/copy-file.ts';
    import { runThrough, codeOf } from './lib/disk/bytes.ts';
    process.on('SIGXFSZ', () => {});
    try { runThrough(copyFile(openRoot(process.env.S), 'f', openRoot(process.env.D), 'f')); }
    catch (error) { console.log(codeOf(error)); }`;
  const command = 'ulimit -f 100; exec node --import tsx --input-type=module -e "$SCRIPT"';
  const run = spawnSync('bash', ['-c', command], {
    env: { ...process.env, SCRIPT: script, S: s, D: d }, encoding: 'utf8',
  });
  assert.is(run.stdout.trim(), 'EFBIG', run.stderr);
  isUntouched(d);
}));

needs(copy, { root: true, platform: 'linux' })(
  'a full disk leaves the old content and no litter', withRoots(({ s, d, source }) => {
    writeFileSync(join(s, 'f'), 'n'.repeat(4_000_000));
    writeFileSync(join(s, 'small'), 'fits');
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', d]);
    if (mounted.status !== 0) return console.log('skipped: no mounts here');
    const replica = openRoot(d);
    try {
      const old = 'o'.repeat(1_000_000);
      writeFileSync(join(d, 'f'), old);
      assert.is(codeThrown(() => runThrough(copyFile(source, 'f', replica, 'f'))), 'ENOSPC');
      isUntouched(d, old);
      runThrough(copyFile(source, 'small', replica, 'small'));
      assert.is(readFileSync(join(d, 'small'), 'utf8'), 'fits');
    } finally {
      replica.close();
      execFileSync('umount', [d]);
    }
  }),
);
copy.run();
