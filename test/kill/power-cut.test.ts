import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { assertNoLitter } from '../failures/support.ts';
import { builtCli } from '../support/built.ts';
import { startCli, type Cli } from '../support/cli.ts';
import { mountImage, unmount } from '../support/mounted.ts';
import { lacking, skip } from '../support/needs.ts';
import { assertMirrored, isThere, newPair, type Pair } from '../support/pass.ts';
import { random } from '../support/random.ts';
import { differences } from '../support/same.ts';
import { removeTree, tempFolder, until } from '../support/temp.ts';
import { link, makeTree, symlink } from '../support/tree.ts';

const cut = suite('a power cut, on a real file system');
const reason = lacking({ root: true, platform: 'linux',
  tools: ['mount', 'umount', 'mkfs.ext4', 'unshare'] }) ?? lackingImages();
const mounted = reason === undefined ? cut : skip(cut, reason);

/** A pair whose replica is on a disk that keeps what it is told in memory, as long as it may. */
interface Disk extends Pair {
  readonly disk: string;
  readonly image: string;
}

/** Runs something, and what is lost when the power goes then: an image of the disk. */
type Course = (disk: Disk) => Promise<void>;

const COURSES: Readonly<Record<string, Course>> = {
  'after a first copy, names on the disk': async (disk) => {
    change(disk.source, 1);
    await runSync(disk);
    commit(disk);
  },
  'after the end, nothing on the disk': async (disk) => {
    await base(disk);
    await runSync(disk);
  },
  'after the end, names on the disk': async (disk) => {
    await base(disk);
    await runSync(disk);
    commit(disk);
  },
  'in the middle, names on the disk': async (disk) => {
    await base(disk);
    const cli = start(disk, 'sync');
    await until(() => isThere(disk.replica, 'new2/60') || cli.isOver(), { everyMs: 1 });
    process.kill(cli.pid, 'SIGSTOP');
    commit(disk);
    await cli.kill('SIGKILL');
  },
  'after a watch had all on the disk and went on, names on the disk': async (disk) => {
    change(disk.source, 1);
    const cli = start(disk, 'watch', 'sync "$@" && touch "$MARKER"');
    await cli.untilLine(/watching/);
    await until(() => fs.existsSync(`${disk.dir}/marker`));
    change(disk.source, 2);
    await until(() => differences(disk.source, disk.replica).length === 0);
    commit(disk);
    await cli.kill('SIGKILL');
  },
};

for (const [when, course] of Object.entries(COURSES)) {
  // One of its own keeps all that the record claims; on the same it may lose that, too.
  for (const where of ['another disk', 'the same disk'] as const) {
    mounted(`K06: ${when}, the state on ${where}: the next sync makes all equal`, async () => {
      const disk = newDisk(where);
      await course(disk);
      cutPower(disk);
      const lost = isThere(disk.replica, '') ? differences(disk.source, disk.replica) : ['all'];
      assert.ok(lost.length > 0, 'nothing was lost');
      const { code, stderr } = await runSync(disk, anotherBoot(disk));
      assert.equal([code, stderr], [0, '']);
      assertMirrored(disk);
      assertNoLitter(disk.replica);
      unmount(disk.disk);
      removeTree(disk.image);
    });
  }
}

mounted('K06: with --durable nothing that was told is lost', async () => {
  const disk = newDisk('another disk');
  for (const round of [1, 2]) {
    change(disk.source, round);
    assert.is((await runSync(disk, [], ['--durable'])).code, 0);
  }
  cutPower(disk);
  assertMirrored(disk);
  unmount(disk.disk);
  removeTree(disk.image);
});

cut.run();

function newDisk(where: 'another disk' | 'the same disk'): Disk {
  const pair = newPair();
  const [disk, image] = [`${pair.dir}/disk`, `${pair.dir}/image`];
  fs.mkdirSync(disk);
  makeImage(image, '64M');
  mountImage(image, disk);
  const state = where === 'the same disk' ? `${disk}/state` : pair.state;
  return { ...pair, disk, image, state, replica: `${disk}/D` };
}

