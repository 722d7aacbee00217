import fs from 'node:fs';
import { basename, dirname } from 'node:path';
import { lastValueFrom, toArray } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { isTemporary } from '../../lib/core/entry.ts';
import { explain, type Options } from '../../lib/index.ts';
import { CHANGING, systemError, watchingCalls } from '../support/faults.ts';
import { mountTmpfs, unmount } from '../support/mounted.ts';
import { needs } from '../support/needs.ts';
import {
  assertMirrored, assertQuiet, contentOf, newPair, passesOf, syncedPair, syncNow, syncWell,
  type Pair,
} from '../support/pass.ts';
import { link, makeTree, readTree } from '../support/tree.ts';

const trashOf = (pair: Pair): Partial<Options> => ({ trash: `${pair.dir}/trash` });

/** What the trash holds, the folders of day and pass left out: path → content, `/` for folders. */
function kept(at: string): Record<string, string> {
  const found: Record<string, string> = {};
  if (!fs.existsSync(at)) return found;
  for (const [path, entry] of readTree(at)) {
    const [, , ...rest] = path.split('/');
    if (rest.length === 0) continue;
    const name = rest.join('/');
    found[name] = entry.type === 'folder' ? '/' : entry.type === 'symlink'
      ? `-> ${fs.readlinkSync(`${at}/${path}`)}` : contentOf(at, path);
  }
  return found;
}

/** The names of today's folder, and of those beside it: a test may run at midnight. */
const daysAround = (): string[] => [-1, 0, 1].map((days) => {
  const date = new Date(Date.now() + days * 86_400_000);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
});

const trash = suite('--trash');

trash('gets what is removed and what is overwritten, by date, pass and path', async () => {
  const pair = await syncedPair({
    changed: 'old', gone: 'gone', 'dir/deep/f': 'deep', 'dir/empty/': null, moved: 'it moves',
    stays: 'same', linked: 'a file of its own',
  });
  fs.symlinkSync('stays', `${pair.source}/link`);
  await syncWell(pair);
  const old = fs.lstatSync(`${pair.replica}/changed`, { bigint: true });

  fs.writeFileSync(`${pair.source}/changed`, 'new content');
  fs.rmSync(`${pair.source}/gone`);
  fs.rmSync(`${pair.source}/dir`, { recursive: true });
  fs.renameSync(`${pair.source}/moved`, `${pair.source}/there`);
  fs.rmSync(`${pair.source}/link`);
  fs.symlinkSync('elsewhere', `${pair.source}/link`);
  fs.rmSync(`${pair.source}/linked`);
  fs.linkSync(`${pair.source}/stays`, `${pair.source}/linked`);
  await syncWell(pair, trashOf(pair));

  const at = `${pair.dir}/trash`;
  assert.equal(kept(at), {
    changed: 'old', gone: 'gone', dir: '/', 'dir/deep': '/', 'dir/deep/f': 'deep',
    'dir/empty': '/', link: '-> stays', linked: 'a file of its own',
  });
  const [day = ''] = fs.readdirSync(at);
  const [pass = ''] = fs.readdirSync(`${at}/${day}`);
  assert.match(`${day}/${pass}`, /^\d{4}-\d\d-\d\d\/\d\d\.\d\d\.\d\d\.\d{3}$/);
  const there = fs.lstatSync(`${at}/${day}/${pass}/changed`, { bigint: true });
  assert.equal([there.ino, there.mtimeNs, there.mode, there.nlink],
    [old.ino, old.mtimeNs, old.mode, 1n]);
  assert.is(fs.statSync(at).mode & 0o777, 0o700);
});

