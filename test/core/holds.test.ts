import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import {
  decideHold, heldBy, isCounted, limitOf, type DeletionFacts,
} from '../../lib/core/holds.ts';
import type { RemoveOperation } from '../../lib/core/operation.ts';

const removal = (path: string, part: Partial<RemoveOperation> = {}): RemoveOperation =>
  ({ kind: 'remove', path, type: 'file', entries: 1, because: 'gone', proof: path, ...part });

/** Removals of as many files. */
const files = (count: number): RemoveOperation[] =>
  Array.from({ length: count }, (_, at) => removal(`f${at}`));

const FACTS: DeletionFacts = {
  sourceEmpty: false, recorded: 100, replicaEntries: 100, proven: true, full: true,
  maxDelete: undefined, deletedBefore: 0, held: undefined, unseen: 0, approved: [],
};

interface Row {
  readonly name: string;
  readonly removals: readonly RemoveOperation[];
  readonly facts?: Partial<DeletionFacts>;
  /** `reason entries/of > limit`; undefined: carried out. */
  readonly expected: string | undefined;
}

function check({ name, removals, facts, expected }: Row): void {
  const hold = decideHold(removals, { ...FACTS, ...facts });
  assert.is(hold && `${hold.reason} ${hold.entries}/${hold.of} > ${hold.limit}`, expected, name);
}

const holding = suite('decideHold');

holding('carries out what nothing speaks against', () => {
  const rows: readonly Row[] = [
    { name: 'nothing', removals: [], expected: undefined },
    { name: 'all of a proven pair', removals: files(100), expected: undefined },
    { name: 'nothing of an empty source', removals: [], facts: { sourceEmpty: true },
      expected: undefined },
    { name: 'nothing of a first contact', removals: [], facts: { proven: false },
      expected: undefined },
  ];
  for (const row of rows) check(row);
});

holding('holds all when the source is empty and the replica was not', () => {
  const sourceEmpty = true;
  const rows: readonly Row[] = [
    { name: 'with a record', removals: files(1), facts: { sourceEmpty },
      expected: 'source-emptied 1/100 > 0' },
    { name: 'without a record', removals: files(3),
      facts: { sourceEmpty, recorded: 0, replicaEntries: 3 }, expected: 'source-emptied 3/3 > 0' },
    { name: 'where nothing was ever recorded, and it is not known what the replica has',
      removals: files(1), facts: { sourceEmpty, recorded: 0, replicaEntries: 0, full: false },
      expected: 'source-emptied 1/0 > 0' },
    { name: 'whatever --max-delete allows', removals: files(1),
      facts: { sourceEmpty, maxDelete: { entries: 1000 } }, expected: 'source-emptied 1/100 > 0' },
    { name: 'also of a pair not proven yet', removals: files(100),
      facts: { sourceEmpty, proven: false }, expected: 'source-emptied 100/100 > 0' },
  ];
  for (const row of rows) check(row);
});

holding('holds all at first contact when more than half of ten or more would go', () => {
  const proven = false;
  const rows: readonly Row[] = [
    { name: 'half', removals: files(5), facts: { proven, replicaEntries: 10 },
      expected: undefined },
    { name: 'more than half', removals: files(6), facts: { proven, replicaEntries: 10 },
      expected: 'first-contact 6/10 > 5' },
    { name: 'more than half of an odd number', removals: files(6),
      facts: { proven, replicaEntries: 11 }, expected: 'first-contact 6/11 > 5' },
    { name: 'all of nine', removals: files(9), facts: { proven, replicaEntries: 9 },
      expected: undefined },
    { name: 'a folder with all in it', removals: [removal('d', { type: 'folder', entries: 10 })],
      facts: { proven, replicaEntries: 10 }, expected: 'first-contact 10/10 > 5' },
    { name: 'a proven pair', removals: files(10), facts: { replicaEntries: 10 },
      expected: undefined },
    { name: 'an incremental pass', removals: files(10),
      facts: { proven, full: false, replicaEntries: 10 }, expected: undefined },
    { name: 'half, but more than --max-delete', removals: files(5),
      facts: { proven, replicaEntries: 10, maxDelete: { entries: 4 } },
      expected: 'max-delete 5/100 > 4' },
  ];
  for (const row of rows) check(row);
});

