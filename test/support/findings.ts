import type { Difference, Identity } from '../../lib/core/difference.ts';
import { samePath, type EntryType, type Path, type Triple } from '../../lib/core/entry.ts';
import type { Operation } from '../../lib/core/operation.ts';
import type { Gone, Move, Wanted } from '../../lib/core/renames.ts';
import { stat } from './stat.ts';

/** Where a difference is: `new/x<old/x` for what is in a moved folder. */
function at(path: string): Triple {
  const [source, replica] = path.split('<');
  return replica === undefined ? samePath(path) : { source: source!, replica, record: replica };
}

export const fresh = (path: string, type: EntryType = 'file'): Difference =>
  ({ kind: 'new', at: at(path), source: stat({ type }) });

/** New, where the replica has something in other letters, which it cannot tell apart. */
export const freshOver = (path: string, over: string, type: EntryType = 'file'): Difference =>
  ({ kind: 'new', at: at(path), source: stat({ type }), over });

export const vanished = (path: string, type: EntryType = 'file'): Difference =>
  ({ kind: 'vanished', at: at(path), replica: stat({ type }) });

export const extraneous = (
  path: string, type: EntryType = 'file', as?: 'litter' | 'ignored',
): Difference =>
  ({ kind: 'extraneous', at: at(path), replica: stat({ type }), ...(as ? { as } : {}) });

export const changed = (
  path: string, what: 'content' | 'meta' | 'target', type: EntryType = 'file',
): Difference =>
  ({ kind: 'changed', at: at(path), what, source: stat({ type }), replica: stat({ type }) });

/** The replica has another type at a path. */
export const retyped = (path: string, source: EntryType, replica: EntryType): Difference => ({
  kind: 'changed', at: at(path), what: 'type',
  source: stat({ type: source }), replica: stat({ type: replica }),
});

export const gone = (replica: Path, part: Partial<Gone> = {}): Gone =>
  ({ source: replica, replica, record: replica, stat: stat(), identity: undefined, reused: false,
    ...part });

export const wanted = (path: Path, part: Partial<Wanted> = {}): Wanted =>
  ({ path, stat: stat(), occupied: false, ...part });

export const identity = (ino: number, part: Partial<Identity> = {}): Identity =>
  ({ ino, birthMs: 1, size: 1, mtimeMs: 5, ...part });

/**
 * A rename: `a>b`; `a!>b` where the source has something else at a, `a>b!` where the replica has
 * something else at b.
 */
function move(text: string, type: 'file' | 'folder'): Move {
  const [from, to] = text.split('>') as [string, string];
  return {
    gone: gone(from.replace('!', ''), { stat: stat({ type }), reused: from.endsWith('!') }),
    wanted: wanted(to.replace('!', ''), { stat: stat({ type }), occupied: to.endsWith('!') }),
    read: true,
  };
}

export const moves = (type: 'file' | 'folder', ...texts: string[]): Move[] =>
  texts.map((text) => move(text, type));

/** Fresh temporary names: t1, t2 … */
export function temporaries(): () => string {
  let count = 0;
  return () => `t${count += 1}`;
}

/** An operation in a few words: what a table expects. */
export function shown(one: Operation): string {
  switch (one.kind) {
    case 'park': return `park ${one.path} as ${one.temporary}`;
    case 'rename': return `rename ${one.from} to ${one.path}`;
    case 'link': return `link ${one.path} to ${one.target}`;
    case 'remove': return `remove ${one.path} ${one.because}`;
    case 'copy': case 'symlink': return `${one.kind} ${one.path}${one.replaces ? ' over' : ''}`;
    case 'set': return `set ${one.path}${one.touched ? ' touched' : ''}`;
    default: return `${one.kind} ${one.path}`;
  }
}
