import { isatty } from 'node:tty';

import { NEVER, filter, merge, share, tap } from 'rxjs';

import type { PairEvent } from '../core/event.ts';
import { fullLogPath } from '../full-path.ts';
import { clashOf } from '../pairs.ts';
import { createReporter } from '../report/reporter.ts';
import { createSignals } from '../rx/signals.ts';
import { isWord, words, wordsAnswer } from '../rx/words.ts';
import type { Job } from './arguments.ts';
import type { Pair } from './config-pairs.ts';
import { memorySaver } from './memory-saver.ts';
import { runPair } from './run-pair.ts';
import { keepStanding } from './standing.ts';
import type { Output } from './option-values.ts';
import { askV8, startFlags } from './v8-flags.ts';

/** A command, and what it is to be done for: one pair of folders, or several side by side. */
export interface PairsJob {
  readonly command: Job['command'];
  readonly pairs: readonly Pair[];
  readonly output: Output;
}

/**
 * Does a command: joins the parts, words in, events to the reporter, and the exit code they call
 * for. A bug is complained of; all else the reporter tells. Of several pairs each goes its own way,
 * and the highest exit code counts.
 */
export async function run(
  { command, pairs, output }: PairsJob, complain: (text: string) => void,
): Promise<void> {
  const isWatch = command === 'watch';
  askV8(startFlags);
  const saveMemory = memorySaver(isWatch);

  const { logFile } = output;
  const reporter = createReporter(logFile === undefined ? output
    : { ...output, logFile: fullLogPath(logFile) });
  // A bug is understood by what was told just before.
  process.once('exit', () => reporter.flush());
  const complainLast = (text: string): void => {
    reporter.flush();
    complain(text);
  };
  const signals = createSignals();
  // Before anybody answers: an answer is drawn below what was typed.
  const saw = (): void => {
    if (isatty(0)) reporter.typed();
  };
  const said$ = isWatch ? words().pipe(tap(saw), share()) : NEVER;
  const word$ = merge(signals.word$, said$.pipe(filter(isWord))).pipe(share());
  const listening = word$.subscribe();

  const report = (event: PairEvent): void => {
    if (event.kind === 'pass-started') keepStanding();
    saveMemory(event);
    reporter.report(event);
  };
  listening.add(said$.subscribe((said) => {
    if (isWord(said)) return;
    report({ kind: 'notice', level: 'info', code: 'words', text: wordsAnswer(said) });
  }));

  const surroundings = { outputs: () => reporter.outputs(), measure: reporter.hasBar };
  const isSeveral = pairs.length > 1;
  const clash = isSeveral ? clashOf(pairs) : undefined;
  if (clash !== undefined) report({ kind: 'pass-failed', ...clash, exitCode: 3 });
  const codes = clash !== undefined ? [3] : await Promise.all(pairs.map((pair, number) => runPair(
    { command, pair, number, word$, surroundings, complain: complainLast },
    isSeveral ? (event) => report({ ...event, pair: pair.name }) : report)));
  // A watch that was told to stop waits for nobody; what the others told is what they were run for.
  const isTold = new Promise<void>((resolve) => {
    if (isWatch) resolve();
    listening.add(word$.pipe(filter((word) => word === 'quit')).subscribe(() => resolve()));
  });
  await Promise.race([reporter.close(), isTold.then(() => reporter.close(LAST_WORDS_MS))]);
  listening.unsubscribe();

  process.exitCode = Math.max(...codes);
  if (signals.isTerminalGone()) signals.hangUp();

  // The loop drains by itself; only what hangs in the engine could keep it, and is left behind.
  setTimeout(() => process.exit(), 2_000).unref();
}

/** How long a reader that is slow has for the rest when fsync is told to end. */
const LAST_WORDS_MS = 1_000;
