import { Subject, type Subscription } from 'rxjs';
import * as assert from 'uvu/assert';

import { watch, type Options, type SyncEvent, type Word } from '../../lib/index.ts';
import type { Pair } from './pass.ts';
import { differences } from './same.ts';
import { until } from './temp.ts';

type EventOf<K extends SyncEvent['kind']> = Extract<SyncEvent, { kind: K }>;

/** A watch that runs in this process, and all it has told. */
export interface Watching {
  readonly events: readonly SyncEvent[];
  /** When each of them came, in milliseconds of `performance.now()`. */
  readonly times: readonly number[];
  /** How many events there are: what the `since` of the others takes. */
  mark(): number;
  all<K extends SyncEvent['kind']>(kind: K, since?: number): EventOf<K>[];
  /** Waits for the first event of a kind that fulfils a condition. */
  event<K extends SyncEvent['kind']>(
    kind: K,
    options?: { since?: number; where?: (event: EventOf<K>) => boolean; timeoutMs?: number },
  ): Promise<EventOf<K>>;
  /** Waits until the watcher is ready and the full pass that follows has ended. */
  ready(): Promise<void>;
  /** Waits until the replica is the source. */
  mirrored(timeoutMs?: number): Promise<void>;
  /** Asks for a full pass, and waits for its end. */
  fullPass(word?: 'sync' | 'resume' | 'approve'): Promise<EventOf<'pass-finished'>>;
  /** The operations since a mark, a line each, sorted: `copy a`, `rename a -> b`; without `set`. */
  moved(since?: number): string[];
  say(word: Word): void;
  isOver(): boolean;
  /** Says `quit`, and waits for the end of the stream. */
  stop(): Promise<void>;
}

const DAY_MS = 86_400_000;

/** How many events a failure shows: all of them with `FSYNC_LAST=9999`. */
const LAST_TOLD = Number(process.env.FSYNC_LAST ?? 12);

/** Starts a watch of a pair; unless told otherwise, events alone keep it equal. */
export function startWatch(pair: Pair, options: Partial<Options> = {}): Watching {
  const { source, replica, state } = pair;
  const events: SyncEvent[] = [];
  const times: number[] = [];
  const word$ = new Subject<Word>();
  let over = false;
  let broken: unknown;

  const all = <K extends SyncEvent['kind']>(kind: K, since = 0): EventOf<K>[] =>
    events.slice(since).filter((event): event is EventOf<K> => event.kind === kind);
  const told = (): string => events.slice(-LAST_TOLD).map((event) => shown(event)).join('\n');
  const wait = async (
    condition: () => boolean, what: string, timeoutMs = 60_000,
  ): Promise<void> => {
    try {
      await until(() => broken !== undefined || condition(), { what, timeoutMs });
    } catch (error) {
      throw new Error(`${(error as Error).message}; last told:\n${told()}`, { cause: error });
    }
    if (broken !== undefined) throw broken;
  };

  const watching: Watching = {
    events, times, all,
    mark: () => events.length,
    async event(kind, { since = 0, where = () => true, timeoutMs } = {}) {
      const find = () => all(kind, since).find(where);
      await wait(() => find() !== undefined, `an event ${kind}, ${where}`, timeoutMs);
      return find()!;
    },
    async ready() {
      await watching.event('watching');
      const since = events.findIndex((event) => event.kind === 'watching');
      const { pass } = await watching.event('pass-started', {
        since, where: ({ scope }) => scope === 'full',
      });
      await watching.event('pass-finished', { where: (event) => event.pass === pass });
    },
    mirrored: (timeoutMs) => wait(() => {
      const lines = differences(source, replica);
      if (lines.length > 0) throw new Error(lines.join('; '));
      return true;
    }, 'the replica is the source', timeoutMs),
    async fullPass(word = 'sync') {
      const since = events.length;
      word$.next(word);
      const { pass } = await watching.event('pass-started', {
        since, where: ({ scope }) => scope === 'full',
      });
      return watching.event('pass-finished', { where: (event) => event.pass === pass });
    },
    moved: (since) => all('operation-done', since)
      .filter(({ operation }) => operation !== 'set').map(lineOf).toSorted(),
    say: (word) => word$.next(word),
    isOver: () => over,
    async stop() {
      word$.next('quit');
      await wait(() => over, 'the watch ends');
    },
  };

  const subscription: Subscription = watch(
    { source, replica, stateDir: state, intervalMs: DAY_MS, ...options }, word$,
  ).subscribe({
    next(event) {
      times.push(performance.now());
      events.push(event);
    },
    error(error: unknown) {
      broken = error;
      over = true;
    },
    complete() {
      over = true;
      subscription?.unsubscribe();
    },
  });
  return watching;
}

/** Runs a test beside a watch that is ready, and ends the watch after it. */
export async function withWatch(
  pair: Pair, options: Partial<Options>, test: (watching: Watching) => Promise<void>,
): Promise<void> {
  const watching = startWatch(pair, options);
  try {
    await watching.ready();
    await test(watching);
  } finally {
    await watching.stop();
  }
}

/** Events alone did everything, if a full pass finds nothing to do. */
export async function assertNothingLeft(watching: Watching): Promise<void> {
  const passed = await watching.fullPass();
  // What an earlier pass still had in hand when this one was asked for is not its doing.
  const since = watching.events.findIndex((event) =>
    event.kind === 'pass-started' && event.pass === passed.pass);
  const done = watching.all('operation-done', since).map(lineOf);
  assert.equal({ done, quiet: passed.quiet, missed: passed.missed },
    { done: [], quiet: true, missed: 0 });
}

function lineOf({ operation, path, from, target }: EventOf<'operation-done'>): string {
  if (from !== undefined) return `${operation} ${from} -> ${path}`;
  return target === undefined ? `${operation} ${path}` : `${operation} ${path} = ${target}`;
}

const shown = (event: SyncEvent): string =>
  JSON.stringify(event, (_, value: unknown) =>
    (typeof value === 'bigint' ? String(value) : value)).slice(0, 300);
