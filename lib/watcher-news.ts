import type { SyncEvent } from './core/event.ts';
import type { Options, Word } from './core/options.ts';
import { trigger, type Trigger } from './core/scope.ts';
import type { Mirror } from './mirror.ts';
import type { WatcherEvent } from './rx/changes.ts';

/** What the watcher says that asks for a full pass. */
export function lossTriggers(event: WatcherEvent): Trigger[] {
  switch (event.kind) {
    case 'ready': return [trigger({ reason: 'watcher-ready', full: true })];
    case 'overflow': return [trigger({ reason: 'overflow', full: true })];
    case 'root-lost': return [trigger({ reason: 'root-changed', full: true })];
    default: return [];
  }
}

/** What the watcher says that people should know. */
export function watcherNews(event: WatcherEvent, options: Options): SyncEvent[] {
  const warn = (code: string, text: string): SyncEvent[] =>
    [{ kind: 'notice', level: 'warn', code, text }];
  switch (event.kind) {
    case 'ready':
      return [
        { kind: 'watching', folders: event.folders, intervalMs: options.intervalMs },
        ...(event.remote === undefined ? [] : warn('remote',
          `the source is on ${event.remote}: what other machines change in it is found by full`
          + ' passes only; a shorter --interval finds it sooner')),
      ];
    case 'overflow':
      return warn('events-lost', 'events may have been lost: a full pass follows');
    case 'trouble':
      return warn('unwatched', troubleText(event));
    default:
      return [];
  }
}

type Trouble = Extract<WatcherEvent, { kind: 'trouble' }>;

function troubleText({ code, folders, limit, of = folders }: Trouble): string {
  const rest = 'full passes find what changes there';
  switch (code) {
    case 'watcher-died':
      return 'the watcher ended unexpectedly and is started again; a full pass follows';
    case 'unwatchable-name':
      return `${folders} folders cannot be watched, their names are not UTF-8: ${rest}`;
    case /* no watches left */ 'ENOSPC':
      return `${of} folders need a watch, the limit for all programs of a user is`
        + ` ${limit ?? 'reached'}: ${folders} are not watched, ${rest};`
        + ' raise fs.inotify.max_user_watches (sysctl)';
    case /* no instances left */ 'EMFILE':
      return `${folders} folders are not watched: ${rest}; raise fs.inotify.max_user_instances`
        + ' (sysctl)';
    default:
      return `${folders} folders are not watched (${code}): ${rest}`;
  }
}

/** What words ask of the pipeline. */
export function wordTriggers(word: Word): Trigger[] {
  switch (word) {
    case 'sync': return [trigger({ reason: 'asked', full: true })];
    case 'resume': return [trigger({ reason: 'resumed', full: true })];
    case 'approve': return [trigger({ reason: 'approved', full: true, approve: true })];
    default: return [];
  }
}

/** What words are answered with. */
export function wordAnswers(word: Word, mirror: Mirror, startedMs: number): SyncEvent[] {
  switch (word) {
    case 'pause': return [{ kind: 'paused' }];
    case 'resume': return [{ kind: 'resumed' }];
    case 'status': return [status(mirror, startedMs)];
    default: return [];
  }
}

/** How many of the failing paths are named. */
const MOST_TOLD = 10;

function status({ memory, options }: Mirror, startedMs: number): SyncEvent {
  const { intervalMs } = options;
  const intervals = Math.floor((Date.now() - startedMs) / intervalMs) + 1;
  const state = memory.paused ? 'paused' : memory.waitingFor !== '' ? 'waiting'
    : memory.plan$.value !== 'none' ? 'passing' : 'watching';
  return {
    kind: 'status', pid: process.pid, state, passes: memory.passes,
    problems: memory.failing.size, paths: [...memory.failing.keys()].slice(0, MOST_TOLD),
    held: memory.heldEntries, missed: memory.missed,
    nextFullAt: startedMs + intervals * intervalMs,
    ...(memory.lastPassMs === undefined ? {} : { lastPassAt: memory.lastPassMs }),
  };
}
