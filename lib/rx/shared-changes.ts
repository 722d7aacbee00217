import {
  asapScheduler, defer, finalize, from, merge, observeOn, share, tap, type Observable,
} from 'rxjs';

import { changes, type WatcherEvent, type WatchOptions } from './changes.ts';

/** The watchers that are at work in this process, by what they watch. */
const running = new Map<string, Shared>();

/** One watcher, and all who listen to it. */
interface Shared {
  readonly event$: Observable<WatcherEvent>;
  /** What one who comes later has missed, the last of each kind. */
  readonly told: Map<string, WatcherEvent>;
}

/**
 * Like `changes`, but one watcher serves all in this process who watch the same folder by the same
 * rules, as the pairs of one source do. Returns what one of them asks for changes: a listener that
 * comes later is told at once that the watcher is ready.
 *
 * Who asks again does so because the watcher seemed deaf, or its folder is another one: it is not
 * given the same again, but a new one, or the one that somebody else began meanwhile.
 */
export function changesListener(
  start: typeof changes = changes,
): (options: WatchOptions) => Observable<WatcherEvent> {
  let last: Shared | undefined;

  return (options) => defer(() => {
    const key = JSON.stringify(options);
    const known = running.get(key);
    last = known === undefined || known === last ? begin(key, start(options)) : known;

    if (last.told.size === 0) return last.event$;
    // Not while it is subscribed: who splits the stream in several listens with one only yet.
    const told$ = from([...last.told.values()]).pipe(observeOn(asapScheduler));
    return merge(told$, last.event$);
  });
}

function begin(key: string, change$: Observable<WatcherEvent>): Shared {
  const told: Shared['told'] = new Map();
  const event$ = change$.pipe(
    tap((event) => {
      if (event.kind === 'ready') {
        // What is still in trouble is told once more after that.
        told.clear();
        told.set('ready', event);
      }
      if (event.kind === 'trouble') told.set(event.code, event);
    }),
    finalize(() => {
      if (running.get(key) === shared) running.delete(key);
    }),
    share(),
  );
  const shared: Shared = { event$, told };
  running.set(key, shared);
  return shared;
}
