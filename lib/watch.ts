import {
  concat, defer, endWith, filter, ignoreElements, interval, map, merge, mergeMap, NEVER, of, share,
  startWith, switchMap, takeUntil, type Observable,
} from 'rxjs';
import { asidePass } from './aside.ts';
import { joinPath } from './core/entry.ts';
import type { SyncEvent } from './core/event.ts';
import type { Options, Word } from './core/options.ts';
import { addChanges, mergeTriggers, trigger, type Change } from './core/scope.ts';
import { idOf } from './disk/overlap.ts';
import { realSource } from './disk/roots.ts';
import { later } from './later.ts';
import type { Mirror } from './mirror.ts';
import { withMirror } from './open.ts';
import { passOf } from './pass-of.ts';
import { changes, type WatcherEvent } from './rx/changes.ts';
import { coalesce } from './rx/coalesce.ts';
import { settle } from './rx/settle.ts';
import { lossTriggers, watcherNews, wordAnswers, wordTriggers } from './watcher-news.ts';

/**
 * THE pipeline: decides when a pass runs, and where it looks. Changes, settled into batches, meet
 * the interval, words, losses of the watcher, and what earlier passes left to do. At most one pass
 * runs and at most one trigger waits, merged from all that came meanwhile; what of it can be done
 * at once is, aside.
 */
export const watchMirror = (options: Options, word$: Observable<Word>): Observable<SyncEvent> =>
  withMirror(options, word$, (mirror, said$) => {
    const startedMs = Date.now();
    const left = later(options.intervalMs);
    const { memory } = mirror;
    const quit$ = merge(said$.pipe(filter((word) => word === 'quit')), left.end$,
      defer(() => (memory.cancelled ? of(true) : NEVER)));
    const watcher$ = left.rearm$.pipe(
      startWith(undefined), switchMap(() => watcherOf(mirror)), takeUntil(quit$), share(),
    );

    const first$ = of(trigger({ reason: 'start', full: true }));
    const change$ = watcher$.pipe(
      filter((event) => event.kind === 'changes'),
      settle(options.settleMs, options.maxWaitMs, gather),
      map((batch) => batch.filter((change) => !isOutput(mirror, change))),
      filter((batch) => batch.length > 0),
      map((batch) => trigger({ reason: 'changes', changes: addChanges(undefined, batch) })),
    );
    const loss$ = watcher$.pipe(mergeMap(lossTriggers));
    const due$ = interval(options.intervalMs).pipe(
      map(() => trigger({ reason: 'interval', full: true })),
    );
    const asked$ = said$.pipe(mergeMap(wordTriggers));

    const pass$ = merge(first$, change$, loss$, due$, asked$, left.trigger$).pipe(
      filter(() => !memory.paused),
      takeUntil(quit$),
      coalesce(mergeTriggers, (next) => passOf(mirror, next, left.take),
        (news) => asidePass(mirror, news)),
      share(),
    );
    const news$ = merge(
      watcher$.pipe(mergeMap((event) => watcherNews(event, options))),
      said$.pipe(mergeMap((word) => wordAnswers(word, mirror, startedMs))),
    );
    return merge(pass$, news$.pipe(takeUntil(pass$.pipe(ignoreElements(), endWith(true)))));
  }, 'watch');

/** One full pass. */
export const once = (options: Options, word$: Observable<Word>): Observable<SyncEvent> =>
  withMirror(options, word$, (mirror) =>
    passOf(mirror, trigger({ reason: 'start', full: true })), 'sync');

const watcherOf = ({ options, source }: Mirror): Observable<WatcherEvent> => defer(() => {
  const real = realSource(source);
  if (!options.events || real === undefined) return NEVER;
  const { ignore, gitignore } = options;
  return concat(changes({ source: real, ignore, gitignore }), NEVER);
});

/** Collected as they come; looked through once, when the batch closes. */
function gather(
  batch: Change[] | undefined, event: Extract<WatcherEvent, { kind: 'changes' }>,
): Change[] {
  const all = batch ?? [];
  for (const change of event.changes) all.push(change);
  return all;
}

/** What fsync itself writes, its log say, is no event: telling of it would cause the next one. */
function isOutput({ options, source }: Mirror, change: Change): boolean {
  const outputs = options.outputs();
  if (outputs.length === 0 || !('name' in change)) return false;
  const id = idOf(joinPath(source, joinPath(change.folder, change.name)));
  return outputs.some(({ dev, ino }) => id === `${dev}:${ino}`);
}
