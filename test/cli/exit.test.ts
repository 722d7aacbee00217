import fs from 'node:fs';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { runCli, startCli } from '../support/cli.ts';
import { isRoot, needs } from '../support/needs.ts';
import { contentOf, newPair, syncedPair, syncNow, type Pair } from '../support/pass.ts';
import { removeTree, until } from '../support/temp.ts';
import { makeTree } from '../support/tree.ts';

const exit = suite('the exit code');

const argsOf = (command: string, { source, replica, state }: Pair): string[] =>
  [command, source, replica, '--state-dir', state];

// Root may read everything, unless it gives that up.
const BOUND = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search',
  '--inh-caps', '-dac_override,-dac_read_search'];
const under = isRoot() ? BOUND : [];
const onLinux = needs(exit, { platform: 'linux', tools: isRoot() ? ['setpriv'] : [] });

onLinux('the highest exit code wins', async () => {
  const pair = await syncedPair({ 'gone/a': 'A', 'shut/b': 'B', c: 'C' });
  removeTree(`${pair.source}/gone`);
  fs.chmodSync(`${pair.source}/shut`, 0);
  try {
    const args = [...argsOf('sync', pair), '--max-delete', '0'];
    const { code, stdout } = await runCli(args, { under });
    assert.match(stdout, /held: 2 deletions/);
    assert.match(stdout, /cannot read shut/);
    assert.is(code, 3);
  } finally {
    fs.chmodSync(`${pair.source}/shut`, 0o700);
  }
});

onLinux('is given once a reader that is slow has got every line', async () => {
  const names = Array.from({ length: 3_000 }, (_, at) => [`${'long name '.repeat(10)}${at}`, '']);
  const pair = newPair(Object.fromEntries(names));
  fs.mkdirSync(pair.replica);
  const out = `${pair.dir}/out`;
  await runCli(['check', pair.source, pair.replica], { redirect: `| (sleep 2; cat >${out})` });
  // Each name, the root's time, and the sum.
  assert.is(fs.readFileSync(out, 'utf8').trimEnd().split('\n').length, 3_002);
});

exit('a watch that ends as told exits with 0, whatever it told', async () => {
  const pair = await syncedPair({ a: 'A', b: 'B' });
  for (const name of ['a', 'b']) fs.unlinkSync(`${pair.source}/${name}`);
  const cli = startCli(argsOf('watch', pair));
  await cli.untilLine(/held: 2 deletions/);
  cli.say('quit\n');
  assert.equal(await cli.exited, { code: 0, signal: null });
  assert.is(contentOf(pair.replica, 'a'), 'A');
});

exit('a sync that is interrupted says so, and exits with 1', async () => {
  const pair = newPair({ a: 'A' });
  await syncNow(pair);
  makeTree(pair.source, { big: '' });
  // Reading that many zeros takes seconds.
  fs.truncateSync(`${pair.source}/big`, 6_000_000_000);
  const cli = startCli(argsOf('sync', pair));
  await until(() => fs.readdirSync(pair.replica).some((name) => name.startsWith('.fsync-')),
    { timeoutMs: 20_000 });
  assert.equal(await cli.kill('SIGTERM'), { code: 1, signal: null });
  assert.match(cli.stdout.join('\n'), /interrupted before its end: run it again/);
  assert.equal(fs.readdirSync(pair.replica), ['a']);
});

exit.run();
