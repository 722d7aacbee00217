import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ancestorIds, idOf, overlap } from '../../lib/disk/overlap.ts';
import { mountOverlay, unmount } from '../support/mounted.ts';
import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';

const SAME = 'the source and the replica are the same folder';
const REPLICA_IN = 'the replica lies inside the source';
const SOURCE_IN = 'the source lies inside the replica';

function folders(...names: readonly string[]): (name: string) => string {
  const folder = tempFolder();
  for (const name of names) fs.mkdirSync(path.join(folder, name), { recursive: true });
  return (name) => path.join(folder, name);
}

/** Bind mounts some folders while `body` runs. */
function bound(pairs: readonly (readonly [string, string])[], body: () => void): void {
  const done: string[] = [];
  try {
    for (const [from, to] of pairs) {
      execFileSync('mount', ['--bind', from, to]);
      done.unshift(to);
    }
    body();
  } finally {
    for (const to of done) execFileSync('umount', ['-l', to]);
  }
}

// ---

const overlapping = suite('overlap');

overlapping('is none of folders side by side, also with names that begin alike', () => {
  const at = folders('a', 'ab', 'c/a');
  assert.is(overlap(at('a'), at('ab')), undefined);
  assert.is(overlap(at('ab'), at('a')), undefined);
  assert.is(overlap(at('a'), at('c/a')), undefined);
  assert.is(overlap(at('a'), at('new')), undefined);
});

overlapping('is found of a folder with itself, and with one inside, there or not', () => {
  const at = folders('a/b/c');
  assert.is(overlap(at('a'), at('a')), SAME);
  assert.is(overlap(at('a'), at('a/b/c')), REPLICA_IN);
  assert.is(overlap(at('a'), at('a/b/new')), REPLICA_IN);
  assert.is(overlap(at('a/b/c'), at('a')), SOURCE_IN);
  assert.is(overlap('/', at('a')), REPLICA_IN);
  assert.is(overlap(at('a'), '/'), SOURCE_IN);
});

const mounting = needs(overlapping, { root: true, platform: 'linux', tools: ['mount', 'umount'] });

mounting('is found over a bind mount of the folder itself', () => {
  const at = folders('a', 'm');
  bound([[at('a'), at('m')]], () => {
    assert.is(overlap(at('a'), at('m')), SAME);
    assert.is(overlap(at('m'), at('a')), SAME);
    assert.is(overlap(at('a'), at('m/new')), REPLICA_IN);
  });
});

mounting('is found over a bind mount of a folder in between', () => {
  const at = folders('a/sub/x', 'm m');
  bound([[at('a/sub'), at('m m')]], () => {
    assert.is(overlap(at('a'), at('m m/x')), REPLICA_IN);
    assert.is(overlap(at('m m/x'), at('a')), SOURCE_IN);
    assert.is(overlap(at('a/sub/x'), at('m m')), SOURCE_IN);
    assert.is(overlap(at('a'), at('m m/new')), REPLICA_IN);
  });
});

mounting('is found when one is mounted inside the other', () => {
  const at = folders('s/m', 'd/x', 'e');
  bound([[at('d'), at('s/m')]], () => {
    assert.match(overlap(at('s'), at('d')) ?? '', /^the replica.*mounted inside the source, at /);
    assert.match(overlap(at('s'), at('d/x')) ?? '', /^the replica.*mounted inside the source/);
    assert.match(overlap(at('d'), at('s')) ?? '', /^the source.*mounted inside the replica/);
    assert.is(overlap(at('s'), at('e')), undefined);
  });
});

mounting('is found of an overlay and its layers, and what is in them', () => {
  const at = folders('low/x', 'up', 'work', 'm', 's/m', 'other');
  mountOverlay(at('low'), at('up'), at('work'), at('m'));
  try {
    assert.is(overlap(at('up'), at('m')), SAME);
    assert.is(overlap(at('m'), at('up')), SAME);
    assert.is(overlap(at('low/x'), at('m')), SOURCE_IN);
    assert.is(overlap(at('low'), at('m/new')), REPLICA_IN);
    assert.is(overlap(at('other'), at('m')), undefined);
    bound([[at('m'), at('s/m')]], () => {
      assert.match(overlap(at('s'), at('up')) ?? '', /^the replica.*mounted inside the source, /);
      assert.is(overlap(at('s'), at('other')), undefined);
    });
  } finally {
    unmount(at('m'));
  }
});

needs(overlapping, { root: true, platform: 'linux', tools: ['bindfs'] })(
  'is found of what FUSE shows of a folder, be it at its own place', () => {
    const at = folders('a/sub', 'm', 'other');
    const shown: string[] = [];
    try {
      for (const [from, to] of [['a', 'm'], ['a', 'a']] as const) {
        execFileSync('bindfs', [at(from), at(to)]);
        shown.unshift(at(to));
        assert.is(overlap(at('a'), at('m')), SAME);
        assert.is(overlap(at('m/sub'), at('a')), SOURCE_IN);
        assert.is(overlap(at('a'), at('other')), undefined);
      }
    } finally {
      for (const point of shown) execFileSync('umount', ['-l', point]);
    }
  });

mounting('is none of two folders that two bind mounts show of one file system', () => {
  const at = folders('a/one', 'a/two', 'm', 'n');
  bound([[at('a/one'), at('m')], [at('a/two'), at('n')]], () => {
    assert.is(overlap(at('m'), at('n')), undefined);
  });
});

mounting('is none of two tmpfs with folders of one name', () => {
  const at = folders('m', 'n');
  try {
    for (const name of ['m', 'n']) {
      execFileSync('mount', ['-t', 'tmpfs', 'none', at(name)]);
      fs.mkdirSync(at(`${name}/x/y`), { recursive: true });
    }
    assert.is(overlap(at('m/x'), at('n/x')), undefined);
    assert.is(overlap(at('m'), at('n/x/y')), undefined);
  } finally {
    for (const name of ['m', 'n']) execFileSync('umount', ['-l', at(name)]);
  }
});

overlapping.run();

// ---

const ancestors = suite('ancestorIds');

ancestors('are all folders above', () => {
  const at = folders('a/b');
  const ids = ancestorIds(at('a/b'));
  for (const each of [at('a'), at('.'), '/']) assert.ok(ids.includes(idOf(each)!), each);
  assert.not(ids.includes(idOf(at('a/b'))!));
});

needs(ancestors, { root: true, platform: 'linux', tools: ['mount', 'umount'] })(
  'are those that a bind mount leaves out, too', () => {
    const at = folders('a/sub/x', 'm');
    bound([[at('a/sub'), at('m')]], () => {
      for (const each of ['a', 'a/sub', 'm']) {
        assert.ok(ancestorIds(at('m/x')).includes(idOf(at(each))!), each);
        assert.ok(ancestorIds(at('a/sub/x')).includes(idOf(at(each))!), each);
      }
    });
  });

ancestors.run();
