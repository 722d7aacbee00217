import fs from 'node:fs';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { startCli } from '../support/cli.ts';
import { isRoot, needs } from '../support/needs.ts';
import { contentOf, isThere, syncedPair } from '../support/pass.ts';
import { until } from '../support/temp.ts';

const unreadable = suite('watch: what of the source cannot be read any more');

// Root may read everything, unless it gives that up.
const BOUND = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search',
  '--inh-caps', '-dac_override,-dac_read_search'];
const onLinux = needs(unreadable, { platform: 'linux', tools: isRoot() ? ['setpriv'] : [] });

onLinux('a folder that cannot be read any more keeps what the replica has of it', async () => {
  const pair = await syncedPair({ 'shut/a': 'A', 'shut/d/b': 'B', c: 'C' });
  const cli = startCli(
    ['watch', pair.source, pair.replica, '--state-dir', pair.state, '--settle', '300ms'],
    { under: isRoot() ? BOUND : [] });
  await cli.untilLine(/watching 3 folders/);

  // One batch: a name in the folder was announced, and then it is shut.
  fs.unlinkSync(`${pair.source}/shut/a`);
  fs.chmodSync(`${pair.source}/shut`, 0);
  fs.writeFileSync(`${pair.source}/c`, 'changed');
  try {
    await cli.untilLine(/cannot read shut.*EACCES/);
    await until(() => contentOf(pair.replica, 'c') === 'changed');
    for (const at of ['shut/a', 'shut/d/b']) assert.ok(isThere(pair.replica, at), at);
  } finally {
    fs.chmodSync(`${pair.source}/shut`, 0o755);
  }

  await until(() => !isThere(pair.replica, 'shut/a'), { what: 'it is tried again' });
  assert.ok(isThere(pair.replica, 'shut/d/b'));
  await cli.kill();
});

const WATCHERS = { 'chokidar': '2000', 'the plain watcher': '0' };

for (const [watcher, FSYNC_MOST_FOR_CHOKIDAR] of Object.entries(WATCHERS)) {
  onLinux(`a folder that is opened to us is watched from then on, by ${watcher}`, async () => {
    const pair = await syncedPair({ 'shut/d/b': 'B' });
    fs.chmodSync(`${pair.source}/shut`, 0);
    const cli = startCli(
      ['watch', pair.source, pair.replica, '--state-dir', pair.state, '-i', '1h', '--verbose'],
      { under: isRoot() ? BOUND : [], env: { FSYNC_MOST_FOR_CHOKIDAR } });
    const fullPasses = (): number => cli.stdout.filter((line) => / full pass: /.test(line)).length;
    await cli.untilLine(/1 folders are not watched \(EACCES\)/);
    await until(() => fullPasses() === 2, { what: 'the pass once the watcher was ready' });

    fs.chmodSync(`${pair.source}/shut`, 0o755);
    await cli.untilLine(/watching 3 folders/);
    await until(() => fullPasses() === 3, { what: 'the pass once it was ready again' });
    fs.writeFileSync(`${pair.source}/shut/new`, 'new');
    await until(() => contentOf(pair.replica, 'shut/new') === 'new', { what: 'it is heard of' });
    await cli.kill();
  });
}

unreadable.run();
