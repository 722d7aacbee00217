import { concat, defer, filter, NEVER, of, type Observable } from 'rxjs';
import { checkFolders } from './check.ts';
import type { Path } from './core/entry.ts';
import { fromText } from './core/entry.ts';
import type { SyncEvent } from './core/event.ts';
import { DEFAULTS, type Options, type Word } from './core/options.ts';
import { wrongOption } from './core/wrong-option.ts';
import { examineMachine, type Patient } from './doctor.ts';
import { explainPath } from './explain.ts';
import { withHook } from './rx/hook.ts';
import { once, watchMirror } from './watch.ts';

export { defineConfig } from './core/config.ts';
export type { Config, PairConfig } from './core/config.ts';
export type { Changes, Hook } from './core/hook.ts';
export type { PairEvent, SyncEvent, SyncEventKind, Counts, Reason } from './core/event.ts';
export { exitCodeOf } from './core/event.ts';
export type { Hold, Operation, OperationKind, Problem } from './core/operation.ts';
export type { MaxDelete, Options, Word } from './core/options.ts';
export { DEFAULTS } from './core/options.ts';

/** Two folders, and whatever is to differ from the defaults. */
export type Asked = Some<Options> & Pick<Options, 'source' | 'replica'>;

/** What is undefined is not given, for the strictest of compilers as well. */
type Some<T> = { readonly [K in keyof T]?: T[K] | undefined };

/**
 * Keeps the replica equal to the source until told to `quit`, or unsubscribed from. Emits every
 * event; refusals, too, are events (`pass-failed`), and the stream ends after `stopped`.
 */
export const watch = (asked: Asked, word$: Observable<Word> = NEVER): Observable<SyncEvent> =>
  told('watch', asked, word$, (options) => watchMirror(options, word$));

/** One full pass. */
export const sync = (asked: Asked, word$: Observable<Word> = NEVER): Observable<SyncEvent> =>
  told('sync', asked, word$, (options) => once(options, word$));

/** Compares without changing anything, and without a record: a `difference` for each found. */
export const check = (asked: Asked, word$: Observable<Word> = NEVER): Observable<SyncEvent> =>
  told('check', asked, word$, (options) => checkFolders(options, word$));

/**
 * What is known of one path (absolute, or as seen from the working folder or the source), and what
 * a pass would do about it: `explained-rule` and its like. Changes nothing. `held` are paths whose
 * removal a running watch holds.
 */
export const explain = (
  asked: Asked, path: string, held: readonly Path[] = [],
): Observable<SyncEvent> => refused(asked)
  ?? defer(() => explainPath({ ...DEFAULTS, ...given(asked) }, path, held));

/** What fsync needs of this machine: a `finding` for each thing looked at. Changes nothing. */
export const examine = (patient: Some<Patient> = {}): Observable<SyncEvent> =>
  examineMachine({ ...DEFAULTS, ...given(patient) });

function told(
  command: 'watch' | 'sync' | 'check', asked: Asked, word$: Observable<Word>,
  run: (options: Options) => Observable<SyncEvent>,
): Observable<SyncEvent> {
  const refused$ = refused(asked);
  if (refused$ !== undefined) return refused$;
  const events = process.env['FSYNC_EVENTS'] !== 'off';
  const options: Options = { ...DEFAULTS, events, ...given(asked) };
  const { dryRun } = options;
  const [source, replica] = [fromText(options.source), fromText(options.replica)];
  const event$ = concat(of<SyncEvent>({ kind: 'started', command, source, replica, dryRun }),
    defer(() => run(options)));
  const { onSync } = options;
  return onSync === undefined || dryRun || command === 'check' ? event$
    : event$.pipe(withHook(onSync, word$.pipe(filter((word) => word === 'quit'))));
}

/** What is told of options that nothing could be done with. */
function refused(asked: Asked): Observable<SyncEvent> | undefined {
  const text = wrongOption(given(asked));
  return text === undefined ? undefined : of<SyncEvent[]>(
    { kind: 'pass-failed', code: 'wrong-option', text, exitCode: 2 },
    { kind: 'stopped', reason: 'failed' });
}

/** What is undefined is not given: `{ ignore: some ? patterns : undefined }` means the default. */
const given = <T extends object>(asked: T) => Object.fromEntries(
  Object.entries(asked).filter(([, value]) => value !== undefined)
) as { [K in keyof T]: Exclude<T[K], undefined> };
