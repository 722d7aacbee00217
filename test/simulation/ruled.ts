import fs from 'node:fs';

import { isIgnoredDeep, rulesChain, type Rules } from '../../lib/core/ignore.ts';
import { ancestorIn, joinPath, parentOf } from '../../lib/core/entry.ts';
import type { Random } from '../support/random.ts';
import { differencesOf } from '../support/same.ts';
import { pathIn, readTree, type Found } from '../support/tree.ts';

/** In what a replica is not its source by the source's own ignore files, and what could not be. */
export interface Ruled {
  readonly wrong: readonly string[];
  /** Paths that the source has, and what is ignored in the replica is in the way of. */
  readonly stuck: ReadonlySet<string>;
}

/** The judge of equality where the source has ignore files. */
export function ruledDifferences(source: string, replica: string, deletes: boolean): Ruled {
  const [wanted, found] = [readTree(source), readTree(replica)];
  const isIgnored = ignoredIn((path) => (wanted.get(path)?.type !== 'file' ? undefined
    : fs.readFileSync(pathIn(source, path), { encoding: 'latin1' })));
  const mirrored = [...wanted].filter(([at, { type }]) => !isIgnored(at, type === 'folder'));
  const left = new Set([...wanted].flatMap(([at, { type }]) =>
    (isIgnored(at, type === 'folder') ? [at] : [])));
  const stays = new Set<string>();
  for (const [at, { type }] of deletes ? [] : found) {
    const isLeft = left.has(at) || ancestorIn(at, left) !== undefined;
    if (!isLeft && !isIgnored(at, type === 'folder')) continue;
    for (let above = at; !stays.has(above); above = parentOf(above)) stays.add(above);
  }
  const stuck = new Set(mirrored.map(([at]) => at).filter((at) => stays.has(at)
    && found.get(at)!.type !== wanted.get(at)!.type));

  const names = new Set(mirrored.map(([at]) => at));
  const [groups, twins] = [groupsOf(wanted, names), groupsOf(found, names)];
  const wrong: string[] = [];
  for (const [at, entry] of mirrored) {
    const twin = found.get(at);
    if (stuck.has(at) || ancestorIn(at, stuck) !== undefined) continue;
    const told = JSON.stringify(at);
    if (entry.type === 'special' || twin?.type === 'special') continue;
    if (twin === undefined) wrong.push(`${told}: missing`);
    else {
      wrong.push(...differencesOf({ ...entry, group: '' }, { ...twin, group: '' })
        .map((what) => `${told}: ${what}`));
      if (stuck.size === 0 && groups.get(at) !== twins.get(at)) wrong.push(`${told}: links`);
    }
  }
  for (const [at, { type }] of found) {
    const isSpecial = type === 'special' || wanted.get(at)?.type === 'special';
    const isLeft = names.has(at) || stays.has(at) || ancestorIn(at, stuck) !== undefined;
    if (!isLeft && !isSpecial) wrong.push(`${JSON.stringify(at)}: not in the source`);
  }
  return { wrong, stuck };
}

/** Whether a path is ignored by the files that `read` gives. */
export function ignoredIn(
  read: (path: string) => string | undefined,
): (path: string, isFolder: boolean) => boolean {
  const chains = new Map<string, readonly Rules[]>();
  const chainOf = (folder: string): readonly Rules[] => {
    const chain = chains.get(folder) ?? rulesChain(folder, [], false, read);
    chains.set(folder, chain);
    return chain;
  };
  return (path, isFolder) => isIgnoredDeep(chainOf, path, isFolder);
}

function groupsOf(tree: Map<string, Found>, names: ReadonlySet<string>): Map<string, string> {
  const byInode = new Map<bigint, string[]>();
  for (const [at, { type, ino }] of tree) {
    if (type === 'file' && names.has(at)) byInode.set(ino, [...byInode.get(ino) ?? [], at]);
  }
  return new Map([...byInode.values()].flatMap((all) =>
    all.map((at) => [at, all.sort().join(' ')] as const)));
}

/** Someone writes an ignore file, or removes one. */
export function editRules(
  source: string, folders: readonly string[], names: readonly string[], rng: Random,
): string {
  const path = joinPath(rng.pick(folders), '.fsyncignore');
  const at = pathIn(source, path);
  const one = (): string => rng.pick(names);
  const lines = Array.from({ length: rng.below(4) }, () => rng.pick([
    one(), one(), `/${one()}`, `${one()}/`, `!${one()}`, `${one()}/${one()}`, '*', `/${one()}/*`,
    `!${one()}/`, `**/${one()}`,
  ]));
  const isFree = fs.lstatSync(at, { throwIfNoEntry: false })?.isFile() !== false;
  if (!isFree) return `leave ${path}`;
  if (lines.length === 0) fs.rmSync(at, { force: true });
  else fs.writeFileSync(at, Buffer.from(`${lines.join('\n')}\n`, 'latin1'));
  return `rules ${JSON.stringify(path)}: ${lines.join(' ')}`;
}
