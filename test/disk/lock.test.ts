import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { codeOf } from '../../lib/disk/bytes.ts';
import { findAround, lockReplica, type Lock, type LockRefusal } from '../../lib/disk/lock.ts';
import { closeAll, listen, socketNames } from '../../lib/disk/lock-sockets.ts';
import { needs } from '../support/needs.ts';
import { tempFolder, until } from '../support/temp.ts';

/** Locks, and says who else has it: 'free' if nobody. What was locked is released at the end. */
async function lock(replica: string, atRest?: () => boolean): Promise<string> {
  const found = await lockReplica(replica, atRest);
  if ('heldBy' in found) return found.heldBy;
  locks.push(found);
  return 'free';
}

const locks: Lock[] = [];

async function release(): Promise<void> {
  for (const each of locks.splice(0)) await each.release();
}

function folder(): (name: string) => string {
  const at = tempFolder();
  fs.mkdirSync(path.join(at, 'a/b/c'), { recursive: true });
  fs.mkdirSync(path.join(at, 'ab'));
  return (name) => path.join(at, name);
}

// ---

const locking = suite('lockReplica');
locking.after.each(release);
const test = needs(locking, { platform: 'linux' });

test('is had by one, until it is released', async () => {
  const at = folder();
  assert.is(await lock(at('a')), 'free');
  const refusal = await lockReplica(at('a')) as LockRefusal;
  assert.equal(refusal, {
    heldBy: 'same', text: `another fsync (process ${process.pid}) works on this replica`,
  });
  await release();
  assert.is(await lock(at('a')), 'free');
});

test('bars those above and below, in either order, and nobody else', async () => {
  const at = folder();
  assert.is(await lock(at('a/b')), 'free');
  assert.is(await lock(at('a')), 'descendant');
  assert.is(await lock(at('.')), 'descendant');
  assert.is(await lock(at('a/b/c')), 'ancestor');
  assert.is(await lock(at('ab')), 'free');
  // What was refused holds nothing back.
  await release();
  assert.is(await lock(at('a')), 'free');
  assert.is(await lock(at('a/b/c')), 'ancestor');
});

test('is found under another name, and at any depth', async () => {
  const at = folder();
  const deep = at(`a/${Array(30).fill('long-name'.repeat(10)).join('/')}`);
  fs.mkdirSync(deep, { recursive: true });
  fs.symlinkSync(at('a'), at('link'));
  assert.is(await lock(deep), 'free');
  assert.is(await lock(fs.realpathSync(at('link'))), 'descendant');
});

/** Opens and closes sockets all the time. */
const CHURN = `
  const net = require('node:net');
  (async () => {
    for (let turn = 0; ; turn += 1) {
      const servers = Array.from({ length: 40 }, (_, at) =>
        net.createServer().listen('\\0churn:' + process.pid + ':' + turn + ':' + at));
      await new Promise(setImmediate);
      for (const server of servers) server.close();
      await new Promise(setImmediate);
      if (turn === 0) console.log('begun');
    }
  })();`;

test('is seen by all, also while other sockets come and go', async () => {
  const names = Array.from({ length: 40 }, (_, at) => `fsync:in:${process.pid}:${at}`);
  const servers = await listen(names, () => {});
  const child = spawn(process.execPath, ['-e', CHURN], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    for (let reading = 0; reading < 1_000; reading += 1) {
      const seen = new Set(socketNames());
      assert.equal(names.filter((name) => !seen.has(name)), [], `reading ${reading}`);
    }
  } finally {
    child.kill('SIGKILL');
    await closeAll(servers!);
  }
});

locking('is none of a folder that is gone: whoever removed it may have it', async () => {
  const at = folder();
  const error = await lockReplica(at('a/gone')).catch((thrown: unknown) => thrown);
  assert.is(codeOf(error), 'vanished');
});

needs(locking, { root: true, platform: 'linux', tools: ['mount', 'umount'] })(
  'is found over bind mounts', async () => {
    const at = folder();
    execFileSync('mount', ['--bind', at('a/b'), at('ab')]);
    try {
      assert.is(await lock(at('ab')), 'free');
      assert.is(await lock(at('a/b')), 'same');
      assert.is(await lock(at('a')), 'descendant');
      assert.is(await lock(at('a/b/c')), 'ancestor');
      await release();
      assert.is(await lock(at('a')), 'free');
      assert.is(await lock(at('ab/c')), 'ancestor');
    } finally {
      execFileSync('umount', ['-l', at('ab')]);
    }
  });

