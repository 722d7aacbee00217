import { execFileSync, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { beside, shot } from '../failures/support.ts';
import { builtCli } from '../support/built.ts';
import { startCli } from '../support/cli.ts';
import { needs } from '../support/needs.ts';
import { syncedPair, syncWell, type Pair } from '../support/pass.ts';
import { random, type Random } from '../support/random.ts';
import { removeTree, tempFolder, until } from '../support/temp.ts';
import { link, makeTree, symlink } from '../support/tree.ts';

/** How long each: `FSYNC_RACE_MS=10000`. Other edits: `FSYNC_SEED=17`. */
const RACE_MS = Number(process.env.FSYNC_RACE_MS ?? 3_000);
const SEED = Number(process.env.FSYNC_SEED ?? 1);

const race = suite('somebody exchanges folders with links that lead outside');
const racing = needs(race, { platform: 'linux', tools: ['gcc'] });

/** `s` in the source and `r` in the replica are now a folder, now a link to the outside. */
const TREE = {
  's/f': 'F', 's/d/g': 'G', 's2': symlink('../out'), 'r/f': 'F', 'r/d/g': 'G', 'r/h': link('r/f'),
  'r/gone': 'x', 'r/tree/a/b': 'B', 'elsewhere/x': 'X', 'elsewhere/t/y': 'Y',
};

/** The same names outside: whatever goes astray finds what it looks for. */
const OUTSIDE = {
  'f': 'SECRET', 'd/g': 'SECRET', 'h': 'SECRET', 'gone': 'SECRET', 'tree/a/b': 'SECRET',
  'x': 'SECRET', 't/y': 'SECRET', 'secret': 'SECRET', 'new/f': 'SECRET',
};

for (const command of ['sync', 'watch'] as const) {
  racing(`while ${command} works: nothing outside is touched, nor comes in`, async () => {
    const pair = await syncedPair(TREE);
    makeTree(`${pair.dir}/out`, OUTSIDE);
    const before = shot(`${pair.dir}/out`);
    const { source, replica } = pair;
    let looks = 0;
    await beside([exchanger(), '../out', `${source}/s`, `${source}/s2`, `${replica}/r`,
      `${replica}/r2`], async (enemy) => {
      const look = async (): Promise<void> => {
        await halted(enemy, () => assert.equal(strangers(replica), []));
        assert.equal(shot(`${pair.dir}/out`), before);
        looks += 1;
      };
      await (command === 'sync' ? syncs(pair, look) : watches(pair, look));
    });
    assert.equal(strangers(replica), []);
    assert.equal(shot(`${pair.dir}/out`), before);
    await syncWell(pair);
    assert.equal(shot(`${pair.dir}/out`), before);
    console.log(`${command}: looked ${looks} times`);
  });
}

race.run();

/** One sync after the other, the source edited meanwhile. */
async function syncs(pair: Pair, look: () => Promise<void>): Promise<void> {
  const edits = editing(pair.source);
  const end = performance.now() + RACE_MS;
  for (let round = 0; performance.now() < end || round < 3; round += 1) {
    const cli = startCli(args(pair, 'sync'), { script: builtCli() });
    while (!cli.isOver()) {
      edits();
      await delay(10);
    }
    const { code } = await cli.exited;
    assert.ok(code === 0 || code === 1, `exit code ${code}: ${cli.stderr.join()}`);
    await look();
  }
}

async function watches(pair: Pair, look: () => Promise<void>): Promise<void> {
  const edits = editing(pair.source);
  const cli = startCli([...args(pair, 'watch'), '--interval', '500ms', '--settle', '10ms'],
    { script: builtCli() });
  try {
    // Its watcher may be set up anew for ever, since passes find what it missed: they go on.
    await cli.untilLine(/pass: /);
    const end = performance.now() + RACE_MS;
    for (let round = 1; performance.now() < end || round < 100; round += 1) {
      edits();
      await delay(10);
      if (round % 50 === 0) await look();
    }
    assert.is(cli.isOver(), false);
    const { code } = await cli.kill('SIGTERM');
    assert.ok(code === 0 || code === 1, `exit code ${code}`);
  } finally {
    await cli.kill('SIGKILL');
  }
}

const args = ({ source, replica, state }: Pair, command: string): string[] =>
  [command, source, replica, '--state-dir', state];

/** Each call changes something below `r`, in each of the ways that fsync has to carry out. */
function editing(source: string): () => void {
  const rng: Random = random(SEED);
  const at = (path: string): string => `${source}/r/${path}`;
  let count = 0;
  const flip = (one: string, other: string): void => {
    if (fs.existsSync(one)) fs.renameSync(one, other);
    else fs.renameSync(other, one);
  };
  const steps: readonly (() => void)[] = [
    () => makeTree(source, { 'r/f': `${count}` }),
    () => makeTree(source, { 'r/d/g': 'G'.repeat(count % 5_000) }),
    () => makeTree(source, { 'r/new/f': `${count}`, 'r/new/deep/f': 'n' }),
    () => removeTree(at('new')),
    () => flip(at('gone'), at('gone elsewhere')),
    () => flip(at('tree'), at('d/tree')),
    () => flip(at('x'), `${source}/elsewhere/x`),
    () => flip(at('t'), `${source}/elsewhere/t`),
    () => fs.chmodSync(at('d'), 0o700 + (count % 8)),
    () => fs.chmodSync(at('f'), 0o600 + (count % 8)),
    () => fs.utimesSync(at('d'), count, count),
    () => {
      fs.rmSync(at('h'));
      fs.linkSync(at(count % 2 === 0 ? 'f' : 'd/g'), at('h'));
    },
    () => {
      fs.rmSync(at('l'), { force: true });
      fs.symlinkSync(`${count}`, at('l'));
    },
  ];
  return () => {
    count += 1;
    rng.pick(steps)();
  };
}

/** Compiles the enemy. */
function exchanger(): string {
  const program = `${tempFolder()}/exchange`;
  const text = fileURLToPath(new URL('exchange.c', import.meta.url));
  execFileSync('gcc', ['-O1', '-o', program, text]);
  return program;
}

/** Looks while the enemy stands still: else what looks would be led astray itself. */
async function halted(enemy: ChildProcess, act: () => void): Promise<void> {
  enemy.kill('SIGSTOP');
  await until(() => / T /.test(fs.readFileSync(`/proc/${enemy.pid}/stat`, 'latin1')));
  act();
  enemy.kill('SIGCONT');
}

/** Files of a folder with content from outside. What goes while it is looked at is none. */
function strangers(dir: string): string[] {
  return entriesOf(dir).flatMap((entry) => {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory()) return strangers(path);
    return entry.isFile() && textOf(path).includes('SECRET') ? [path] : [];
  });
}

const entriesOf = (dir: string): fs.Dirent[] =>
  unlessGone(() => fs.readdirSync(dir, { withFileTypes: true })) ?? [];

const textOf = (path: string): string => unlessGone(() => fs.readFileSync(path, 'latin1')) ?? '';

function unlessGone<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    assert.match(String((error as NodeJS.ErrnoException).code), /^(?:ENOENT|ENOTDIR|EISDIR)$/);
    return undefined;
  }
}
