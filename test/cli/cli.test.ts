import fs from 'node:fs';

import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { runCli, startCli } from '../support/cli.ts';
import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';

const cli = suite('fsync');

cli('--help goes to stdout, exit 0', async () => {
  const { code, stdout, stderr } = await runCli(['watch', '--help']);
  $.equal([code, stderr], [0, '']);
  $.match(stdout, /^Usage: fsync watch \[SOURCE REPLICA\]/);
});

cli('--version is that of the package, exit 0', async () => {
  const manifest = fs.readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { code, stdout, stderr } = await runCli(['--version']);
  $.equal([code, stdout, stderr], [0, JSON.parse(manifest).version, '']);
});

cli('wrong use is one line on stderr, exit 2, nothing touched', async () => {
  const home = tempFolder();
  const args = ['watch', `${home}/from`, `${home}/to`, '--intervall', '5m'];
  const { code, stdout, stderr } = await runCli(args, { home });

  $.equal([code, stdout], [2, '']);
  $.is(stderr, 'fsync: unknown option "--intervall": did you mean --interval?');
  $.equal(fs.readdirSync(home), []);
});

needs(cli, { platform: 'linux' })('is listed among processes with its folders', async () => {
  const home = tempFolder();
  fs.mkdirSync(`${home}/S`);
  const running = startCli(['watch', `${home}/S`, `${home}/D`], { home });
  await running.untilLine(/watching 1 folder/);
  const title = fs.readFileSync(`/proc/${running.pid}/cmdline`, 'utf8').split('\0')[0];
  $.is(title, `fsync watch ${home}/S ${home}/D`);
  await running.kill('SIGTERM');
});

cli.run();
