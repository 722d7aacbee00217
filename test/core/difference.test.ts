import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import {
  isMirrored, judge, metaDifference, metaDiffers, sameTime, type Powers,
} from '../../lib/core/difference.ts';
import type { Stat } from '../../lib/core/entry.ts';
import { stat } from '../support/stat.ts';

const ROOT: Powers = { root: true, groups: [] };
const USER: Powers = { root: false, groups: [7] };

const time = suite('sameTime');

time('counts whole microseconds, rounded down also before 1970', () => {
  const rows = [
    { a: 0n, b: 0n, expected: true },
    { a: 1_000n, b: 1_999n, expected: true },
    { a: 1_999n, b: 2_000n, expected: false },
    { a: 999n, b: 0n, expected: true },
    { a: -1n, b: 0n, expected: false },
    { a: -1n, b: -1_000n, expected: true },
    { a: -1_000n, b: -1_001n, expected: false },
    { a: -1_500_001_999n, b: -1_500_002_000n, expected: true },
    { a: 1_700_000_000_123_456_789n, b: 1_700_000_000_123_456_000n, expected: true },
  ];
  for (const { a, b, expected } of rows) {
    const row = `${a} and ${b}`;
    assert.is(sameTime(stat({ mtimeNs: a }), stat({ mtimeNs: b })), expected, row);
    assert.is(sameTime(stat({ mtimeNs: b }), stat({ mtimeNs: a })), expected, row);
  }
});

time.run();

// ---

const meta = suite('metaDifference');

meta('finds what could be mended: mode, then owner, then time', () => {
  const rows: readonly {
    name: string; source: Partial<Stat>; powers?: Powers; expected: string | undefined;
  }[] = [
    { name: 'nothing', source: {}, expected: undefined },
    { name: 'a mode', source: { mode: 0o600 }, expected: 'mode' },
    { name: 'a special bit', source: { mode: 0o4644 }, expected: 'mode' },
    { name: 'a mode and a time', source: { mode: 0o600, mtimeNs: 0n }, expected: 'mode' },
    { name: 'a time', source: { mtimeNs: 0n }, expected: 'time' },
    { name: 'a time below a microsecond', source: { mtimeNs: 5_000_999n }, expected: undefined },
    { name: 'an owner, as root', source: { uid: 1 }, expected: 'owner' },
    { name: 'an owner that we cannot give', source: { uid: 1 }, powers: USER,
      expected: undefined },
    { name: 'a group, as root', source: { gid: 3 }, expected: 'owner' },
    { name: 'a group of ours', source: { gid: 7 }, powers: USER, expected: 'owner' },
    { name: 'a group of others', source: { gid: 3 }, powers: USER, expected: undefined },
    { name: 'an owner and a time', source: { uid: 1, mtimeNs: 0n }, expected: 'owner' },
    { name: 'what is no metadata', source: { ino: 9n, ctimeNs: 1n, nlink: 2 },
      expected: undefined },
    { name: "a symlink's mode", source: { type: 'symlink', mode: 0o777 }, expected: undefined },
    { name: "a symlink's time", source: { type: 'symlink', mtimeNs: 0n }, expected: 'time' },
  ];
  for (const { name, source, powers = ROOT, expected } of rows) {
    const [a, b] = [stat(source), stat({ type: source.type ?? 'file' })];
    assert.is(metaDifference(a, b, powers), expected, name);
    assert.is(metaDiffers(a, b, powers), expected !== undefined, name);
  }
});

meta.run();

// ---

const judging = suite('judge');

judging('tells what is equal, what differs, and what only reading tells', () => {
  const rows: readonly {
    name: string; source?: Partial<Stat>; replica?: Partial<Stat>; expected: string;
    recorded?: boolean; checksum?: boolean; sameTarget?: boolean;
  }[] = [
    { name: 'another type', replica: { type: 'folder' }, expected: 'type' },
    { name: 'another type, whatever else', source: { type: 'symlink', size: 9 }, expected: 'type' },
    { name: 'another size', source: { size: 2 }, expected: 'content' },
    { name: 'another size, with a record too', source: { size: 2 }, recorded: true,
      expected: 'content' },
    { name: 'another size and mode', source: { size: 2, mode: 0o600 }, expected: 'content' },
    { name: 'equal size and time without a record', expected: 'equal' },
    { name: 'those, the time below a microsecond apart', source: { mtimeNs: 5_000_001n },
      expected: 'equal' },
    { name: 'those with --checksum', checksum: true, expected: 'unsure' },
    { name: 'those with a record that does not vouch for it', recorded: true, expected: 'unsure' },
    { name: 'those with another mode', source: { mode: 0o600 }, expected: 'meta' },
    { name: 'another mode and a record', source: { mode: 0o600 }, recorded: true,
      expected: 'unsure' },
    { name: 'equal size and another time', source: { mtimeNs: 0n }, expected: 'unsure' },
    { name: 'a link to elsewhere', source: { type: 'symlink' }, replica: { type: 'symlink' },
      expected: 'target' },
    { name: 'a link to the same', source: { type: 'symlink' }, replica: { type: 'symlink' },
      sameTarget: true, recorded: true, checksum: true, expected: 'equal' },
    { name: 'a link to the same of another time', source: { type: 'symlink', mtimeNs: 0n },
      replica: { type: 'symlink' }, sameTarget: true, expected: 'meta' },
    { name: 'a link to elsewhere of another time', source: { type: 'symlink', mtimeNs: 0n },
      replica: { type: 'symlink' }, expected: 'target' },
    { name: 'a folder of another size', source: { type: 'folder', size: 9 },
      replica: { type: 'folder' }, expected: 'equal' },
  ];
  for (const { name, source, replica, expected, ...known } of rows) {
    const { recorded = false, checksum = false, sameTarget = false } = known;
    assert.is(judge(stat(source), stat(replica),
      { recorded, checksum, sameTarget, powers: ROOT }), expected, name);
  }
});

judging('mirrors all but sockets, devices and FIFOs', () => {
  const types = ['file', 'folder', 'symlink', 'special'] as const;
  assert.equal(types.filter(isMirrored), ['file', 'folder', 'symlink']);
});

judging.run();
