import { fromText } from '../core/entry.ts';
import type { SyncEvent } from '../core/event.ts';
import type { Word } from '../core/options.ts';
import type { Question } from './option-table.ts';
import type { Peer } from './peers.ts';

/** A question, and of which watch: of all that match. */
export interface Asking {
  readonly question: Question;
  readonly source: string | undefined;
  readonly replica: string | undefined;
  /** `flush`: end when everything written before is in the replica, or after so long. */
  readonly wait: boolean;
  readonly timeoutMs: number | undefined;
}

/** What is said to a watch to ask it. */
export const WORDS: Readonly<Record<Question, readonly Word[]>> = {
  status: ['status'], pause: ['pause'], resume: ['resume'], stop: ['quit'],
  approve: ['status', 'approve'], flush: ['status', 'sync'], pending: ['pending', 'status'],
};

/** What these are answered by, whatever else is told meanwhile. */
const ANSWERS: Readonly<Partial<Record<Question, SyncEvent['kind']>>> =
  { pause: 'paused', resume: 'resumed', stop: 'stopped' };

/** Told by the socket just before it passes a word on. */
export interface Heard {
  readonly kind: 'heard';
}

/** A function that is given all that a watch tells, and says when that answers the question. */
export function answerTo(
  { question, wait }: Asking, peer: Peer, tell: (event: SyncEvent) => void,
): (event: Heard | SyncEvent) => number | undefined {
  let heard = 0;
  let pass: number | undefined;
  let hold: Extract<SyncEvent, { kind: 'held' }> | undefined;
  let isAskedAgain = false;
  const words = WORDS[question].length;
  const end = ANSWERS[question];

  return (event) => {
    if (event.kind === 'heard') heard += 1;
    if (event.kind === 'heard' || heard === 0) {
      return question === 'flush' && !wait && heard === words ? 0 : undefined;
    }
    if (end !== undefined) {
      if (event.kind !== end) return undefined;
      tell(event);
      return 0;
    }
    switch (event.kind) {
      case 'status':
        if (isForAll(question)) {
          const { source, replica } = peer;
          tell({ kind: 'started', command: 'watch', dryRun: false,
            source: fromText(source), replica: fromText(replica) });
          if (question === 'status') tell(event);
          else tellHeld(hold, tell);
        } else if ((event.state === 'paused' && pass === undefined)
          || (event.state === 'waiting' && question === 'flush' && !wait)) {
          return nothingDone(event.state, tell);
        }
        if (question === 'pending') return hold === undefined ? 0 : 3;
        return question === 'status' ? codeOf(event) : undefined;
      case 'held':
        hold = event;
        return undefined;
      case 'notice':
        // To "approve", where nothing is held: the pass that follows has no news of that.
        if (question !== 'approve' || event.code !== 'pending') return undefined;
        tell(event);
        return 0;
      case 'paused':
        // Another terminal said so: what has not begun yet does not begin.
        return pass === undefined && !isForAll(question)
          ? nothingDone(event.kind, tell) : undefined;
      case 'pass-started':
        if (heard >= words && event.scope === 'full') pass ??= event.pass;
        return undefined;
      case 'pass-finished':
        // One that was interrupted says nothing of what it did not come to.
        if (event.pass !== pass || event.interrupted === true) return undefined;
        tell(event);
        return codeOf(event);
      case 'waiting':
        // Of the pass in hand it may be, and what is waited for be back by now: asked once more.
        if (question === 'flush' && !isAskedAgain) {
          isAskedAgain = true;
          peer.say('sync');
          return undefined;
        }
        tell(event);
        return 3;
      case 'pass-failed':
        tell(event);
        return 3;
      default:
        return undefined;
    }
  };
}

function nothingDone(state: 'paused' | 'waiting', tell: (event: SyncEvent) => void): number {
  tell(notice('warn', `the watch is ${state}: nothing is carried over`));
  return 3;
}

function tellHeld(
  hold: Extract<SyncEvent, { kind: 'held' }> | undefined, tell: (event: SyncEvent) => void,
): void {
  if (hold === undefined) return tell(notice('info', 'no deletion is held'));
  for (const each of hold.paths) tell({ kind: 'pending', path: each });
  tell(hold);
}

/** As of `sync`: 3 where deletions are held or nothing can be done, 1 where paths fail. */
const codeOf = (event: { readonly held: number; readonly problems: number; state?: string }) =>
  (event.held > 0 || event.state === 'waiting' ? 3 : event.problems > 0 ? 1 : 0);

/** Whether all watches that match are asked. */
export const isForAll = (question: Question): boolean =>
  question === 'status' || question === 'pending';

/** What is said about watches, and by none of them. */
export const notice = (level: 'info' | 'warn', text: string): SyncEvent =>
  ({ kind: 'notice', level, code: 'watches', text });
