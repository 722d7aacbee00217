import { NEVER, defaultIfEmpty, filter, firstValueFrom, map, merge, take, timer } from 'rxjs';
import { fromText } from '../core/entry.ts';
import type { SyncEvent } from '../core/event.ts';
import { eventOfJson } from '../report/json.ts';
import { createReporter } from '../report/reporter.ts';
import type { Word } from '../core/options.ts';
import type { AskJob } from './arguments.ts';
import type { Question } from './option-table.ts';
import { findPeers, isMeant, silentText, type Peer } from './peers.ts';

/** A question, and of which watch: of all that match. */
export interface Asking {
  readonly question: Question;
  readonly source: string | undefined;
  readonly replica: string | undefined;
  /** `flush`: end when everything written before is in the replica, or after so long. */
  readonly wait: boolean;
  readonly timeoutMs: number | undefined;
}

/** Does such a command: the answers go where all events go. */
export async function askAndTell({ asking, output }: AskJob): Promise<number> {
  const reporter = createReporter(output);
  const code = await ask(asking, (event) => reporter.report(event));
  await reporter.close();
  return code;
}

/**
 * Asks running watches, tells their answers, and returns the exit code. `status` and `pending` ask
 * all that match, everything else one, or the pairs of one process; but what is held is approved
 * for one pair at a time.
 */
export async function ask(asking: Asking, tell: (event: SyncEvent) => void): Promise<number> {
  const { peers, silent } = await findPeers();
  const matching = peers.filter((peer) => isMeant(peer, asking));
  try {
    for (const pid of silent) tell(notice('warn', silentText(pid)));
    const refusal = refuse(asking, matching, silent.length);
    if (refusal !== undefined) {
      // Which of several is for the command line to say.
      const exitCode = matching.length === 0 ? 3 : 2;
      tell({ kind: 'pass-failed', code: 'no-watch', text: refusal, exitCode });
      return exitCode;
    }
    if (matching.length + silent.length === 0) tell(notice('info', NONE));
    const answers = await Promise.all(matching.map(async (peer) => {
      const told: SyncEvent[] = [];
      return { told, code: await askOne(peer, asking, (event) => told.push(event)) };
    }));
    // What one answers stays together, and the pairs of a process come in their order.
    for (const { told } of answers) told.forEach(tell);
    const least = silent.length > 0 && asking.source === undefined ? 3 : 0;
    return Math.max(least, ...answers.map(({ code }) => code));
  } finally {
    for (const peer of peers) peer.close();
  }
}

function refuse(
  { question, source, replica }: Asking, peers: readonly Peer[], silent: number,
): string | undefined {
  if (peers.length === 0) {
    if (isForAll(question) && source === undefined) return undefined;
    const which = [source, replica].filter((one) => one !== undefined).join(' ');
    if (silent > 0) return `no watch of ${which || 'this user'} answers`;
    return which === '' ? NONE
      : `no watch of ${which} is running: fsync status lists those that are`;
  }
  if (isForAll(question)) return undefined;
  // Where none is named it may be one that does not answer that is meant.
  const others = source === undefined ? silent : 0;
  const isOneProcess = others === 0 && peers.every(({ pid }) => pid === peers[0]?.pid);
  if (isOneProcess && (peers.length === 1 || question !== 'approve')) return undefined;
  const lines = peers.map((peer) => `fsync ${question} ${peer.source} ${peer.replica}`);
  const which = `${lines.length === 1 ? '' : 'one of '}${lines.join(', ')}`;
  return `${peers.length + others} watches are running: write ${which}`;
}

const NONE = 'no watch of this user is running';

const isForAll = (question: Question): boolean =>
  question === 'status' || question === 'pending';

const notice = (level: 'info' | 'warn', text: string): SyncEvent =>
  ({ kind: 'notice', level, code: 'watches', text });

/** Says the words, and follows what the watch tells until the question is answered. */
export async function askOne(
  peer: Peer, asking: Asking, tell: (event: SyncEvent) => void,
): Promise<number> {
  const { question, timeoutMs } = asking;
  const answer = answerTo(asking, peer, tell);
  const answered$ = peer.line$.pipe(
    map((line) => answer(eventOfJson(line) as Heard | SyncEvent)),
    filter((code) => code !== undefined),
    // It ended before it answered: what was asked for, or not.
    defaultIfEmpty(question === 'stop' ? 0 : 3),
    take(1),
  );
  const late$ = timeoutMs === undefined ? NEVER : timer(timeoutMs).pipe(map(() => LATE));
  const answered = firstValueFrom(merge(answered$, late$));
  for (const word of WORDS[question]) peer.say(word);
  const code = await answered;
  if (code !== LATE) return code;
  tell(notice('warn', 'the time given is over, and not everything is in the replica yet'));
  return 1;
}

const LATE = -1;

const WORDS: Readonly<Record<Question, readonly Word[]>> = {
  status: ['status'], pause: ['pause'], resume: ['resume'], stop: ['quit'],
  approve: ['status', 'approve'], flush: ['status', 'sync'], pending: ['pending', 'status'],
};

/** Told by the socket just before it passes a word on. */
interface Heard {
  readonly kind: 'heard';
}

/** A function that is given all that a watch tells, and says when that answers the question. */
function answerTo(
  { question, wait }: Asking, peer: Peer, tell: (event: SyncEvent) => void,
): (event: Heard | SyncEvent) => number | undefined {
  let heard = 0;
  let pass: number | undefined;
  let hold: Extract<SyncEvent, { kind: 'held' }> | undefined;
  let isAskedAgain = false;
  const words = WORDS[question].length;

  return (event) => {
    if (event.kind === 'heard') heard += 1;
    if (event.kind === 'heard' || heard === 0) {
      return question === 'flush' && !wait && heard === words ? 0 : undefined;
    }
    switch (event.kind) {
      case 'status':
        if (isForAll(question)) {
          const { source, replica } = peer;
          tell({ kind: 'started', command: 'watch', dryRun: false,
            source: fromText(source), replica: fromText(replica) });
          if (question === 'status') tell(event);
          else tellHeld(hold, tell);
        } else if (event.state === 'paused'
          || (event.state === 'waiting' && question === 'flush' && !wait)) {
          tell(notice('warn', `the watch is ${event.state}: nothing is carried over`));
          return 3;
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
      case 'resumed':
      case 'stopped':
        tell(event);
        return 0;
      case 'pass-started':
        if (heard >= words && event.scope === 'full') pass ??= event.pass;
        return undefined;
      case 'pass-finished':
        if (event.pass !== pass) return undefined;
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
