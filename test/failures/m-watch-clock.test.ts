import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { startCli } from '../support/cli.ts';
import { skip } from '../support/needs.ts';
import { newPair, syncWell } from '../support/pass.ts';
import { differences } from '../support/same.ts';
import { until } from '../support/temp.ts';
import { makeTree } from '../support/tree.ts';

const clock = suite('a clock');

/** What stands between a process and the clock, where it is installed. */
const FAKETIME = ['x86_64-linux-gnu/', 'aarch64-linux-gnu/', '']
  .map((machine) => `/usr/lib/${machine}faketime/libfaketimeMT.so.1`)
  .find((file) => fs.existsSync(file));
const withClock = FAKETIME === undefined ? skip(clock, 'needs faketime') : clock;

withClock('M07: that jumps stops no interval, loses no change, copies nothing anew', async () => {
  const pair = newPair({ a: 'A', 'd/b': 'B', 'd/e/c': 'C' });
  await syncWell(pair);
  const rc = `${pair.dir}/clock`;
  const jumpTo = (time: string): void => fs.writeFileSync(rc, time);
  jumpTo('+0');
  const cli = startCli(['watch', pair.source, pair.replica, '--json', '--interval', '1s',
    '--state-dir', pair.state], {
    env: {
      // The timers are to go on as they do: only the clock on the wall is moved.
      LD_PRELOAD: FAKETIME, FAKETIME_TIMESTAMP_FILE: rc, FAKETIME_NO_CACHE: '1',
      DONT_FAKE_MONOTONIC: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  });
  const events = (kind: string): { readonly path: string; readonly scope: string }[] =>
    cli.stdout.map((line) => JSON.parse(line)).filter((event) => event.kind === kind);
  const fullPasses = (): number =>
    events('pass-started').filter(({ scope }) => scope === 'full').length;
  try {
    await cli.untilLine(/"kind":"watching"/, { timeoutMs: 60_000 });
    for (const [at, time] of ['@1999-01-01 00:00:00', '@2090-06-06 06:06:06', '+0'].entries()) {
      jumpTo(time);
      const before = fullPasses();
      makeTree(pair.source, { [`new ${at}`]: time, 'd/b': `B ${at}` });
      await until(() => differences(pair.source, pair.replica).length === 0,
        { timeoutMs: 20_000 });
      await until(() => fullPasses() >= before + 3,
        { timeoutMs: 30_000, what: 'full passes go on' });
    }
    const years = new Set(cli.stdout.map((line) => String(JSON.parse(line).time).slice(0, 4)));
    assert.ok(years.has('1999') && years.has('2090'), [...years].join());
    const copied = events('operation-done').map(({ path }) => path).filter((path) => path !== '');
    assert.equal([...new Set(copied)].sort(), ['d/b', 'new 0', 'new 1', 'new 2']);
  } finally {
    await cli.kill('SIGKILL');
  }
});

clock.run();
