import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { mountTmpfs, unmount } from '../support/mounted.ts';
import { needs } from '../support/needs.ts';
import { newPair } from '../support/pass.ts';
import { differences } from '../support/same.ts';
import { until } from '../support/temp.ts';
import { makeTree } from '../support/tree.ts';
import { withCliWatch } from './support.ts';

const log = suite('a log');

/** Makes a log that cannot be written, and says what a person is told of it. */
interface Unwritable {
  readonly make: (dir: string) => string;
  readonly told: RegExp;
}

const logs: Readonly<Record<string, Unwritable>> = {
  'on a full disk': { make: () => '/dev/full', told: /no space left/ },
  'in a folder that is missing': {
    make: (dir) => `${dir}/no/such/log`, told: /does not exist: make it first/,
  },
  'that is a FIFO': {
    make(dir) {
      execFileSync('mkfifo', [`${dir}/fifo`]);
      return `${dir}/fifo`;
    },
    told: /is not a file/,
  },
};

/** One line on stderr, whatever comes; and changes are carried over as ever. */
async function assertToldOnce(file: string, told: RegExp, fill = (): void => {}): Promise<void> {
  const pair = newPair({ a: 'A' });
  await withCliWatch(pair, { args: ['--log-file', file] }, async (cli) => {
    for (let round = 0; round < 3; round += 1) {
      makeTree(pair.source, Object.fromEntries(Array.from({ length: 40 }, (_, at) =>
        [`${round}/f${at}`, `${at}`])));
      fill();
      await until(() => differences(pair.source, pair.replica).length === 0, { timeoutMs: 20_000 });
    }
    await cli.untilLine(told);
    // Its end is one more try.
    assert.equal(await cli.kill('SIGTERM'), { code: 0, signal: null });
    assert.equal(cli.stderr.filter((line) => /cannot write to/.test(line)).length, 1,
      cli.stderr.join('\n'));
  });
}

log('P06: that a new symlink of the source leads to keeps no one from mirroring that', async () => {
  const pair = newPair({ a: 'A' });
  await withCliWatch(pair, { args: ['--log-file', `${pair.dir}/log`] }, async () => {
    fs.symlinkSync(`${pair.dir}/log`, `${pair.source}/link`);
    await until(() => differences(pair.source, pair.replica).length === 0, { timeoutMs: 20_000 });
  });
});

for (const [what, { make, told }] of Object.entries(logs)) {
  log(`P05: ${what} is told once, and mirroring goes on`, () =>
    assertToldOnce(make(newPair().dir), told));
}

needs(log, { root: true, platform: 'linux', tools: ['mount', 'umount'] })(
  'P05: whose disk gets full is told once, and mirroring goes on', async () => {
    const { dir } = newPair();
    fs.mkdirSync(`${dir}/disk`);
    mountTmpfs(`${dir}/disk`, 'size=64k');
    await assertToldOnce(`${dir}/disk/log`, /no space left/, () => {
      try {
        fs.appendFileSync(`${dir}/disk/filler`, Buffer.alloc(65_536));
      } catch (error) {
        assert.is((error as NodeJS.ErrnoException).code, 'ENOSPC');
      }
    });
    unmount(`${dir}/disk`);
  });

log.run();
