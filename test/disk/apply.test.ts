import fs from 'node:fs';
import { join } from 'node:path';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { Operation, RemoveOperation } from '../../lib/core/operation.ts';
import { CTIME, RACY } from '../../lib/core/record.ts';
import { applyOperation } from '../../lib/disk/apply.ts';
import type { Both } from '../../lib/disk/both.ts';
import { runThrough } from '../../lib/disk/bytes.ts';
import { newShared, openHands } from '../../lib/disk/hands.ts';
import type { JobContext, Outcome } from '../../lib/disk/job.ts';
import { idOf } from '../../lib/disk/overlap.ts';
import { lstat } from '../../lib/disk/stat.ts';
import { removeTree } from '../support/temp.ts';
import { file, makeTree, setTime, symlink } from '../support/tree.ts';
import { withRoots, type TwoRoots } from './two-roots.ts';

const apply = suite('applyOperation');

const contextOf = ({ s, d }: TwoRoots): JobContext => ({
  source: s, replica: d, sourceId: idOf(s)!, replicaId: idOf(d)!,
  powers: { root: false, groups: [] }, checksum: false, gitignore: false, deleteIgnored: false,
  grainMs: 20, careful: false, own: [], mounts: new Map(), wereMounts: undefined, hash: 'md5',
  chunkBytes: 65_536, durable: false, mayHang: false, arrivalsMs: Infinity, awaited: new Map(),
  trash: undefined,
});

/** What is there is older than the clock's grain. */
const OLD = { grainMs: -60_000 };

/** Performs one operation, as a pass that began before `meanwhile`, which may open the roots. */
function perform(
  roots: TwoRoots, operation: Operation, meanwhile = (_open: () => Both): void => {},
  more: Partial<JobContext> = {},
): Outcome {
  const context = { ...contextOf(roots), ...more };
  const hands = openHands(newShared());
  try {
    meanwhile(() => hands.roots(context));
    return runThrough(applyOperation(operation, [], context, hands));
  } finally {
    hands.rest();
  }
}

const removal = (path: string): RemoveOperation =>
  ({ kind: 'remove', path, type: 'file', entries: 1, because: 'gone', proof: path });

apply('removes what the source has not', withRoots((roots) => {
  fs.writeFileSync(join(roots.d, 'f'), 'x');
  assert.is(perform(roots, removal('f')).done, true);
  assert.equal(fs.readdirSync(roots.d), []);
}));

apply('removes nothing that the source has again', withRoots((roots) => {
  fs.writeFileSync(join(roots.d, 'f'), 'x');
  const back = (): void => fs.writeFileSync(join(roots.s, 'f'), 'back');
  const { done, entries, problems } = perform(roots, removal('f'), back);
  assert.equal([done, entries, problems], [false, 0, []]);
  assert.equal(fs.readdirSync(roots.d), ['f']);
}));

apply('removes nothing that the source has where it is by now', withRoots((roots) => {
  makeTree(roots.d, { 'new/f': 'x', 'new/g/h': 'y' });
  makeTree(roots.s, { 'new/f': 'x', 'new/g/h': 'y' });
  for (const [path, type] of [['new/f', 'file'], ['new/g', 'folder']] as const) {
    const moved = { ...removal(path), type, proof: path.replace('new', 'old') };
    assert.is(perform(roots, moved).done, false);
  }
  assert.equal(fs.readdirSync(join(roots.d, 'new')), ['f', 'g']);
}));

for (const side of ['s', 'd'] as const) {
  apply(`removes nothing once a root is another folder: ${side}`, withRoots((roots) => {
    fs.writeFileSync(join(roots.d, 'f'), 'x');
    const swapped = (): void => {
      fs.renameSync(roots[side], `${roots[side]}.old`);
      fs.mkdirSync(roots[side]);
      if (side === 'd') fs.writeFileSync(join(roots.d, 'f'), 'of another');
    };
    assert.is(perform(roots, removal('f'), swapped).done, false);
    assert.ok(fs.existsSync(join(roots.d, 'f')));
  }));
}

