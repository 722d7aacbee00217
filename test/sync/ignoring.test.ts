import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { SyncEvent } from '../../lib/core/event.ts';
import { systemError, watchingCalls, type Call } from '../support/faults.ts';
import {
  assertQuiet, contentOf, inodeOf, isThere, newPair, syncedPair, syncNow, syncWell, type Pair,
  type Passed,
} from '../support/pass.ts';
import { removeTree } from '../support/temp.ts';
import { makeTree, readTree, symlink, type TreeSpec } from '../support/tree.ts';

/** The paths of files and symlinks, and of empty folders with a slash. */
function leavesOf(dir: string): string[] {
  const all = [...readTree(dir)];
  return all.filter(([at]) => at !== '' && !all.some(([other]) => other.startsWith(`${at}/`)))
    .map(([at, { type }]) => (type === 'folder' ? `${at}/` : at)).toSorted();
}

const rules = suite('an ignored path is not mirrored');

interface Case {
  readonly spec: TreeSpec;
  readonly options?: Parameters<typeof syncNow>[1];
  readonly mirrored: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  'by --ignore': {
    spec: { 'a.log': '', 'b': '', 'd/c.log': '', 'node_modules/x/y': '', 'd/node_modules/z': '' },
    options: { ignore: ['*.log', 'node_modules/'] }, mirrored: ['b', 'd/'],
  },
  'by --ignore, from the root': {
    spec: { 'build/x': '', 'd/build/y': '' }, options: { ignore: ['/build'] },
    mirrored: ['d/build/y'],
  },
  'by --ignore, taken back by a later one': {
    spec: { 'a.log': '', 'keep.log': '' }, options: { ignore: ['*.log', '!keep.log'] },
    mirrored: ['keep.log'],
  },
  'by .fsyncignore, which is mirrored itself': {
    spec: { '.fsyncignore': '# a comment\n*.tmp\n\n/only/here\n', 'a.tmp': '', 'only/here/x': '',
      'd/only/here': '', 'd/b.tmp': '', 'c': '' },
    mirrored: ['.fsyncignore', 'c', 'd/only/here', 'only/'],
  },
  'by .fsyncignore files in folders, the deeper one deciding': {
    spec: { '.fsyncignore': '*.log', 'a.log': '', 'd/.fsyncignore': '!keep.log\nlocal',
      'd/keep.log': '', 'd/other.log': '', 'd/e/keep.log': '', 'd/local': '', 'local': '' },
    mirrored: ['.fsyncignore', 'd/.fsyncignore', 'd/e/keep.log', 'd/keep.log', 'local'],
  },
  'below an ignored folder, whatever is taken back there': {
    spec: { '.fsyncignore': 'd/\n!d/keep', 'd/keep': '', 'd/.fsyncignore': '!*', 'a': '' },
    mirrored: ['.fsyncignore', 'a'],
  },
  'by .gitignore only with --gitignore': {
    spec: { '.gitignore': 'dist', 'dist/x': '', 'a': '' }, mirrored: ['.gitignore', 'a', 'dist/x'],
  },
  'by .gitignore with --gitignore': {
    spec: { '.gitignore': 'dist\n*.o', 'dist/x': '', 'a': '', 'd/.gitignore': '!x.o', 'd/x.o': '',
      'y.o': '' },
    options: { gitignore: true }, mirrored: ['.gitignore', 'a', 'd/.gitignore', 'd/x.o'],
  },
  'by what git keeps for one clone, with --gitignore, unless a .gitignore takes it back': {
    spec: { '.git/info/exclude': '*.o\n*.p', '.gitignore': '!x.p', 'x.o': '', 'x.p': '', 'y.p': '',
      'd/.git/info/exclude': '/w', 'd/w': '', 'd/e/w': '', 'w': '' },
    options: { gitignore: true },
    mirrored: ['.git/info/exclude', '.gitignore', 'd/.git/info/exclude', 'd/e/w', 'w', 'x.p'],
  },
  'by what git keeps for one clone, not without --gitignore': {
    spec: { '.git/info/exclude': '*.o', 'x.o': '' }, mirrored: ['.git/info/exclude', 'x.o'],
  },
  'by .gitignore, unless .fsyncignore takes it back': {
    spec: { '.gitignore': '*.o', '.fsyncignore': '!x.o', 'x.o': '', 'y.o': '' },
    options: { gitignore: true }, mirrored: ['.fsyncignore', '.gitignore', 'x.o'],
  },
  'with a name that is no UTF-8': {
    spec: { '.fsyncignore': 'caf\xe9', 'caf\xe8': '' }, mirrored: ['.fsyncignore', 'caf\xe8'],
  },
};