holding('holds more than --max-delete, over the episode', () => {
  const rows: readonly Row[] = [
    { name: 'as many as N', removals: files(3), facts: { maxDelete: { entries: 3 } },
      expected: undefined },
    { name: 'more than N', removals: files(4), facts: { maxDelete: { entries: 3 } },
      expected: 'max-delete 4/100 > 3' },
    { name: 'entries in a removed folder count',
      removals: [removal('d', { type: 'folder', entries: 4 })],
      facts: { maxDelete: { entries: 3 } }, expected: 'max-delete 4/100 > 3' },
    { name: '0 holds one', removals: files(1), facts: { maxDelete: { entries: 0 } },
      expected: 'max-delete 1/100 > 0' },
    { name: '0 % holds one', removals: files(1), facts: { maxDelete: { percent: 0 } },
      expected: 'max-delete 1/100 > 0' },
    { name: 'P % of what was recorded', removals: files(10),
      facts: { maxDelete: { percent: 10 }, replicaEntries: 1 }, expected: undefined },
    { name: 'more than P %', removals: files(11), facts: { maxDelete: { percent: 10 } },
      expected: 'max-delete 11/100 > 10' },
    { name: 'without a record, of what the replica has', removals: files(3),
      facts: { maxDelete: { percent: 10 }, recorded: 0, replicaEntries: 20 },
      expected: 'max-delete 3/20 > 2' },
    { name: 'what the episode deleted before counts', removals: files(2),
      facts: { maxDelete: { entries: 3 }, deletedBefore: 2 }, expected: 'max-delete 2/100 > 3' },
    { name: 'up to the limit', removals: files(1),
      facts: { maxDelete: { entries: 3 }, deletedBefore: 2 }, expected: undefined },
    { name: 'in an incremental pass too', removals: files(4),
      facts: { maxDelete: { entries: 3 }, full: false }, expected: 'max-delete 4/100 > 3' },
  ];
  for (const row of rows) check(row);
});

holding('never counts litter, nor one file replaced by a folder', () => {
  const litter = removal('.fsync-0123456789abcdef', { because: 'litter' });
  const file = removal('a', { because: 'replaced' });
  const folder = removal('b', { because: 'replaced', type: 'folder', entries: 3 });
  const ignored = removal('c', { because: 'ignored' });
  const none = { maxDelete: { entries: 0 } };
  assert.equal([litter, file, folder, ignored, removal('d')].map(isCounted),
    [false, false, true, true, true]);
  check({ name: 'litter', removals: [litter], facts: none, expected: undefined });
  check({ name: 'a replaced file', removals: [file], facts: none, expected: undefined });
  check({ name: 'litter of an empty source', removals: [litter], facts: { sourceEmpty: true },
    expected: undefined });
  check({ name: 'all of them', removals: [litter, file, folder, ignored], facts: none,
    expected: 'max-delete 4/100 > 0' });
  const hold = decideHold([litter, file, folder, ignored], { ...FACTS, ...none });
  assert.equal(hold?.paths, ['b', 'c']);
});

