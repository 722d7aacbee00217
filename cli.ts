#!/usr/bin/env node
import process from 'node:process';

import { NEVER, filter, merge, share, shareReplay, take } from 'rxjs';

import { readArguments } from './lib/cli/arguments.ts';
import { exitCodeOf } from './lib/core/event.ts';
import { createSignals } from './lib/rx/signals.ts';
import { isWord, words, wordsAnswer } from './lib/rx/words.ts';
import type { Job } from './lib/cli/arguments.ts';
import type { SyncEvent } from './lib/core/event.ts';

const wanted = readArguments(process.argv.slice(2), import.meta);

if (!wanted.ok) {
  print(process.stderr, `fsync: ${wanted.message}\n`);
  process.exitCode = 2;
} else if ('text' in wanted) {
  print(process.stdout, wanted.text);
} else {
  await run(wanted);
}

/** Joins the parts: words in, events to the reporter, and the exit code they call for. */
async function run({ command, options, output }: Job): Promise<void> {
  // Loaded only now, so that help and refusals are quick.
  const engine = await import('./lib/index.ts');
  const { createReporter } = await import('./lib/report/reporter.ts');

  const reporter = createReporter(output);
  const signals = createSignals();
  const said$ = command === 'watch' ? words().pipe(share()) : NEVER;
  const heard$ = merge(signals.word$, said$.pipe(filter(isWord))).pipe(share());

  // Told to quit while the engine still gathers itself, it hears of it when it begins to listen.
  const quit$ = heard$.pipe(
    filter((word) => word === 'quit'), take(1), shareReplay({ bufferSize: 1, refCount: true }),
  );
  const word$ = merge(heard$.pipe(filter((word) => word !== 'quit')), quit$);

  let code = 0;
  let quit = false;
  const report = (event: SyncEvent) => {
    code = Math.max(code, exitCodeOf(event));
    reporter.report(event);
  };

  const listening = heard$.subscribe();
  listening.add(quit$.subscribe(() => (quit = true)));
  listening.add(said$.subscribe((said) => {
    if (isWord(said)) return;
    report({ kind: 'notice', level: 'info', code: 'words', text: wordsAnswer(said) });
  }));

  await new Promise<void>((ended) => {
    engine[command]({ ...options, outputs: () => reporter.outputs() }, word$)
      .subscribe({ next: report, error: fail, complete: ended });

    /** Only a bug comes here: problems and failures are events. */
    function fail(error: unknown): void {
      print(process.stderr, `fsync: Internal error: ${(error as Error)?.stack ?? error}\n`);
      code = Math.max(code, 1);
      ended();
    }
  });

  if (quit && command !== 'watch') {
    report({ kind: 'notice', level: 'warn', code: 'interrupted',
      text: `the ${command} was interrupted before its end: run it again to complete it` });
    code = Math.max(code, 1);
  }
  await reporter.close();
  listening.unsubscribe();

  // A watch that ended as told has done its job, whatever it had to report on the way.
  process.exitCode = quit && command === 'watch' ? 0 : code;
  if (signals.isTerminalGone()) signals.hangUp();

  // The loop drains by itself; only what hangs in the engine could keep it, and is left behind.
  setTimeout(() => process.exit(), 2_000).unref();
}

/** Nobody has to read what we print: a closed pipe or a full disk is no reason to die loudly. */
function print(stream: NodeJS.WriteStream, text: string): void {
  stream.on('error', () => {});
  stream.write(text);
}
