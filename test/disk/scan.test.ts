import fs from 'node:fs';
import { join } from 'node:path';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { samePath } from '../../lib/core/entry.ts';
import { selfRow } from '../../lib/core/record-check.ts';
import { encodeFolder } from '../../lib/disk/record-bytes.ts';
import { MOUNT, editFolder } from '../../lib/core/record.ts';
import {
  emptyScan, tasksOf, type FolderTask, type ScanContext, type ScanResult, type Siblings,
} from '../../lib/core/scan-task.ts';
import { idOf } from '../../lib/disk/overlap.ts';
import { scanFolder } from '../../lib/disk/scan.ts';
import { lstat } from '../../lib/disk/stat.ts';
import { withRoots, type TwoRoots } from './two-roots.ts';

const contextOf = ({ s, d }: TwoRoots): ScanContext => ({
  source: s, replica: d, powers: { root: false, groups: [] }, checksum: false, gitignore: false,
  deleteIgnored: false, grainMs: 20, careful: false, own: [], mounts: new Map(),
  wereMounts: undefined, replicaId: '',
});

function scan(
  roots: TwoRoots, task: Partial<FolderTask>, context: Partial<ScanContext> = {},
): ScanResult {
  const found = emptyScan();
  scanFolder({
    at: samePath(''), record: undefined, names: undefined, deep: true, chain: [], parentDev: -1,
    seen: undefined, ...task,
  }, { ...contextOf(roots), ...context }, found);
  return found;
}

/** The record of a folder as it is now. */
function recordOf({ s, d }: TwoRoots, name: string, isMount: boolean): Uint8Array {
  const self = selfRow(lstat(join(s, name))!, lstat(join(d, name))!, Number(isMount));
  return encodeFolder(editFolder(undefined, new Map(), self));
}

function makeFolders({ s, d }: TwoRoots, ...names: readonly string[]): void {
  for (const name of names) {
    fs.mkdirSync(join(s, name));
    fs.mkdirSync(join(d, name));
  }
}

/** As if what was mounted there was gone. */
function replaceFolder({ s }: TwoRoots, name: string): void {
  fs.renameSync(join(s, name), `${join(s, name)}-away`);
  fs.mkdirSync(join(s, name));
}

// ---

const inside = suite('the folders inside a scanned one');

inside('are handed on as they were seen, all or by themselves only', withRoots((roots) => {
  makeFolders(roots, 'a', 'b');
  const { ino, dev } = fs.lstatSync(join(roots.s, 'b'));
  const first = scan(roots, {});
  assert.is(first.checked, 3);
  const tasks = (one: readonly Siblings[]): FolderTask[] => tasksOf(one, []);
  assert.equal(tasks(first.inside).map(({ at, names }) => [at.source, names]),
    [['a', undefined], ['b', undefined]]);
  assert.equal([tasks(first.inside)[1]!.seen?.source.ino, tasks(first.inside)[1]!.seen?.dev],
    [ino, dev]);

  // Recorded, and not asked for what is in them.
  const rows = new Map(first.edits.flatMap((edit) => edit.rows));
  const record = encodeFolder(editFolder(undefined, rows));
  const { inside: known } = scan(roots, { record, deep: false });
  assert.equal(tasks(known).map(({ at, names }) => [at.source, names]), [['a', []], ['b', []]]);
}));

inside('are not looked into where they are the replica itself', withRoots((roots) => {
  makeFolders(roots, 'a');
  fs.writeFileSync(join(roots.s, 'a/f'), '');
  const found = scan(roots, { at: samePath('a') }, { replicaId: idOf(join(roots.s, 'a'))! });
  assert.equal(found.differences.map((one) => [one.kind, 'code' in one && one.code]),
    [['unknown', 'is-the-replica']]);
}));

inside('are not looked at again, nor counted twice', withRoots((roots) => {
  makeFolders(roots, 'a');
  const [task] = tasksOf(scan(roots, {}).inside, []);
  fs.chmodSync(join(roots.s, 'a'), 0o700);
  const found = scan(roots, { ...task, record: recordOf(roots, 'a', false) });
  assert.is(found.checked, 0);
  // As seen it is not as recorded: only then is it looked at closely.
  assert.equal(found.differences.map(({ kind }) => kind), ['changed']);
}));