for (const [how, { spec, options, mirrored }] of Object.entries(cases)) {
  rules(`${how}, in a first copy, and in one with something there`, async () => {
    for (const there of [{}, { 'z/there': 'x' }]) {
      const pair = newPair(there);
      if ('z/there' in there) await syncNow(pair);
      makeTree(pair.source, spec);
      assert.is((await syncNow(pair, options)).exitCode, 0);
      assert.equal(leavesOf(pair.replica), [...mirrored, ...Object.keys(there)].toSorted());
      await assertQuiet(pair, options);
    }
  });
}

rules('by the global excludes file of git, which all others overrule', async () => {
  const pair = newPair({ '.gitignore': '!b.o', 'a.o': '', 'b.o': '', 'c.o': '', 'd': '',
    '.git/config': '[core]\n\texcludesFile = ../excludes' });
  const excludes = `${pair.dir}/excludes`;
  fs.writeFileSync(excludes, '*.o');
  const options = { gitignore: true, ignore: ['!c.o', '.git'] };
  assert.is((await syncNow(pair, options)).exitCode, 0);
  assert.equal(leavesOf(pair.replica), ['.gitignore', 'b.o', 'c.o', 'd']);
  await assertQuiet(pair, options);

  fs.writeFileSync(excludes, 'd');
  fs.unlinkSync(`${pair.source}/c.o`);
  await syncNow(pair, options);
  assert.equal(leavesOf(pair.replica), ['.gitignore', 'a.o', 'b.o', 'd'], 'd stays as it is');
});

rules('by a file that cannot be read: then nothing is done', async () => {
  const pair = newPair({ 'a': '', '.git/config': '[core]\n\texcludesFile = ../excludes' });
  fs.writeFileSync(`${pair.dir}/excludes`, 'a');
  const shut = (call: Call): void => {
    if (String(call.args[0]).endsWith('/excludes')) throw systemError('EACCES', call);
  };
  const passed = await watchingCalls(['openSync'], shut,
    () => syncNow(pair, { gitignore: true, workers: 0 }));
  assert.is(passed.exitCode, 3);
  assert.is(passed.refused?.code, 'ignore-unreadable');
});

rules('whatever becomes of it: it changes, moves, becomes a folder', async () => {
  const pair = newPair({ 'a.log': '1', 'b': 'b' });
  const options = { ignore: ['*.log'] };
  await syncNow(pair, options);
  fs.appendFileSync(`${pair.source}/a.log`, 'more');
  await assertQuiet(pair, options);
  fs.renameSync(`${pair.source}/a.log`, `${pair.source}/c.log`);
  await syncNow(pair, options);
  assert.equal(leavesOf(pair.replica), ['b']);
});

rules('until it has another name, and no more once it has such a one', async () => {
  const pair = newPair({ 'a.log': 'content', 'b': 'other' });
  const options = { ignore: ['*.log'] };
  await syncNow(pair, options);
  fs.renameSync(`${pair.source}/a.log`, `${pair.source}/a`);
  fs.renameSync(`${pair.source}/b`, `${pair.source}/b.log`);
  await syncNow(pair, options);
  assert.equal(leavesOf(pair.replica), ['a']);
  assert.is(contentOf(pair.replica, 'a'), 'content');
  await assertQuiet(pair, options);
});

rules('and not looked into: what cannot be read there is no problem', async () => {
  const pair = newPair({ 'd/shut/f': 'f', 'd/a': 'a', 'shut/g': 'g' });
  const shut = (call: Call): void => {
    if (String(call.args[0]).includes('shut')) throw systemError('EACCES', call);
  };
  const passed = await watchingCalls(['readdirSync', 'openSync'], shut,
    () => syncNow(pair, { ignore: ['shut/'], workers: 0 }));
  assert.equal([passed.exitCode, passed.problems], [0, []]);
  assert.equal(leavesOf(pair.replica), ['d/a']);
});

rules.run();

