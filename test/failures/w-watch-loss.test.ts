import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { Cli } from '../support/cli.ts';
import { lacking, needs, skip } from '../support/needs.ts';
import { contentOf, isThere, newPair, syncedPair } from '../support/pass.ts';
import { differences } from '../support/same.ts';
import { until } from '../support/temp.ts';
import { makeTree, type TreeSpec } from '../support/tree.ts';
import { innermost, withCliWatch } from './support.ts';

const loss = suite('a watcher that loses events:');
const onLinux = needs(loss, { platform: 'linux' });

/** Stops a process, and waits until it stands still. */
async function stand(cli: Cli): Promise<void> {
  process.kill(cli.pid, 'SIGSTOP');
  const state = (task: string): string | undefined =>
    /^State:\t(\w)/m.exec(fs.readFileSync(`/proc/${cli.pid}/task/${task}/status`, 'utf8'))?.[1];
  await until(() => fs.readdirSync(`/proc/${cli.pid}/task`).every((task) => state(task) === 'T'));
}

const goOn = (cli: Cli): unknown => process.kill(cli.pid, 'SIGCONT');

onLinux('W01: the kernel\'s queue overflows: told, and all is there at once', async () => {
  const pair = await syncedPair({ a: 'A', b: 'B', 'd/c': 'C' });
  const queue = Number(fs.readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
  await withCliWatch(pair, {}, async (cli) => {
    await stand(cli);
    // Two by turns: the kernel joins an event that equals the last one in the queue.
    for (let at = 0; at < queue + 1000; at += 1) {
      fs.chmodSync(`${pair.source}/${at % 2 === 0 ? 'a' : 'b'}`, at % 4 < 2 ? 0o600 : 0o644);
    }
    // In a folder of which no event is left, that nothing but the loss leads into it.
    makeTree(pair.source, { 'd/late/x': 'X', 'd/c': 'changed', top: 'T' });
    fs.unlinkSync(`${pair.source}/b`);
    goOn(cli);
    await cli.untilLine(/events may have been lost: a full pass follows/);
    await until(() => differences(pair.source, pair.replica).length === 0);
    // What was lost is watched again.
    makeTree(pair.source, { 'd/late/y': 'Y' });
    await until(() => isThere(pair.replica, 'd/late/y'));
  });
});

onLinux('W18: it sleeps for many intervals: one full pass follows, not one for each', async () => {
  const pair = await syncedPair({ a: 'A' });
  const options = { args: ['--json', '--interval', '250ms'] };
  await withCliWatch(pair, options, async (cli) => {
    await cli.untilLine(/"pass-finished".*"interval"/);
    await stand(cli);
    const since = performance.now();
    await until(() => performance.now() - since > 3_000);
    makeTree(pair.source, { a: 'changed while it slept' });
    const mark = cli.mark();
    const woken = Date.now();
    goOn(cli);
    await until(() => contentOf(pair.replica, 'a').startsWith('changed'));
    await cli.untilLine(/"pass-finished".*"interval"/, { after: mark });
    const passes = (): number => cli.stdout.slice(mark)
      .filter((line) => /"pass-started".*"interval"/.test(line)).length;
    await until(() => passes() >= 3);
    const most = 2 + (Date.now() - woken) / 250;
    assert.ok(passes() <= most, `${passes()} passes, not ${most} at most`);
  });
});

loss.run();

// ---

const limits = suite('a watcher that finds limits too low:');

/** Runs what follows with a limit that only its own user namespace has. */
const limited = (kind: 'watches' | 'instances', limit: number): readonly string[] => ['unshare',
  '-U', '-r', 'sh', '-c', `echo ${limit} > /proc/sys/user/max_inotify_${kind} && exec "$@"`, '-'];

function lackingLimits(): string | undefined {
  const missing = lacking({ platform: 'linux', tools: ['unshare', 'nsenter'] });
  if (missing !== undefined) return missing;
  const [tool, ...args] = limited('watches', 10);
  return spawnSync(tool!, [...args, 'true']).status === 0 ? undefined : 'needs user namespaces';
}

const reason = lackingLimits();
const inNamespace = reason === undefined ? limits : skip(limits, reason);

const FOLDERS: TreeSpec = Object.fromEntries(
  Array.from({ length: 40 }, (_, at) => [`d${at}/f`, 'old']));

/** What of the lines is about folders that are not watched, and that nothing else is wrong. */
function warnings({ stdout, stderr }: Cli): string[] {
  const all = [...stdout, ...stderr];
  const about = all.filter((line) => line.includes('not watched'));
  assert.equal(all.filter((line) => /no space|disk|ENOSPC|EMFILE| at .*:\d+:\d+/.test(line)
    && !line.includes('not watched')), []);
  return about;
}

for (const [row, kind, limit, text] of [
  ['W02', 'watches', 10, /41 folders need a watch, .* is 10: 31 are not .*max_user_watches/],
  ['W03', 'instances', 0, /41 folders are not watched: .*max_user_instances/],
] as const) {
  inNamespace(`${row}: no ${kind} are left: told in one line, the interval does the rest`,
    async () => {
      const pair = newPair(FOLDERS);
      const options = { under: limited(kind, limit), args: ['--interval', '1s'] };
      await withCliWatch(pair, options, async (cli) => {
        await cli.untilLine(/not watched/);
        for (let at = 0; at < 40; at += 1) makeTree(pair.source, { [`d${at}/f`]: 'changed' });
        makeTree(pair.source, { 'new/deep/f': 'new' });
        await until(() => differences(pair.source, pair.replica).length === 0);
        const [first, ...others] = warnings(cli);
        assert.match(first ?? '', text);
        // A few folders more are no news.
        assert.equal(others, []);
      });
    });
}

const ARGS = ['--json', '--max-wait', '200ms'];
const PLAIN = { FSYNC_MOST_FOR_CHOKIDAR: '0' };

inNamespace('W15: no watches are left for folders that come later: told, and mended', async () => {
  const pair = newPair({ 'd0/f': 'old', 'd1/f': 'old' });
  // chokidar, which does not choose, would be tried again for that reason alone.
  const options = { under: limited('watches', 10), args: ARGS, env: PLAIN };
  await withCliWatch(pair, options, async (cli) => {
    makeTree(pair.source, FOLDERS);
    await cli.untilLine(/"unwatched".*not watched/);
    await until(() => differences(pair.source, pair.replica).length === 0);

    const mark = cli.mark();
    execFileSync('nsenter', ['-t', String(innermost(cli.pid)), '-U', '--preserve-credentials',
      'sh', '-c', 'echo 1000 > /proc/sys/user/max_inotify_watches']);
    // Nobody asks, and no pass is due: somebody looks whether the limit is another by now.
    await cli.untilLine(/"watching".*"folders":41\b/, { after: mark, timeoutMs: 60_000 });
    await cli.untilLine(/"pass-finished".*"watcher-ready"/, { after: mark });
    for (let at = 0; at < 40; at += 1) makeTree(pair.source, { [`d${at}/f`]: 'told' });
    await until(() => differences(pair.source, pair.replica).length === 0);
    // Again only where it is twice as many: they are made while the first are told.
    const told = warnings(cli).map((line) => Number(/: (\d+) are not watched/.exec(line)?.[1]));
    assert.ok(told.length > 0 && told.every((one, at) => at === 0 || one >= 2 * told[at - 1]!),
      told.join());
  });
});

inNamespace('W15: folders that got no watch are gone: passes come as asked for again', async () => {
  const pair = newPair({ 'd0/f': 'old', 'd1/f': 'old' });
  const options = { under: limited('watches', 10), args: ARGS, env: PLAIN };
  await withCliWatch(pair, options, async (cli) => {
    makeTree(pair.source, FOLDERS);
    await cli.untilLine(/"unwatched".*not watched/);
    await cli.untilLine(/"interval".*"intervalMs":30000\b/);

    const mark = cli.mark();
    for (let at = 2; at < 40; at += 1) fs.rmSync(`${pair.source}/d${at}`, { recursive: true });
    await cli.untilLine(/"watching".*"folders":3,"intervalMs":86400000\b/, { after: mark });
    await cli.untilLine(/"pass-finished".*"watcher-ready"/, { after: mark });
    await until(() => differences(pair.source, pair.replica).length === 0);
  });
});

limits.run();
