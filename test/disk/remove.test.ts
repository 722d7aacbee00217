import {
  chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execFileSync, spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runThrough } from '../../lib/disk/bytes.ts';
import { removeEntry } from '../../lib/disk/remove.ts';
import { lstat } from '../../lib/disk/stat.ts';
import { isRoot, needs } from '../support/needs.ts';
import { fifo, file, folder, makeTree, symlink } from '../support/tree.ts';
import { descriptors, withRoots } from './two-roots.ts';

const remove = suite('removeEntry');
const yes = (): boolean => true;

for (const proc of [true, false]) {
  remove(`removes an entry and all below it; proc: ${proc}`, withRoots(({ d, replica }) => {
    makeTree(d, {
      'a/f': file('x', { mode: 0 }), 'a/\xff/g': 'y', 'a/b/c/d/e': 'z', 'a/l': symlink('../keep'),
      'a/p': fifo(), 'keep/f': 'keep', 'f': 'x', 'l': symlink('keep'), 'empty/': null,
    });
    const before = descriptors();
    const rows = [['a', 10], ['f', 1], ['l', 1], ['empty', 1], ['no', 0]] as const;
    for (const [path, removed] of rows) {
      const found = runThrough(removeEntry(replica, path, yes));
      assert.equal(found, { removed, kept: 0, problems: [] }, path);
    }
    assert.equal(readdirSync(d), ['keep']);
    assert.ok(existsSync(join(d, 'keep/f')));
    replica.forget();
    // Fewer, where Node itself closed one of its own meanwhile.
    assert.ok(descriptors() <= before);
  }, { proc }));

  remove(`never follows a link, at the entry or above it; proc: ${proc}`, withRoots((roots) => {
    const { base, d, replica } = roots;
    makeTree(base, { 'out/sub/keep': 'keep' });
    symlinkSync('../out', join(d, 'l'));
    makeTree(d, { 'a/l': symlink('../../out') });
    assert.is(runThrough(removeEntry(replica, 'l/sub', yes)).removed, 0);
    assert.is(runThrough(removeEntry(replica, 'l/sub/keep', yes)).removed, 0);
    assert.is(runThrough(removeEntry(replica, 'a', yes)).removed, 2);
    assert.is(runThrough(removeEntry(replica, 'l', yes)).removed, 1);
    assert.ok(existsSync(join(base, 'out/sub/keep')));
  }, { proc }));
}

remove('a folder swapped for a link meanwhile loses nothing outside', withRoots((roots) => {
  const { base, d, replica } = roots;
  makeTree(base, { 'out/keep': 'keep', 'out/sub/keep': 'keep', 'out/sub/f': 'of another' });
  makeTree(d, { 'a/b/sub/f': 'x', 'a/c': 'y' });
  const swap = (path: string): boolean => {
    if (path !== 'a/b/sub') return true;
    renameSync(join(d, 'a/b'), join(d, 'was'));
    symlinkSync('../../out', join(d, 'a/b'));
    return true;
  };
  const { problems } = runThrough(removeEntry(replica, 'a', swap));
  assert.ok(problems.length > 0);
  assert.is(readFileSync(join(base, 'out/keep'), 'utf8'), 'keep');
  assert.is(readFileSync(join(base, 'out/sub/keep'), 'utf8'), 'keep');
  assert.is(readFileSync(join(base, 'out/sub/f'), 'utf8'), 'of another');
}));

remove('what somebody moved out of a folder that was opened before stays', withRoots((roots) => {
  const { base, d, replica } = roots;
  makeTree(d, { 'a/sub/precious': 'x', 'a/f': 'y' });
  replica.folder('a/sub');
  renameSync(join(d, 'a/sub'), join(base, 'saved'));
  makeTree(d, { 'a/sub/g': 'z' });
  assert.is(runThrough(removeEntry(replica, 'a', yes)).removed, 4);
  assert.equal(readdirSync(join(base, 'saved')), ['precious']);
}));

remove('what is left in a folder that somebody moved away while it was emptied stays', withRoots(
  ({ base, d, replica }) => {
    for (const instead of [false, true]) {
      makeTree(d, { 'a/': null, 'e/a/': null });
      for (let n = 0; n < 200; n += 1) writeFileSync(join(d, 'e/a', String(n)), '');
      let asked = 0;
      const moved = (): boolean => {
        asked += 1;
        if (asked !== 3) return true;
        renameSync(join(d, 'e'), join(base, 'saved'));
        if (instead) makeTree(d, { 'e/a/199': 'of another' });
        return true;
      };
      const { removed, problems } = runThrough(removeEntry(replica, 'e/a', moved));
      const problem = { path: 'e/a', code: 'changed', action: 'remove' };
      assert.equal(problems, instead ? [problem] : []);
      assert.is(removed, 127);
      assert.is(readdirSync(join(base, 'saved/a')).length, 73);
      assert.is(existsSync(join(d, 'e/a/199')), instead);
      rmSync(join(base, 'saved'), { recursive: true });
    }
  },
));