// ---

const kept = suite('an ignored path is protected in the replica');

kept('it is neither pruned nor overwritten', async () => {
  const pair = newPair({ 'a': 'a', 'd/x.log': 'of the source', '.fsyncignore': '*.log' });
  makeTree(pair.replica, { 'd/x.log': 'of the replica', 'd/own.log': 'own', 'own.log/f': 'own' });
  await syncNow(pair);
  assert.equal(leavesOf(pair.replica), ['.fsyncignore', 'a', 'd/own.log', 'd/x.log', 'own.log/f']);
  assert.is(contentOf(pair.replica, 'd/x.log'), 'of the replica');
  await assertQuiet(pair);
});

const removesIn = ({ events }: Passed): readonly SyncEvent[] => events.filter((event) =>
  event.kind === 'operation-done' && event.operation === 'remove');

kept('it stays when its folder goes, and the folder with it', async () => {
  const pair = await syncedPair({ 'd/e/f': 'f', 'd/g': 'g', 'k': '', '.fsyncignore': '*.log' });
  makeTree(pair.replica, { 'd/e/own.log': 'own' });
  removeTree(`${pair.source}/d`);
  const planned = removesIn(await syncNow(pair, { dryRun: true }));
  const passed = await syncNow(pair);
  assert.is(passed.exitCode, 0);
  assert.equal(leavesOf(pair.replica), ['.fsyncignore', 'd/e/own.log', 'k']);
  const told = { kind: 'operation-done', operation: 'remove', path: 'd', type: 'folder',
    entries: 2, partly: true };
  assert.equal([removesIn(passed), planned], [[told], [{ ...told, dryRun: true }]]);
  await assertQuiet(pair);
});

const INSTEAD: Readonly<Record<string, TreeSpec>> =
  { file: { d: 'a file' }, symlink: { d: symlink('e') } };
for (const [what, spec] of Object.entries(INSTEAD)) {
  kept(`it stays where its folder becomes a ${what}, and that is told`, async () => {
    const pair = await syncedPair({ 'd/e/f': 'f', 'd/g': 'g', 'h': 'h', '.fsyncignore': '*.log' });
    makeTree(pair.replica, { 'd/e/own.log': 'own' });
    removeTree(`${pair.source}/d`);
    makeTree(pair.source, { ...spec, h: 'another' });
    for (const _ of [1, 2]) {
      const { exitCode, problems } = await syncNow(pair);
      assert.equal([exitCode, problems], [1, ['ignored-inside d']]);
      assert.equal(leavesOf(pair.replica), ['.fsyncignore', 'd/e/f', 'd/e/own.log', 'd/g', 'h']);
      assert.is(contentOf(pair.replica, 'h'), 'another');
    }
    fs.unlinkSync(`${pair.replica}/d/e/own.log`);
    await syncWell(pair);
  });
}

kept('it moves with its folder', async () => {
  const pair = await syncedPair({ 'd/e/f': 'f', '.fsyncignore': '*.log' });
  makeTree(pair.replica, { 'd/e/own.log': 'own' });
  const inode = inodeOf(pair.replica, 'd/e/own.log');
  fs.renameSync(`${pair.source}/d`, `${pair.source}/moved`);
  const { moved } = await syncNow(pair);
  assert.equal(moved, ['rename d -> moved']);
  assert.is(inodeOf(pair.replica, 'moved/e/own.log'), inode);
  await assertQuiet(pair);
});

kept('it stays where the source has a folder, or a file, of its name that is none', async () => {
  const instead: readonly [TreeSpec, TreeSpec, readonly string[]][] = [
    [{ 'x/out': 'own' }, { x: 'a file' }, ['x/']],
    [{ x: 'own' }, { 'x/a.ts': 'a' }, ['*', '!*/', '!*.ts']],
  ];
  for (const [there, source, ignore] of instead) {
    const pair = await syncedPair({ 'k.ts': 'k' });
    makeTree(pair.replica, there);
    makeTree(pair.source, source);
    for (const _ of [1, 2]) {
      const { exitCode, problems, moved } = await syncNow(pair, { ignore });
      assert.equal([exitCode, problems, moved], [1, ['ignored-there x'], []]);
      assert.equal(leavesOf(pair.replica), ['k.ts', ...Object.keys(there)]);
    }
    await syncNow(pair, { ignore, deleteIgnored: true });
    assert.equal(leavesOf(pair.replica), ['k.ts', ...Object.keys(source)]);
    await assertQuiet(pair, { ignore });
  }
});