trash('keeps what changes its type, and what a rename overwrites, but not what a cycle moves',
  async () => {
    const pair = await syncedPair({
      'folder/f': 'inside', file: 'was a file', a: 'first', b: 'second', over: 'lost', from: 'won',
    });
    fs.rmSync(`${pair.source}/folder`, { recursive: true });
    fs.writeFileSync(`${pair.source}/folder`, 'a file now');
    fs.rmSync(`${pair.source}/file`);
    makeTree(pair.source, { 'file/x': 'a folder now' });
    fs.renameSync(`${pair.source}/a`, `${pair.source}/t`);
    fs.renameSync(`${pair.source}/b`, `${pair.source}/a`);
    fs.renameSync(`${pair.source}/t`, `${pair.source}/b`);
    fs.renameSync(`${pair.source}/from`, `${pair.source}/over`);
    await syncWell(pair, trashOf(pair));
    assert.equal(kept(`${pair.dir}/trash`),
      { folder: '/', 'folder/f': 'inside', file: 'was a file', over: 'lost' });
  });

trash('keeps what a rename overwrites that has another name, too', async () => {
  const pair = await syncedPair({ x: 'old', y: link('x'), from: 'won', k: 'k' });
  fs.renameSync(`${pair.source}/from`, `${pair.source}/x`);
  const { moved } = await syncNow(pair, trashOf(pair));
  assert.equal(moved, ['rename from -> x']);
  assert.equal(kept(`${pair.dir}/trash`), { x: 'old' });
  assert.is(contentOf(pair.replica, 'y'), 'old');
  await assertQuiet(pair);
});

trash('finds another name where one is taken', async () => {
  const pair = await syncedPair({ 'd/f': 'one' });
  fs.rmSync(`${pair.replica}/d`, { recursive: true });
  makeTree(pair.replica, { d: 'a file in the place of the folder' });
  await syncWell(pair, trashOf(pair));
  fs.writeFileSync(`${pair.source}/d/f`, 'two, longer');
  await syncWell(pair, trashOf(pair));
  assert.equal(kept(`${pair.dir}/trash`),
    { d: '/', 'd/f': 'one' });
});

trash('lies in the replica, if that is wanted, and is no part of the mirror', async () => {
  const pair = await syncedPair({ f: 'old', g: '' });
  const options = { trash: `${pair.replica}/.trash` };
  fs.rmSync(`${pair.source}/g`);
  fs.writeFileSync(`${pair.source}/f`, 'new content');
  const passed = await syncNow(pair, options);
  assert.is(passed.exitCode, 0);
  assert.equal(kept(options.trash), { f: 'old', g: '' });
  await assertQuiet(pair, options);
});

trash('in the replica stays, whatever later passes are told of a trash', async () => {
  const pair = await syncedPair({ f: 'old', g: 'g' });
  const inside = { trash: `${pair.replica}/.trash` };
  const other = { trash: `${pair.replica}/other` };
  fs.writeFileSync(`${pair.source}/f`, 'new content');
  await syncNow(pair, inside);
  fs.rmSync(`${pair.source}/g`);
  await syncNow(pair, other);

  const passed = await syncNow(pair);
  assert.equal([passed.done, passed.held], [[], undefined]);
  assert.equal(kept(inside.trash), { f: 'old' });
  assert.equal(kept(other.trash), { g: 'g' });
  const { source, replica, state } = pair;
  const said = await lastValueFrom(
    explain({ source, replica, stateDir: state, workers: 0 }, '.trash').pipe(toArray()));
  assert.ok(said.some((one) => one.kind === 'explained-rule' && one.why === 'own'));

  // Once it is gone its name is free again.
  fs.rmSync(inside.trash, { recursive: true });
  makeTree(pair.source, { '.trash/x': 'mirrored' });
  await syncNow(pair);
  assert.is(contentOf(pair.replica, '.trash/x'), 'mirrored');
});

