import { line, type Context, type EventOf, type Line } from './line.ts';
import { count, grouped } from './numbers.ts';
import { printable } from './printable.ts';

/** Deletions that wait: how many of how many, why, the first of them, and how to approve. */
export function heldLine(event: EventOf<'held'>, context: Context): Line {
  const many = `${count(event.entries, 'deletion')} of ${count(event.of, 'entry', 'entries')}`;
  const state = context.dryRun ? 'would be held' : 'held';
  const sentences = [`${state}: ${many}, because ${because(event)}`, first(event.paths)];
  return line('warn', [...sentences, approval(context)].filter((text) => text !== '').join('; '));
}

function because({ reason, limit }: EventOf<'held'>): string {
  switch (reason) {
    case 'source-emptied':
      return limit === 0 ? 'the source is empty'
        : 'the source was empty, and has less than half of it back';
    case 'first-contact':
      return 'more than half of a replica that was never in step would go'
        + ' (are source and replica swapped?)';
    case 'max-delete':
      return `the limit (--max-delete) is ${grouped(limit)}`;
    default:
      return reason satisfies never;
  }
}

const SHOWN = 3;

function first(paths: readonly string[]): string {
  if (paths.length === 0) return '';
  const more = paths.length > SHOWN ? ` and ${grouped(paths.length - SHOWN)} more` : '';
  return `first: ${paths.slice(0, SHOWN).map(printable).join(', ')}${more}`;
}

function approval({ command, source, replica, pair }: Context): string {
  const folders = `${shellWord(source)} ${shellWord(replica)}`;
  if (pair !== undefined && command !== 'watch') {
    // Each may have options of its own, which another command line would lack.
    return 'to approve, run it again with --approve-deletes, which counts for all pairs';
  }
  return command === 'watch'
    ? `to approve, run fsync approve ${folders}, or give this watch the word "approve"`
    : `to approve, run fsync sync ${folders} --approve-deletes`;
}

/** Quoted where a shell would take it apart. */
function shellWord(path: string): string {
  const text = printable(path);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