kept('it stays where a file of it, or a folder, moved out of a folder that is gone', async () => {
  const pair = await syncedPair({ 'd/x': 'mirrored once', 'd/own/f': 'content of f', 'd/k': 'k' });
  makeTree(pair.replica, { 'd/own/g': 'only here' });
  fs.renameSync(`${pair.source}/d/x`, `${pair.source}/y`);
  fs.renameSync(`${pair.source}/d/own`, `${pair.source}/e`);
  removeTree(`${pair.source}/d`);
  const ignore = ['x', 'own/'];
  const { problems } = await syncNow(pair, { ignore });
  assert.equal(problems, []);
  assert.equal(leavesOf(pair.replica), ['d/own/f', 'd/own/g', 'd/x', 'e/f', 'y']);
  await assertQuiet(pair, { ignore });
});

kept('it is no content for a rename', async () => {
  const pair = newPair({ 'new': 'content', '.fsyncignore': '*.log' });
  makeTree(pair.replica, { 'own.log': 'content' });
  await syncNow(pair);
  assert.equal(leavesOf(pair.replica), ['.fsyncignore', 'new', 'own.log']);
});

kept('it is not counted as a deletion', async () => {
  const pair = newPair({ 'a': 'a', '.fsyncignore': 'own' });
  makeTree(pair.replica, Object.fromEntries(
    Array.from({ length: 30 }, (_, at) => [`own/${at}`, 'x'])));
  const { exitCode } = await syncNow(pair);
  assert.is(exitCode, 0);
  assert.is(fs.readdirSync(`${pair.replica}/own`).length, 30);
});

kept('nor is a folder that stays because of it: none is planned, held or told', async () => {
  const pair = await syncedPair({ 'd/e/f': 'f', 'd/g': 'g', 'h': 'h', '.fsyncignore': '*.log' });
  makeTree(pair.replica, { 'd/e/own.log': 'own' });
  removeTree(`${pair.source}/d`);
  const { held } = await syncNow(pair, { maxDelete: { entries: 1 } });
  assert.is(held?.entries, 2, 'd/e/f and d/g');
  assert.is((await syncNow(pair, { approveDeletes: true })).exitCode, 0);
  for (const options of [{ maxDelete: { entries: 0 } }, { dryRun: true }]) {
    const { exitCode, done } = await syncNow(pair, options);
    assert.equal([exitCode, done], [0, []]);
  }
});

kept('nor is a folder that makes room, where it cannot be looked into for it', async () => {
  const pair = await syncedPair({ 'd/e/f': 'f', '.fsyncignore': '*.log' });
  makeTree(pair.replica, { 'd/e/own.log': 'own' });
  removeTree(`${pair.source}/d`);
  fs.writeFileSync(`${pair.source}/d`, 'a file by now');
  const { problems } = await watchingCalls(['readdirSync'], (call) => {
    if (String(call.args[0]) === `${pair.replica}/d/e`) throw systemError('EACCES', call);
  }, () => syncNow(pair, { workers: 0 }));
  assert.equal(problems, ['ignored-inside d']);
  assert.equal(leavesOf(pair.replica), ['.fsyncignore', 'd/e/f', 'd/e/own.log']);
});

kept('nor does it serve elsewhere when the folder around it moves with its rule', async () => {
  const pair = await syncedPair({ 'd/.fsyncignore': 'own', 'd/f': 'f' });
  makeTree(pair.replica, { 'd/ext/in/own': 'only here' });
  fs.renameSync(`${pair.source}/d`, `${pair.source}/e`);
  makeTree(pair.source, { 'new': 'only here' });
  const { moved } = await syncNow(pair);
  assert.equal(moved, ['copy new', 'rename d -> e']);
  assert.equal(leavesOf(pair.replica), ['e/.fsyncignore', 'e/ext/in/own', 'e/f', 'new']);
  await assertQuiet(pair);
});