test('is free when its process was killed, with -9', async () => {
  const at = folder();
  const child = holder(at('a/b'));
  await once(child.stdout!, 'data');
  const refusal = await lockReplica(at('a')) as LockRefusal;
  assert.equal(refusal, {
    heldBy: 'descendant',
    text: `another fsync (process ${child.pid}) works on a replica inside this one`,
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  await until(async () => await lock(at('a')) === 'free');
});

test('keeps no process alive', async () => {
  const at = folder();
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e',
    `${imported} await lockReplica(${JSON.stringify(at('a'))});`], { stdio: 'inherit' });
  assert.equal(await once(child, 'exit'), [0, null]);
});

test('of several who come at once is had by one at most', async () => {
  const at = folder();
  const found = await Promise.all(['a', 'a/b', 'a/b/c', 'a'].map((name) => lock(at(name))));
  assert.ok(found.filter((each) => each === 'free').length <= 1, found.join());
});

test('is given up at a knock when its folder is elsewhere, and its holder at rest', async () => {
  const at = folder();
  let isAtRest = true;
  assert.is(await lock(at('a'), () => isAtRest), 'free');
  assert.is(await lock(at('a')), 'same');
  // The same folder, hence the same number, at another place: that of one which is gone is like it.
  fs.renameSync(at('a'), at('moved'));
  isAtRest = false;
  assert.is(await lock(at('moved')), 'same');
  assert.is(await lock(at('moved/b')), 'ancestor');
  assert.is((await findAround(at('moved/b/c')))?.heldBy, 'ancestor');
  assert.is(locks[0]!.holds(at('a')), false);

  isAtRest = true;
  assert.is(await findAround(at('moved/b/c')), undefined);
  assert.is(await lock(at('moved')), 'free');
  // It comes for what is at its place by now as everybody does.
  fs.renameSync(at('moved'), at('a'));
  assert.is(locks[0]!.holds(at('a')), false);
  assert.is(await lock(at('a')), 'same');
});

test('is given up at a knock from a folder that is not above it any more', async () => {
  const at = folder();
  assert.is(await lock(at('a/b'), () => true), 'free');
  assert.is(await lock(at('a')), 'descendant');
  // The replica itself is where it was, in another folder.
  fs.renameSync(at('a'), at('old'));
  fs.mkdirSync(at('a'));
  fs.renameSync(at('old/b'), at('a/b'));
  assert.is(locks[0]!.holds(at('a/b')), false);
  assert.is(await lock(at('old')), 'free');
});

test('is held by what it names, at its path only', async () => {
  const at = folder();
  assert.is(await lock(at('a')), 'free');
  assert.is(locks[0]!.holds(at('a')), true);
  assert.is(locks[0]!.holds(at('ab')), false);
  fs.renameSync(at('a'), at('old'));
  assert.is(locks[0]!.holds(at('a')), false);
  assert.is(locks[0]!.holds(at('old')), false);
  fs.mkdirSync(at('a'));
  assert.is(locks[0]!.holds(at('a')), false);
});

test('of another process is given up, too', async () => {
  const at = folder();
  const child = holder(at('a/b'), '() => true');
  await once(child.stdout!, 'data');
  fs.renameSync(at('a/b'), at('ab/x'));
  assert.is(await lock(at('ab/x')), 'free');
  child.kill('SIGKILL');
  await once(child, 'exit');
});

test('is refused where nobody answers a knock', async () => {
  const at = folder();
  const child = holder(at('a'), '() => true');
  await once(child.stdout!, 'data');
  fs.renameSync(at('a'), at('moved'));
  child.kill('SIGSTOP');
  assert.is(await lock(at('moved')), 'same');
  child.kill('SIGKILL');
  await once(child, 'exit');
});

const imported = `import { lockReplica } from ${JSON.stringify(path.resolve('lib/disk/lock.ts'))};`;

/** A process that has the lock and says so. */
function holder(at: string, atRest = '() => false'): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', `${imported}
    await lockReplica(${JSON.stringify(at)}, ${atRest});
    console.log('locked');
    setInterval(() => {}, 1000);`], { stdio: ['ignore', 'pipe', 'inherit'] });
}

locking.run();
