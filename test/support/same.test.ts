import { execFileSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { churn } from './churn.ts';
import { needs } from './needs.ts';
import { differences, rsyncDifferences } from './same.ts';
import { tempFolder } from './temp.ts';
import { file, folder, link, makeTree, readTree, setTime, symlink, type TreeSpec } from './tree.ts';

const judge = suite('differences');

const TIME = { time: 1_700_000_000_123_456n };
const TREE: TreeSpec = {
  '': folder(TIME),
  'd/': folder(TIME),
  'd/f': file('text', TIME),
  'd/twin': link('d/f'),
  'd/alone': file('text', TIME),
  'l': symlink('d/f', TIME),
  'caf\xe9\n': file('x', TIME),
};

/** A copy of the tree where some entries are made in another way. */
function made(other: TreeSpec = {}): string {
  const dir = tempFolder();
  makeTree(dir, { ...TREE, ...other });
  return dir;
}

judge('finds nothing between two trees made alike', () => {
  assert.equal(differences(made(), made()), []);
});

judge('finds each kind of difference by itself', () => {
  const source = made();
  const cases: readonly (readonly [TreeSpec, readonly string[]])[] = [
    [{ 'd/f': file('texT', TIME) }, ['"d/f": content', '"d/twin": content']],
    [{ 'd/alone': file('longer', TIME) }, ['"d/alone": size', '"d/alone": content']],
    [{ 'd/alone': file('text', { time: TIME.time + 1n }) }, ['"d/alone": time']],
    [{ 'd/alone': file('text', { ...TIME, mode: 0o4644 }) }, ['"d/alone": mode']],
    [{ 'd/alone': link('d/f') }, ['"d/alone": links', '"d/f": links', '"d/twin": links']],
    [{ 'd/alone': symlink('f', TIME) }, ['"d/alone": type']],
    [{ 'd/twin': file('text', TIME) }, ['"d/f": links', '"d/twin": links']],
    [{ 'd/': folder({ time: 1n }) }, ['"d": time']],
    [{ '': folder({ ...TIME, mode: 0o1700 }) }, ['.: mode']],
    [{ '': folder({ time: -1n }) }, ['.: time']],
    [{ 'l': symlink('d', TIME) }, ['"l": target']],
    [{ 'l': symlink('d/f', { time: 0n }) }, ['"l": time']],
    [{ 'caf\xe8\n': file('x', TIME) }, ['"caf\xe8\\n": not in the source']],
  ];

  for (const [other, expected] of cases) {
    const kinds = differences(source, made(other))
      .map((line) => line.replace(/(: (?:not in the source|\w+)).*$/, '$1'));
    assert.equal(kinds, expected);
  }
});

judge('finds what is missing', () => {
  const replica = made();
  execFileSync('rm', ['-r', `${replica}/d`]);
  setTime(replica, TIME.time);
  assert.equal(differences(made(), replica),
    ['"d": missing', '"d/alone": missing', '"d/f": missing', '"d/twin": missing']);
});

needs(judge, { root: true })('finds another owner', () => {
  const found = differences(made(), made({ 'd/alone': file('text', { ...TIME, uid: 7 }) }));
  assert.equal(found, ['"d/alone": owner 7:0, not 0:0']);
});

needs(judge, { tools: ['rsync', 'cp'] })('agrees with rsync about churned trees', () => {
  for (let seed = 1; seed <= 3; seed += 1) {
    const dir = tempFolder();
    makeTree(dir, { 'source/': null });
    const log = churn(`${dir}/source`, seed, 150);
    execFileSync('cp', ['-a', `${dir}/source`, `${dir}/replica`]);
    assert.equal(differences(`${dir}/source`, `${dir}/replica`), [], log.join('\n'));
    assert.equal(rsyncDifferences(`${dir}/source`, `${dir}/replica`), []);

    churn(`${dir}/source`, seed + 100, 1);
    assert.ok(differences(`${dir}/source`, `${dir}/replica`).length > 0);
  }
});

judge.run();

// ---

const churning = suite('churn');

churning('does the same for the same seed', () => {
  const [one, other] = [tempFolder(), tempFolder()];
  const logs = [one, other].map((dir) => churn(dir, 7, 200));
  const names = [one, other].map((dir) => [...readTree(dir)].map(([at, { hash }]) => [at, hash]));

  assert.equal(logs[0], logs[1]);
  assert.equal(names[0], names[1]);
  assert.ok(new Set(logs[0]!.map((line) => line.split(' ')[1])).size >= 14);
});

churning.run();
