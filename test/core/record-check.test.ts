import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { Stat } from '../../lib/core/entry.ts';
import {
  folderRow, identityNow, identityOf, isAsRecorded, isClean, isRacy, rowOf, selfRow,
  type NumberStat,
} from '../../lib/core/record-check.ts';
import { COLUMNS, CTIME, MOUNT, RACY, REPLICA, sideOfStat } from '../../lib/core/record.ts';
import { stat } from '../support/stat.ts';

const SOURCE = stat({ ino: 10n, dev: 1n });
const COPY = stat({ ino: 20n, dev: 2n, ctimeNs: 11_000_000n, birthNs: 10_000_000n });

/** The numbers of a plain lstat. */
function numbers(of: Stat): NumberStat {
  const [mode, size, mtimeMs, ctimeMs, ino] = sideOfStat(of);
  return { mode: mode!, size: size!, mtimeMs: mtimeMs!, ctimeMs: ctimeMs!, ino: ino! };
}

/** Rows of which the second is the one that is meant. */
const second = (row: readonly number[]): Float64Array =>
  new Float64Array([...Array.from({ length: COLUMNS }, () => 1), ...row]);

/** What a stat differs in, one thing a row. */
const CHANGES: readonly { name: string; part: Partial<Stat> }[] = [
  { name: 'size', part: { size: 2 } },
  { name: 'time', part: { mtimeNs: 6_000_000n } },
  { name: 'ctime', part: { ctimeNs: 12_000_000n } },
  { name: 'inode', part: { ino: 99n } },
  { name: 'mode', part: { mode: 0o600 } },
  { name: 'type', part: { type: 'symlink' } },
];

const clean = suite('isClean');

clean('is what equals the record on both sides', () => {
  const rows = second(rowOf(SOURCE, COPY, false));
  assert.is(isClean(rows, COLUMNS, numbers(SOURCE), numbers(COPY)), true);
  assert.is(isClean(rows, 0, numbers(SOURCE), numbers(COPY)), false);
  assert.is(isClean(rows, COLUMNS, numbers(COPY), numbers(SOURCE)), false);
});

clean('is nothing that differs on one side', () => {
  const rows = second(rowOf(SOURCE, COPY, false));
  for (const { name, part } of CHANGES) {
    const source = numbers({ ...SOURCE, ...part });
    const replica = numbers({ ...COPY, ...part });
    assert.is(isClean(rows, COLUMNS, source, numbers(COPY)), false, `source ${name}`);
    assert.is(isClean(rows, COLUMNS, numbers(SOURCE), replica), false, `replica ${name}`);
    assert.is(isAsRecorded(rows, COLUMNS, source), false, name);
    assert.is(isAsRecorded(rows, COLUMNS, numbers(SOURCE)), true, name);
    assert.is(isAsRecorded(rows, COLUMNS + REPLICA, numbers(COPY)), true, name);
  }
});

clean('is nothing that was recorded as racy', () => {
  const rows = second(rowOf(SOURCE, COPY, true));
  assert.is(isClean(rows, COLUMNS, numbers(SOURCE), numbers(COPY)), false);
});

clean('is no copy of another size or type, whoever was there before it was looked at', () => {
  const link = stat({ type: 'symlink', ino: 10n });
  for (const [source, other] of [
    [SOURCE, { ...COPY, size: COPY.size + 7 }], [link, stat({ type: 'folder', ino: 20n })],
  ] as const) {
    const rows = second(rowOf(source, other, false));
    assert.is(isClean(rows, COLUMNS, numbers(source), numbers(other)), false);
  }
});

clean('looks at all of a folder in its own row, at its identity in its parent', () => {
  const source = stat({ type: 'folder', ino: 10n });
  const replica = stat({ type: 'folder', ino: 20n });
  const own = selfRow(source, replica, 1);
  assert.is(isClean(new Float64Array(own), 0, numbers(source), numbers(replica)), true);
  assert.is(own[MOUNT], 1);
  assert.is(selfRow(source, replica, 0)[MOUNT], 0);
  const touched = { mtimeNs: 0n, ctimeNs: 0n, size: 9 };
  assert.equal(folderRow(source, replica),
    folderRow({ ...source, ...touched }, { ...replica, ...touched }));
  assert.not.equal(folderRow(source, replica), folderRow({ ...source, ino: 11n }, replica));
});

clean.run();

// ---

const recorded = suite('identityOf');

const IDENTITY = { ino: 10, birthMs: 1, size: 1, mtimeMs: 5 };

recorded('names the source entry that an unchanged replica was copied from', () => {
  assert.equal(identityOf(second(rowOf(SOURCE, COPY, false)), COLUMNS, COPY), IDENTITY);
  assert.equal(identityOf(second(rowOf(SOURCE, COPY, true)), COLUMNS, COPY), IDENTITY, 'racy');
});