apply('keeps a file that was to make room for a folder, where the source has one by now', withRoots(
  (roots) => {
    fs.writeFileSync(join(roots.d, 'f'), 'x');
    fs.mkdirSync(join(roots.s, 'f'));
    const instead = lstat(join(roots.s, 'f'))!;
    const back = (): void => {
      fs.rmdirSync(join(roots.s, 'f'));
      fs.writeFileSync(join(roots.s, 'f'), 'back');
    };
    assert.is(perform(roots, { ...removal('f'), because: 'replaced', instead }, back).done, false);
    assert.equal(fs.readdirSync(roots.d), ['f']);
  }));

apply('asks for what is to come there by its name, wherever its folder has gone', withRoots(
  (roots) => {
    makeTree(roots.d, { 'd/f': 'x' });
    makeTree(roots.s, { 'd/f/': null });
    const instead = lstat(join(roots.s, 'd/f'))!;
    const moved = (open: () => Both): void => {
      open().source.folder('d');
      fs.renameSync(join(roots.s, 'd'), join(roots.s, 'e'));
      fs.mkdirSync(join(roots.s, 'd'));
    };
    const replaced = { ...removal('d/f'), because: 'replaced', instead } as const;
    assert.is(perform(roots, replaced, moved).done, false);
    assert.equal(fs.readdirSync(join(roots.d, 'd')), ['f']);
  }));

apply('makes a folder that the source lacks for a moment: what is planned for it finds it',
  withRoots((roots) => {
    const made = perform(roots, { kind: 'mkdir', path: 'd' });
    assert.equal({ done: made.done, problems: made.problems }, { done: false, problems: [] });
    fs.mkdirSync(join(roots.s, 'd'), 0o700);
    const set = perform(roots, { kind: 'set', path: 'd', type: 'folder', touched: false });
    assert.equal({ done: set.done, problems: set.problems }, { done: true, problems: [] });
  }));

for (const side of ['s', 'd'] as const) {
  apply(`writes nothing for a folder that somebody moved since it was opened: ${side}`, withRoots(
    ({ s, d, base, ...roots }) => {
      const saved = join(base, 'saved');
      const moved = (open: () => Both): void => {
        const { source, replica } = open();
        for (const root of [source, replica]) root.folder('d');
        fs.renameSync(join(side === 's' ? s : d, 'd'), saved);
      };
      const operations: readonly Operation[] = [
        { kind: 'copy', path: 'd/f', size: 1, replaces: false },
        { kind: 'symlink', path: 'd/l', replaces: false },
        { kind: 'set', path: 'd/g', type: 'file', touched: false },
        ...(side === 'd' ? [{ kind: 'mkdir', path: 'd/e' } as const] : []),
      ];
      for (const operation of operations) {
        for (const at of [join(s, 'd'), join(d, 'd'), saved]) removeTree(at);
        makeTree(s, { 'd/f': 'x', 'd/l': symlink('f'), 'd/e/': null, 'd/g': 'of the source' });
        makeTree(d, { 'd/g': file('g', { mode: 0o600 }) });
        assert.is(perform({ s, d, base, ...roots }, operation, moved).done, false, operation.kind);
        const left = side === 's' ? join(d, 'd') : saved;
        assert.equal(fs.readdirSync(left), ['g']);
        assert.is(fs.statSync(join(left, 'g')).mode & 0o777, 0o600);
      }
    }));
}

apply('keeps a folder that was to make room for a file, where the source has one by now', withRoots(
  (roots) => {
    fs.mkdirSync(join(roots.d, 'f/deep'), { recursive: true });
    const replaced = { ...removal('f'), type: 'folder', because: 'replaced' } as const;
    const back = (): void => {
      fs.renameSync(join(roots.s, 'f'), join(roots.s, 'was'));
      fs.mkdirSync(join(roots.s, 'f/deep'), { recursive: true });
    };
    for (const spec of [{ f: 'a file' }, { 'f/': null }]) {
      for (const at of fs.readdirSync(roots.s)) removeTree(join(roots.s, at));
      makeTree(roots.s, spec);
      const instead = lstat(join(roots.s, 'f'))!;
      assert.is(perform(roots, { ...replaced, instead }, back).done, false);
      assert.ok(fs.existsSync(join(roots.d, 'f/deep')));
    }
    assert.is(perform(roots, { ...replaced, instead: lstat(join(roots.s, 'f'))! }).done, true);
  }));

