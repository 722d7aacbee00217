import {
  concat, defer, EMPTY, endWith, exhaustMap, filter, ignoreElements, map, merge, mergeMap, NEVER,
  of, share, startWith, switchMap, takeUntil, tap, timer, type Observable,
} from 'rxjs';
import { asidePass } from './aside.ts';
import { inodeOf, joinPath } from './core/entry.ts';
import type { SyncEvent } from './core/event.ts';
import type { Options, Word } from './core/options.ts';
import { addChanges, mergeTriggers, trigger, type Change } from './core/scope.ts';
import { realSource } from './disk/roots.ts';
import { looked } from './disk/stat.ts';
import { later } from './later.ts';
import type { Mirror, PassResult } from './mirror.ts';
import { withMirror } from './open.ts';
import { passOf } from './pass-of.ts';
import type { WatcherEvent } from './rx/changes.ts';
import { fullPasses } from './rhythm.ts';
import { coalesce } from './rx/coalesce.ts';
import { settle } from './rx/settle.ts';
import { changesListener } from './rx/shared-changes.ts';
import { globalRules } from './steps/rules.ts';
import { lossTriggers, watcherNews, wordAnswers, wordTriggers } from './watcher-news.ts';

/**
 * THE pipeline: decides when a pass runs, and where it looks. Changes, settled into batches, meet
 * the interval, words, losses of the watcher, and what earlier passes left to do. At most one pass
 * runs and at most one trigger waits, merged from all that came meanwhile; what of it can be done
 * at once is, aside.
 */
export const watchMirror = (options: Options, word$: Observable<Word>): Observable<SyncEvent> =>
  withMirror(options, word$, (mirror, said$) => {
    const { memory } = mirror;
    const left = later(options.intervalMs, memory);
    const full = fullPasses(options, memory);
    const take = (result: PassResult): void => {
      left.take(result);
      full.take(result);
    };
    const quit$ = merge(said$.pipe(filter((word) => word === 'quit')), left.end$,
      defer(() => (memory.cancelled ? of(true) : NEVER)));
    const listen = changesListener();
    const watcher$ = left.rearm$.pipe(
      startWith(undefined), switchMap(() => watcherOf(mirror, listen)), takeUntil(quit$),
      tap(full.hear), tap((event) => {
        if (event.kind === 'root-lost') memory.watchedId = NO_LONGER;
      }), share(),
    );

    const first$ = of(trigger({ reason: 'start', full: true }));
    const heard$ = watcher$.pipe(
      filter((event) => event.kind === 'changes'),
      map((event) => event.changes.filter((change) => !isOutput(mirror, change))),
      filter((heard) => heard.length > 0),
      tap(() => { memory.heardMs = performance.now(); }),
      share(),
    );
    const change$ = heard$.pipe(
      settle(options.settleMs, options.maxWaitMs, gather),
      map((batch) => trigger({ reason: 'changes', changes: addChanges(undefined, batch) })),
      share(),
    );
    const settling$ = heard$.pipe(exhaustMap(() =>
      concat(timer(SETTLING_MS).pipe(map((): SyncEvent => ({ kind: 'settling' }))), NEVER)
        .pipe(takeUntil(change$))));
    const loss$ = watcher$.pipe(mergeMap(lossTriggers));
    const asked$ = said$.pipe(mergeMap((word) => wordTriggers(word, mirror)));

    const pass$ = merge(first$, change$, loss$, full.trigger$, asked$, left.trigger$).pipe(
      filter(() => !memory.paused),
      takeUntil(quit$),
      // What waited when "pause" was said is left to the full pass of "resume".
      coalesce(mergeTriggers, (next) => (memory.paused ? EMPTY : passOf(mirror, next, take)),
        (news) => asidePass(mirror, news)),
      share(),
    );
    const news$ = merge(
      full.news$,
      watcher$.pipe(mergeMap((event) => watcherNews(event, memory.due.periodMs))),
      said$.pipe(mergeMap((word) => wordAnswers(word, mirror))),
      settling$,
    );
    return merge(pass$, news$.pipe(takeUntil(pass$.pipe(ignoreElements(), endWith(true)))));
  }, 'watch');

/** One full pass. */
export const once = (options: Options, word$: Observable<Word>): Observable<SyncEvent> =>
  withMirror(options, word$, (mirror) =>
    passOf(mirror, trigger({ reason: 'start', full: true })), 'sync');

/** Changes that come for so long are told of before they settle. */
const SETTLING_MS = 500;

/** No folder is watched any more: whatever the next full pass was asked for, it has one watched. */
const NO_LONGER = 'none';

const watcherOf = (
  { options, source, memory }: Mirror, listen: ReturnType<typeof changesListener>,
): Observable<WatcherEvent> => defer(() => {
  const real = realSource(source);
  if (real === undefined) memory.watchedId = NO_LONGER;
  if (!options.events || real === undefined) return NEVER;
  const { ignore, gitignore } = options;
  const rules = globalRules(options, real);
  // Where they cannot be read no pass is made either.
  const above = 'code' in rules ? [] : rules;
  return concat(listen({ source: real, ignore, gitignore, above }), NEVER);
});

/** Collected as they come; united once, when the batch closes. */
function gather(batch: Change[] | undefined, heard: readonly Change[]): Change[] {
  const all = batch ?? [];
  for (const change of heard) all.push(change);
  return all;
}

/** What fsync itself writes, its log say, is no event: telling of it would cause the next one. */
function isOutput({ options, source }: Mirror, change: Change): boolean {
  const outputs = options.outputs();
  if (outputs.length === 0 || !('name' in change)) return false;
  // The entry itself: a link to an output is none.
  const { dev, ino } = looked(joinPath(source, joinPath(change.folder, change.name))) ?? {};
  return outputs.some((one) => one.dev === dev && inodeOf(one.ino) === ino);
}
