import type { SyncEvent } from './core/event.ts';
import { formatDuration } from './core/duration.ts';
import { heldNews } from './core/holds.ts';
import type { Approval } from './core/operation.ts';
import type { Word } from './core/options.ts';
import { trigger, type Trigger } from './core/scope.ts';
import type { Mirror } from './mirror.ts';
import { nextFullAt } from './rhythm.ts';
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

/** What the watcher says that people should know, where full passes come at that interval. */
export function watcherNews(event: WatcherEvent, intervalMs: number): SyncEvent[] {
  const warn = (code: string, text: string): SyncEvent[] =>
    [{ kind: 'notice', level: 'warn', code, text }];
  switch (event.kind) {
    case 'ready':
      return [
        { kind: 'watching', folders: event.folders, intervalMs },
        ...(event.remote === undefined ? [] : warn('remote',
          `the source is on ${event.remote}: nothing tells what other machines change in it;`
          + ` a full pass every ${formatDuration(intervalMs)} finds it`)),
      ];
    case 'overflow':
      return warn('events-lost', 'events may have been lost: a full pass follows');
    case 'trouble':
      return warn('unwatched', troubleText(event, intervalMs));
    default:
      return [];
  }
}

type Trouble = Extract<WatcherEvent, { kind: 'trouble' }>;

function troubleText({ code, folders, limit, of = folders }: Trouble, intervalMs: number): string {
  const rest = `full passes find what changes there, every ${formatDuration(intervalMs)}`;
  switch (code) {
    case 'watcher-died':
      return 'the watcher ended unexpectedly and is started again; a full pass follows';
    case 'unwatchable-name':
      return `${folders} folders cannot be watched, their names are not UTF-8: ${rest}`;
    case /* no watches left */ 'ENOSPC':
      return `${of} folders need a watch, the limit for all programs of a user is`
        + ` ${limit ?? 'reached'}: ${folders} are not watched, those that changed longest ago;`
        + ` ${rest}; raise fs.inotify.max_user_watches (sysctl)`;
    case /* no instances left */ 'EMFILE':
      return `${folders} folders are not watched: ${rest}; raise fs.inotify.max_user_instances`
        + ' (sysctl)';
    default:
      return `${folders} folders are not watched (${code}): ${rest}`;
  }
}

/** What words ask of the pipeline. */
export function wordTriggers(word: Word, { memory }: Mirror): Trigger[] {
  switch (word) {
    case 'sync': return [trigger({ reason: 'asked', full: true })];
    case 'resume': return [trigger({ reason: 'resumed', full: true })];
    case 'approve':
      return [trigger({ reason: 'approved', full: true, approve: [approvalNow(memory)] })];
    default: return [];
  }
}

/** All that has been told and waits for approval. */
const approvalNow = ({ hold, waitingFor, failing }: Mirror['memory']): Approval => ({
  paths: hold?.paths ?? [], refusal: waitingFor?.code ?? '',
  mounts: [...failing].flatMap(([path, { code }]) => (MOUNT_CODES.has(code) ? [path] : [])),
});

const MOUNT_CODES = new Set(['mount-gone', 'mount-new', 'mount-other', 'mount-unknown']);

/** What words are answered with. */
export function wordAnswers(word: Word, mirror: Mirror): SyncEvent[] {
  switch (word) {
    case 'pause': return [{ kind: 'paused' }];
    case 'resume': return [{ kind: 'resumed' }];
    case 'status': return [status(mirror)];
    case 'pending': return mirror.memory.hold === undefined
      ? [NOTHING_HELD] : [heldNews(mirror.memory.hold)];
    // Nothing comes of them before "resume": that is to be seen.
    case 'sync': return mirror.memory.paused ? [{ kind: 'paused' }] : [];
    case 'approve': return approveAnswers(mirror);
    default: return [];
  }
}

const NOTHING_HELD: SyncEvent =
  { kind: 'notice', level: 'info', code: 'pending', text: 'no deletion is held' };

/** It may be a root that cannot be used, or a mount that is gone, which is approved. */
function approveAnswers({ memory }: Mirror): SyncEvent[] {
  if (memory.paused) return [{ kind: 'paused' }];
  const { paths, refusal, mounts } = approvalNow(memory);
  return paths.length + mounts.length === 0 && refusal === '' ? [NOTHING_HELD] : [];
}

/** How many of the failing paths are named. */
const MOST_TOLD = 10;

function status({ memory }: Mirror): SyncEvent {
  const state = memory.paused ? 'paused' : memory.waitingFor !== undefined ? 'waiting'
    : memory.plan$.value !== 'none' ? 'passing' : 'watching';
  return {
    kind: 'status', pid: process.pid, state, passes: memory.passes,
    problems: memory.failing.size, paths: [...memory.failing.keys()].slice(0, MOST_TOLD),
    held: memory.hold?.entries ?? 0, missed: memory.missed,
    nextFullAt: nextFullAt(memory),
    ...(memory.waitingFor === undefined ? {} : { text: memory.waitingFor.text }),
    ...(memory.lastPassMs === undefined ? {} : { lastPassAt: memory.lastPassMs }),
  };
}
