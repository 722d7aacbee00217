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

const linux = { platform: 'linux' } as const;

needs(cli, linux)('an argument whose bytes Node does not tell is refused', async () => {
  const home = tempFolder();
  fs.mkdirSync(`${home}/S`);
  const { code, stderr } = await runCli(['sync', 'S'], { home, redirect: `"$(printf 'D\\377')"` });
  $.is(stderr, 'fsync: "D\uFFFD" is not UTF-8, so that its bytes do not reach fsync: give a link '
    + 'to such a folder, and write such a pattern in a .fsyncignore');
  $.is(code, 2);
  $.equal(fs.readdirSync(home), ['S']);
  $.is((await runCli(['sync', 'S', 'D\uFFFD'], { home })).code, 0);

  fs.writeFileSync(`${home}/c.json`, Buffer.from('{"source":"S","replica":"D\xff"}', 'latin1'));
  const read = await runCli(['sync', '--config', 'c.json'], { home });
  $.match(read.stderr, /^fsync: c\.json: it is not valid JSON: .*utf-8/);
  $.is(read.code, 2);
});

needs(cli, linux)('is listed among processes with its folders', async () => {
  const home = tempFolder();
  fs.mkdirSync(`${home}/S`);
  const running = startCli(['watch', `${home}/S`, `${home}/D`], { home });
  await running.untilLine(/watching 1 folder/);
  const title = fs.readFileSync(`/proc/${running.pid}/cmdline`, 'utf8').split('\0')[0];
  $.is(title, `fsync watch ${home}/S ${home}/D`);
  await running.kill('SIGTERM');
});

cli.run();
