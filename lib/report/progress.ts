import type { SyncEvent } from '../core/event.ts';
import { barParts } from './bar.ts';
import type { EventOf } from './line.ts';
import { count } from './numbers.ts';
import { printableText } from './printable.ts';
import type { Part } from './status-line.ts';

/** From an event to the parts of the status line. Undefined: they stay as they were. */
export type Progress = (event: SyncEvent) => readonly Part[] | undefined;

/** A pass has a bar once it took so long. */
const BAR_AFTER_MS = 1_000;

/**
 * Follows the events of a watch or a sync and says what the status line is to show: a bar for a
 * pass that takes longer than a second; else, in a watch, how it stands, what needs attention, and
 * when the next full pass is due; nothing while a command of the user's may print there.
 */
export function createProgress(now: () => number): Progress {
  const standing = { ...NEW };
  let pass: Passing | undefined;
  let bar: readonly Part[] | undefined;
  let isLent = false;

  return (event) => {
    if ('aside' in event) return undefined;
    follow(event);
    if (event.kind === 'stopped' || event.kind === 'checked') return [];
    if (!TURNS.has(event.kind) && bar === undefined) return undefined;
    return isLent ? [] : bar ?? standingParts(standing, now());
  };

  function follow(event: SyncEvent): void {
    note(standing, event, now());
    switch (event.kind) {
      case 'pass-started':
        pass = { event, startedAt: now(), phase: '', phaseAt: now() };
        break;
      case 'progress':
        if (pass === undefined) break;
        if (pass.phase !== event.phase) pass = { ...pass, phase: event.phase, phaseAt: now() };
        if (now() - pass.startedAt < BAR_AFTER_MS) break;
        bar = barParts(event, pass.event, now() - pass.phaseAt);
        break;
      case 'pass-finished': case 'pass-failed': case 'waiting':
        pass = undefined;
        bar = undefined;
        break;
      case 'hook-started': case 'hook-finished':
        isLent = event.kind === 'hook-started';
        break;
      default:
        break;
    }
  }
}

interface Passing {
  readonly event: EventOf<'pass-started'>;
  readonly startedAt: number;
  readonly phase: string;
  readonly phaseAt: number;
}

/** After these the line is another one. */
const TURNS: ReadonlySet<SyncEvent['kind']> = new Set([
  'started', 'pass-finished', 'pass-failed', 'waiting', 'watching', 'settling', 'paused', 'resumed',
  'held', 'interval', 'hook-started', 'hook-finished',
]);

/** How a watch stands between passes. */
interface Standing {
  watches: boolean;
  state: 'watching' | 'settling' | 'paused' | 'waiting';
  /** What is waited for. */
  text: string;
  folders: number | undefined;
  /** Some of the source is not watched. */
  isPartly: boolean;
  /** Full passes are due at whole intervals since then. */
  sinceMs: number | undefined;
  intervalMs: number;
  held: number;
  failing: number;
}

const NEW: Standing = {
  watches: false, state: 'watching', text: '', folders: undefined, isPartly: false,
  sinceMs: undefined, intervalMs: 0, held: 0, failing: 0,
};

/** Notices that tell of changes that only full passes will find. */
const PARTLY: ReadonlySet<string> = new Set(['unwatched', 'remote']);

function note(standing: Standing, event: SyncEvent, now: number): void {
  switch (event.kind) {
    case 'started':
      standing.watches = event.command === 'watch';
      standing.sinceMs = now;
      break;
    case 'pass-started':
      standing.state = standing.state === 'paused' ? 'paused' : 'watching';
      break;
    case 'watching':
      standing.folders = event.folders;
      standing.intervalMs = event.intervalMs;
      standing.isPartly = false;
      break;
    case 'interval':
      standing.intervalMs = event.intervalMs;
      standing.sinceMs = event.nextFullAt - event.intervalMs;
      break;
    case 'settling': case 'paused': case 'waiting':
      standing.state = event.kind;
      standing.text = event.kind === 'waiting' ? event.text : '';
      break;
    case 'resumed':
      standing.state = 'watching';
      break;
    case 'notice':
      if (PARTLY.has(event.code)) standing.isPartly = true;
      break;
    case 'held':
      standing.held = event.entries;
      break;
    case 'pass-finished':
      noteEnd(standing, event);
      break;
    default:
      break;
  }
}

/** What is held stays so until a full pass has looked at it again. */
function noteEnd(standing: Standing, { scope, held, failing = 0 }: EventOf<'pass-finished'>): void {
  standing.held = scope === 'full' ? held : Math.max(held, standing.held);
  standing.failing = failing;
}

function standingParts(standing: Standing, now: number): readonly Part[] {
  const { watches, state, text, folders, sinceMs, intervalMs, held, failing } = standing;
  if (state === 'waiting') {
    return [{ text: `waiting: ${printableText(text)}`, rank: 0, mood: 'heed' }];
  }
  if (!watches) return [];
  const heeded: Part[] = [];
  if (held > 0) heeded.push({ text: `${count(held, 'deletion')} held`, rank: 1, mood: 'heed' });
  if (failing > 0) {
    heeded.push({ text: `${count(failing, 'path')} failing`, rank: 2, mood: 'heed' });
  }
  if (state === 'paused') {
    return [{ text: 'paused', rank: 0, mood: 'heed' }, ...heeded,
      { text: 'type "resume" and Enter', rank: 3 }, GAP];
  }
  const parts = [stateOf(standing), ...heeded];
  if (folders !== undefined) parts.splice(1, 0, { text: count(folders, 'folder'), rank: 5 });
  if (sinceMs !== undefined && intervalMs > 0) {
    const nextMs = sinceMs + (Math.floor((now - sinceMs) / intervalMs) + 1) * intervalMs;
    parts.push({ text: `next full pass at ${moment(nextMs, now)}`, rank: 4, mood: 'aside' });
  }
  return [...parts, GAP];
}

/** At the end of the line is the cursor, and what is typed there. */
const GAP: Part = { text: '', rank: 0 };

function stateOf({ state, folders, isPartly }: Standing): Part {
  if (state === 'settling') return { text: 'changes settling', rank: 0, mood: 'busy' };
  if (folders === undefined) return { text: 'starting to watch', rank: 0, mood: 'busy' };
  return isPartly ? { text: 'watching in part', rank: 0, mood: 'heed' }
    : { text: 'watching', rank: 0, mood: 'well' };
}

/** The local time; the date, too, when that is another day. */
function moment(ms: number, now: number): string {
  const [at, today] = [new Date(ms), new Date(now)];
  const two = (n: number): string => String(n).padStart(2, '0');
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  return at.toDateString() === today.toDateString()
    ? time : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}
