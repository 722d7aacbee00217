import fs from 'node:fs';
import { lastValueFrom, toArray } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { exitCodeOf, type SyncEvent } from '../../lib/index.ts';
import { findingOfWatches } from '../../lib/doctor-roots.ts';
import { examine } from '../../lib/index.ts';
import { newPair, syncNow, type Pair } from '../support/pass.ts';
import { removeTree, tempFolder } from '../support/temp.ts';
import { readTree } from '../support/tree.ts';

type Finding = Extract<SyncEvent, { kind: 'finding' }>;

async function findings(pair: Partial<Pair>): Promise<readonly Finding[]> {
  const { source, replica, state = tempFolder() } = pair;
  const events = await lastValueFrom(examine({
    stateDir: state, ...(source === undefined || replica === undefined ? {} : { source, replica }),
  }).pipe(toArray()));
  return events as Finding[];
}

const one = (all: readonly Finding[], about: Finding['about']): Finding | undefined =>
  all.find((each) => each.about === about);

const doctor = suite('doctor');

doctor('has a line for each thing, and changes nothing', async () => {
  assert.equal((await findings({})).map(({ about }) => about),
    ['versions', 'descriptors', 'clock', 'state', 'watches']);
  const pair = newPair({ 'd/f': 'f' });
  await syncNow(pair);
  const before = [...readTree(pair.dir)];
  const all = await findings(pair);
  assert.equal(all.map(({ about }) => about),
    ['versions', 'descriptors', 'clock', 'state', 'watches', 'source', 'replica']);
  assert.match(one(all, 'state')!.text, /^1 pair has a record in /);
  assert.is(one(all, 'versions')!.text, `Node ${process.versions.node}`);
  assert.equal([...readTree(pair.dir)], before);
});

doctor('counts the folders that need a watch, without those that are ignored', () => {
  const pair = newPair({ 'a/b/c': '', 'd/e/f': '', '.fsyncignore': 'e/' });
  const limits = { watches: 100, instances: 128, queued: 16_384 };
  const patient = { ignore: [], gitignore: false };
  const { ok, text } = findingOfWatches(pair.source, patient, limits);
  assert.equal([ok, text], [true, '4 folders need a watch; the limits are 100 watches, 128 watchers'
    + ' and 16384 events that wait']);
  const few = findingOfWatches(pair.source, { ...patient, ignore: ['a/b'] },
    { watches: 3, instances: 4, queued: 1_000 });
  assert.is(few.ok, false);
  assert.is(few.text, '3 folders need a watch; the limits are 3 watches, 4 watchers and 1000 events'
    + ' that wait: raise fs.inotify.max_user_watches to 8 and fs.inotify.max_user_instances to 16'
    + ' and fs.inotify.max_queued_events to 16384 (sysctl)');
});

doctor('names the records of pairs that have lost a folder', async () => {
  const pair = newPair({ f: 'f' });
  await syncNow(pair);
  removeTree(pair.source);
  const state = one(await findings({ state: pair.state }), 'state')!;
  assert.is(exitCodeOf(state), 1);
  const [name] = fs.readdirSync(pair.state);
  assert.match(state.text,
    `if it will not come back, remove there ${name} (${pair.source} is gone)`);
});

doctor('says where no record can be kept', async () => {
  const dir = tempFolder();
  fs.writeFileSync(`${dir}/file`, '');
  const { ok, text } = one(await findings({ state: `${dir}/file/state` }), 'state')!;
  assert.equal([ok, text], [false, `no record can be kept in ${dir}/file/state (EACCES): give`
    + ' yourself access to it, or use --state-dir']);
});

doctor('says what is wrong with the folders', async () => {
  const pair = newPair({ f: 'f' });
  const missing = one(await findings({ ...pair, source: `${pair.dir}/none` }), 'folders')!;
  assert.equal([missing.ok, missing.text], [false, `the source ${pair.dir}/none does not exist`]);
  fs.mkdirSync(`${pair.source}/in`);
  const inside = one(await findings({ ...pair, replica: `${pair.source}/in` }), 'folders')!;
  assert.match(inside.text, /lies inside the source/);
});

doctor.run();
