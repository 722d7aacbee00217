import fs from 'node:fs';
import path from 'node:path';

import { lastValueFrom, tap } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { isTemporary } from '../../lib/core/entry.ts';
import { sync, type Options } from '../../lib/index.ts';
import { systemError, watchingCalls, type Call } from '../support/faults.ts';
import {
  assertMirrored, contentOf, newPair, syncedPair, syncNow, syncWell, type Pair,
} from '../support/pass.ts';
import { link, makeTree, symlink, type TreeSpec } from '../support/tree.ts';

const durable = suite('--durable');

const SPEC: TreeSpec = {
  'a': 'old', 'd/b': 'old', 'd/moves': 'moves', 'd/goes': 'x', 'e/f/goes': 'x', 'chmod': 'c',
  'h': 'h', 'l': symlink('a'),
};

/** A pair in which something of each kind is to be done. */
async function changedPair(): Promise<Pair> {
  const pair = await syncedPair(SPEC);
  fs.renameSync(`${pair.source}/d/moves`, `${pair.source}/moved`);
  fs.unlinkSync(`${pair.source}/d/goes`);
  fs.rmSync(`${pair.source}/e`, { recursive: true });
  fs.unlinkSync(`${pair.source}/l`);
  fs.chmodSync(`${pair.source}/chmod`, 0o600);
  makeTree(pair.source, {
    'a': 'new', 'd/b': 'new', 'd/new': 'n', 'l': symlink('d/b'), 'h2': link('h'),
    'tree/x/y': 'y', 'tree/x/big': Buffer.alloc(5 << 20, 'b'), 'tree/x/l': symlink('y'),
    'tree/s/1': link('tree/s/2'), 'tree/s/2': 'two',
  });
  return pair;
}

const IN_FD = /^\/proc\/self\/fd\/(\d+)\/(.+)$/s;

/** The real path of an entry that a call names. */
function pathOf(name: unknown): string {
  const [, fd, last] = IN_FD.exec(String(name)) ?? [];
  return fd === undefined ? String(name) : path.join(fs.readlinkSync(`/proc/self/fd/${fd}`), last!);
}

/**
 * Follows a pass by its calls: what is on the disk, by inode. `named`: told of each entry that gets
 * a name that is not temporary. `told`: of each operation, with the folders whose names are not.
 */
async function follow(
  { source, replica, state }: Pair, options: Partial<Options>,
  seen: {
    readonly named?: (synced: ReadonlySet<number>, from: string, to: string) => void;
    readonly told?: (dirty: ReadonlySet<string>, at: string) => void;
  },
): Promise<void> {
  const synced = new Set<number>();
  const dirty = new Set<string>();
  const before = ({ name, args }: Call): void => {
    if (name === 'fsyncSync') {
      const at = fs.readlinkSync(`/proc/self/fd/${String(args[0])}`);
      synced.add(fs.fstatSync(args[0] as number).ino);
      dirty.delete(at);
      return;
    }
    if (name === 'renameSync') {
      const [from, to] = [pathOf(args[0]), pathOf(args[1])];
      dirty.add(path.dirname(from)).add(path.dirname(to));
      if (isTemporary(path.basename(from))) seen.named?.(synced, from, to);
    } else if (name === 'linkSync' || name === 'symlinkSync') {
      dirty.add(path.dirname(pathOf(args[1])));
    } else if (name === 'unlinkSync' || name === 'rmdirSync' || name === 'mkdirSync') {
      dirty.add(path.dirname(pathOf(args[0])));
    } else if (name === 'writeSync') {
      synced.delete(fs.fstatSync(args[0] as number).ino);
    }
  };
  const names = ['fsyncSync', 'renameSync', 'linkSync', 'symlinkSync', 'unlinkSync', 'rmdirSync',
    'mkdirSync', 'writeSync'] as const;
  await watchingCalls(names, before, () => lastValueFrom(
    sync({ source, replica, stateDir: state, workers: 0, durable: true, ...options }).pipe(
      tap((event) => {
        if (event.kind === 'operation-done') seen.told?.(dirty, `${replica}/${event.path}`);
      }))));
}

