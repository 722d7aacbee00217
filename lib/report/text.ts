import type { SyncEvent } from '../core/event.ts';
import { actionOf, reasonOf } from '../core/reasons.ts';
import { explainedLine } from './explained-line.ts';
import { heldLine } from './held-line.ts';
import { line, type Context, type EventOf, type Line } from './line.ts';
import { count, duration, grouped } from './numbers.ts';
import { operationLine } from './operation-line.ts';
import { passLine } from './pass-line.ts';
import { printable, printableText } from './printable.ts';

/**
 * An event in one line for people, or undefined when nothing is to be said.
 *
 * The same words for the terminal, for a pipe and for the log file; `style` adds what surrounds
 * them, and the level decides who is told.
 */
export function textLine(event: SyncEvent, context: Context): Line | undefined {
  switch (event.kind) {
    case 'started':
      return startedLine(event);
    case 'pass-started':
      return line('debug', `${event.scope} pass started (${event.reason.replaceAll('-', ' ')})`);
    case 'progress':
    case 'settling':
      return undefined;
    case 'operation-done':
      return operationLine(event);
    case 'problem':
      return problemLine(event);
    case 'held':
      return heldLine(event, context);
    case 'notice':
      return line(event.level === 'info' && ANSWERS.has(event.code) ? 'log' : event.level,
        withPath(printableText(event.text), event.path));
    case 'pass-finished':
      return passLine(event);
    case 'pass-failed':
      return line('error', printableText(event.text));
    case 'waiting':
      return line('warn', `waiting: ${printableText(event.text)}`);
    case 'watching':
      return line('info', `watching ${count(event.folders, 'folder')}, `
        + `a full pass every ${duration(event.intervalMs)}`);
    case 'hook-started':
      return line('debug', `the command of --on-sync is told of ${count(event.changes, 'change')}`);
    case 'hook-finished':
      return hookLine(event);
    case 'interval':
      return line('debug', `a full pass every ${duration(event.intervalMs)} from now on`);
    case 'difference':
      return differenceLine(event);
    case 'equal':
      return line('debug', `= ${nameOf(event)}`);
    case 'checked':
      return checkedLine(event);
    case 'status':
      return statusLine(event);
    case 'explained-rule':
    case 'explained-entry':
    case 'explained-record':
    case 'explained-pass':
      return explainedLine(event);
    case 'finding':
      return line(event.ok ? 'log' : 'warn',
        `${event.ok ? 'ok: ' : ''}${event.about}: ${printableText(event.text)}`);
    case 'pending':
      return line('log', `- ${printable(event.path)}`, 'removed');
    case 'paused':
      return line('log', 'paused: changes are not carried over until "resume"');
    case 'resumed':
      return line('log', 'resumed');
    case 'stopped':
      return line(context.command === 'watch' ? 'info' : 'debug',
        `stopped: ${printableText(event.reason)}`);
    default:
      return event satisfies never;
  }
}

/** Notices that answer a question, by their codes. */
const ANSWERS: ReadonlySet<string> = new Set(['words', 'pending', 'watches']);

/** Told by a watch; `sync` and `check` say what they did, and nothing where that is nothing. */
function startedLine({ command, source, replica, dryRun }: EventOf<'started'>): Line {
  const roots = [printable(source), printable(replica)] as const;
  const text = command === 'check'
    ? `comparing ${roots.join(' with ')}`
    : `mirroring ${roots.join(' to ')}${dryRun ? ' (dry run)' : ''}`;
  return line(command === 'watch' ? 'info' : 'debug', text);
}

function problemLine({ path, action, code, retryMs }: EventOf<'problem'>): Line {
  const retry = retryMs === undefined ? '' : `; tried again in ${duration(retryMs)}`;
  return line('warn', `cannot ${actionOf(action)} ${printable(path)}: ${reasonOf(code)}${retry}`);
}

function hookLine({ ms, text }: EventOf<'hook-finished'>): Line {
  return text === undefined
    ? line('debug', `the command of --on-sync took ${duration(ms)}`)
    : line('warn', `the command of --on-sync failed: ${printableText(text)}`);
}

const withPath = (text: string, path: string | undefined): string =>
  (path === undefined ? text : `${printable(path)}: ${text}`);

/** The marks of rclone and diff: what the replica lacks, has too much, has otherwise. */
function differenceLine(event: EventOf<'difference'>): Line {
  const { what } = event;
  const name = nameOf(event);
  switch (what) {
    case 'missing':
      return line('info', `+ ${name}`, 'added');
    case 'extra':
      return line('info', `- ${name}`, 'removed');
    case 'unreadable':
      return line('warn', `! ${name} (unreadable)`);
    default:
      return line('info', `* ${name} (${what})`, 'changed');
  }
}

const nameOf = ({ path, type }: { readonly path: string; readonly type: string }): string =>
  (path !== '' && type === 'folder' ? `${printable(path)}/` : printable(path));

/** With how many there are of each mark. */
function checkedLine({ differences, entries, ms, ...of }: EventOf<'checked'>): Line {
  const { missing, extra, changed, unreadable } = of;
  const marks = Object.entries({ '+': missing, '-': extra, '*': changed, '!': unreadable })
    .flatMap(([mark, many]) => (many === 0 ? [] : [`${grouped(many)} ${mark}`]));
  const which = marks.length === 0 ? '' : `: ${marks.join(', ')}`;
  return line('info', `${count(differences, 'difference')} in ${count(entries, 'entry', 'entries')}`
    + `${which} (${duration(ms)})`);
}

function statusLine(event: EventOf<'status'>): Line {
  const counts = `${count(event.passes, 'pass', 'passes')}, ${count(event.problems, 'problem')}, `
    + `${count(event.held, 'deletion')} held, `
    + `${grouped(event.missed)} not announced by the watcher`;
  const last = event.lastPassAt === undefined ? '' : `; last pass at ${moment(event.lastPassAt)}`;
  const state = event.state === 'passing' ? 'a pass is running' : event.state;
  const reason = event.text === undefined ? '' : `${printableText(event.text)}; `;
  const next = event.state === 'paused' ? '' : `; next full pass at ${moment(event.nextFullAt)}`;
  const { paths, problems, pid, hookFailures = 0 } = event;
  const failed = hookFailures === 0 ? ''
    : `; the command of --on-sync failed ${count(hookFailures, 'time')}`;
  const more = problems > paths.length ? ` and ${problems - paths.length} more` : '';
  const failing = paths.length === 0 ? '' : `; failing: ${paths.map(printable).join(', ')}${more}`;
  return line('log',
    `${state} (process ${pid}): ${reason}${counts}${failing}${failed}${last}${next}`);
}

/** To the second, in UTC as the log's own times. */
const moment = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