recorded('names none where the replica no longer matches its record', () => {
  const rows = second(rowOf(SOURCE, COPY, false));
  for (const { name, part } of CHANGES) {
    assert.is(identityOf(rows, COLUMNS, { ...COPY, ...part }), undefined, name);
  }
});

recorded('is in doubt where no change time of the replica is known', () => {
  const rows = second(rowOf(SOURCE, COPY, false));
  rows[COLUMNS + REPLICA + CTIME] = RACY;
  assert.equal(identityOf(rows, COLUMNS, COPY), { ...IDENTITY, doubted: true });
  assert.equal(identityOf(rows, COLUMNS, { ...COPY, ctimeNs: 1n }), { ...IDENTITY, doubted: true });
  assert.is(identityOf(rows, COLUMNS, { ...COPY, mtimeNs: 1n }), undefined);
});

recorded('knows a folder of the replica by inode and birth, whatever happened in it', () => {
  const replica = { ...COPY, type: 'folder' as const };
  const rows = second(folderRow({ ...SOURCE, type: 'folder' }, replica));
  const touched = { mtimeNs: 0n, ctimeNs: 0n, mode: 0o700, size: 9 };
  const expected = { ino: 10, birthMs: 1, size: 0, mtimeMs: 0 };
  assert.equal(identityOf(rows, COLUMNS, { ...replica, ...touched }), expected);
  assert.is(identityOf(rows, COLUMNS, { ...replica, ino: 21n }), undefined, 'another inode');
  assert.is(identityOf(rows, COLUMNS, { ...replica, birthNs: 0n }), undefined, 'used again');
  const file = second(rowOf(SOURCE, COPY, false));
  assert.is(identityOf(file, COLUMNS, replica), undefined, 'a file was recorded');
});

recorded('trusts no unknown birth', () => {
  const of = (part: Partial<Stat>): unknown =>
    identityOf(second(rowOf({ ...SOURCE, ...part }, COPY, false)), COLUMNS, COPY);
  assert.is(of({ birthNs: 0n }), undefined);
  assert.ok(of({ birthNs: 1n }));
});

recorded.run();

// ---

const present = suite('identityNow');

present('is comparable to the recorded one', () => {
  const rows = second(rowOf(SOURCE, COPY, false));
  assert.equal(identityNow(SOURCE), identityOf(rows, COLUMNS, COPY));
});

present('is none where it is no evidence', () => {
  const rows: readonly { name: string; part: Partial<Stat>; known: boolean }[] = [
    { name: 'a birth of its own', part: {}, known: true },
    { name: 'no birth', part: { birthNs: 0n }, known: false },
    { name: "the ctime's copy", part: { birthNs: 9_000_000n }, known: false },
    { name: 'a fresh folder', part: { type: 'folder', birthNs: 9_000_000n }, known: true },
    { name: 'a folder without a birth', part: { type: 'folder', birthNs: 0n }, known: false },
  ];
  for (const { name, part, known } of rows) {
    assert.is(identityNow(stat(part)) !== undefined, known, name);
  }
});

present.run();

// ---

const racy = suite('isRacy');

racy('is a change as young as the grain of the clock', () => {
  const rows = [
    { ctimeNs: 1_001_000_000n, readAtMs: 1_022, expected: false },
    { ctimeNs: 1_001_000_000n, readAtMs: 1_021, expected: true },
    { ctimeNs: 1_001_999_999n, readAtMs: 1_021, expected: true },
    { ctimeNs: 1_001_000_000n, readAtMs: 500, expected: true },
    { ctimeNs: 1_001_000_000n, readAtMs: 3_000, expected: false },
  ];
  for (const { ctimeNs, readAtMs, expected } of rows) {
    assert.is(isRacy(stat({ ctimeNs }), readAtMs, 20), expected, `${ctimeNs} at ${readAtMs}`);
  }
  assert.is(isRacy(stat({ ctimeNs: 1_000_000_000n }), 3_000, 2_000), true, 'a coarse clock');
});

racy('is one within two seconds where the time is a whole second: others are not kept', () => {
  const isYoung = (ctimeNs: bigint, readAtMs: number): boolean =>
    isRacy(stat({ ctimeNs }), readAtMs, 20);
  assert.is(isYoung(1_000_000_000n, 1_990), true);
  assert.is(isYoung(1_000_000_000n, 3_000), true);
  assert.is(isYoung(1_000_000_000n, 3_001), false);
  assert.is(isYoung(1_000_000_001n, 1_990), false);
  assert.is(isYoung(0n, 1_000), true);
});

racy.run();