kept('and a folder that takes the place of such a one comes together with it', async () => {
  for (const steps of [1, 2]) {
    const pair = await syncedPair(
      { 'd/e/f': 'f', 'q/e/g': 'g', 'q/h': 'h', '.fsyncignore': '*.log' });
    makeTree(pair.replica, { 'd/e/own.log': 'own' });
    removeTree(`${pair.source}/d`);
    if (steps === 2) await syncNow(pair);
    fs.renameSync(`${pair.source}/q`, `${pair.source}/d`);
    const { exitCode, problems } = await syncNow(pair);
    assert.equal([exitCode, problems], [0, []]);
    assert.equal(leavesOf(pair.replica), ['.fsyncignore', 'd/e/g', 'd/e/own.log', 'd/h']);
    await assertQuiet(pair);
  }
});

kept('so does one whose own rules ignore it, as those of the folder before did', async () => {
  for (const at of ['', 'e/']) {
    const pair = await syncedPair({
      [`d/${at}.fsyncignore`]: 'own', 'd/e/f': 'f', [`q/${at}.fsyncignore`]: 'own', 'q/e/g': 'g',
    });
    makeTree(pair.replica, { [`d/${at}own`]: 'only here' });
    removeTree(`${pair.source}/d`);
    fs.renameSync(`${pair.source}/q`, `${pair.source}/d`);
    const { exitCode, problems } = await syncNow(pair);
    assert.equal([exitCode, problems], [0, []]);
    assert.equal(leavesOf(pair.replica),
      [`d/${at}.fsyncignore`, 'd/e/g', `d/${at}own`].toSorted());
    await assertQuiet(pair);
  }
});

kept('by no rules of what is behind a link that took the place of a folder', async () => {
  for (const target of ['d', '../out']) {
    const pair = await syncedPair({ 'd/a/f': 'f' });
    makeTree(pair.dir, { 'out/a/.fsyncignore': '*' });
    removeTree(`${pair.source}/d`);
    fs.symlinkSync(target, `${pair.source}/d`);
    const { exitCode, problems } = await syncNow(pair);
    assert.equal([exitCode, problems], [0, []], target);
    assert.equal(leavesOf(pair.replica), ['d']);
    await assertQuiet(pair);
  }
});

kept('unless --delete-ignored says otherwise, which makes room for that folder', async () => {
  const pair = await syncedPair({ 'd/.fsyncignore': 'own', 'q/.fsyncignore': 'own', 'q/g': 'g' });
  makeTree(pair.replica, { 'd/own': 'only here' });
  removeTree(`${pair.source}/d`);
  fs.renameSync(`${pair.source}/q`, `${pair.source}/d`);
  const { moved } = await syncNow(pair, { deleteIgnored: true });
  assert.equal(moved, ['remove d (3)', 'rename q -> d']);
  assert.equal(leavesOf(pair.replica), ['d/.fsyncignore', 'd/g']);
});

kept('it stays where its folder gets a name under which it is not ignored', async () => {
  for (const again of [false, true]) {
    const pair = await syncedPair({ 'd/f': 'of f', 'd/e/g': 'of g', 'd/own': 'mirrored once' });
    makeTree(pair.replica, { 'd/own': 'only here' });
    fs.renameSync(`${pair.source}/d`, `${pair.source}/moved`);
    if (again) makeTree(pair.source, { 'd/h': 'h' });
    const ignore = ['/d/own'];
    const { moved, problems } = await syncNow(pair, { ignore });
    assert.equal(problems, []);
    assert.equal(moved, ['copy moved/own', ...(again ? ['copy d/h'] : []), 'mkdir moved',
      'rename d/e -> moved/e', 'rename d/f -> moved/f'].toSorted());
    assert.is(contentOf(pair.replica, 'd/own'), 'only here');
    assert.is(contentOf(pair.replica, 'moved/own'), 'mirrored once');
    await assertQuiet(pair, { ignore });
  }
});

kept('it stays where its folder moves, and another of its name ignores it', async () => {
  const pair = await syncedPair({ 'd/f': 'of f', 'k': 'k' });
  makeTree(pair.replica, { 'd/own': 'only here' });
  fs.renameSync(`${pair.source}/d`, `${pair.source}/moved`);
  makeTree(pair.source, { 'd/.fsyncignore': 'own' });
  await syncNow(pair);
  assert.equal(leavesOf(pair.replica), ['d/.fsyncignore', 'd/own', 'k', 'moved/f']);
});

