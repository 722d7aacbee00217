import fs from 'node:fs';

import { concat, defer, ignoreElements, NEVER } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { mergeTriggers, trigger } from '../../lib/core/scope.ts';
import { DEFAULTS } from '../../lib/index.ts';
import { withMirror } from '../../lib/open.ts';
import { passOf } from '../../lib/pass-of.ts';
import { assertMirrored, collect, syncedPair } from '../support/pass.ts';
import { until } from '../support/temp.ts';
import { pathIn } from '../support/tree.ts';
import { withWatch } from '../support/watch.ts';

const audit = suite('watch: the audit');

/** No event tells of what happens in a folder whose name is no UTF-8. */
const DEAF = 'd\xff';
const OPTIONS = { settleMs: 10, maxWaitMs: 20 };

/** Until what was done before could have been announced, by the longest wait and a second more. */
async function untilOld(): Promise<void> {
  const since = Date.now();
  await until(() => Date.now() - since > 1_200);
}

audit('counts what no event had announced, and only that', async () => {
  const pair = await syncedPair({ [`${DEAF}/a`]: 'A', [`${DEAF}/b`]: 'B', c: 'C' });
  await withWatch(pair, OPTIONS, async (watching) => {
    fs.writeFileSync(pathIn(pair.source, `${DEAF}/a`), 'changed');
    fs.writeFileSync(pathIn(pair.source, 'c'), 'changed');
    await untilOld();

    const mark = watching.mark();
    assert.is((await watching.fullPass()).missed, 1);
    assertMirrored(pair);
    await watching.event('watching', { since: mark });
    assert.is((await watching.fullPass()).missed, 0);
    watching.say('status');
    assert.is((await watching.event('status')).missed, 1);
  });
});

audit('counts neither drift of the replica nor what is too young', async () => {
  const pair = await syncedPair({ [`${DEAF}/a`]: 'A', b: 'B', c: 'C' });
  await untilOld();
  await withWatch(pair, { ...OPTIONS, maxWaitMs: 60_000 }, async (watching) => {
    fs.writeFileSync(pathIn(pair.source, `${DEAF}/a`), 'too young to have been announced');
    assert.is((await watching.fullPass()).missed, 0);
  });
  await withWatch(pair, OPTIONS, async (watching) => {
    fs.writeFileSync(`${pair.replica}/b`, 'drifted');
    fs.unlinkSync(`${pair.replica}/c`);
    await untilOld();
    const { missed, counts } = await watching.fullPass();
    assert.equal([missed, counts.copied], [0, 2]);
  });
});

audit('counts no folder that somebody removed from the replica, or replaced there', async () => {
  const pair = await syncedPair({ 'd/f': 'f', 'e/f': 'f', 'h/i/f': 'f' });
  await untilOld();
  await withWatch(pair, OPTIONS, async (watching) => {
    fs.rmSync(`${pair.replica}/d`, { recursive: true });
    fs.rmSync(`${pair.replica}/e`, { recursive: true });
    fs.writeFileSync(`${pair.replica}/e`, 'a file');
    assert.is((await watching.fullPass()).missed, 0);
    assertMirrored(pair);
    fs.rmSync(pair.replica, { recursive: true });
    assert.is((await watching.fullPass()).missed, 0);
    assertMirrored(pair);
  });
});

audit('counts no folder that is gone from the source, and stays for what is ignored', async () => {
  const pair = await syncedPair({ 'd/f': 'f', 'd/e/g': 'g', h: 'h' });
  fs.writeFileSync(`${pair.replica}/d/e/own.log`, 'own');
  await withWatch(pair, { ...OPTIONS, ignore: ['*.log'] }, async (watching) => {
    fs.rmSync(`${pair.source}/d`, { recursive: true });
    await until(() => fs.readdirSync(`${pair.replica}/d`).join() === 'e');
    await untilOld();
    const { missed, quiet } = await watching.fullPass();
    assert.equal([missed, quiet], [0, true]);
  });
});

audit('counts no deletions that wait for the end of their episode', async () => {
  const many = Array.from({ length: 120 }, (_, at) => `x/${at}`);
  const folders = ['p0', 'p1', 'p2', 'p3', 'p4'];
  const pair = await syncedPair(Object.fromEntries(folders.flatMap((folder) =>
    many.map((name) => [`${folder}/${name}`, name]))));
  await withWatch(pair, OPTIONS, async (watching) => {
    for (const folder of folders) {
      fs.rmSync(`${pair.source}/${folder}/x`, { recursive: true });
      const since = Date.now();
      await until(() => Date.now() - since > 400);
    }
    assert.is((await watching.fullPass()).missed, 0);
    assertMirrored(pair);
  });
});

const UNHEARD = ['watcher-ready', 'overflow', 'root-changed', 'resumed'] as const;
for (const reason of UNHEARD) {
  audit(`counts nothing where one that was asked for has met another: ${reason}`, async () => {
    const pair = await syncedPair({ a: 'A' });
    const { source, replica, state } = pair;
    const options = { ...DEFAULTS, ...OPTIONS, source, replica, stateDir: state };
    const asked = trigger({ reason: 'asked', full: true });
    const { events } = await collect(withMirror(options, NEVER, (mirror) => concat(
      passOf(mirror, trigger({ reason: 'start', full: true })),
      defer(async () => {
        fs.writeFileSync(pathIn(source, 'a'), 'changed');
        await untilOld();
      }).pipe(ignoreElements()),
      defer(() => passOf(mirror, mergeTriggers(trigger({ reason, full: true }), asked))),
      defer(async () => {
        fs.writeFileSync(pathIn(source, 'a'), 'changed again');
        await untilOld();
      }).pipe(ignoreElements()),
      defer(() => passOf(mirror, asked)),
    ), 'watch'));
    const passes = events.filter((event) => event.kind === 'pass-finished');
    assert.equal(passes.map((one) => [one.reason, one.missed]),
      [['start', 0], ['asked', 0], ['asked', 1]]);
  });
}

audit.run();
