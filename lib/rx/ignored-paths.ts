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
  /** A folder went: what was read of ignore files in it, and below, is no longer so. */
  forget(folder: Path): void;
}

/** The rules for what is in a folder, and its sub-folders of which they are known. */
interface Chain {
  readonly rules: readonly Rules[];
  below?: Set<Path>;
}

/** Folders whose rules are remembered: enough for a scan, which comes back to each of them. */
const MOST_CHAINS = 20_000;

/** Reads the ignore files of the source as they are needed, and remembers them. */
export function ignoredPaths(
  { source, ignore, gitignore, above: elsewhere = [] }: WatchOptions,
): IgnoredPaths {
  const names = ignoreFileNames(gitignore);
  const top = [...elsewhere, ...optionRules(ignore)];
  // A folder is there with all above it, which know it.
  const chains = new Map<Path, Chain>();

  const chainOf = (folder: Path): readonly Rules[] => {
    const known = chains.get(folder);
    if (known !== undefined) return known.rules;

    if (chains.size >= MOST_CHAINS) chains.clear();
    const above = folder === '' ? top : chainOf(parentOf(folder));
    const rules = extendChain(above, folder, gitignore, (path) =>
      readText(path.startsWith('/') ? path : `${source}/${path}`));
    chains.set(folder, { rules });
    const parent = folder === '' ? undefined : chains.get(parentOf(folder));
    if (parent !== undefined) (parent.below ??= new Set()).add(folder);
    return rules;
  };

  const forgetBelow = (folder: Path): void => {
    chains.get(folder)?.below?.forEach(forgetBelow);
    chains.delete(folder);
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
    forget: (folder) => {
      // A submodule's exclude file is not below it.
      if (gitignore && isOfGit(folder)) chains.clear();
      forgetBelow(folder);
      chains.get(parentOf(folder))?.below?.delete(folder);
    },
  };
}

const isOfGit = (folder: Path): boolean => `/${folder}/`.includes('/.git/');

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
