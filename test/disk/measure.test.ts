import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { optionRules } from '../../lib/core/ignore.ts';
import type { JobContext } from '../../lib/disk/job.ts';
import { openPool } from '../../lib/disk/pool.ts';
import { newPair } from '../support/pass.ts';
import { symlink } from '../support/tree.ts';

const measuring = suite('the job that measures folders');

measuring('adds up files and symlinks, and names the folders to measure next', async () => {
  const { source } = newPair({ 'd/a': 'aa', 'd/b.log': 'bbb', 'd/l': symlink('a'), 'd/e/c': 'c' });
  const context = { source, own: [] as readonly string[], gitignore: false } as JobContext;
  const pool = openPool(0);
  const chain = optionRules(['*.log']);
  const measured = await pool.run({ kind: 'measure',
    folders: [{ path: 'd', chain }, { path: 'gone', chain }] }, context);
  assert.equal(measured.map(({ folders, ...amount }) =>
    ({ ...amount, folders: folders.map(({ path }) => path) })),
    [{ files: 2, bytes: 2, folders: ['d/e'] }, { files: 0, bytes: 0, folders: [] }]);
  await pool.close();
});

measuring.run();
