import type { Subscription } from 'rxjs';

import type { Path } from '../../lib/core/entry.ts';
import { addChanges, isInScope, type Change, type ChangedPaths } from '../../lib/core/scope.ts';
import { changes, type WatcherEvent } from '../../lib/rx/changes.ts';
import { until } from '../support/temp.ts';

/** A watcher under test, and all it has told. */
export interface Watching {
  readonly events: WatcherEvent[];
  isComplete: boolean;
  /** Waits for an event of a kind, the first since `forget`. */
  event<K extends WatcherEvent['kind']>(kind: K): Promise<Extract<WatcherEvent, { kind: K }>>;
  /** Waits until a path was announced. */
  told(path: Path): Promise<void>;
  /** Whether a path was announced by now. */
  isTold(path: Path): boolean;
  changes(): readonly Change[];
  /** Waits until nothing more comes, then forgets what was told. */
  rest(): Promise<void>;
  stop(): void;
}

/** Starts a watcher, not yet ready. */
export function startWatching(
  source: Path, options: { ignore?: string[]; gitignore?: boolean; thread?: URL } = {},
): Watching {
  const { ignore = [], gitignore = false, thread } = options;
  const events: WatcherEvent[] = [];
  let scope: ChangedPaths = new Map();

  const watching: Watching = {
    events,
    isComplete: false,
    event: async (kind) => {
      const find = () => events.find((event) => event.kind === kind);
      await until(() => find() !== undefined, { what: `an event ${kind}` });
      return find() as never;
    },
    told: (path) => until(() => isInScope(scope, path), { what: `${path} is told` }),
    isTold: (path) => isInScope(scope, path),
    changes: () => events.flatMap((event) => (event.kind === 'changes' ? event.changes : [])),
    rest: async () => {
      let seen = -1;
      await until(() => {
        const isQuiet = seen === events.length;
        seen = events.length;
        return isQuiet;
      }, { everyMs: 300 });
      events.length = 0;
      scope = new Map();
    },
    stop: () => subscription.unsubscribe(),
  };

  const subscription: Subscription = changes({ source, ignore, gitignore }, thread).subscribe({
    next: (event) => {
      events.push(event);
      if (event.kind === 'changes') scope = addChanges(scope, event.changes);
    },
    complete: () => {
      watching.isComplete = true;
    },
  });
  return watching;
}

/** Runs a test with a watcher that is ready, and stops it in the end. */
export async function withWatcher(
  source: Path, options: Parameters<typeof startWatching>[1],
  test: (watching: Watching) => Promise<void>,
): Promise<void> {
  const watching = startWatching(source, options);
  try {
    await watching.event('ready');
    await test(watching);
  } finally {
    watching.stop();
  }
}