inside('that were mounts are looked at again: one may be gone since', withRoots((roots) => {
  makeFolders(roots, 'a');
  fs.writeFileSync(join(roots.d, 'a', 'kept'), '');
  const record = recordOf(roots, 'a', true);
  replaceFolder(roots, 'a');
  const [task] = tasksOf(scan(roots, {}).inside, []);
  const stillMounted = { ...task!.seen!, dev: task!.parentDev + 1 };
  const found = scan(roots, { ...task, seen: stillMounted, record });
  assert.equal(found.differences.map((one) => 'code' in one && one.code), ['mount-gone']);
}));

inside('that were mounts are not believed if one goes while it is listed', withRoots((roots) => {
  makeFolders(roots, 'a', 'a/b');
  for (const root of [roots.s, roots.d]) fs.writeFileSync(join(root, 'a', 'kept'), 'x');
  const record = recordOf(roots, 'a', true);
  /** Asked of each entry, so that the folder is another when the second is looked at. */
  const own = Object.assign([], { includes(): boolean {
    if (fs.existsSync(join(roots.s, 'a', 'b'))) replaceFolder(roots, 'a');
    return false;
  } });
  const found = scan(roots, { at: samePath('a'), record, parentDev: 0 }, { own });
  assert.equal(found.differences.map((one) => 'code' in one && one.code), ['mount-gone']);
  assert.equal([found.inside, found.edits], [[], []]);
}));

inside('are mounts of their parent\'s device if the system says so', withRoots((roots) => {
  makeFolders(roots, 'a');
  for (const root of [roots.s, roots.d]) fs.utimesSync(join(root, 'a'), 1, 1);
  const { dev: parentDev } = fs.statSync(roots.s);
  const record = recordOf(roots, 'a', false);
  const isMarked = (...mounts: readonly string[]): number | undefined => scan(
    roots, { at: samePath('a'), parentDev, record },
    { mounts: new Map(mounts.map((at) => [at, 1])) },
  ).edits[0]?.self?.[MOUNT];
  assert.is(isMarked('a'), 1, 'it is marked, clean as it is');
  assert.is(isMarked('b', 'a/c'), undefined);
}));

inside('are mounts by the device of their parent, and by nothing where it is not known', withRoots(
  (roots) => {
    makeFolders(roots, 'a');
    for (const root of [roots.s, roots.d]) fs.utimesSync(join(root, 'a'), 1, 1);
    const { dev } = fs.statSync(roots.s);
    const isMount = (parentDev: number, record?: Uint8Array): number | undefined =>
      scan(roots, { at: samePath('a'), parentDev, record }).edits[0]?.self?.[MOUNT];
    assert.is(isMount(dev), 0);
    assert.is(isMount(dev + 1), 1);
    assert.is(isMount(-1), 0, 'it would be missed ever after');
    const recorded = recordOf(roots, 'a', true);
    fs.utimesSync(join(roots.d, 'a'), 2, 1);
    assert.is(isMount(-1, recorded), 1, 'it was one');
  },
));

inside.run();

// ---

const damaged = suite('a folder whose record cannot be read');

damaged('has all in it compared by content, as one without a record has not', withRoots((roots) => {
  for (const root of [roots.s, roots.d]) {
    fs.writeFileSync(join(root, 'f'), 'x');
    fs.utimesSync(join(root, 'f'), 1, 1);
    fs.utimesSync(root, 1, 1);
  }
  const kindsOf = (record: Uint8Array | undefined): string[] =>
    scan(roots, { record }).differences.map(({ kind }) => kind);
  assert.equal(kindsOf(undefined), []);
  const record = encodeFolder(editFolder(undefined, new Map()));
  record[record.length - 1]! ^= 1;
  assert.equal(kindsOf(record), ['unsure']);
  assert.equal(kindsOf(new Uint8Array(3)), ['unsure']);
}));

damaged.run();