trash('in the replica stays where a pass cannot look whether it is still there', async () => {
  const pair = await syncedPair({ f: 'old', g: 'g' });
  const inside = { trash: `${pair.replica}/.trash` };
  fs.writeFileSync(`${pair.source}/f`, 'new content');
  await syncNow(pair, inside);
  // The first look fails; what a scan would see of it by then is a folder that nobody mirrors.
  const passBlind = async (options: Partial<Options>): Promise<readonly string[]> => {
    let looks = 0;
    const { moved } = await watchingCalls(['lstatSync'], (call) => {
      if (String(call.args[0]) !== inside.trash) return;
      looks += 1;
      if (looks === 1) throw systemError('EIO', call);
    }, () => syncNow(pair, { workers: 0, ...options }));
    assert.ok(looks > 0);
    return moved;
  };
  assert.equal(await passBlind({}), []);
  // Nor is it forgotten for another.
  assert.equal(await passBlind({ trash: `${pair.replica}/other` }), []);
  await assertQuiet(pair);
  assert.equal(kept(inside.trash), { f: 'old' });
});

trash('stays where it is, whatever becomes of the folder that holds it', async () => {
  const pair = await syncedPair({ 'd/e/f': 'f', 'q/g': 'g', 'h': 'old' });
  const options = { trash: `${pair.replica}/d/e/trash`, maxDelete: { entries: 2 } };
  fs.writeFileSync(`${pair.source}/h`, 'another');
  await syncNow(pair, options);
  fs.renameSync(`${pair.source}/d`, `${pair.source}/moved`);
  await syncNow(pair, options);
  fs.renameSync(`${pair.source}/q`, `${pair.source}/d`);
  const { exitCode, held, problems } = await syncNow(pair, options);
  assert.equal([exitCode, held, problems], [0, undefined, []]);
  assert.equal(['moved/e/f', 'd/g'].map((at) => contentOf(pair.replica, at)), ['f', 'g']);
  assert.is(kept(options.trash)['h'], 'old');
  await assertQuiet(pair, options);
});

trash('is refused where it would be written into the source, or is no folder', async () => {
  const pair = await syncedPair({ f: 'old' });
  fs.writeFileSync(`${pair.source}/f`, 'new content');
  fs.writeFileSync(`${pair.dir}/file`, '');
  const places = {
    [`${pair.source}/trash`]: 'lies in the source, which is only read: choose a folder elsewhere',
    [pair.source]: 'lies in the source, which is only read: choose a folder elsewhere',
    [pair.replica]: 'is the replica: choose another folder',
    [`${pair.dir}/file`]: 'is no folder',
    [`${pair.dir}/no/parent`]: `cannot be made: ${pair.dir}/no does not exist: make it first`,
  };
  for (const [place, why] of Object.entries(places)) {
    for (const dryRun of [true, false]) {
      const passed = await syncNow(pair, { trash: place, dryRun });
      assert.is(passed.exitCode, 3, place);
      assert.is(passed.refused?.code, 'trash-unusable', place);
      assert.is(passed.refused?.text, `the trash ${place} ${why}`);
      assert.is(contentOf(pair.replica, 'f'), 'old', place);
    }
  }
  assert.equal(fs.readdirSync(pair.source), ['f']);
});

for (const [what, put] of Object.entries<(at: string, pair: Pair) => void>({
  'a file': (at) => fs.writeFileSync(at, 'mine'),
  'a link to a folder': (at, pair) => fs.symlinkSync(pair.dir, at),
})) {
  trash(`with ${what} in the place of the day's folder: nothing is lost, and that is told`,
    async () => {
      const pair = await syncedPair({ changed: 'old', gone: 'gone', 'd/f': 'deep' });
      const at = `${pair.dir}/trash`;
      fs.mkdirSync(at);
      const days = daysAround().map((day) => `${at}/${day}`);
      for (const day of days) put(day, pair);
      fs.writeFileSync(`${pair.source}/changed`, 'new content');
      fs.writeFileSync(`${pair.source}/new`, 'new');
      for (const name of ['gone', 'd']) fs.rmSync(`${pair.source}/${name}`, { recursive: true });

      const passed = await syncNow(pair, trashOf(pair));
      assert.equal(passed.problems,
        ['changed', 'd/f', 'gone'].map((path) => `trash-unusable ${path}`));
      assert.equal(['changed', 'gone', 'd/f', 'new'].map((path) => contentOf(pair.replica, path)),
        ['old', 'gone', 'deep', 'new']);

      for (const day of days) fs.rmSync(day);
      await syncWell(pair, trashOf(pair));
      assert.equal(kept(at), { changed: 'old', gone: 'gone', d: '/', 'd/f': 'deep' });
    });
}

