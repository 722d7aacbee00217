import fs from 'node:fs';

import { NEVER, defer, ignoreElements, lastValueFrom } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { Path } from '../../lib/core/entry.ts';
import { addChanges, changeAt, trigger, type ChangedPaths } from '../../lib/core/scope.ts';
import { DEFAULTS } from '../../lib/index.ts';
import type { PassResult } from '../../lib/mirror.ts';
import { withMirror } from '../../lib/open.ts';
import { passOf } from '../../lib/pass-of.ts';
import { systemError, watchingCalls, type Call } from '../support/faults.ts';
import {
  collect, contentOf, newPair, passesOf, syncedPair, type Passed,
} from '../support/pass.ts';

const retries = suite('a path that fails');

retries('is tried again after 1, 2, 4 … seconds, at the latest with the interval', async () => {
  const { source, replica, state } = newPair({ a: 'A' });
  const options = { ...DEFAULTS, source, replica, stateDir: state, workers: 0, intervalMs: 5_000 };
  const told: unknown[] = [];
  const passes = async (pass: () => Promise<Passed>): Promise<void> => {
    const tell = async (): Promise<void> => {
      const { events } = await pass();
      told.push(events.flatMap((event) => (event.kind === 'problem' ? [event.retryMs] : [])));
    };
    await watchingCalls(['readSync'], (call) => { throw systemError('EIO', call); }, async () => {
      for (let times = 1; times <= 5; times += 1) await tell();
    });
    await tell();
  };
  await lastValueFrom(withMirror(options, NEVER, (mirror) => defer(() => passes(() =>
    collect(passOf(mirror, trigger({ reason: 'asked', full: true }))))).pipe(ignoreElements()),
  'watch'));
  assert.equal(told, [[1_000], [2_000], [4_000], [5_000], [5_000], []]);
});

retries('waits for its own next try, whatever else fails meanwhile', async () => {
  const { source, replica, state } = newPair({ a: 'A', b: 'B' });
  const options = { ...DEFAULTS, source, replica, stateDir: state, workers: 0 };
  const left: PassResult[] = [];
  await lastValueFrom(withMirror(options, NEVER, (mirror) => defer(async () => {
    const passOver = (name: string): Promise<Passed> => collect(passOf(mirror, trigger({
      reason: 'changes', changes: addChanges(undefined, [{ folder: '', name }]),
    }), (result) => void left.push(result)));
    const broken = (name: string): Promise<Passed> => watchingCalls(['openSync'],
      (call) => { if (String(call.args[0]).endsWith(`/${name}`)) throw systemError('EIO', call); },
      () => passOver(name));
    await collect(passOf(mirror, trigger({ reason: 'start', full: true })));
    for (const name of ['a', 'b']) fs.writeFileSync(`${source}/${name}`, 'changed');
    for (let times = 1; times <= 4; times += 1) await broken('a');
    await broken('b');
    await broken('a');
    await passOver('b');
  }).pipe(ignoreElements()), 'watch'));

  const nexts = left.map(({ retry }) => {
    const names = [...retry?.changes.get('') ?? []].toSorted().join();
    return `${names} in ${Math.round((retry?.afterMs ?? NaN) / 500) * 500}`;
  });
  assert.equal(nexts, ['a in 1000', 'a in 2000', 'a in 4000', 'a in 8000', 'b in 1000',
    'b in 1000', 'a in 16000']);
});

retries('that is a folder is looked into again, though somebody looked at it itself', async () => {
  const { source, replica, state } = newPair({ 'd/a': 'A', b: 'B' });
  const options = { ...DEFAULTS, source, replica, stateDir: state, workers: 0 };
  const left: PassResult[] = [];
  await lastValueFrom(withMirror(options, NEVER, (mirror) => defer(async () => {
    const passOver = (...paths: readonly Path[]): Promise<Passed> => collect(passOf(mirror,
      trigger({ reason: 'changes', changes: addChanges(undefined, paths.map(changeAt)) }),
      (result) => void left.push(result)));
    await collect(passOf(mirror, trigger({ reason: 'start', full: true })));
    for (const name of ['d/a', 'b']) fs.writeFileSync(`${source}/${name}`, 'changed');
    const shut = (...ends: readonly string[]) => (call: Call): void => {
      if (ends.some((end) => String(call.args[0]).endsWith(end))) throw systemError('EACCES', call);
    };
    await watchingCalls(['openSync'], shut('/d/.fsyncignore', '/b'), () => passOver('d/a', 'b'));
    // As the event of its new mode brings it, while something else fails.
    await watchingCalls(['openSync'], shut('/b'), () => passOver('d', 'b'));
    const { changes, afterMs } = left.at(-1)!.retry!;
    assert.equal([changes.get('d'), afterMs], ['tree', 0]);
    await watchingCalls(['openSync'], shut('/b'), async () => {
      await collect(passOf(mirror, trigger({ reason: 'retry', changes })));
    });
    assert.equal([...mirror.memory.failing.keys()], ['b']);
    assert.is(contentOf(replica, 'd/a'), 'changed');
  }).pipe(ignoreElements()), 'watch'));
});

const gone = (root: string, ...names: readonly string[]): void => {
  for (const name of names) fs.rmSync(`${root}/${name}`, { recursive: true, force: true });
};

for (const code of ['EIO', 'ENOENT']) {
  retries(`that was to be renamed brings its former name, though it is gone: ${code}`, async () => {
    const pair = await syncedPair({ a: 'A', 'd/x': 'X', c: 'C' });
    const { source, replica } = pair;
    await passesOf(pair, async (mirror, pass) => {
      let left: readonly ChangedPaths[] = [];
      const passOver = (changes: ChangedPaths): Promise<Passed> => collect(passOf(mirror,
        trigger({ reason: 'changes', changes }), ({ retry, arrived }) => {
          left = [...retry ? [retry.changes] : [], ...arrived ? [arrived] : []];
        }));
      const over = (...paths: readonly Path[]): Promise<Passed> =>
        passOver(addChanges(undefined, paths.map(changeAt)));
      await pass();
      for (const [from, to] of ['ab', 'de']) fs.renameSync(`${source}/${from}`, `${source}/${to}`);
      const fail = (call: Call): never => {
        if (code === 'ENOENT') gone(source, 'b', 'e');
        throw systemError(code, call);
      };
      await watchingCalls(['renameSync', 'linkSync'], fail, () => over('a', 'b', 'd', 'e'));

      // So the events say, which tell of their last names only.
      gone(source, 'b', 'e');
      await over('b', 'e');
      for (const changes of left) await passOver(changes);
      assert.equal([...mirror.memory.failing.keys()], []);
      assert.equal(fs.readdirSync(replica), ['c']);
    });
  });
}

retries.run();
