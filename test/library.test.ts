import fs from 'node:fs';

import { lastValueFrom, toArray } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { check, exitCodeOf, sync, watch } from '../lib/index.ts';
import { ROOT } from './support/sources.ts';
import { tempFolder } from './support/temp.ts';

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

library.run();
