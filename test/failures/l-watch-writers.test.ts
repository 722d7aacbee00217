import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { newPair } from '../support/pass.ts';
import { assertNothingLeft, startWatch } from '../support/watch.ts';
import { beside, script } from './support.ts';

const writers = suite('beside those who write to the source');

const SEAL = `const sha1 = (bytes) =>
  require('node:crypto').createHash('sha1').update(bytes).digest('latin1');`;

/** Saves files, whole each time, that begin with the digest of the rest; a torn one shows. */
const saving = (dir: string, from: number): [string, ...string[]] => script(`${SEAL}
  const [dir, from] = argv;
  let round = Number(from);
  setInterval(() => {
    round += 7;
    const rest = Buffer.alloc((round * 7919) % 300_000, String(round));
    const folder = dir + '/d' + round % 3;
    fs.mkdirSync(folder, { recursive: true });
    const sealed = Buffer.concat([Buffer.from(sha1(rest), 'latin1'), rest]);
    fs.writeFileSync(dir + '/.unfinished' + from, sealed);
    fs.renameSync(dir + '/.unfinished' + from, folder + '/f' + round % 20);
    if (round % 5 === 0) fs.rmSync(dir + '/d' + (round + 1) % 3 + '/f3', { force: true });
  }, 4);`, dir, String(from));

/** Reads all of them, again and again: how often, and which were torn, is in two files. */
const sampling = (dir: string, found: string): [string, ...string[]] => script(`${SEAL}
  const [dir, found] = argv;
  for (let taken = 1; ; taken += 1) {
    for (const name of fs.readdirSync(dir, { recursive: true })) {
      if (!/^d\\d\\/f\\d+$/.test(name)) continue;
      try {
        const bytes = fs.readFileSync(dir + '/' + name);
        if (bytes.latin1Slice(0, 20) === sha1(bytes.subarray(20))) continue;
      } catch (error) {
        if (error.code === 'ENOENT') continue;
      }
      fs.appendFileSync(found + '/torn', name + ' ');
    }
    fs.writeFileSync(found + '/taken.new', String(taken));
    fs.renameSync(found + '/taken.new', found + '/taken');
  }`, dir, found);

const textOf = (file: string): string =>
  (fs.existsSync(file) ? fs.readFileSync(file, 'latin1') : '');

writers('L10: two of them, and a full pass each second: no file is torn at any time', async () => {
  const pair = newPair();
  const found = `${pair.dir}/found`;
  fs.mkdirSync(found);
  const watching = startWatch(pair, { intervalMs: 1_000 });
  try {
    await watching.ready();
    const mark = watching.mark();
    const passed = (scope: string): number =>
      watching.all('pass-finished', mark).filter((event) => event.scope === scope).length;
    const isEnough = (): boolean => passed('full') >= 3 && passed('incremental') >= 10
      && Number(textOf(`${found}/taken`)) >= 200;
    await beside(sampling(pair.replica, found), () =>
      beside(saving(pair.source, 1), () =>
        beside(saving(pair.source, 4), async () => {
          while (!isEnough()) await delay(20);
        })));
    await watching.mirrored(20_000);
    assert.is(textOf(`${found}/torn`), '');
    await assertNothingLeft(watching);
  } finally {
    await watching.stop();
  }
});

writers.run();
