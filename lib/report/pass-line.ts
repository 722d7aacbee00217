import type { Counts } from '../core/event.ts';
import { line, type EventOf, type Line } from './line.ts';
import { count, duration, grouped, size } from './numbers.ts';

/**
 * The summary of a pass: counts by operation, bytes, time, then what needs attention, the audit
 * first. `full pass: 3 copied, 1 removed, 1.2 MB in 1.3 s; 2 not announced by the watcher`.
 *
 * A quiet pass is told only in detail.
 */
export function passLine(event: EventOf<'pass-finished'>): Line {
  const name = `${event.scope} pass${event.dryRun ? ' (dry run)' : ''}`;
  if (event.quiet) {
    const checked = `${count(event.checked, 'entry', 'entries')} checked`;
    return line('debug', [`${name}: nothing to do, ${checked} in ${duration(event.ms)}`,
      ...scrubbed(event)].join('; '));
  }

  const done = operations(event.counts, event.dryRun);
  if (event.bytes > 0) done.push(size(event.bytes));
  const what = done.length === 0 ? 'nothing done' : done.join(', ');
  const told = [`${name}: ${what} in ${duration(event.ms)}`];

  if (event.interrupted === true) told.push('interrupted');
  if (event.missed > 0) told.push(`${grouped(event.missed)} not announced by the watcher`);
  if (event.problems > 0) told.push(count(event.problems, 'problem'));
  if (event.held > 0) told.push(`${count(event.held, 'deletion')} held`);
  told.push(...scrubbed(event));
  return line('info', told.join('; '));
}

const scrubbed = ({ scrubbed: read = 0 }: EventOf<'pass-finished'>): readonly string[] =>
  (read === 0 ? [] : [`${count(read, 'file')} compared by content`]);

const WORDS: Readonly<Record<keyof Counts, { readonly done: string; readonly would: string }>> = {
  copied: { done: 'copied', would: 'to copy' },
  folders: { done: 'made', would: 'to make' },
  renamed: { done: 'renamed', would: 'to rename' },
  linked: { done: 'linked', would: 'to link' },
  set: { done: 'set', would: 'to set' },
  removed: { done: 'removed', would: 'to remove' },
};

const KINDS = Object.keys(WORDS) as readonly (keyof Counts)[];

const operations = (counts: Counts, dryRun: boolean): string[] =>
  KINDS.filter((kind) => counts[kind] > 0).map((kind) => {
    const n = kind === 'folders' ? count(counts.folders, 'folder') : grouped(counts[kind]);
    return `${n} ${dryRun ? WORDS[kind].would : WORDS[kind].done}`;
  });
