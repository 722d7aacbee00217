import { realpathSync, statSync, type BigIntStats } from 'node:fs';
import path from 'node:path';

import { fromText, type Path } from '../core/entry.ts';

/** The folder that is watched, and how its entries are called outside the engine. */
export interface WatchedRoot {
  /** Its real path; undefined where its name cannot be given to a watcher, or it is not there. */
  readonly text: string | undefined;
  /** Whether it still is the folder that it was. */
  isThere(): boolean;
  /** The path of an entry; undefined for what is outside. */
  pathOf(text: string): Path | undefined;
}

/** Remembers which folder this is now. `source` is absolute; as a link it is resolved. */
export function watchedRoot(source: Path): WatchedRoot {
  const before = statOf(source);
  const text = realTextOf(source);
  const prefix = text === '/' ? '/' : `${text}/`;

  return {
    text,
    isThere: () => before !== 'gone' && isSame(before, statOf(source)),
    pathOf: (entry) => {
      const plain = path.sep === '/' ? entry : entry.replaceAll(path.sep, '/');
      if (plain === text) return '';
      return plain.startsWith(prefix) ? fromText(plain.slice(prefix.length)) : undefined;
    },
  };
}

/**
 * The watcher takes text, so a name that is not UTF-8 cannot be told to it; and it takes a
 * backslash for a slash.
 */
function realTextOf(source: Path): string | undefined {
  let real: Path;
  try {
    real = realpathSync(Buffer.from(source, 'latin1'), 'latin1');
  } catch {
    return undefined;
  }

  const text = Buffer.from(real, 'latin1').toString('utf8');
  if (path.sep === '\\') return text.replaceAll('\\', '/');
  return fromText(text) === real && !text.includes('\\') ? text : undefined;
}

/** What identifies a folder; `unknown` where an error says neither that it is there nor not. */
function statOf(source: Path): BigIntStats | 'gone' | 'unknown' {
  try {
    const options = { bigint: true, throwIfNoEntry: false } as const;
    return statSync(Buffer.from(source, 'latin1'), options) ?? 'gone';
  } catch {
    return 'unknown';
  }
}

function isSame(before: BigIntStats | 'unknown', now: ReturnType<typeof statOf>): boolean {
  if (now === 'gone') return false;
  if (now === 'unknown' || before === 'unknown') return true;
  if (now.ino !== before.ino || now.dev !== before.dev) return false;

  // Inodes are used again.
  return !knowsBirths() || now.birthtimeNs === before.birthtimeNs;
}

/** Where Node cannot ask for birth times it gives the times of the last change; /proc has none. */
function knowsBirths(): boolean {
  const some = statSync('/proc', { bigint: true, throwIfNoEntry: false });
  return some === undefined || some.birthtimeNs !== some.ctimeNs;
}
