import fs from 'node:fs';

import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { readArguments } from '../../lib/cli/arguments.ts';
import { ask } from '../../lib/cli/ask.ts';
import { runCli, startCli } from '../support/cli.ts';
import { faults, type Schema } from '../support/schema.ts';
import { ROOT } from '../support/sources.ts';
import { tempFolder, until } from '../support/temp.ts';

/** A home with sources `a`, `b` …, a file in each, and a config file. */
function newHome(config: object, ...names: readonly string[]): string {
  const home = tempFolder();
  for (const name of names) {
    fs.mkdirSync(`${home}/${name}`);
    fs.writeFileSync(`${home}/${name}/f`, name);
  }
  fs.writeFileSync(`${home}/fsync.config.json`, JSON.stringify(config));
  return home;
}

/** Asks the watches of a home, in this process. */
async function askIn(home: string, ...args: readonly string[]) {
  process.env['XDG_RUNTIME_DIR'] = home;
  const wanted = readArguments(args, import.meta);
  $.ok(wanted.ok && 'asking' in wanted);
  const replicas: string[] = [];
  const code = await ask(wanted.asking, (event) => {
    if (event.kind === 'started') replicas.push(event.replica);
  });
  return { code, replicas };
}

const PAIRS = [{ source: 'a', replica: 'A' }, { name: 'second', source: 'b', replica: 'B' }];

const pairs = suite('several pairs in one process');

pairs('are all synced, and told apart in text and JSON', async () => {
  const home = newHome({ pairs: PAIRS }, 'a', 'b');
  const first = await runCli(['sync'], { home });
  $.is(first.code, 0, first.stderr);
  $.is(fs.readFileSync(`${home}/A/f`, 'utf8'), 'a');
  $.is(fs.readFileSync(`${home}/B/f`, 'utf8'), 'b');
  $.match(first.stdout, /^\S+ INFO {2}\[a → A\] copied f \(1 B\)$/m);
  $.match(first.stdout, /^\S+ INFO {2}\[second\] copied f \(1 B\)$/m);

  const again = await runCli(['check', '--json'], { home });
  const events = again.stdout.split('\n').map((line) => JSON.parse(line));
  const schema = JSON.parse(fs.readFileSync(`${ROOT}fsync.events.schema.json`, 'utf8')) as Schema;
  $.equal(events.flatMap((event) => faults(event, schema)), []);
  $.equal(events.filter(({ kind }) => kind === 'checked').map(({ pair, differences }) =>
    `${pair} ${differences}`).toSorted(), ['a → A 0', 'second 0']);
});

pairs('of which one is refused go on, and the highest exit code counts', async () => {
  const gone = { source: 'gone', replica: 'G' };
  const home = newHome({ pairs: [gone, ...PAIRS] }, 'a', 'b');
  const { code, stderr } = await runCli(['sync'], { home });
  $.is(code, 3);
  $.match(stderr, /\[gone → G\] the source .*gone does not exist/);
  $.ok(fs.existsSync(`${home}/A/f`) && fs.existsSync(`${home}/B/f`));
});

pairs('that overlap are refused before any is begun', async () => {
  const home = newHome({ pairs: [...PAIRS, { source: 'c', replica: 'A/deep' }] }, 'a', 'b', 'c');
  const { code, stderr } = await runCli(['sync'], { home });
  $.is(code, 3);
  $.match(stderr, /the replica of "c → A\/deep" .* lies inside the replica of "a → A" /);
  $.equal(fs.readdirSync(home).filter((name) => /^[A-Z]|state/.test(name)), []);
});

pairs('in a file that waits for what never comes are not begun: one line, exit 2', async () => {
  const home = newHome({ pairs: PAIRS }, 'a', 'b');
  fs.writeFileSync(`${home}/c.mjs`, 'await new Promise(() => {});');
  const { code, stderr } = await runCli(['sync', '--config', 'c.mjs'], { home });
  $.is(code, 2);
  $.equal(stderr, 'fsync: c.mjs: it cannot be loaded: "it waits for what never comes"');
});

pairs('in a file with something wrong are not begun: one line, exit 2', async () => {
  const home = newHome({ pairs: [PAIRS[0], { ...PAIRS[1], intervall: '5m' }] }, 'a', 'b');
  const { code, stdout, stderr } = await runCli(['sync'], { home });
  $.equal([code, stdout], [2, '']);
  $.is(stderr, 'fsync: fsync.config.json: pairs[1]: unknown key "intervall": '
    + 'did you mean "interval"?');
  $.equal(fs.readdirSync(home).toSorted(), ['a', 'b', 'fsync.config.json']);
});

pairs('alone in its file is told as on the command line', async () => {
  const home = newHome({ pairs: [PAIRS[1]] }, 'b');
  const { stdout } = await runCli(['sync', '--config', 'fsync.config.json'], { home });
  $.match(stdout, /^\S+ INFO {2}copied f \(1 B\)$/m);
});

pairs('are watched, and asked one by one', async () => {
  const home = newHome({ pairs: PAIRS, settle: '10ms' }, 'a', 'b');
  const running = startCli(['watch'], { home });
  await running.untilLine(/\[a → A\] watching 1 folder/);
  await running.untilLine(/\[second\] watching 1 folder/);
  fs.writeFileSync(`${home}/b/new`, 'new');
  await until(() => fs.existsSync(`${home}/B/new`));

  const status = await askIn(home, 'status');
  $.equal(status.replicas, [`${home}/A`, `${home}/B`]);
  $.is((await askIn(home, 'flush', `${home}/a`, '--wait')).code, 0);
  $.is((await askIn(home, 'flush', '--wait')).code, 0);
  $.is((await askIn(home, 'approve')).code, 2);

  $.is((await askIn(home, 'stop', `${home}/a`)).code, 0);
  await running.untilLine(/\[a → A\] stopped/);
  fs.writeFileSync(`${home}/b/newer`, 'newer');
  await until(() => fs.existsSync(`${home}/B/newer`));
  $.is((await askIn(home, 'stop')).code, 0);
  $.equal(await running.exited, { code: 0, signal: null });
  $.equal(fs.readdirSync(`${home}/fsync`), []);
});

pairs.run();
