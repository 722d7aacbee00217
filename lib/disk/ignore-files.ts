import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { joinPath, type Path } from '../core/entry.ts';
import { extendChain, hasIgnoreFiles, type Rules } from '../core/ignore.ts';
import { codeOf, fsPath, isAbsent } from './bytes.ts';

/**
 * The rules for what is in `folder`, given those it inherits and, if known, the names it holds.
 * Throws where an ignore file is there and cannot be read: then it is unknown what is protected.
 */
export const withOwnRules = (
  chain: readonly Rules[], root: Path, folder: Path, gitignore: boolean,
  names: readonly string[] | undefined,
): readonly Rules[] => {
  if (names !== undefined && !hasIgnoreFiles(names, gitignore)) return chain;
  return extendChain(chain, folder, gitignore, (path) =>
    readText(path.startsWith('/') ? path : joinPath(root, path)));
};

/**
 * The text of an ignore file as latin1, its patterns being bytes as names are; undefined where
 * there is none. As in git a symlink in the source is none, nor anything that is no regular file.
 */
export function readText(path: Path, links: 'none' | 'followed' = 'none'): string | undefined {
  const follow = links === 'followed' ? 0 : constants.O_NOFOLLOW;
  let fd: number;
  try {
    fd = openSync(fsPath(path), constants.O_RDONLY | follow | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    const isNone = isAbsent(code) || code === 'ENXIO' || (code === 'ELOOP' && follow !== 0);
    if (isNone) return undefined;
    throw error;
  }
  try {
    return fstatSync(fd).isFile() ? readFileSync(fd, 'latin1') : undefined;
  } finally {
    closeSync(fd);
  }
}