remove('what is in one that went away with the folder around it stays, too', withRoots(
  ({ base, d, replica }) => {
    makeTree(d, { 'a/b/precious': 'x', 'a/c/precious': 'y' });
    const moved = (path: string): boolean => {
      if (path !== 'a' && existsSync(join(d, 'a'))) renameSync(join(d, 'a'), join(base, 'saved'));
      return true;
    };
    const found = runThrough(removeEntry(replica, 'a', moved));
    assert.equal(found, { removed: 0, kept: 0, problems: [] });
    assert.equal(readdirSync(join(base, 'saved')).sort(), ['b', 'c']);
    assert.equal(readdirSync(join(base, 'saved/b')), ['precious']);
  },
));

remove('a file in a folder that somebody moved stays, as does a part of a big one', withRoots(
  ({ base, d, replica }) => {
    makeTree(d, { 'a/sub/part/precious': 'x', 'a/sub/f': 'y' });
    replica.folder('a/sub');
    renameSync(join(d, 'a'), join(base, 'saved'));
    const removed = (path: string, within?: string): number => runThrough(
      removeEntry(replica, path, yes, within === undefined ? {} : { within })).removed;
    assert.is(removed('a/sub/f'), 0);
    assert.is(removed('a/sub/part', 'a'), 0);
    assert.equal(readdirSync(join(base, 'saved/sub')).sort(), ['f', 'part']);
    assert.ok(existsSync(join(base, 'saved/sub/part/precious')));
  },
));

remove('asks for the entry and each folder, and keeps what is not verified', withRoots(
  ({ d, replica }) => {
    makeTree(d, { 'a/b/f': 'x', 'a/c/f': 'y', 'a/g': 'z' });
    const asked: string[] = [];
    const verify = (path: string): boolean => {
      asked.push(path);
      return path !== 'a/b';
    };
    const found = runThrough(removeEntry(replica, 'a', verify));
    assert.equal(asked.sort(), ['a', 'a/b', 'a/c', 'a/c', 'a/g']);
    assert.equal(found, { removed: 3, kept: 1, problems: [] });
    assert.equal(readdirSync(join(d, 'a')), ['b']);
    assert.equal(runThrough(removeEntry(replica, 'a/b/f', () => false)).kept, 1);
    assert.ok(existsSync(join(d, 'a/b/f')));
  },
));

remove('keeps an emptied folder that the source has again', withRoots(({ d, replica }) => {
  makeTree(d, { 'a/b/f': 'x', 'a/c/': null });
  const verify = (path: string): boolean => path !== 'a' || existsSync(join(d, 'a/b'));
  const found = runThrough(removeEntry(replica, 'a', verify));
  assert.equal(found, { removed: 3, kept: 1, problems: [] });
  assert.equal(readdirSync(join(d, 'a')), []);
}));

remove('tells, and keeps, that of which it cannot be known whether it may go', withRoots(
  ({ d, replica }) => {
    makeTree(d, { 'a/b/f': 'x', 'a/c/f': 'y' });
    const verify = (path: string): boolean => {
      if (path === 'a/b') throw Object.assign(new Error(), { code: 'EIO' });
      return true;
    };
    const found = runThrough(removeEntry(replica, 'a', verify));
    assert.equal(found, { removed: 2, kept: 0,
      problems: [{ path: 'a/b', code: 'EIO', action: 'remove' }] });
    assert.equal(readdirSync(join(d, 'a')), ['b']);
  },
));

remove('asks again while a long folder is removed', withRoots(({ d, replica }) => {
  mkdirSync(join(d, 'a'));
  for (let n = 0; n < 200; n += 1) writeFileSync(join(d, 'a', String(n)), '');
  let asked = 0;
  const { removed, kept } = runThrough(removeEntry(replica, 'a', () => (asked += 1) < 2));
  assert.is(removed, 63);
  assert.is(kept, 137);
}));

remove('asks for each entry once one is there again, and after a folder in between', withRoots(
  ({ d, replica }) => {
    makeTree(d, { 'a/e/f': 'x', 'a/f': 'y', 'a/g': 'z', 'a/h': 'w' });
    // The source has it all again by the time that the folder in it is gone.
    const verify = (path: string): boolean => existsSync(join(d, 'a/e/f')) || path === 'a/e';
    const names = readdirSync(join(d, 'a'));
    runThrough(removeEntry(replica, 'a', verify));
    assert.equal(readdirSync(join(d, 'a')).sort(), names.slice(names.indexOf('e') + 1).sort());
  },
));

remove('keeps what is ignored, and its folders, without a problem', withRoots(({ d, replica }) => {
  makeTree(d, { 'a/b/keep': 'x', 'a/b/f': 'y', 'a/kept/f': 'z', 'a/g': 'w' });
  const keep = (path: string, isFolder: boolean): boolean =>
    path === 'a/b/keep' || (isFolder && path === 'a/kept');
  const found = runThrough(removeEntry(replica, 'a', yes, { keep }));
  assert.equal(found, { removed: 2, kept: 2, problems: [] });
  assert.equal(readdirSync(join(d, 'a')), ['b', 'kept']);
  assert.equal(readdirSync(join(d, 'a/b')), ['keep']);
  assert.equal(readdirSync(join(d, 'a/kept')), ['f']);
}));

