import type { SyncEvent } from '../core/event.ts';
import type { EventOf } from './line.ts';
import { count, duration, grouped, size } from './numbers.ts';
import { printableText } from './printable.ts';

/** One piece of the status line. The pieces of the highest rank go first where it is narrow. */
export interface Part {
  readonly text: string;
  readonly rank: number;
}

/** From an event to the parts of the status line. Undefined: they stay as they were. */
export type Progress = (event: SyncEvent) => readonly Part[] | undefined;

/**
 * Follows the events of a watch or a sync and says what the status line is to show: nothing, a bar
 * for a pass that takes longer than a second, or what is waited for.
 */
export function createProgress(now: () => number): Progress {
  let pass = { startedAt: now(), phase: '', phaseAt: now() };
  let folders: number | undefined;
  let intervalMs = 0;
  let nextFullAt = 0;
  let held = 0;

  const idle = (): readonly Part[] =>
    folders === undefined ? [] : idleParts(folders, held, nextFullAt, now());

  return (event) => {
    if ('aside' in event) return undefined;
    switch (event.kind) {
      case 'pass-started':
        pass = { startedAt: now(), phase: '', phaseAt: now() };
        if (event.scope === 'full') nextFullAt = now() + intervalMs;
        return undefined;
      case 'progress':
        if (pass.phase !== event.phase) pass = { ...pass, phase: event.phase, phaseAt: now() };
        return now() - pass.startedAt < 1_000 ? undefined : barParts(event, now() - pass.phaseAt);
      case 'watching':
        if (folders === undefined) nextFullAt = pass.startedAt + event.intervalMs;
        ({ folders, intervalMs } = event);
        return idle();
      case 'status':
        ({ nextFullAt } = event);
        return undefined;
      case 'pass-finished':
        ({ held } = event);
        return idle();
      case 'pass-failed':
      case 'resumed':
        return idle();
      case 'paused':
        return [{ text: 'paused', rank: 0 }, { text: 'type "resume" and Enter', rank: 1 }];
      case 'waiting':
        return [{ text: `waiting: ${printableText(event.text)}`, rank: 0 }];
      case 'stopped':
      case 'checked':
        return [];
      default:
        return undefined;
    }
  };
}

/** The parts that fit, in their order; at least the most important one, cut off at the edge. */
export function fit(parts: readonly Part[], columns: number): string {
  const text = parts.map((part) => part.text).join('  ');
  if (parts.length <= 1) return cut(text, columns);
  if (cut(text, columns) === text) return text;

  const last = Math.max(...parts.map((part) => part.rank));
  return fit(parts.filter((part) => part.rank !== last), columns);
}

/** The start of a text that is no wider; beyond the alphabets a character counts as two columns. */
function cut(text: string, columns: number): string {
  let left = columns;
  let kept = '';
  for (const character of text) {
    left -= (character.codePointAt(0) ?? 0) >= 0x1100 ? 2 : 1;
    if (left < 0) break;
    kept += character;
  }
  return kept;
}

const PHASES: Readonly<Record<EventOf<'progress'>['phase'], string>> =
  { scan: 'scanning', compare: 'comparing', apply: 'copying' };

const BAR_CELLS = 10;

/** `copying  [##--------]  25%  12/48 files  1 MB/4 MB  500 kB/s  6 s left`. */
function barParts(event: EventOf<'progress'>, ms: number): readonly Part[] {
  const { phase, files, bytes, filesTotal, bytesTotal } = event;
  const parts: Part[] = [{ text: PHASES[phase], rank: 0 }];

  const done = share(bytes, bytesTotal) ?? share(files, filesTotal);
  if (done !== undefined) {
    const cells = Math.floor(done * BAR_CELLS);
    parts.push({ text: `[${'#'.repeat(cells)}${'-'.repeat(BAR_CELLS - cells)}]`, rank: 4 });
    parts.push({ text: `${Math.floor(done * 100)}%`, rank: 1 });
  }
  parts.push({ rank: 2, text: filesTotal === undefined
    ? count(files, 'file') : `${grouped(files)}/${count(filesTotal, 'file')}` });
  if (bytes > 0) {
    parts.push({ rank: 6, text: bytesTotal === undefined
      ? size(bytes) : `${size(bytes)}/${size(bytesTotal)}` });
    if (ms >= 100) parts.push({ text: `${size(bytes / ms * 1_000)}/s`, rank: 5 });
  }
  if (done !== undefined && done > 0 && done < 1 && ms >= 1_000) {
    const leftMs = Math.ceil((ms / done - ms) / 1_000) * 1_000;
    parts.push({ text: `${duration(leftMs)} left`, rank: 3 });
  }
  return parts;
}

/** From 0 to 1, or undefined where the total is not known; it may be passed while files grow. */
const share = (n: number, total: number | undefined): number | undefined =>
  total === undefined || total <= 0 ? undefined : Math.min(n / total, 1);

function idleParts(folders: number, held: number, nextFullAt: number, now: number): Part[] {
  const parts: Part[] = [{ text: 'watching', rank: 0 }];
  parts.push({ text: count(folders, 'folder'), rank: 3 });
  if (held > 0) parts.push({ text: `${count(held, 'deletion')} held`, rank: 1 });
  if (nextFullAt > now) {
    parts.push({ text: `next full pass at ${moment(nextFullAt, now)}`, rank: 2 });
  }
  return parts;
}

/** The local time; the date, too, when that is another day. */
function moment(ms: number, now: number): string {
  const [at, today] = [new Date(ms), new Date(now)];
  const two = (n: number): string => String(n).padStart(2, '0');
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  return at.toDateString() === today.toDateString()
    ? time : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}
