import type { LinkedName } from './difference.ts';
import { byPath, type Path } from './entry.ts';

/** What is to be done about the names of files with several. */
export interface LinkPlan {
  /** Names to make a link of `target`, which is written or kept before. */
  readonly links: readonly { readonly path: Path; readonly target: Path }[];
  /** Names that share a replica file with a name of another source file: to be copied anew. */
  readonly rewrite: readonly Path[];
}

/**
 * Which names must be linked, so that names of one source file are names of one replica file, and
 * names of different ones are not. `written` are paths that the pass writes anyway; `placed` are
 * those that a rename brings, with the id of the replica file it brings.
 *
 *     a and b are one file in the source, the replica has a as 1 and b as 2
 *     → { links: [{ path: 'b', target: 'a' }], rewrite: [] }
 */
export function planLinks(
  names: readonly LinkedName[], written: ReadonlySet<Path>, placed: ReadonlyMap<Path, string>,
): LinkPlan {
  const groups = new Map<string, Name[]>();
  for (const one of [...names].sort((a, b) => byPath(a.at.source, b.at.source))) {
    const path = one.at.source;
    const id = placed.get(path) ?? (written.has(path) ? undefined : one.replica);
    const group = groups.get(one.source);
    if (group === undefined) groups.set(one.source, [{ path, id }]);
    else if (group.at(-1)!.path !== path) group.push({ path, id });
  }

  const links: { path: Path; target: Path }[] = [];
  const rewrite: Path[] = [];
  const owners = new Map<string, string>();
  for (const [source, group] of groups) {
    const keeps = ({ id }: Name): boolean =>
      id !== undefined && (owners.get(id) ?? source) === source;
    const leader = group.find(keeps) ?? group[0]!;
    if (keeps(leader)) owners.set(leader.id!, source);
    else if (leader.id !== undefined) rewrite.push(leader.path);
    for (const one of group) {
      const isLinked = keeps(leader) && one.id === leader.id;
      if (one !== leader && !isLinked) links.push({ path: one.path, target: leader.path });
    }
  }
  return { links, rewrite };
}

interface Name {
  readonly path: Path;
  /** The replica file now, or after the renames; undefined when it will be written. */
  readonly id: string | undefined;
}