holding('holds on to what the pass before held, by what there was then', () => {
  const emptied = { reason: 'source-emptied', of: 20 } as const;
  const first = { reason: 'first-contact', of: 20 } as const;
  const limited = { reason: 'max-delete', of: 20 } as const;
  const percent = { maxDelete: { percent: 25 } };
  const rows: readonly Row[] = [
    { name: 'emptied, half', removals: files(10), facts: { held: emptied }, expected: undefined },
    { name: 'emptied, more', removals: files(11), facts: { held: emptied },
      expected: 'source-emptied 11/20 > 10' },
    { name: 'emptied, more with what is unseen', removals: files(1),
      facts: { held: emptied, unseen: 10 }, expected: 'source-emptied 1/20 > 10' },
    { name: 'first', removals: files(11), facts: { held: first, proven: false },
      expected: 'first-contact 11/20 > 10' },
    { name: 'all approved', removals: files(11), facts: { held: first, approved: 'all' },
      expected: undefined },
    { name: 'limit', removals: files(5), facts: { held: limited, ...percent },
      expected: undefined },
    { name: 'limit, more', removals: files(6), facts: { held: limited, ...percent },
      expected: 'max-delete 6/20 > 5' },
    { name: 'limit, over the episode', removals: files(4), expected: 'max-delete 4/20 > 5',
      facts: { held: limited, ...percent, deletedBefore: 2 } },
    { name: 'limit, with what its episode had deleted', removals: files(4),
      facts: { held: { ...limited, deleted: 2 }, ...percent }, expected: 'max-delete 4/20 > 5' },
    { name: 'no limit any more', removals: files(6), facts: { held: limited },
      expected: undefined },
    { name: 'incremental', removals: files(11), facts: { held: emptied, full: false },
      expected: undefined },
  ];
  for (const row of rows) check(row);
});

holding('carries out what was approved, and what is below it, and no more', () => {
  const removals = [removal('a'), removal('b/c'), removal('bc')];
  const maxDelete = { entries: 0 };
  const paths = (
    approved: DeletionFacts['approved'], facts: Partial<DeletionFacts> = {},
  ): unknown => decideHold(removals, { ...FACTS, maxDelete, ...facts, approved })?.paths;
  assert.equal(paths([]), ['a', 'b/c', 'bc']);
  assert.equal(paths(['a']), ['b/c', 'bc']);
  assert.equal(paths(['a', 'b']), ['bc']);
  assert.equal(paths(['b/c/d']), ['a', 'b/c', 'bc']);
  assert.is(paths(['a', 'b/c', 'bc']), undefined);
  assert.is(paths('all'), undefined);
  assert.is(paths('all', { sourceEmpty: true, proven: false }), undefined);
  assert.equal(paths(['a'], { sourceEmpty: true }), ['b/c', 'bc']);
});

holding('names deletions by their path in the source', () => {
  const parked = removal('t1', { proof: 'a', because: 'replaced', type: 'folder' });
  const facts = { ...FACTS, maxDelete: { entries: 0 } };
  assert.equal(decideHold([parked], facts)?.paths, ['a']);
  assert.is(decideHold([parked], { ...facts, approved: ['a'] }), undefined);
});

holding.run();

// ---

const held = suite('heldBy');

held('is what a hold names, and what is below or around it', () => {
  const isHeld = heldBy({ reason: 'max-delete', entries: 3, of: 9, limit: 0, paths: ['a/b', 'c'] });
  for (const path of ['a/b', 'a/b/c', 'a', 'c', 'c/d']) assert.ok(isHeld(path), path);
  for (const path of ['a/bc', 'a/c', 'b', 'ca', '']) assert.not(isHeld(path), path);
});

held.run();

// ---

const limit = suite('limitOf');

limit('is a number of entries, or a share rounded down', () => {
  const rows = [
    { maxDelete: undefined, of: 10, expected: Infinity },
    { maxDelete: { entries: 3 }, of: 10, expected: 3 },
    { maxDelete: { entries: 0 }, of: 10, expected: 0 },
    { maxDelete: { percent: 50 }, of: 11, expected: 5 },
    { maxDelete: { percent: 100 }, of: 11, expected: 11 },
    { maxDelete: { percent: 0 }, of: 11, expected: 0 },
    { maxDelete: { percent: 7 }, of: 100, expected: 7 },
    { maxDelete: { percent: 0.5 }, of: 1000, expected: 5 },
    { maxDelete: { percent: 10 }, of: 0, expected: 0 },
  ];
  for (const { maxDelete, of, expected } of rows) {
    assert.is(limitOf(maxDelete, of), expected, `${JSON.stringify(maxDelete)} of ${of}`);
  }
});

limit.run();