trash('gets what was put aside to make room, and could not be kept then', async () => {
  const pair = await syncedPair({ 'd/f': 'deep' });
  const at = `${pair.dir}/trash`;
  fs.mkdirSync(at);
  const days = daysAround().map((day) => `${at}/${day}`);
  for (const day of days) fs.writeFileSync(day, '');
  fs.rmSync(`${pair.source}/d`, { recursive: true });
  fs.writeFileSync(`${pair.source}/d`, 'a file by now');

  for (let times = 0; times < 2; times += 1) await syncNow(pair, trashOf(pair));
  for (const day of days) fs.rmSync(day);
  await syncWell(pair, trashOf(pair));
  assert.equal(Object.values(kept(at)).toSorted(), ['/', 'deep']);
});

/** A kill between the two renames of files that change places: the name of `first` is taken. */
async function killedInSwap(): Promise<Pair> {
  const pair = await syncedPair({ 'd/a': 'first', 'd/b': 'second' });
  fs.renameSync(`${pair.source}/d/a`, `${pair.source}/t`);
  fs.renameSync(`${pair.source}/d/b`, `${pair.source}/d/a`);
  fs.renameSync(`${pair.source}/t`, `${pair.source}/d/b`);
  // After the first of the two renames nothing is done any more.
  let renames = 0;
  await watchingCalls([...CHANGING], (call) => {
    const isPlan = call.name === 'renameSync' && isTemporary(basename(String(call.args[0])));
    if (isPlan) renames += 1;
    if (renames > 1) throw systemError('EIO', call);
  }, () => syncNow(pair, { ...trashOf(pair), workers: 0 }));
  assert.is(contentOf(pair.replica, 'd/a'), 'second');
  assert.equal(kept(`${pair.dir}/trash`), {});
  return pair;
}

trash('gets a file that a kill left under a temporary name, its own being another\'s', async () => {
  const pair = await killedInSwap();
  fs.rmSync(`${pair.source}/d/b`);
  fs.renameSync(`${pair.source}/d`, `${pair.source}/e`);
  await syncWell(pair, trashOf(pair));
  assert.equal(kept(`${pair.dir}/trash`)['d/a'], 'first');
});

trash('gets such a file, too, when it goes with all of its folder', async () => {
  const pair = await killedInSwap();
  fs.rmSync(`${pair.source}/d`, { recursive: true });
  makeTree(pair.source, { other: '' });
  await syncWell(pair, { ...trashOf(pair), approveDeletes: true });
  const all = [...readTree(`${pair.dir}/trash`)].filter(([, { type }]) => type === 'file');
  const contents = all.map(([at]) => contentOf(`${pair.dir}/trash`, at)).toSorted();
  assert.equal(contents, ['first', 'second', 'second']);
});

trash('that is refused leaves nothing behind; one in a replica yet to be made is not', async () => {
  const pair = newPair({ f: '' });
  for (const place of [`${pair.source}/trash`, pair.replica, '/dev/null', '/dev/null/x']) {
    assert.is((await syncNow(pair, { trash: place })).refused?.code, 'trash-unusable', place);
    assert.not(fs.existsSync(pair.replica), place);
    assert.equal(fs.readdirSync(pair.state), [], place);
  }
  assert.is((await syncNow(pair, { trash: `${pair.replica}/.trash` })).exitCode, 0);
});

