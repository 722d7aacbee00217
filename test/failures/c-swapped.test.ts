import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { startCli, type Cli } from '../support/cli.ts';
import { needs, skip } from '../support/needs.ts';
import {
  contentOf, isThere, newPair, syncedPair, syncNow, syncWell, type Pair,
} from '../support/pass.ts';
import { until } from '../support/temp.ts';
import { fifo, makeTree, readTree, symlink, type TreeSpec } from '../support/tree.ts';
import {
  assertNoLitter, beside, flipper, injecting, lackingInjection, script,
} from './support.ts';

const swapped = suite('a source in which names change their meaning:');
const flipping = needs(swapped, { platform: 'linux', tools: ['python3'] });

/** All that a replica says, by name or content. */
const said = (dir: string): string => [...readTree(dir)].map(([at, { type }]) =>
  (type === 'file' ? `${at}: ${contentOf(dir, at)}` : at)).join('\n');

for (const [which, other] of [
  ['a FIFO', { x2: fifo() }], ['a folder', { 'x2/in': 'in' }], ['a secret', { x2: symlink(
    '../secret') }],
] as const satisfies readonly (readonly [string, TreeSpec])[]) {
  flipping(`C08: a file and ${which} change places all the time: nothing hangs, nothing leaks`,
    async () => {
      const pair = newPair({ 'x': 'the file', 'y': 'Y', ...other });
      makeTree(pair.dir, { secret: 'SECRET' });
      await beside(flipper(`${pair.source}/x`, `${pair.source}/x2`), async () => {
        for (let round = 0; round < 8; round += 1) {
          fs.writeFileSync(`${pair.source}/y`, `round ${round}`);
          // In a process of its own, now and then: what hangs is ended with it.
          if (round === 4) {
            const { code } = await within(60_000, startSync(pair));
            assert.ok(code === 0 || code === 1, `exit code ${code}`);
          } else await syncNow(pair);
          assert.is(contentOf(pair.replica, 'y'), `round ${round}`);
          assert.not.match(said(pair.replica), /SECRET/);
          // A folder that was put aside, and now cannot go back nor be removed, waits for the next.
          if (which !== 'a folder') assertNoLitter(pair.replica);
        }
      });
      await syncWell(pair);
      assertNoLitter(pair.replica);
    });
}

flipping('C09: a folder and a link out of the source change places: nothing comes from there',
  async () => {
    const pair = newPair({ 'd/f': 'F', 'd/e/g': 'G', 'd2': symlink('../out') });
    makeTree(pair.dir, { 'out/secret': 'SECRET', 'out/f': 'SECRET', 'out/e/g': 'SECRET' });
    await beside(flipper(`${pair.source}/d`, `${pair.source}/d2`), async () => {
      for (let round = 0; round < 12; round += 1) {
        // In a first copy and in an update of what is there, by turns.
        if (round % 2 === 0) fs.rmSync(pair.replica, { recursive: true, force: true });
        await syncNow(pair);
        assert.not.match(said(pair.replica), /SECRET|secret/);
      }
    });
    await syncWell(pair);
  });

swapped('C05: entries vanish between the listing and the look at them: no problem', async () => {
  const pair = newPair({ 'd/stays': 'S' });
  const churns = `for (let i = 0; ; i += 1) {
    const name = argv[0] + '/d/' + i % 50;
    try {
      fs.writeFileSync(name, 'x');
      fs.mkdirSync(name + 'd');
      fs.writeFileSync(name + 'd/f', 'y');
    } catch {}
    const old = argv[0] + '/d/' + (i + 25) % 50;
    fs.rmSync(old, { force: true }); fs.rmSync(old + 'd', { recursive: true, force: true });
  }`;
  await beside(script(churns, pair.source), async () => {
    for (let round = 0; round < 20; round += 1) {
      const { problems, refused } = await syncNow(pair);
      assert.equal(problems, []);
      assert.is(refused, undefined);
      assert.is(contentOf(pair.replica, 'd/stays'), 'S');
    }
  });
  await syncWell(pair);
});

swapped.run();

// ---

const slow = suite('a source that changes while it is read slowly:');
const reason = lackingInjection();
const injected = reason === undefined ? slow : skip(slow, reason);

/** Starts a sync that reads a file slowly, and waits until it does. */
async function reading(pair: Pair, at: string, test: (cli: Cli) => Promise<void>): Promise<void> {
  const cli = startSync(pair, injecting(['inject=read,pread64:delay_enter=1000000:when=1'],
    { paths: [`${pair.source}/${at}`] }));
  try {
    const isLittered = (): boolean => isThere(pair.dir, 'D') && fs.readdirSync(pair.replica,
      { recursive: true, encoding: 'utf8' }).some((name) => name.includes('.fsync-'));
    await until(isLittered, { timeoutMs: 30_000, everyMs: 5 });
    await test(cli);
  } finally {
    await cli.kill('SIGKILL');
  }
}

for (const [row, what, act] of [
  ['C02', 'is cut short', (at: string) => fs.truncateSync(`${at}/d/f`, 1000)],
  ['C03', 'is replaced by a rename', (at: string) => fs.renameSync(`${at}/other`, `${at}/d/f`)],
  ['C04', 'is written anew in its size', (at: string) =>
    fs.writeFileSync(`${at}/d/f`, Buffer.alloc(6_000_000, 'n'))],
  ['C06', 'is deleted', (at: string) => fs.unlinkSync(`${at}/d/f`)],
  ['C07', 'moves away with its folder', (at: string) => fs.renameSync(`${at}/d`, `${at}/e`)],
] as const) {
  injected(`${row}: a file ${what} while it is copied: no mixture, and right in the end`,
    async () => {
      const pair = await syncedPair({ 'd/f': 'old', 'd/g': 'G', 'other': 'another one' });
      fs.writeFileSync(`${pair.source}/d/f`, Buffer.alloc(6_000_000, 'o'));
      await reading(pair, 'd/f', async (cli) => {
        act(pair.source);
        const { code } = await within(60_000, cli);
        assert.ok(code === 0 || code === 1, `exit code ${code}`);
      });
      for (const at of ['d/f', 'e/f']) {
        const whole = ['old', 'another one', 'o'.repeat(1000),
          ...['o', 'n'].map((letter) => letter.repeat(6_000_000))];
        assert.ok(!isThere(pair.replica, at) || whole.includes(contentOf(pair.replica, at)), at);
      }
      assertNoLitter(pair.replica);
      await syncWell(pair);
    });
}

injected('C12: many small files do not wait for a big one', async () => {
  const names = Array.from({ length: 200 }, (_, at) => `d/${at}`);
  const pair = await syncedPair({ 'd/0': 'old', 'big': 'old' });
  makeTree(pair.source, Object.fromEntries(names.map((name) => [name, 'small'])));
  fs.writeFileSync(`${pair.source}/big`, Buffer.alloc(20_000_000, 'b'));
  await reading(pair, 'big', async (cli) => {
    await until(() => names.every((name) =>
      isThere(pair.replica, name) && contentOf(pair.replica, name) === 'small'));
    assert.is(contentOf(pair.replica, 'big'), 'old', 'the big one came first');
    assert.is((await within(60_000, cli)).code, 0);
  });
  await syncWell(pair);
});

slow.run();

function startSync({ source, replica, state }: Pair, options = {}): Cli {
  return startCli(['sync', source, replica, '--state-dir', state], options);
}

async function within(timeoutMs: number, cli: Cli): ReturnType<Cli['kill']> {
  await until(() => cli.isOver(), { timeoutMs, what: 'the sync ends' });
  return cli.exited;
}
