import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { lacking, skip } from '../support/needs.ts';
import { tempFolder, until } from '../support/temp.ts';
import { startWatching } from './watching.ts';

const CHANGES = JSON.stringify(new URL('../../lib/rx/changes.ts', import.meta.url));

/** A process that watches, prints what it is told, and unsubscribes when it is told `last`. */
const script = (source: string, last: string): string => `
  import { changes } from ${CHANGES};
  const subscription = changes({ source: ${JSON.stringify(source)}, ignore: [], gitignore: false })
    .subscribe((event) => {
      console.log(JSON.stringify(event));
      if (event.kind === '${last}') subscription.unsubscribe();
    });`;

const NODE = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval'];

const thread = suite('the watching thread');

thread('ends when it is unsubscribed, and so does the process', () => {
  const [node, ...args] = [...NODE, script(tempFolder(), 'ready')];
  const { status, stdout, stderr } = spawnSync(node!, args, { encoding: 'utf8', timeout: 30_000 });
  assert.is(stderr, '');
  assert.is(stdout, '{"kind":"ready","folders":1}\n');
  assert.is(status, 0);
});

thread('is started again when it dies, with a full pass once it is ready', async () => {
  // Dies at first, and is ready the second time.
  const folder = tempFolder();
  const file = path.join(folder, 'thread.mjs');
  fs.writeFileSync(file, `
    import fs from 'node:fs';
    import { parentPort } from 'node:worker_threads';
    const been = ${JSON.stringify(path.join(folder, 'been'))};
    if (!fs.existsSync(been)) {
      fs.writeFileSync(been, '');
      throw new Error('dies');
    }
    parentPort.on('message', () => undefined);
    parentPort.postMessage({ kind: 'ready', folders: 7 });`);

  const watcher = startWatching(folder, { thread: pathToFileURL(file) });
  await watcher.event('overflow');
  assert.equal(watcher.events, [
    { kind: 'trouble', code: 'watcher-died', folders: 0 },
    { kind: 'ready', folders: 7 },
    { kind: 'overflow' },
  ]);
  watcher.stop();
});

thread('that cannot be started is tried again', async () => {
  const watcher = startWatching(tempFolder(), { thread: new URL('nothing:') });
  await until(() => watcher.events.length >= 2);
  assert.equal(watcher.events[1], { kind: 'trouble', code: 'watcher-died', folders: 0 });
  assert.is(watcher.isComplete, false);
  watcher.stop();
});

thread('is started again when it just ends', async () => {
  const watcher = startWatching(tempFolder(), { thread: new URL('data:text/javascript,') });
  await until(() => watcher.events.length >= 2);
  assert.equal(watcher.events[0], { kind: 'trouble', code: 'watcher-died', folders: 0 });
  assert.is(watcher.isComplete, false);
  watcher.stop();
});

/** Runs a command with limits on watches that only its own user namespace has. */
const limited = (limit: string, command: readonly string[]): readonly string[] =>
  ['unshare', '-U', '-r', 'sh', '-c', `echo ${limit} && shift && exec "$@"`, '-', '-', ...command];

function lackingLimits(): string | undefined {
  const missing = lacking({ platform: 'linux', tools: ['unshare'] });
  if (missing !== undefined) return missing;
  const [tool, ...args] = limited('10 > /proc/sys/user/max_inotify_watches', ['true']);
  return spawnSync(tool!, args).status === 0 ? undefined : 'needs user namespaces';
}

const reason = lackingLimits();
const inNamespace = reason === undefined ? thread : skip(thread, reason);

inNamespace('tells once how many folders have no watch, and watches the rest', () => {
  const source = tempFolder();
  for (let n = 0; n < 40; n += 1) fs.mkdirSync(path.join(source, `d${n}`));

  for (const [limit, code, folders, known, mostForChokidar] of [
    ['10 > /proc/sys/user/max_inotify_watches', 'ENOSPC', 31, 10, '100'],
    ['0 > /proc/sys/user/max_inotify_instances', 'EMFILE', 41, 0, '100'],
    ['10 > /proc/sys/user/max_inotify_watches', 'ENOSPC', 31, 10, '0'],
    ['0 > /proc/sys/user/max_inotify_instances', 'EMFILE', 41, 0, '0'],
  ] as const) {
    const [tool, ...args] = limited(limit, [...NODE, script(source, 'trouble')]);
    const env = { ...process.env, FSYNC_MOST_FOR_CHOKIDAR: mostForChokidar };
    const { stdout } = spawnSync(tool!, args, { encoding: 'utf8', timeout: 30_000, env });
    assert.equal(stdout.trim().split('\n').map((line) => JSON.parse(line)), [
      { kind: 'ready', folders: 41 - folders },
      { kind: 'trouble', code, folders, limit: known, of: 41 },
    ]);
  }
});

thread.run();