needs(trash, { root: true, platform: 'linux', tools: ['mount'] })(
  'on another file system gets copies; full, it loses nothing', async () => {
    const pair = await syncedPair({ f: 'old', gone: 'gone', big: Buffer.alloc(300_000, 'x') });
    const at = `${pair.dir}/trash`;
    fs.mkdirSync(at);
    mountTmpfs(at, 'size=128k');
    try {
      fs.writeFileSync(`${pair.source}/f`, 'new content');
      fs.rmSync(`${pair.source}/gone`);
      fs.rmSync(`${pair.source}/big`);
      const passed = await syncNow(pair, trashOf(pair));
      assert.equal(passed.problems, ['trash-full big']);
      assert.equal(kept(at), { f: 'old', gone: 'gone' });
      assert.is(contentOf(pair.replica, 'big').length, 300_000);
    } finally {
      unmount(at);
    }
    await syncWell(pair, trashOf(pair));
    assertMirrored(pair);
  });

trash('--trash-keep removes the days that are over, and nothing else', async () => {
  const pair = await syncedPair({ f: 'old' });
  const at = `${pair.dir}/trash`;
  makeTree(at, { '2020-01-01/10.00.00.000/x/y': '', '2999-01-01/z': '', '0 is mine/x': '' });
  await syncNow(pair, { ...trashOf(pair), trashKeepMs: 86_400_000 });
  assert.equal(fs.readdirSync(at).toSorted(), ['0 is mine', '2999-01-01']);
});

trash('--trash-keep removes of such a day only what passes have kept', async () => {
  const pair = await syncedPair({ f: 'old' });
  const at = `${pair.dir}/trash`;
  makeTree(at, {
    '2019-05-01/photo.jpg': 'mine', '2019-05-01/10.00.00.000/x': '',
    '2019-05-01/10.00.00.000.1/x': '', '2019-05-01/10.00.00/x': 'mine',
    '2019-05-02/10.00.00.000': 'mine', '2019-05-03/10.00.00.000/10.00.00.000': '',
    '2019-05-04': 'mine', 'elsewhere/10.00.00.000/x': 'mine',
  });
  fs.symlinkSync('elsewhere', `${at}/2019-05-05`);
  await syncNow(pair, { ...trashOf(pair), trashKeepMs: 86_400_000 });
  assert.equal([...readTree(at).keys()].toSorted(), ['',
    '2019-05-01', '2019-05-01/10.00.00', '2019-05-01/10.00.00/x', '2019-05-01/photo.jpg',
    '2019-05-02', '2019-05-02/10.00.00.000', '2019-05-04', '2019-05-05',
    'elsewhere', 'elsewhere/10.00.00.000', 'elsewhere/10.00.00.000/x',
  ]);
});

trash('--trash-keep tells of what cannot be removed, once', async () => {
  const pair = await syncedPair({ f: 'old' });
  const at = `${pair.dir}/trash`;
  makeTree(at, { '2019-05-01/10.00.00.000/x': '', '2019-05-01/10.00.00.000/y': '',
    '2019-05-02/10.00.00.000/x': '' });
  const notices: string[] = [];
  await watchingCalls(['unlinkSync'], (call) => {
    const folder = fs.readlinkSync(dirname(String(call.args[0])));
    if (folder.startsWith(`${at}/2019-05-01/`)) throw systemError('EPERM', call);
  }, () => passesOf(pair, async (_mirror, pass) => {
    for (let round = 0; round < 2; round += 1) {
      const { events } = await pass();
      notices.push(...events.flatMap((one) => (one.kind === 'notice' ? [one.text] : [])));
    }
  }, { ...trashOf(pair), trashKeepMs: 86_400_000 }));
  assert.equal(fs.readdirSync(at), ['2019-05-01']);
  assert.equal(notices, ['the trash keeps longer than --trash-keep says what cannot be removed: '
    + `${at}/2019-05-01/10.00.00.000/x (EPERM), and 1 more`]);
});

trash('a dry run makes none', async () => {
  const pair = await syncedPair({ f: 'old' });
  fs.rmSync(`${pair.source}/f`);
  await syncNow(pair, { ...trashOf(pair), dryRun: true, approveDeletes: true });
  assert.not(fs.existsSync(`${pair.dir}/trash`));
});

trash.run();
