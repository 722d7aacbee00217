import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';

import { joinPath, nameOf, parentOf, type Path } from '../core/entry.ts';
import {
  extendChain, ignoreFileNames, isIgnoredDeep, optionRules, ruledBy, type Rules,
} from '../core/ignore.ts';
import type { WatchOptions } from './changes.ts';

/** The ignore rules of a tree that is being watched. */
export interface IgnoredPaths {
  /** Whether an entry is ignored, or a folder above it is. */
  has(path: Path, isFolder: boolean): boolean;
  /** The folder whose rules an entry would hold, where such rules are asked for. */
  ruledBy(folder: Path, name: string): Path | undefined;
  /** Whether this is an ignore file that says something else than when it was last read. */
  hasNewRules(path: Path): boolean;
  /** Folders came or went: what was read of ignore files in them may be of others. */
  forget(): void;
}

/** Folders whose rules are remembered: enough for a scan, which comes back to each of them. */
const MOST_CHAINS = 20_000;

/** Reads the ignore files of the source as they are needed, and remembers them. */
export function ignoredPaths(
  { source, ignore, gitignore, above: elsewhere = [] }: WatchOptions,
): IgnoredPaths {
  const names = ignoreFileNames(gitignore);
  const top = [...elsewhere, ...optionRules(ignore)];
  const chains = new Map<Path, readonly Rules[]>();

  const chainOf = (folder: Path): readonly Rules[] => {
    const known = chains.get(folder);
    if (known !== undefined) return known;

    const above = folder === '' ? top : chainOf(parentOf(folder));
    const chain = extendChain(above, folder, gitignore, (path) =>
      readText(path.startsWith('/') ? path : `${source}/${path}`));
    if (chains.size >= MOST_CHAINS) chains.clear();
    chains.set(folder, chain);
    return chain;
  };

  const ownRules = (folder: Path): string =>
    JSON.stringify(chainOf(folder).filter((rules) => rules.base === folder));

  const ruled = (inside: Path, name: string): Path | undefined => {
    const folder = ruledBy(inside, name);
    const path = joinPath(inside, name);
    return folder !== undefined && names.includes(relativeTo(folder, path)) ? folder : undefined;
  };

  return {
    ruledBy: ruled,
    has: (path, isFolder) =>
      // No rules for a folder means that there are none above it either.
      chainOf(parentOf(path)).length > 0 && isIgnoredDeep(chainOf, path, isFolder),
    hasNewRules: (path) => {
      const folder = ruled(parentOf(path), nameOf(path));
      if (folder === undefined) return false;

      const before = chains.has(folder) ? ownRules(folder) : undefined;
      chains.clear();
      return ownRules(folder) !== before;
    },
    forget: () => chains.clear(),
  };
}

const relativeTo = (folder: Path, path: Path): Path =>
  (folder === '' ? path : path.slice(folder.length + 1));

/** The text of an ignore file as latin1; undefined where there is none that is a regular file. */
function readText(path: string): string | undefined {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const bytes = Buffer.from(path, 'latin1');
  try {
    // Nearly always there is none, and an exception costs more than a question.
    if (lstatSync(bytes, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
    const fd = openSync(bytes, flags);
    try {
      return fstatSync(fd).isFile() ? readFileSync(fd, 'latin1') : undefined;
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
