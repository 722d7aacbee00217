import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { startCli, type Cli } from '../support/cli.ts';
import { needs } from '../support/needs.ts';
import { differences } from '../support/same.ts';
import { tempFolder, until } from '../support/temp.ts';
import { makeTree, symlink } from '../support/tree.ts';

const two = suite('started at the same moment');

/** Either it made a pass, or it gave up: the watcher may be ready before either. */
async function isDecided(cli: Cli): Promise<void> {
  const passed = '"kind":"pass-finished"';
  await until(() => cli.isOver() || cli.stdout.some((line) => line.includes(passed)),
    { timeoutMs: 60_000 });
}

for (const [which, replicas] of [
  ['one replica, by its name and by a link', ['R/D', 'link']],
  ['a replica, one inside it, and one around it', ['R/D', 'R/D/sub', 'R']],
] as const) {
  needs(two, { platform: 'linux' })(`K05: on ${which}, never do two run`, async () => {
    const dir = tempFolder();
    makeTree(dir, { 'R/D/sub/': null, 'link': symlink('R/D') });
    for (let round = 0; round < 2; round += 1) {
      const all = replicas.map((replica, at) => {
        makeTree(dir, { [`S${at}/from ${at}`]: 'x' });
        return startCli(['watch', `${dir}/S${at}`, `${dir}/${replica}`, '--json',
          '--interval', '1d', '--state-dir', `${dir}/state ${at}`, '--approve-deletes']);
      });
      try {
        await Promise.all(all.map(isDecided));
        const running = all.filter((cli) => !cli.isOver());
        // All may have met each other, and none have it.
        assert.ok(running.length <= 1, `${running.length} of them run`);
        for (const cli of all.filter((each) => each.isOver())) {
          assert.equal(await cli.exited, { code: 3, signal: null });
        }
        for (const cli of running) {
          const at = all.indexOf(cli);
          await until(() => differences(
            `${dir}/S${at}`, fs.realpathSync(`${dir}/${replicas[at]}`)).length === 0);
          assert.equal(await cli.kill('SIGTERM'), { code: 0, signal: null });
        }
      } finally {
        for (const cli of all) await cli.kill('SIGKILL');
      }
      makeTree(dir, { 'R/D/sub/': null });
    }
  });
}

two.run();
