import type { OperationKind } from '../core/operation.ts';
import { count, size } from './numbers.ts';
import { line, type EventOf, type Line, type Tone } from './line.ts';
import { printable } from './printable.ts';

/**
 * One operation in the replica: `copied a/b.txt (1.2 kB)`, `would remove folder old/ (12 entries)`.
 *
 * Told only in detail: entries inside a copied tree, what was put aside for a moment, and the times
 * of folders, which follow from what was done in them.
 */
export function operationLine(event: EventOf<'operation-done'>): Line {
  const { done, would, tone } = VERBS[event.operation];
  const verb = (event.dryRun === true ? would : done) + (event.partly === true ? ' from' : '');
  const folder = event.type === 'folder';
  const noun = folder && event.operation !== 'set' ? 'folder ' : '';
  const text = `${verb} ${noun}${names(event, folder ? '/' : '')}${counts(event)}`;
  return line(isDetail(event, folder) ? 'debug' : 'info', text, tone);
}

interface Verb {
  readonly done: string;
  readonly would: string;
  readonly tone: Tone;
}

const VERBS: Readonly<Record<OperationKind, Verb>> = {
  park: { done: 'put aside', would: 'would put aside', tone: 'changed' },
  rename: { done: 'renamed', would: 'would rename', tone: 'changed' },
  mkdir: { done: 'made', would: 'would make', tone: 'added' },
  copy: { done: 'copied', would: 'would copy', tone: 'added' },
  'copy-tree': { done: 'copied', would: 'would copy', tone: 'added' },
  symlink: { done: 'symlinked', would: 'would symlink', tone: 'added' },
  link: { done: 'linked', would: 'would link', tone: 'added' },
  set: { done: 'set attributes of', would: 'would set attributes of', tone: 'changed' },
  remove: { done: 'removed', would: 'would remove', tone: 'removed' },
};

/** `old → new` of a rename, `new → target` of a link; a folder ends in a slash. */
function names(event: EventOf<'operation-done'>, slash: string): string {
  const path = event.path === '' ? '.' : printable(event.path) + slash;
  if (event.from !== undefined) return `${printable(event.from)}${slash} → ${path}`;
  return event.target === undefined ? path : `${path} → ${printable(event.target)}`;
}

function counts({ operation, type, entries, bytes }: EventOf<'operation-done'>): string {
  const told = [];
  const many = operation === 'copy-tree' || (operation === 'remove' && type === 'folder');
  if (many && entries !== undefined) told.push(count(entries, 'entry', 'entries'));
  if (operation.startsWith('copy') && bytes !== undefined) told.push(size(bytes));
  return told.length === 0 ? '' : ` (${told.join(', ')})`;
}

const isDetail = (event: EventOf<'operation-done'>, folder: boolean): boolean =>
  event.inTree === true || event.operation === 'park'
  || (event.operation === 'set' && folder && event.dryRun !== true);
