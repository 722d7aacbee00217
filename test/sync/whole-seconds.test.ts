import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { dirname } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { mountImage, unmount } from '../support/mounted.ts';
import { lacking, skip } from '../support/needs.ts';
import {
  assertQuiet, contentOf, newPair, syncNow, syncWell, type Pair,
} from '../support/pass.ts';
import { tempFolder, until } from '../support/temp.ts';
import { file, folder, makeTree } from '../support/tree.ts';

const coarse = suite('a file system whose times are whole seconds');
const reason = lacking({ root: true, platform: 'linux', tools: ['mount', 'umount', 'mkfs.ext4'] })
  ?? lackingImages();
const mounted = reason === undefined ? coarse : skip(coarse, reason);

/** Mounts an ext4 whose inodes have no room for more than seconds. */
function mountCoarse(dir: string, at: string): void {
  fs.writeFileSync(`${dir}/image`, '');
  fs.truncateSync(`${dir}/image`, 8 << 20);
  execFileSync('mkfs.ext4', ['-q', '-F', '-I', '128', `${dir}/image`], { stdio: 'pipe' });
  mountImage(`${dir}/image`, at);
}

function lackingImages(): string | undefined {
  const dir = tempFolder();
  try {
    fs.mkdirSync(`${dir}/disk`);
    mountCoarse(dir, `${dir}/disk`);
    unmount(`${dir}/disk`);
    return undefined;
  } catch {
    return 'needs loop devices and small inodes';
  }
}

/** No whole second. */
const ODD = 1_600_000_000_123_456n;

/** Does one thing in the source, and another after a pass, both within the same second. */
async function twiceInASecond(
  what: string, path: string, one: (at: string) => void, two: (at: string) => void,
): Promise<Pair> {
  const pair = newPair();
  mountCoarse(pair.dir, pair.source);
  const at = `${pair.source}/${path}`;
  await until(async () => {
    fs.rmSync(at, { recursive: true, force: true });
    fs.mkdirSync(dirname(at), { recursive: true });
    one(at);
    const { ctimeMs, ino } = fs.lstatSync(at);
    assert.is((await syncNow(pair)).exitCode, 0);
    two(at);
    const now = fs.lstatSync(at);
    return now.ctimeMs === ctimeMs && now.ino === ino;
  }, { what });
  await syncWell(pair);
  return pair;
}

mounted('is mirrored as it is where a file is written twice within one of them', async () => {
  const pair = await twiceInASecond('two writes', 'f',
    (at) => fs.writeFileSync(at, 'one'), (at) => fs.writeFileSync(at, 'two'));
  assert.is(contentOf(pair.replica, 'f'), 'two');
  unmount(pair.source);
});

for (const path of ['l', 'd/l']) {
  mounted(`is mirrored as it is where a link is new within one of them: ${path}`, async () => {
    const again = (at: string): void => {
      fs.unlinkSync(at);
      fs.symlinkSync('two', at);
    };
    const pair = await twiceInASecond('two links', path, (at) => fs.symlinkSync('one', at), again);
    assert.is(fs.readlinkSync(`${pair.replica}/${path}`), 'two');
    unmount(pair.source);
  });
}

mounted('is mirrored as it is where a folder gets another owner within one of them', async () => {
  for (const inside of ['', 'd']) {
    const pair = await twiceInASecond('another owner', 'd',
      (at) => fs.mkdirSync(`${at}/${inside}`, { recursive: true }),
      (at) => fs.chownSync(at, 5, 5));
    assert.is(fs.lstatSync(`${pair.replica}/d`).uid, 5);
    unmount(pair.source);
  }
});

mounted('as a replica has its files set once, also those of several names', async () => {
  const pair = newPair();
  fs.mkdirSync(`${pair.dir}/disk`);
  mountCoarse(pair.dir, `${pair.dir}/disk`);
  const far = { ...pair, replica: `${pair.dir}/disk/D` };
  makeTree(far.source, {
    a: file('a', { time: ODD }), d: folder({ time: ODD }), 'd/f': file('f', { time: ODD }),
  });
  fs.linkSync(`${far.source}/a`, `${far.source}/b`);
  assert.is((await syncNow(far)).exitCode, 0);
  const { ctimeMs } = fs.statSync(`${far.replica}/a`);
  const rest = (): Promise<void> =>
    until(() => Date.now() - ctimeMs > 2_500, { what: 'the changes to be old' });
  await rest();
  await syncNow(far);
  await syncNow(far);
  for (const options of [{}, { checksum: true }, { scrubPercent: 100 }]) {
    await assertQuiet(far, options);
  }
  // It is still seen what becomes of a file on either side.
  fs.chmodSync(`${far.source}/b`, 0o600);
  fs.chmodSync(`${far.replica}/d/f`, 0o600);
  await syncNow(far);
  assert.equal(['a', 'b'].map((name) => fs.statSync(`${far.replica}/${name}`).mode & 0o777),
    [0o600, 0o600]);
  assert.is(fs.statSync(`${far.replica}/d/f`).mode, fs.statSync(`${far.source}/d/f`).mode);
  fs.chownSync(`${far.replica}/a`, 5, 5);
  await syncNow(far);
  assert.is(fs.statSync(`${far.replica}/b`).uid, fs.statSync(`${far.source}/b`).uid);
  unmount(`${pair.dir}/disk`);
});

coarse.run();
