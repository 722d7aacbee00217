import { NEVER, defaultIfEmpty, filter, firstValueFrom, map, merge, take, timer } from 'rxjs';
import type { SyncEvent } from '../core/event.ts';
import { eventOfJson } from '../report/json.ts';
import { createReporter } from '../report/reporter.ts';
import { answerTo, isForAll, notice, WORDS, type Asking, type Heard } from './answer.ts';
import type { AskJob } from './arguments.ts';
import { findPeers, isMeant, silentText, type Peer } from './peers.ts';

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
    defaultIfEmpty(question === 'stop' ? 0 : ENDED),
    take(1),
  );
  const late$ = timeoutMs === undefined ? NEVER : timer(timeoutMs).pipe(map(() => LATE));
  const answered = firstValueFrom(merge(answered$, late$));
  for (const word of WORDS[question]) peer.say(word);
  const code = await answered;
  if (typeof code === 'number') return code;
  tell(notice('warn', code.text));
  return code.exitCode;
}

const LATE = { exitCode: 1,
  text: 'the time given is over, and not everything is in the replica yet' } as const;
const ENDED = { exitCode: 3, text: 'the watch ended before it had done that' } as const;