/** A replica of which all is on the disk, and a source that went on. */
async function base(disk: Disk): Promise<void> {
  change(disk.source, 1);
  await runSync(disk);
  execFileSync('sync', ['-f', disk.disk]);
  change(disk.source, 2);
}

/** Something of each kind. A file with a hole has its size before it has its content. */
function change(source: string, round: number): void {
  const rng = random(round);
  const holes = (at: string): void => {
    fs.truncateSync(`${source}/${at}`, 200_000);
    const fd = fs.openSync(`${source}/${at}`, 'r+');
    fs.writeSync(fd, `round ${round}`, 100_000);
    fs.closeSync(fd);
  };
  fs.rmSync(`${source}/new${round - 2}`, { recursive: true, force: true });
  makeTree(source, {
    'edited': `round ${round}`, 'other/edited': rng.bytes(30_000), 'swept': 'x', 'old/swept': 'x',
    [`new${round}/swept`]: 'x', [`new${round}/l`]: symlink(`to ${round}`),
    [`d${round}/a`]: rng.bytes(5_000), [`d${round}/h`]: link(`d${round}/a`),
    ...Object.fromEntries(Array.from({ length: 120 }, (_, at) =>
      [`new${round}/${at}`, rng.bytes(500)])),
  });
  for (const at of ['swept', 'old/swept', `new${round}/swept`]) holes(at);
  if (round === 2) {
    fs.renameSync(`${source}/d1/a`, `${source}/moved`);
    fs.rmSync(`${source}/new1/7`);
  }
}

/** Names, sizes and times go to the disk, but not contents: as with any program's fsync there. */
function commit({ disk }: Disk): void {
  const fd = fs.openSync(`${disk}/another`, 'w');
  fs.writeSync(fd, 'x');
  fs.fsyncSync(fd);
  fs.closeSync(fd);
}

/** What is on the disk at this moment is all there is. */
function cutPower({ disk, image, dir }: Disk): void {
  execFileSync('cp', ['--sparse=always', image, `${dir}/left`]);
  unmount(disk);
  fs.renameSync(`${dir}/left`, image);
  mountImage(image, disk);
}

/** Runs fsync as if the machine had started anew. */
function anotherBoot({ dir }: Disk): readonly string[] {
  fs.writeFileSync(`${dir}/boot`, '01234567-89ab-cdef-0123-456789abcdef\n');
  return ['unshare', '-m', 'sh', '-c',
    'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"', `${dir}/boot`];
}

/** Starts fsync, whose own `sync -f` does what the text of a shell script says. */
function start(
  { source, replica, state, dir }: Disk, command: 'sync' | 'watch', sync = 'exit 1',
  under: readonly string[] = [], options: readonly string[] = [],
): Cli {
  makeTree(dir, { 'bin/': null });
  const path = (process.env.PATH ?? '').replaceAll('"', '');
  fs.writeFileSync(`${dir}/bin/sync`, `#!/bin/sh\nPATH='${path}'\n${sync}\n`, { mode: 0o755 });
  return startCli([command, source, replica, '--state-dir', state, ...options,
    ...(command === 'watch' ? ['--interval', '1d'] : [])], {
    script: builtCli(), under, env: { PATH: `${dir}/bin:${path}`, MARKER: `${dir}/marker` },
  });
}

async function runSync(
  disk: Disk, under: readonly string[] = [], options: readonly string[] = [],
): Promise<{ code: number | null; stderr: string }> {
  const cli = start(disk, 'sync', 'exit 1', under, options);
  const { code } = await cli.exited;
  return { code, stderr: cli.stderr.join('\n') };
}

function makeImage(image: string, size: string): void {
  execFileSync('truncate', ['-s', size, image]);
  execFileSync('mkfs.ext4', ['-q', image]);
}

/** Why no image of a disk can be mounted here, as in a container; undefined where one can. */
function lackingImages(): string | undefined {
  const dir = tempFolder();
  try {
    fs.mkdirSync(`${dir}/disk`);
    makeImage(`${dir}/image`, '8M');
    mountImage(`${dir}/image`, `${dir}/disk`);
    unmount(`${dir}/disk`);
    return undefined;
  } catch {
    return 'needs to mount an image';
  }
}
