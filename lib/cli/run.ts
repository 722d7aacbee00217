import path from 'node:path';
import v8 from 'node:v8';

import { NEVER, filter, merge, share, shareReplay, take } from 'rxjs';

import { exitCodeOf } from '../core/event.ts';
import type { SyncEvent } from '../core/event.ts';
import { check, sync, watch } from '../index.ts';
import { jsonLine } from '../report/json.ts';
import { createReporter } from '../report/reporter.ts';
import { openControl } from '../rx/control.ts';
import { createSignals } from '../rx/signals.ts';
import { isWord, words, wordsAnswer } from '../rx/words.ts';
import type { Options } from '../core/options.ts';
import type { Job } from './arguments.ts';

/**
 * Does a command: joins the parts, words in, events to the reporter, and the exit code they call
 * for. A bug is complained of; all else the reporter tells.
 */
export async function run(
  { command, options, output }: Job, complain: (text: string) => void,
): Promise<void> {
  // A watch stays for weeks beside other work: memory counts for more than a few percent of a pass.
  if (command === 'watch') saveMemory();

  const reporter = createReporter(output);
  const signals = createSignals();
  const said$ = command === 'watch' ? words().pipe(share()) : NEVER;
  const control = command === 'watch' ? openControl(
    { source: path.resolve(options.source), replica: path.resolve(options.replica),
      options: telling(options) },
    (event) => jsonLine(event, new Date()), noControl) : undefined;
  const heard$ = merge(signals.word$, said$.pipe(filter(isWord)), control?.word$ ?? NEVER)
    .pipe(share());

  // Told to quit while the engine still gathers itself, it hears of it when it begins to listen.
  const quit$ = heard$.pipe(
    filter((word) => word === 'quit'), take(1), shareReplay({ bufferSize: 1, refCount: true }),
  );
  const word$ = merge(heard$.pipe(filter((word) => word !== 'quit')), quit$);

  let code = 0;
  let quit = false;
  const report = (event: SyncEvent) => {
    code = Math.max(code, exitCodeOf(event));
    // Much is copied: that makes more garbage than all else, a third of what we would hold.
    if (event.kind === 'progress' && event.phase === 'apply') saveMemory();
    reporter.report(event);
    control?.tell(event);
  };

  const listening = heard$.subscribe();
  listening.add(quit$.subscribe(() => (quit = true)));
  listening.add(said$.subscribe((said) => {
    if (isWord(said)) return;
    report({ kind: 'notice', level: 'info', code: 'words', text: wordsAnswer(said) });
  }));

  await new Promise<void>((ended) => {
    COMMANDS[command]({ ...options, outputs: () => reporter.outputs() }, word$)
      .subscribe({ next: report, error: fail, complete: ended });

    /** Only a bug comes here: problems and failures are events. */
    function fail(error: unknown): void {
      complain(`fsync: Internal error: ${(error as Error)?.stack ?? error}\n`);
      code = Math.max(code, 1);
      ended();
    }
  });

  /** It is only `fsync status` and its like that do without. */
  function noControl(reason: string): void {
    reporter.report({ kind: 'notice', level: 'warn', code: 'no-control',
      text: `other terminals cannot speak to this watch: ${reason}` });
  }

  if (quit && command !== 'watch') {
    report({ kind: 'notice', level: 'warn', code: 'interrupted',
      text: `the ${command} was interrupted before its end: run it again to complete it` });
    code = Math.max(code, 1);
  }
  control?.close();
  await reporter.close();
  listening.unsubscribe();

  // A watch that ended as told has done its job, whatever it had to report on the way.
  process.exitCode = quit && command === 'watch' ? 0 : code;
  if (signals.isTerminalGone()) signals.hangUp();

  // The loop drains by itself; only what hangs in the engine could keep it, and is left behind.
  setTimeout(() => process.exit(), 2_000).unref();
}

/** The options that say what is mirrored, and where the record is: for `fsync explain`. */
function telling({ ignore, gitignore, deleteIgnored, checksum, stateDir }: Partial<Options>) {
  const place = stateDir === undefined ? {} : { stateDir: path.resolve(stateDir) };
  return Object.fromEntries(Object.entries({ ignore, gitignore, deleteIgnored, checksum, ...place })
    .filter(([, value]) => value !== undefined)) as Partial<Options>;
}

const COMMANDS = { check, sync, watch };

/** Garbage is collected earlier, in every thread. What V8 does not know it tells, and ignores. */
function saveMemory(): void {
  v8.setFlagsFromString('--optimize-for-size');
}