apply('gives a file the time of the content that was looked at, not of a newer one', withRoots(
  (roots) => {
    const [from, to] = [join(roots.s, 'f'), join(roots.d, 'f')];
    for (const at of [from, to]) fs.writeFileSync(at, 'one');
    setTime(from, 1_000_000_000_000_000n);
    const seen = { source: lstat(from)!, replica: lstat(to)!, read: true };
    const set: Operation = { kind: 'set', path: 'f', type: 'file', touched: false, seen };
    const { row } = perform(roots, set, () => fs.writeFileSync(from, 'two'));
    assert.is(lstat(to)!.mtimeNs, seen.source.mtimeNs);
    assert.is(row?.[CTIME], RACY);
  }));

apply('moves only what the plan looked at', withRoots((roots) => {
  fs.writeFileSync(join(roots.d, 'old'), 'x');
  const rename: Operation = {
    kind: 'rename', from: 'old', path: 'new', type: 'file', was: 'old',
    stat: lstat(join(roots.d, 'old'))!,
  };
  const written = (): void => fs.writeFileSync(join(roots.d, 'old'), 'another content');
  const { done, problems } = perform(roots, rename, written);
  assert.equal([done, problems.map(({ code }) => code)], [false, ['changed']]);
  assert.equal(fs.readdirSync(roots.d), ['old']);

  assert.is(perform(roots, { ...rename, stat: lstat(join(roots.d, 'old'))! }).done, true);
  assert.equal(fs.readdirSync(roots.d), ['new']);
}));

apply('vouches for a renamed file only where both rest since they were read', withRoots((roots) => {
  const [from, to, old] = [join(roots.s, 'new'), join(roots.d, 'new'), join(roots.d, 'old')];
  const moved = (meanwhile: () => void, read = true): unknown => {
    fs.rmSync(to, { force: true });
    for (const at of [from, old]) {
      fs.writeFileSync(at, 'same');
      setTime(at, 1_000_000_000_000_000n);
    }
    const seen = { source: lstat(from)!, replica: lstat(old)!, read };
    const { row, problems } = perform(roots, {
      kind: 'rename', from: 'old', path: 'new', type: 'file', was: 'old', stat: seen.replica, seen,
    }, meanwhile, OLD);
    assert.equal(problems, []);
    return row?.[CTIME] !== undefined && row[CTIME] !== RACY;
  };
  assert.is(moved(() => {}), true);
  assert.is(moved(() => {}, false), false, 'not read');
  assert.is(moved(() => fs.chmodSync(from, 0o600)), false, 'touched');
  assert.is(moved(() => {
    fs.writeFileSync(from, 'else');
    setTime(from, 1_000_000_000_000_000n);
  }), false, 'written, its time put back');
  assert.is(moved(() => fs.rmSync(from)), false, 'gone');
}));

apply('gives a renamed file what its source has got since it was read', withRoots((roots) => {
  const [from, to, old] = [join(roots.s, 'new'), join(roots.d, 'new'), join(roots.d, 'old')];
  for (const at of [from, old]) fs.writeFileSync(at, 'same', { mode: 0o644 });
  const seen = { source: lstat(from)!, replica: lstat(old)!, read: true };
  const { done, row } = perform(roots, {
    kind: 'rename', from: 'old', path: 'new', type: 'file', was: 'old', stat: seen.replica, seen,
  }, () => fs.chmodSync(from, 0o600), OLD);
  assert.is(done, true);
  const { mode, mtimeNs } = lstat(to)!;
  assert.equal([mode, mtimeNs / 1000n], [0o600, seen.source.mtimeNs / 1000n]);
  assert.is(row?.[CTIME], RACY);
}));

apply.run();
