import { readlinkSync } from 'node:fs';
import path from 'node:path';
import { fromText, type Path } from '../core/entry.ts';
import { fsPath } from './bytes.ts';

/**
 * A path as the user wrote it, absolute, its bytes untouched. What is above a folder that is
 * reached over a link is above where the link leads, as for the system, and for `ls` and `cp`.
 *
 *     absolute('link/../x')   // '/mnt/disk/x', where link leads to /mnt/disk/folder
 */
export function absolute(given: Path, from?: Path, links = MOST_LINKS): Path {
  const { root } = path.parse(given);
  let at = root === '' ? from ?? fromText(process.cwd()) : root;
  for (const part of given.slice(root.length).split('/')) {
    at = part === '..' ? above(at, links) : path.resolve(at, part);
  }
  return at;
}

/** As many as the system follows; a link to itself leads nowhere. */
const MOST_LINKS = 40;

function above(at: Path, links: number): Path {
  let target: Path;
  try {
    target = readlinkSync(fsPath(at), 'latin1');
  } catch {
    return path.dirname(at);
  }
  return links === 0 ? path.dirname(at)
    : above(absolute(target, path.dirname(at), links - 1), links - 1);
}
