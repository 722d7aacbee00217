import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { mountImage, unmount } from '../support/mounted.ts';
import { lacking, skip } from '../support/needs.ts';
import { contentOf, newPair, syncNow, syncWell } from '../support/pass.ts';
import { tempFolder, until } from '../support/temp.ts';

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

mounted('is mirrored as it is where a file is written twice within one of them', async () => {
  const pair = newPair();
  mountCoarse(pair.dir, pair.source);
  const at = `${pair.source}/f`;
  let round = 0;
  await until(async () => {
    round += 1;
    fs.writeFileSync(at, `one ${round}`);
    const { ctimeMs } = fs.lstatSync(at);
    assert.is((await syncNow(pair)).exitCode, 0);
    fs.writeFileSync(at, `two ${round}`);
    await syncNow(pair);
    return fs.lstatSync(at).ctimeMs === ctimeMs;
  }, { what: 'two writes within a second, with a pass in between' });
  assert.is(contentOf(pair.replica, 'f'), `two ${round}`);
  await syncWell(pair);
  unmount(pair.source);
});

coarse.run();
