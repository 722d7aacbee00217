import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { Options } from '../../lib/index.ts';
import { droppedJsonLine, jsonLine } from '../../lib/report/json.ts';
import { startCli } from '../support/cli.ts';
import { needs } from '../support/needs.ts';
import { checkNow, newPair, syncNow, type Pair, type Passed } from '../support/pass.ts';
import { faults, type Schema } from '../support/schema.ts';
import { ROOT } from '../support/sources.ts';
import { tempFolder } from '../support/temp.ts';

const schema = JSON.parse(fs.readFileSync(`${ROOT}fsync.events.schema.json`, 'utf8')) as Schema;

/** Each line is as the schema has it; returns the kinds that were seen. */
function assertDescribed(lines: readonly string[]): Set<string> {
  const events = lines.map((line) => JSON.parse(line) as { kind: string });
  assert.equal(events.flatMap((event) => faults(event, schema)), []);
  return new Set(events.map(({ kind }) => kind));
}

const described = ({ events }: Passed): Set<string> =>
  assertDescribed(events.map((event) => jsonLine(event, new Date())));

const events = suite('every line of JSON is as fsync.events.schema.json has it');
const onLinux = needs(events, { platform: 'linux' });

/** A pair with something of everything. */
function mixedPair(): Pair {
  const pair = newPair({ 'd/a': 'a', 'd/e/b': 'b', f: 'f', g: 'g' });
  const at = (name: string): string => `${pair.source}/${name}`;
  fs.symlinkSync('f', at('link'));
  fs.linkSync(at('f'), at('hard'));
  fs.writeFileSync(Buffer.from(`${at('odd')}\xff`, 'latin1'), 'odd');
  return pair;
}

onLinux('of a first copy, in detail, and of what follows', async () => {
  const pair = mixedPair();
  execFileSync('mkfifo', [`${pair.source}/fifo`]);
  const kinds = described(await syncNow(pair, { detail: true }));
  for (const kind of ['started', 'pass-started', 'operation-done', 'notice', 'pass-finished',
    'stopped']) assert.ok(kinds.has(kind), kind);

  fs.renameSync(`${pair.source}/d`, `${pair.source}/moved`);
  fs.rmSync(`${pair.source}/g`);
  fs.chmodSync(`${pair.source}/f`, 0o600);
  const passed = await syncNow(pair);
  described(passed);
  assert.ok(passed.done.includes('rename d -> moved'));
});

onLinux('of a plan, a comparison, and a hold', async () => {
  const pair = mixedPair();
  const run = async (options: Partial<Options>): Promise<Set<string>> =>
    described(await syncNow(pair, options));
  await run({ dryRun: true });
  await run({});
  fs.writeFileSync(`${pair.replica}/extra`, '');
  fs.rmSync(`${pair.replica}/g`);
  const compared = described(await checkNow(pair));
  assert.ok(compared.has('difference') && compared.has('checked'));
  fs.rmSync(pair.source, { recursive: true });
  fs.mkdirSync(pair.source);
  assert.ok((await run({})).has('held'));
  assert.ok((await run({ dryRun: true })).has('held'));
});

events('of a problem and a refusal', async () => {
  const pair = newPair({ 'd/a': 'a' });
  const problem = { kind: 'problem', path: 'd', code: 'EIO', action: 'list' } as const;
  assertDescribed([jsonLine({ ...problem, retryMs: 1_000 }, new Date()),
    jsonLine(problem, new Date()), droppedJsonLine(3, new Date())]);
  fs.rmSync(pair.source, { recursive: true });
  assert.ok(described(await syncNow(pair)).has('pass-failed'));
});

events('of a watch that is spoken to, with a command that fails, and of its log', async () => {
  const home = tempFolder();
  fs.mkdirSync(`${home}/S`);
  fs.writeFileSync(`${home}/S/f`, 'f');
  const cli = startCli(['watch', 'S', 'D', '--json', '-l', 'log', '--on-sync', 'exit 1'], { home });
  const until = (kind: string): Promise<string> =>
    cli.untilLine(new RegExp(`"kind":"${kind}"`), { timeoutMs: 90_000 });
  await until('watching');
  await until('hook-finished');
  for (const [word, kind] of [['status', 'status'], ['pause', 'paused'], ['resume', 'resumed']]) {
    cli.say(`${word}\n`);
    await until(kind!);
  }
  fs.renameSync(`${home}/S`, `${home}/gone`);
  cli.say('sync\n');
  await until('waiting');
  assert.is((await cli.kill()).code, 0);
  const kinds = assertDescribed(cli.stdout);
  for (const kind of ['hook-started', 'stopped']) assert.ok(kinds.has(kind), kind);
  assertDescribed(fs.readFileSync(`${home}/log`, 'utf8').trimEnd().split('\n'));
});

events.run();
