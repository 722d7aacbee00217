import fs from 'node:fs';

import { lastValueFrom, toArray } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import {
  check, DEFAULTS, examine, exitCodeOf, explain, sync, watch,
} from '../lib/index.ts';
import { ROOT } from './support/sources.ts';
import { tempFolder, until } from './support/temp.ts';

const library = suite('the package');

library('the package has the name, the command and the Node that are promised', () => {
  const manifest = JSON.parse(fs.readFileSync(`${ROOT}package.json`, 'utf8')) as
    Record<string, unknown>;
  const { name, bin, engines, type } = manifest;
  assert.equal({ name, bin, engines, type }, {
    name: 'fsync-cli', bin: { fsync: 'dist/cli.js' }, type: 'module',
    engines: { node: '^20.19.0 || >=22.12.0' },
  });
});

library('the library has watch, sync and check, whose refusals are events', async () => {
  const dir = tempFolder();
  const asked = { source: `${dir}/nowhere`, replica: `${dir}/D`, stateDir: `${dir}/state` };
  for (const command of [watch, sync, check]) {
    const events = await lastValueFrom(command(asked).pipe(toArray()));
    assert.is(events[0]?.kind, 'started');
    assert.is(events.at(-1)?.kind, 'stopped');
    assert.equal(events.filter(({ kind }) => kind === 'pass-failed').map(exitCodeOf), [3]);
  }
});

library('what is unsubscribed from before it is open lets go of the pair', async () => {
  const dir = tempFolder();
  const asked = { source: `${dir}/S`, replica: `${dir}/D`, stateDir: `${dir}/state` };
  fs.mkdirSync(asked.source);
  for (const command of [watch, sync]) {
    command(asked).subscribe().unsubscribe();
    await until(async () => {
      const events = await lastValueFrom(sync(asked).pipe(toArray()));
      return Math.max(...events.map(exitCodeOf)) === 0;
    });
  }
});

library('an option that is undefined is one that was not given', async () => {
  const dir = tempFolder();
  fs.mkdirSync(`${dir}/S`);
  const nothing = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, undefined]));
  const asked = { source: `${dir}/S`, replica: `${dir}/D`, ...nothing, stateDir: `${dir}/state` };
  for (const run$ of [sync(asked), check(asked), explain(asked, ''), examine(nothing)]) {
    const events = await lastValueFrom(run$.pipe(toArray()));
    assert.equal(events.filter(({ kind }) => kind === 'pass-failed'), []);
  }
});

library('options that nothing could be done with are refused', async () => {
  const dir = tempFolder();
  const good = { source: `${dir}/S`, replica: `${dir}/D`, stateDir: `${dir}/state` };
  fs.mkdirSync(good.source);
  const wrong: readonly (readonly [object, string])[] = [
    [{ source: undefined }, 'source is undefined: give the path of a folder'],
    [{ replica: '' }, 'replica is "": give'],
    [{ workers: -1 }, 'workers is -1: give a whole number from 0 to 64, or leave it out'],
    [{ chunkBytes: 0 }, 'chunkBytes is 0: give'],
    [{ chunkBytes: 1.5 }, 'chunkBytes is 1.5: give'],
    [{ intervalMs: NaN }, 'intervalMs is NaN: give'],
    [{ intervalMs: '10m' }, 'intervalMs is "10m": give milliseconds'],
    [{ settleMs: Infinity }, 'settleMs is Infinity: give'],
    [{ ignore: '*.o' }, 'ignore is "*.o": give a list of patterns'],
    [{ ignore: [1] }, 'ignore is a list'],
    [{ hash: 'crc' }, 'hash is "crc": give'],
    [{ dryRun: 'no' }, 'dryRun is "no": give true or false'],
    [{ maxDelete: 5 }, 'maxDelete is 5: give { entries: 100 }'],
    [{ maxDelete: { percent: 101 } }, 'maxDelete is an object of another kind: give'],
    [{ onSync: 'make' }, 'onSync is "make": give a function'],
    [{ maxdelete: { entries: 1 } }, 'there is no option maxdelete'],
  ];
  for (const [options, text] of wrong) {
    const asked = { ...good, ...options } as typeof good;
    for (const run$ of [watch(asked), sync(asked), check(asked), explain(asked, '')]) {
      const [failed, stopped, ...more] = await lastValueFrom(run$.pipe(toArray()));
      assert.is(failed?.kind, 'pass-failed');
      assert.ok('text' in failed! && failed.text?.includes(text), JSON.stringify([failed, text]));
      assert.is(exitCodeOf(failed), 2);
      assert.equal([stopped, more], [{ kind: 'stopped', reason: 'failed' }, []]);
    }
  }
  const right = { ...DEFAULTS, ...good, maxDelete: { percent: 20 }, workers: 0, scrubPercent: 0 };
  const events = await lastValueFrom(sync(right).pipe(toArray()));
  assert.equal(events.filter(({ kind }) => kind === 'pass-failed'), []);
});

library.run();