kept('it stays where the file that ignores it cannot be read by the time it matters', async () => {
  const pair = await syncedPair({ 'd/f': 'f', '.fsyncignore': '*.log' });
  makeTree(pair.replica, { 'd/own.log': 'own' });
  removeTree(`${pair.source}/d`);
  makeTree(pair.source, { d: 'a file by now' });
  let times = 0;
  await watchingCalls(['openSync'], (call) => {
    const isAgain = String(call.args[0]).endsWith('/.fsyncignore') && ++times > 1;
    if (isAgain) throw systemError('EIO', call);
  }, () => syncNow(pair, { workers: 0 }));
  assert.ok(times > 1);
  assert.equal(leavesOf(pair.replica), ['.fsyncignore', 'd/f', 'd/own.log']);
});

kept('or the one of the folder that has its name by now', async () => {
  for (const moves of [true, false]) {
    const pair = await syncedPair({ 'd/f': 'f', 'q/g': 'g' });
    makeTree(pair.replica, { 'd/own': 'only here' });
    fs.renameSync(`${pair.source}/d`, `${pair.source}/aside`);
    fs.renameSync(`${pair.source}/q`, `${pair.source}/d`);
    makeTree(pair.source, { 'd/.fsyncignore': 'own' });
    if (moves) fs.renameSync(`${pair.source}/aside`, `${pair.source}/moved`);
    else removeTree(`${pair.source}/aside`);
    await watchingCalls(['openSync'], (call) => {
      if (String(call.args[0]).endsWith('/d/.fsyncignore')) throw systemError('EIO', call);
    }, () => syncNow(pair, { workers: 0 }));
    assert.is(contentOf(pair.replica, 'd/own'), 'only here');
  }
});

kept('but where that one moves away itself it is a rename', async () => {
  const pair = await syncedPair({ 'd/e/f': 'f', 'q/e/g': 'g', '.fsyncignore': '*.log' });
  makeTree(pair.replica, { 'd/e/own.log': 'own' });
  fs.renameSync(`${pair.source}/d`, `${pair.source}/moved`);
  fs.renameSync(`${pair.source}/q`, `${pair.source}/d`);
  const { moved } = await syncNow(pair);
  assert.equal(moved, ['rename d -> moved', 'rename q -> d']);
  assert.equal(leavesOf(pair.replica), ['.fsyncignore', 'd/e/g', 'moved/e/f', 'moved/e/own.log']);
});

kept('unless --delete-ignored prunes it, deep in what else is there, too', async () => {
  const pair = await syncedPair({ 'd/e/f': 'f', 'a.log': 'ignored later', 'g/h': 'h' });
  makeTree(pair.source, { '.fsyncignore': '*.log\nown/' });
  makeTree(pair.replica, { 'd/own/x': 'x', 'd/e/own.log': 'x', 'g/own.log': 'x' });
  removeTree(`${pair.source}/g`);
  await syncNow(pair, { deleteIgnored: true });
  assert.equal(leavesOf(pair.replica), ['.fsyncignore', 'd/e/f']);
  assert.ok(isThere(pair.source, 'a.log'));
  await assertQuiet(pair, { deleteIgnored: true });
});

kept('and what --delete-ignored prunes is counted and held like all else', async () => {
  const pair = await syncedPair({ 'a.log': '1', 'b.log': '2', 'c': 'c' });
  const { held } = await syncNow(pair, {
    ignore: ['*.log'], deleteIgnored: true, maxDelete: { entries: 1 },
  });
  assert.equal([held?.reason, held?.entries], ['max-delete', 2]);
  assert.ok(isThere(pair.replica, 'a.log'));
});

kept.run();

// ---

const changed = suite('an ignore file that changes');

const withRules = async (text: string): Promise<Pair> =>
  syncedPairIgnoring({ '.fsyncignore': text, 'a.log': 'log', 'd/b.log': 'log', 'd/c': 'c' });

async function syncedPairIgnoring(spec: TreeSpec): Promise<Pair> {
  const pair = newPair(spec);
  assert.is((await syncNow(pair)).exitCode, 0);
  return pair;
}

changed('lets in what it ignored', async () => {
  const pair = await withRules('*.log');
  fs.writeFileSync(`${pair.source}/.fsyncignore`, 'nothing');
  await syncNow(pair);
  assert.equal(leavesOf(pair.replica), ['.fsyncignore', 'a.log', 'd/b.log', 'd/c']);
  await assertQuiet(pair);
});