/** The files that get a name when an entry does, and a folder itself. */
const inodesAt = (at: string): readonly number[] => {
  const stat = fs.lstatSync(at);
  if (!stat.isDirectory()) return stat.isFile() ? [stat.ino] : [];
  return [stat.ino, ...fs.readdirSync(at).flatMap((name) => inodesAt(`${at}/${name}`))];
};

durable('has all of a file on the disk before its name, in new folders too', async () => {
  const pair = await changedPair();
  const named: string[] = [];
  const early: string[] = [];
  await follow(pair, {}, { named: (synced, from, to) => {
    const isOld = fs.lstatSync(from).isFile() && fs.lstatSync(from).nlink > 1;
    named.push(path.basename(to));
    if (!isOld && !inodesAt(from).every((ino) => synced.has(ino))) early.push(to);
  } });
  assert.equal(early, []);
  for (const name of ['a', 'b', 'new', 'tree', 'x', 'big']) assert.ok(named.includes(name), name);
  assertMirrored(pair);
});

durable('has the names of what is done on the disk before it is told', async () => {
  const pair = await changedPair();
  const early: string[] = [];
  let told = 0;
  await follow(pair, {}, { told: (dirty, at) => {
    told += 1;
    if (dirty.has(path.dirname(at))) early.push(at);
  } });
  assert.equal(early, []);
  assert.ok(told > 8);
  assertMirrored(pair);
});

durable('has what goes to the trash there before the replica loses it', async () => {
  const pair = await changedPair();
  const trash = `${pair.dir}/trash`;
  const early: string[] = [];
  const named = (at: string): void => {
    const dirty = [...pending].filter((folder) => `${folder}/`.startsWith(`${trash}/`));
    if (dirty.length > 0) early.push(at);
  };
  const pending = new Set<string>();
  const before = ({ name, args }: Call): void => {
    if (name === 'fsyncSync') pending.delete(fs.readlinkSync(`/proc/self/fd/${String(args[0])}`));
    else if (name === 'renameSync') named(pathOf(args[1]));
    else if (name === 'unlinkSync') named(pathOf(args[0]));
    else pending.add(path.dirname(pathOf(args[name === 'linkSync' ? 1 : 0])));
  };
  fs.mkdirSync(trash);
  await watchingCalls(['fsyncSync', 'renameSync', 'unlinkSync', 'linkSync', 'mkdirSync'], before,
    () => syncNow(pair, { workers: 0, durable: true, trash }));
  assert.equal(early, []);
  assert.ok(fs.readdirSync(trash).length > 0);
  assertMirrored(pair);
});

durable('tells of what cannot be put on the disk, and does it again', async () => {
  const pair = await syncedPair(SPEC);
  makeTree(pair.source, { a: 'new' });
  const { problems, exitCode } = await watchingCalls(['fsyncSync'], (call) => {
    throw systemError('EIO', call);
  }, () => syncNow(pair, { workers: 0, durable: true }));
  // The folder's own times, too.
  assert.equal([problems, exitCode], [['EIO ', 'EIO a'], 1]);
  assert.is(contentOf(pair.replica, 'a'), 'old');

  const unnamed = await watchingCalls(['fsyncSync'], (call) => {
    if (fs.fstatSync(call.args[0] as number).isDirectory()) throw systemError('EIO', call);
  }, () => syncNow(pair, { workers: 0, durable: true }));
  assert.equal([unnamed.problems, unnamed.exitCode], [['EIO ', 'EIO a'], 1]);
  await syncWell(pair, { durable: true });
});

durable('asks nothing of file systems that cannot do it for folders', async () => {
  const pair = await changedPair();
  const { problems } = await watchingCalls(['fsyncSync'], (call) => {
    if (fs.fstatSync(call.args[0] as number).isDirectory()) throw systemError('EINVAL', call);
  }, () => syncNow(pair, { workers: 0, durable: true }));
  assert.equal(problems, []);
  assertMirrored(pair);
});

durable('is not done unless it is asked for', async () => {
  const pair = newPair({ 'a': 'A', 'd/b': 'B' });
  await watchingCalls(['fsyncSync'], (call) => {
    throw systemError('EIO', call);
  }, () => syncWell(pair, { workers: 0 }));
});

durable.run();
