import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deviceName, mountOf, parseMounts, placesOf, readMounts } from '../../lib/disk/mounts.ts';
import { lacking } from '../support/needs.ts';

const text = [
  '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
  '30 27 8:1 / /disk rw shared:7 master:2 - xfs /dev/sda1 rw',
  '31 27 254:0 /data/sub /mnt/a\\040b rw - ext4 /dev/vda rw',
  '32 27 0:50 / /net rw - nfs4 server:/one rw',
  '33 27 0:50 / /net2 rw - nfs4 server:/two rw',
  '34 30 0:60 / /disk rw - tmpfs none rw',
  'nonsense',
  '',
].join('\n');

// ---

const parsing = suite('parseMounts');

parsing('reads octal escapes and any number of optional fields, and skips what it cannot', () => {
  const mounts = parseMounts(text);
  assert.is(mounts.length, 6);
  assert.equal(mounts[1],
    { dev: '8:1', root: '/', point: '/disk', type: 'xfs', source: '/dev/sda1', shows: [] });
  assert.equal(mounts[2],
    { dev: '254:0', root: '/data/sub', point: '/mnt/a b', type: 'ext4', source: '/dev/vda',
      shows: [] });
});

const shown: readonly [string, readonly string[]][] = [
  ['overlay overlay rw,lowerdir=/a:/b\\134:c:rel::/d,upperdir=/u\\134,p:1,workdir=/w,uuid=on',
    ['/a', '/b:c', '/d', '/u,p:1']],
  ['overlay none ro,lowerdir+=/a:b,lowerdir+=/c,datadir+=/d', ['/a:b', '/c', '/d']],
  ['fuse /a\\040b rw,user_id=0', ['/a b']],
  ['fuse.sshfs host:/a rw', []],
  ['fuseblk /dev/sda1 rw', []],
];
for (const [line, folders] of shown) {
  parsing(`tells what is shown by ${line.split(' ', 2).join(' of ')}, ${folders.length}`, () => {
    assert.equal(parseMounts(`36 27 0:39 / /m rw - ${line}`)[0]?.shows, folders);
  });
}

parsing.run();

// ---

const finding = suite('mountOf and placesOf');

const rows: readonly [string, string | undefined, string][] = [
  ['/', '/', '254:0'], ['/data/sub/x', '/data/sub/x', '254:0'], ['/diskette', '/diskette', '254:0'],
  ['/mnt/a b', '/data/sub', '254:0'], ['/mnt/a b/x/y', '/data/sub/x/y', '254:0'],
  ['/disk/x', '/x', '0:60 none'], ['/net/x', '/x', '0:50 server:/one'],
  ['/net2/x', '/x', '0:50 server:/two'],
];
for (const [at, inside, fileSystem] of rows) {
  finding(`places ${at}`, () => {
    assert.equal(placesOf(at, parseMounts(text)), [{ fileSystem, path: inside }]);
  });
}

finding('takes a hidden mount if that is the device', () => {
  assert.is(mountOf('/disk/x', parseMounts(text), (8n << 8n) | 1n)?.type, 'xfs');
});

finding('places nothing without mounts', () => {
  assert.equal(placesOf('/x', []), []);
});

finding('knows the real root', () => {
  if (lacking({ platform: 'linux' }) !== undefined) return;
  const { dev } = fs.statSync('/', { bigint: true });
  assert.is(mountOf('/', readMounts(), dev)?.point, '/');
  assert.is(mountOf('/proc/self', readMounts())?.type, 'proc');
});

finding.run();

// ---

const naming = suite('deviceName');

naming('splits a device number as the kernel does', () => {
  assert.is(deviceName(0xfe00n), '254:0');
  assert.is(deviceName(0x801n), '8:1');
  // makedev(5000, 70000)
  assert.is(deviceName(0x100011138870n), '5000:70000');
});

naming.run();
