import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { newPair } from '../support/pass.ts';
import { assertNothingLeft, startWatch } from '../support/watch.ts';
import { beside, script } from './support.ts';

const writers = suite('beside those who write to the source');

/** Saves files, whole each time, whose first line is the digest of the rest; a torn one shows. */
const saving = (dir: string, from: number): [string, ...string[]] => script(`
  const { createHash } = require('node:crypto');
  const [dir, from] = argv;
  let round = Number(from);
  setInterval(() => {
    round += 7;
    const rest = Buffer.alloc((round * 7919) % 300_000, String(round));
    const sum = createHash('sha1').update(rest).digest('hex');
    const at = dir + '/d' + round % 3 + '/f' + round % 20;
    fs.mkdirSync(dir + '/d' + round % 3, { recursive: true });
    fs.writeFileSync(dir + '/.unfinished' + from, Buffer.concat([Buffer.from(sum + '\\n'), rest]));
    fs.renameSync(dir + '/.unfinished' + from, at);
    if (round % 5 === 0) fs.rmSync(dir + '/d' + (round + 1) % 3 + '/f3', { force: true });
  }, 4);`, dir, String(from));

function tornIn(dir: string): string[] {
  return fs.readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\/f\d+$/.test(name) && !name.includes('.fsync-'))
    .filter((name) => !isWhole(`${dir}/${name}`));
}

function isWhole(file: string): boolean {
  try {
    const content = fs.readFileSync(file);
    return content.subarray(0, 40).toString('latin1')
      === createHash('sha1').update(content.subarray(41)).digest('hex');
  } catch (error) {
    // It went since it was listed.
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

writers('L10: two of them, and a full pass each second: no file is torn at any time', async () => {
  const pair = newPair();
  const watching = startWatch(pair, { intervalMs: 1_000 });
  try {
    await watching.ready();
    const mark = watching.mark();
    const samples = { taken: 0 };
    await beside(saving(pair.source, 1), () => beside(saving(pair.source, 4), async () => {
      const passed = (scope: string): number =>
        watching.all('pass-finished', mark).filter((event) => event.scope === scope).length;
      while (passed('full') < 3 || passed('incremental') < 3 || samples.taken < 20) {
        assert.equal(tornIn(pair.replica), []);
        samples.taken += 1;
        await delay(10);
      }
    }));
    await watching.mirrored(20_000);
    assert.equal(tornIn(pair.replica), []);
    await assertNothingLeft(watching);
  } finally {
    await watching.stop();
  }
});

writers.run();
