import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { fromText } from '../../lib/core/entry.ts';
import { openRecord } from '../../lib/disk/record-store.ts';
import { lacking, skip } from '../support/needs.ts';
import { assertMirrored, newPair, syncNow, syncWell, type Pair } from '../support/pass.ts';
import { differences } from '../support/same.ts';
import { tempFolder } from '../support/temp.ts';
import { makeTree, type TreeSpec } from '../support/tree.ts';

const MOUNT = ['mount', '-o', 'loop,noauto_da_alloc,commit=300'];

/** An ext4 that writes nothing out by itself, as far as that can be had. */
function makeDisk(image: string, at: string): void {
  fs.writeFileSync(image, '');
  fs.truncateSync(image, 48 << 20);
  execFileSync('mkfs.ext4', ['-q', '-F', image]);
  fs.mkdirSync(at);
  mount(image, at);
}

const mounted: string[] = [];
process.prependListener('exit', () => mounted.splice(0).forEach((at) => void umount(at)));

function mount(image: string, at: string): void {
  execFileSync(MOUNT[0]!, [...MOUNT.slice(1), image, at]);
  mounted.push(at);
}

function umount(at: string): void {
  execFileSync('umount', ['-l', at]);
  mounted.splice(mounted.indexOf(at), 1);
}

function lackingDisk(): string | undefined {
  const missing = lacking({ root: true, platform: 'linux', tools: ['mount', 'mkfs.ext4'] });
  if (missing !== undefined) return missing;
  const dir = tempFolder();
  try {
    makeDisk(`${dir}/image`, `${dir}/at`);
    umount(`${dir}/at`);
    return undefined;
  } catch {
    return 'needs loop devices';
  }
}

const power = suite('a power cut');
const reason = lackingDisk();
const onDisk = reason === undefined ? power : skip(power, reason);

/** The disk as a power cut leaves it takes the place of the one that was mounted. */
function cutPower({ dir, replica }: Pair): void {
  execFileSync('cp', ['--sparse=always', `${dir}/image`, `${dir}/left`]);
  umount(replica);
  mount(`${dir}/left`, replica);
}

/** Another boot, as far as the record can tell. */
async function reboot({ source, replica, state }: Pair): Promise<void> {
  const [name] = fs.readdirSync(state);
  const record = await openRecord(`${state}/${name}/record`,
    { source: fromText(source), replica: fromText(replica) });
  const { open, replica: identity } = record.meta;
  assert.ok(open, 'the record says nothing of changes that may not be on the disk');
  await record.setMeta({ open: { ...open, bootId: 'before' } });
  assert.ok(identity);
  await record.close();
}

const files = (text: string): TreeSpec => Object.fromEntries(
  Array.from({ length: 60 }, (_, at) => [`d${at % 5}/f${at}`, `${text} ${at} `.repeat(2_000)]));

const cuts: Readonly<Record<string, (pair: Pair) => void>> = {
  'before anything was written': () => {},
  // What others ask the disk to write takes our names along, but not our bytes.
  'between names and bytes': ({ replica }) => {
    const fd = fs.openSync(`${replica}/d0/f0`, 'r+');
    fs.fsyncSync(fd);
    fs.closeSync(fd);
  },
  'between names and bytes, which seem to be there,': ({ dir, replica }) => {
    spawnSync('sync', ['-f', replica]);
    umount(replica);
    const image = fs.readFileSync(`${dir}/image`);
    const at = image.indexOf('newer 7 newer 7 ');
    assert.ok(at > 0);
    const fd = fs.openSync(`${dir}/image`, 'r+');
    fs.writeSync(fd, Buffer.alloc(4096), 0, 4096, at - (at % 4096));
    fs.closeSync(fd);
    mount(`${dir}/image`, replica);
  },
};

for (const [when, before] of Object.entries(cuts)) {
  onDisk(`K03: ${when} costs nothing but time`, async () => {
    const pair = newPair(files('old'));
    makeDisk(`${pair.dir}/image`, pair.replica);
    fs.rmdirSync(`${pair.replica}/lost+found`);
    await syncWell(pair);
    spawnSync('sync', ['-f', pair.replica]);

    makeTree(pair.source, { ...files('newer'), 'new/tree/f': 'n' });
    fs.renameSync(`${pair.source}/d1`, `${pair.source}/moved`);
    // Nothing asks the disk to write here, so that the cut comes before that.
    await withoutSync(() => syncNow(pair));
    assertMirrored(pair);
    before(pair);
    cutPower(pair);
    const lost = differences(pair.source, pair.replica);
    assert.ok(lost.length > 0, 'the disk had it all');

    await reboot(pair);
    const { notices, exitCode } = await syncNow(pair, { approveDeletes: true });
    assert.equal([exitCode, notices], [0, ['after-restart']]);
    assertMirrored(pair);
    await syncWell(pair);
    umount(pair.replica);
  });
}

/** A pass that finds no `sync` to call at its end. */
async function withoutSync(act: () => Promise<unknown>): Promise<void> {
  const { PATH } = process.env;
  process.env.PATH = '/nowhere';
  try {
    await act();
  } finally {
    process.env.PATH = PATH;
  }
}

power.run();