changed('leaves alone what it ignores now: as it was, whatever becomes of it', async () => {
  const pair = await withRules('nothing');
  fs.writeFileSync(`${pair.source}/.fsyncignore`, '*.log');
  fs.writeFileSync(`${pair.source}/a.log`, 'changed');
  fs.unlinkSync(`${pair.source}/d/b.log`);
  await syncNow(pair);
  assert.is(contentOf(pair.replica, 'a.log'), 'log');
  assert.ok(isThere(pair.replica, 'd/b.log'));
  await assertQuiet(pair);

  // And back again: the record of old is no excuse to miss what happened meanwhile.
  fs.unlinkSync(`${pair.source}/.fsyncignore`);
  await syncNow(pair);
  assert.equal(leavesOf(pair.replica), ['a.log', 'd/c']);
  assert.is(contentOf(pair.replica, 'a.log'), 'changed');
});

changed('that is a symlink or a folder rules nothing', async () => {
  const pair = newPair({ 'rules': '*', 'a': 'a', 'd/.fsyncignore/x': 'x' });
  fs.symlinkSync('rules', `${pair.source}/.fsyncignore`);
  await syncNow(pair);
  assert.equal(leavesOf(pair.replica), ['.fsyncignore', 'a', 'd/.fsyncignore/x', 'rules']);
});

changed.run();

// ---

const own = suite('the state folder inside a root');

own('is refused where it is the root itself, and nothing is made', async () => {
  for (const side of ['source', 'replica'] as const) {
    for (const dryRun of [true, false]) {
      const pair = newPair({ a: 'a' });
      const { exitCode, refused } = await syncNow({ ...pair, state: pair[side] }, { dryRun });
      assert.is(exitCode, 3);
      assert.is(refused?.text,
        `the state folder ${pair[side]} is the ${side}: choose another folder`);
      assert.equal(fs.readdirSync(pair.source), ['a']);
      assert.not(isThere(pair.dir, 'D'));
    }
  }
});

own('is neither mirrored nor pruned, and the pass after is quiet', async () => {
  for (const side of ['source', 'replica'] as const) {
    const pair = newPair({ 'a': 'a', 'd/b': 'b' });
    const inside = { ...pair, state: `${pair[side]}/d/state` };
    if (side === 'replica') makeTree(pair.replica, { 'd/': null });
    assert.is((await syncNow(inside)).exitCode, 0);
    await assertQuiet(inside);
    assert.not(isThere(pair[side === 'source' ? 'replica' : 'source'], 'd/state'));
    assert.ok(isThere(inside.state, ''));
    removeTree(`${pair.source}/a`);
    await syncNow(inside);
    await assertQuiet(inside);
  }
});

own('log in the replica stays while it is written; in the source it is told of', async () => {
  const pair = await syncedPair({ a: 'a' });
  const { source, replica } = pair;
  for (const side of [source, replica]) {
    const path = `${side}/the.log`;
    fs.writeFileSync(path, 'told\n');
    const { dev, ino } = fs.statSync(path, { bigint: true });
    const { events, moved } = await syncNow(pair, { outputs: () => [{ dev, ino, path }] });
    const notices = events.flatMap((one) => (one.kind === 'notice' ? [[one.code, one.path]] : []));
    if (side === source) assert.equal(notices, [['log-in-source', 'the.log']]);
    else assert.equal([notices, moved], [[['own-state', 'the.log']], []]);
    fs.unlinkSync(path);
  }
});

own('is known by whatever way it is named', async () => {
  const pair = newPair({ 'a': 'a', 'd/b': 'b' });
  fs.symlinkSync(pair.source, `${pair.dir}/link`);
  const linked = { ...pair, state: `${pair.dir}/link/d/state` };
  for (let at = 0; at < 2; at += 1) assert.is((await syncNow(linked)).exitCode, 0);
  assert.not(isThere(pair.replica, 'd/state'));
  await assertQuiet(linked);
});

own('is told of, once', async () => {
  const pair = newPair({ 'a': 'a' });
  const { notices } = await syncNow({ ...pair, state: `${pair.source}/state` });
  assert.is(notices.length, 1, notices.join());
});

own.run();
