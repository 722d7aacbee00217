import { Observable, Subject } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import type { WatcherEvent } from '../../lib/rx/changes.ts';
import { changesListener } from '../../lib/rx/shared-changes.ts';
import { until } from '../support/temp.ts';

/** Stands in for watchers: what was begun, and what each of them says. */
function watchers() {
  const begun: Subject<WatcherEvent>[] = [];
  let ended = 0;
  const start = () => new Observable<WatcherEvent>((out) => {
    const says = new Subject<WatcherEvent>();
    begun.push(says);
    const inner = says.subscribe(out);
    return () => {
      ended += 1;
      inner.unsubscribe();
    };
  });
  return { begun, start, ended: () => ended };
}

const RULES = { source: '/s', ignore: [], gitignore: false };
const READY: WatcherEvent = { kind: 'ready', folders: 1 };
const OVERFLOW: WatcherEvent = { kind: 'overflow' };

const shared = suite('changesListener');

/** What a subscription has heard. */
function hear(event$: Observable<WatcherEvent>) {
  const heard: string[] = [];
  const subscription = event$.subscribe((event) => heard.push(event.kind));
  return { heard, end: () => subscription.unsubscribe() };
}

shared('gives two who watch the same folder by the same rules one watcher', () => {
  const { begun, start, ended } = watchers();
  const first = hear(changesListener(start)(RULES));
  const second = hear(changesListener(start)(RULES));
  assert.is(begun.length, 1);
  begun[0]!.next(READY);
  begun[0]!.next(OVERFLOW);
  assert.equal([first.heard, second.heard], [['ready', 'overflow'], ['ready', 'overflow']]);

  first.end();
  begun[0]!.next(OVERFLOW);
  assert.is(second.heard.length, 3);
  assert.is(ended(), 0);
  second.end();
  assert.is(ended(), 1);
  hear(changesListener(start)(RULES)).end();
  assert.is(begun.length, 2);
});

shared('gives other rules, and other folders, their own', () => {
  const { begun, start } = watchers();
  const all = [RULES, { ...RULES, ignore: ['x'] }, { ...RULES, gitignore: true },
    { ...RULES, source: '/t' }].map((options) => hear(changesListener(start)(options)));
  assert.is(begun.length, 4);
  for (const one of all) one.end();
});

shared('tells who comes later no more of what is watched by now', async () => {
  const { begun, start } = watchers();
  const first = hear(changesListener(start)(RULES));
  begun[0]!.next(READY);
  begun[0]!.next({ kind: 'trouble', code: 'ENOSPC', folders: 3 });
  begun[0]!.next({ kind: 'ready', folders: 4 });
  const later = hear(changesListener(start)(RULES));
  await until(() => later.heard.length > 0);
  assert.equal(later.heard, ['ready']);
  for (const one of [first, later]) one.end();
});

shared('tells who comes later what is not watched, and that it is ready', async () => {
  const { begun, start } = watchers();
  const first = hear(changesListener(start)(RULES));
  begun[0]!.next(READY);
  begun[0]!.next({ kind: 'trouble', code: 'ENOSPC', folders: 3 });
  begun[0]!.next(OVERFLOW);
  const second = hear(changesListener(start)(RULES));
  assert.equal(second.heard, []);
  await until(() => second.heard.length > 0);
  assert.equal(second.heard, ['ready', 'trouble']);
  first.end();
  second.end();
});

shared('gives who asks again a new one, which the next who asks again gets, too', () => {
  const { begun, start, ended } = watchers();
  const [one, other] = [changesListener(start), changesListener(start)];
  const first = hear(one(RULES));
  const second = hear(other(RULES));
  first.end();
  const again = hear(one(RULES));
  assert.is(begun.length, 2);
  second.end();
  assert.is(ended(), 1);
  const both = hear(other(RULES));
  assert.is(begun.length, 2);
  begun[1]!.next(READY);
  assert.equal([again.heard, both.heard], [['ready'], ['ready']]);
  again.end();
  both.end();
});

shared('begins anew after the last word', () => {
  const { begun, start } = watchers();
  const first = hear(changesListener(start)(RULES));
  begun[0]!.next({ kind: 'root-lost' });
  begun[0]!.complete();
  const second = hear(changesListener(start)(RULES));
  assert.is(begun.length, 2);
  assert.equal([first.heard, second.heard], [['root-lost'], []]);
  second.end();
});

shared.run();
