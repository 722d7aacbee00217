import { spawnSync } from 'node:child_process';

import { hasTool, isRoot } from './needs.ts';
import { readTree, type Found } from './tree.ts';

/**
 * The judge of equality, that shares nothing with what it judges: everything in which a replica is
 * not its source, one line each; nothing where the promise is kept. Sockets, devices and FIFOs are
 * no part of it.
 */
export function differences(source: string, replica: string): string[] {
  const wanted = readTree(source);
  const found = readTree(replica);
  const isSpecial = (at: string): boolean =>
    wanted.get(at)?.type === 'special' || found.get(at)?.type === 'special';
  const lines: string[] = [];

  for (const [at, entry] of wanted) {
    const twin = found.get(at);
    if (isSpecial(at)) continue;
    if (twin === undefined) lines.push(`${shown(at)}: missing`);
    else lines.push(...differencesOf(entry, twin).map((what) => `${shown(at)}: ${what}`));
  }
  for (const at of found.keys()) {
    if (!wanted.has(at) && !isSpecial(at)) lines.push(`${shown(at)}: not in the source`);
  }

  return lines;
}

/** In what one entry is not as another. */
export function differencesOf(wanted: Found, found: Found): string[] {
  if (wanted.type !== found.type) return [`type ${found.type}, not ${wanted.type}`];

  const lines: string[] = [];
  const compare = (what: string, is: unknown, should: unknown): void => {
    if (is !== should) lines.push(`${what} ${String(is)}, not ${String(should)}`);
  };
  if (wanted.type === 'file') compare('size', found.size, wanted.size);
  compare('content', found.hash, wanted.hash);
  compare('target', found.target, wanted.target);
  // A symlink's own mode means nothing, and cannot be set on Linux.
  if (wanted.type !== 'symlink') compare('mode', found.mode.toString(8), wanted.mode.toString(8));
  compare('time', found.mtime, wanted.mtime);
  compare('links', found.group, wanted.group);
  if (isRoot()) compare('owner', `${found.uid}:${found.gid}`, `${wanted.uid}:${wanted.gid}`);
  return lines;
}

const shown = (at: string): string => (at === '' ? '.' : JSON.stringify(at));

/** What rsync would still do, one line each; nothing where rsync is not installed. */
export function rsyncDifferences(source: string, replica: string): string[] {
  if (!hasTool('rsync')) return [];

  const run = spawnSync('rsync', [
    '-aHnic', '--delete', '--no-devices', '--no-specials', `${source}/`, `${replica}/`,
  ], { encoding: 'latin1', maxBuffer: 1 << 28 });
  const lines = run.stdout.split('\n')
    .filter((line) => line !== '' && !line.startsWith('skipping non-regular file'));
  return run.status === 0 ? lines : [...lines, `rsync: exit ${run.status}: ${run.stderr}`];
}
