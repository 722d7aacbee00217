import { merge, share, type Observable } from 'rxjs';

import { exitCodeOf } from '../core/event.ts';
import type { SyncEvent } from '../core/event.ts';
import type { Options, Word } from '../core/options.ts';
import { fullPath } from '../full-path.ts';
import { check, sync, watch, type Asked } from '../index.ts';
import { jsonLine } from '../report/json.ts';
import { openControl } from '../rx/control.ts';
import type { Job } from './arguments.ts';
import type { Pair } from './config-pairs.ts';

/** One pair of a command. */
export interface PairJob {
  readonly command: Job['command'];
  readonly pair: Pair;
  /** Among the pairs of this process. */
  readonly number: number;
  /** What is said to all pairs. */
  readonly word$: Observable<Word>;
  readonly surroundings: Pick<Options, 'outputs' | 'measure'>;
  readonly complain: (text: string) => void;
}

/** Does a command for one pair, to its end, and returns the exit code that it calls for. */
export async function runPair(
  { command, pair: { options }, number, word$, surroundings, complain }: PairJob,
  tell: (event: SyncEvent) => void,
): Promise<number> {
  const control = command === 'watch' ? openControl(
    { source: fullPath(options.source), replica: fullPath(options.replica),
      options: telling(options) }, number,
    (event) => jsonLine(event, new Date()), noControl) : undefined;
  const heard$ = (control === undefined ? word$ : merge(word$, control.word$)).pipe(share());

  // It is looked for in each pass, and by then the working folder may be another one.
  const trash = options.trash === undefined ? {} : { trash: fullPath(options.trash) };
  let code = 0;
  let quit = false;
  /** What was asked for is done, though the command of --on-sync may go on. */
  let isWhole = false;
  const listening = heard$.subscribe((word) => (quit ||= word === 'quit'));
  const report = (event: SyncEvent): void => {
    code = Math.max(code, exitCodeOf(event));
    isWhole ||= event.kind === 'pass-finished' && event.interrupted !== true;
    if (control?.isAnswer(event) !== true) tell(event);
    control?.tell(event);
  };

  await new Promise<void>((ended) => {
    COMMANDS[command]({ ...options, ...trash, ...surroundings }, heard$)
      .subscribe({ next: report, error: fail, complete: ended });

    /** Only a bug comes here: problems and failures are events. */
    function fail(error: unknown): void {
      complain(`fsync: Internal error: ${(error as Error)?.stack ?? error}\n`);
      code = Math.max(code, 1);
      ended();
    }
  });

  if (quit && command !== 'watch' && !isWhole) {
    report({ kind: 'notice', level: 'warn', code: 'interrupted',
      text: `the ${command} was interrupted before its end: run it again to complete it` });
    code = Math.max(code, 1);
  }
  control?.close();
  listening.unsubscribe();
  // A watch that ended as told has done its job, whatever it had to report on the way.
  return quit && command === 'watch' ? 0 : code;

  /** It is only `fsync status` and its like that do without. */
  function noControl(reason: string): void {
    tell({ kind: 'notice', level: 'warn', code: 'no-control',
      text: `other terminals cannot speak to this watch: ${reason}` });
  }
}

/** The options that say what is mirrored, and where the record is: for `fsync explain`. */
function telling({ ignore, gitignore, deleteIgnored, checksum, stateDir }: Asked) {
  const place = stateDir === undefined ? {} : { stateDir: fullPath(stateDir) };
  return Object.fromEntries(Object.entries({ ignore, gitignore, deleteIgnored, checksum, ...place })
    .filter(([, value]) => value !== undefined)) as Partial<Options>;
}

const COMMANDS = { check, sync, watch };