remove('leaves what has another type than the plan said', withRoots(({ d, replica }) => {
  makeTree(d, { 'a/f': 'x' });
  const found = runThrough(removeEntry(replica, 'a', yes, { type: 'file' }));
  assert.equal(found.problems, [{ path: 'a', code: 'changed-type', action: 'remove' }]);
  assert.ok(existsSync(join(d, 'a/f')));
}));

remove('goes on past what came in its way, and tells it', withRoots(({ d, replica }) => {
  makeTree(d, { 'a/b/f': 'x', 'a/c': 'y' });
  const steps = removeEntry(replica, 'a', yes);
  steps.next();
  writeFileSync(join(d, 'a/late'), '');
  const found = runThrough(steps);
  assert.equal(found.problems, [{ path: 'a', code: 'ENOTEMPTY', action: 'remove' }]);
  assert.equal(readdirSync(join(d, 'a')), ['late']);
}));

remove('stops when it is cancelled', withRoots(({ d, replica }) => {
  makeTree(d, { 'a/1': '', 'a/2': '', 'a/3': '' });
  let asked = 0;
  const found = runThrough(removeEntry(replica, 'a', yes, { cancelled: () => (asked += 1) > 2 }));
  assert.equal(found, { removed: 1, kept: 2, problems: [] });
}));

for (const [title, bind] of [
  ['never enters a mount', false], ['never enters a mount of the same device', true],
] as const) {
  needs(remove, { root: true, platform: 'linux' })(
    title, withRoots((roots) => {
      const { base, d, replica } = roots;
      makeTree(base, { 'out/keep': 'keep' });
      makeTree(d, { 'a/m/': null, 'a/f': 'x' });
      const args = bind ? ['--bind', join(base, 'out')] : ['-t', 'tmpfs', 'none'];
      if (spawnSync('mount', [...args, join(d, 'a/m')]).status !== 0) {
        return console.log('skipped: no mounts here');
      }
      try {
        makeTree(d, { 'a/m/inside': '', 'a/m/sub/inside': '' });
        const part = runThrough(removeEntry(replica, 'a/m/sub', yes, { within: 'a' }));
        assert.equal(part.problems, [{ path: 'a/m/sub', code: 'mount', action: 'remove' }]);
        const found = runThrough(removeEntry(replica, 'a', yes));
        assert.equal(found.problems, [{ path: 'a/m', code: 'mount', action: 'remove' }]);
        assert.is(found.removed, 1);
        assert.ok(existsSync(join(d, 'a/m/inside')));
        assert.ok(existsSync(join(d, 'a/m/sub/inside')));
      } finally {
        replica.forget();
        execFileSync('umount', [join(d, 'a/m')]);
      }
    }),
  );
}

needs(remove, { root: true })(
  'opens folders of ours that their mode closes, and no others', withRoots(({ base, d }) => {
    chmodSync(base, 0o755);
    makeTree(d, {
      'a/ro/f': file('x', { uid: 65_534 }), 'a/none/deep/f': 'y',
      'a/ro': folder({ uid: 65_534, mode: 0o555 }), 'a/none/deep': folder({ uid: 65_534, mode: 0 }),
      'a/none': folder({ uid: 65_534, mode: 0o300 }), 'a/theirs/f': 'z',
      'a/kept/f': 'k', 'a/kept': folder({ uid: 65_534, mode: 0o300 }),
      'a': folder({ uid: 65_534, mode: 0o500 }),
    });
    assert.ok(isRoot());
    const script = `
      import { openRoot } from './lib/disk/pinned.ts';
      import { removeEntry } from './lib/disk/remove.ts';
      import { runThrough } from './lib/disk/bytes.ts';
      process.setgroups([]); process.setgid(65534); process.setuid(65534);
      const keep = (path) => path === 'a/kept/f';
      console.log(JSON.stringify(runThrough(
        removeEntry(openRoot(process.env.D), 'a', () => true, { keep }))));`;
    const run = spawnSync('node', ['--import', 'tsx', '--input-type=module', '-e', script], {
      env: { ...process.env, D: d }, encoding: 'utf8',
    });
    assert.equal(JSON.parse(run.stdout || run.stderr), {
      removed: 5, kept: 1, problems: [{ path: 'a/theirs/f', code: 'EACCES', action: 'remove' }],
    });
    assert.equal(readdirSync(join(d, 'a')), ['kept', 'theirs']);
    assert.is(lstat(join(d, 'a'))!.mode, 0o500);
    assert.is(lstat(join(d, 'a/kept'))!.mode, 0o300);
  }),
);
remove.run();
