import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { Counts, SyncEvent } from '../../lib/core/event.ts';
import { createGatherer } from '../../lib/core/hook.ts';

const NONE: Counts = { copied: 0, folders: 0, renamed: 0, linked: 0, set: 0, removed: 0 };

const copied = (path: string, more: object = {}): SyncEvent =>
  ({ kind: 'operation-done', operation: 'copy', path, type: 'file', bytes: 1, ...more });
const finished = (counts: Partial<Counts>, more: object = {}): SyncEvent => ({
  kind: 'pass-finished', pass: 1, scope: 'full', reason: 'start', quiet: false, bytes: 5, ms: 1,
  counts: { ...NONE, ...counts }, checked: 1, problems: 1, held: 0, missed: 0, dryRun: false,
  ...more,
});

/** What each event of some is called, shortly. */
const names = (events: readonly SyncEvent[]): string[] =>
  events.map((event) => (event.kind === 'operation-done' ? event.path : event.kind));

function gathered(events: readonly SyncEvent[], most?: number) {
  const gatherer = createGatherer(most);
  for (const event of events) gatherer.add(event);
  return gatherer;
}

const gather = suite('createGatherer');

gather('is due when a pass that changed something has ended', () => {
  const gatherer = gathered([copied('a')]);
  assert.is(gatherer.isDue(), false);
  gatherer.add(finished({ copied: 1 }));
  assert.is(gatherer.isDue(), true);
  assert.equal(names(gatherer.take().events), ['a', 'pass-finished']);
  assert.is(gatherer.isDue(), false);
});

gather('is not due after a pass that changed nothing, though paths failed', () => {
  assert.is(gathered([finished({})]).isDue(), false);
});

gather('is not due after a pass that did no more than set folders', () => {
  const set = (type: 'file' | 'folder'): SyncEvent =>
    ({ kind: 'operation-done', operation: 'set', path: type, type });
  const gatherer = gathered([set('folder'), finished({ set: 1 })]);
  assert.is(gatherer.isDue(), false);
  for (const event of [set('folder'), set('file'), finished({ set: 2 })]) gatherer.add(event);
  assert.equal(names(gatherer.take().events), ['folder', 'file', 'pass-finished']);
});

gather('joins passes, and sums up their counts', () => {
  const changes = gathered([
    { kind: 'started', source: 's', replica: 'r', command: 'watch', dryRun: false },
    copied('a'), finished({ copied: 1 }), finished({}), copied('b'),
    finished({ copied: 1, removed: 2 }),
  ]).take();
  assert.equal(names(changes.events), ['a', 'pass-finished', 'b', 'pass-finished']);
  const { events: _, ...rest } = changes;
  assert.equal(rest, { source: 's', replica: 'r', operations: 2, left: 0, passes: 2, bytes: 10,
    problems: 2, counts: { ...NONE, copied: 2, removed: 2 } });
});

gather('tells what a pass that broke off did with the next', () => {
  const changes = gathered([copied('a'), finished({})]).take();
  assert.equal(names(changes.events), ['a', 'pass-finished']);
});

gather('keeps apart a small pass beside a long one', () => {
  const aside = { aside: true };
  const gatherer = gathered([copied('a'), copied('x', aside), finished({ copied: 1 }, aside)]);
  assert.equal(names(gatherer.take().events), ['x', 'pass-finished']);
  gatherer.add(copied('b'));
  gatherer.add(finished({ copied: 2 }));
  assert.equal(names(gatherer.take().events), ['a', 'b', 'pass-finished']);
});

gather('knows a new folder as one change', () => {
  const tree: SyncEvent = { kind: 'operation-done', operation: 'copy-tree', path: 'd',
    type: 'folder', entries: 1_000_000 };
  const changes = gathered([copied('d/a', { inTree: true }), tree, finished({ copied: 1 })]).take();
  assert.equal(names(changes.events), ['d', 'pass-finished']);
});

gather('counts what is too much to keep', () => {
  const many = ['a', 'b', 'c', 'd', 'e'].map((path) => copied(path));
  const changes = gathered([...many, finished({ copied: 5 }), ...many, finished({ copied: 5 })], 3)
    .take();
  assert.equal(names(changes.events), ['a', 'b', 'c']);
  assert.equal([changes.operations, changes.left, changes.counts.copied], [10, 9, 10]);
});

gather.run();
