import { lstatSync, readdirSync } from 'node:fs';
import { joinPath, type Path, type Side } from '../core/entry.ts';
import { isIgnored } from '../core/ignore.ts';
import type { Problem } from '../core/operation.ts';
import { codeOf, fsPath, isAbsent } from './bytes.ts';
import { withOwnRules } from './ignore-files.ts';
import type { CountedFolder, JobContext, TreeFolder, Walked, WalkedEntry } from './job.ts';
import { statOf } from './stat.ts';

/**
 * Lists everything below some folders of one side, ignored entries left out; the folders themselves
 * are not in it. What cannot be listed is a problem, and what is below it unknown.
 */
export function* walk(
  side: Side, folders: readonly TreeFolder[], context: JobContext,
): Generator<void, Walked> {
  const entries: WalkedEntry[] = [];
  const problems: Problem[] = [];
  const open = [...folders];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    const { path } = folder;
    try {
      const chain = withOwnRules(folder.chain, context.source, path, context.gitignore, undefined);
      for (const name of readdirSync(fsPath(joinPath(context[side], path)), 'latin1').sort()) {
        const entry = look(context[side], joinPath(path, name));
        if (entry === undefined || context.own.includes(entry.path)) continue;
        const isFolder = entry.stat.type === 'folder';
        if (chain.length > 0 && isIgnored(chain, entry.path, isFolder)) continue;
        entries.push(entry);
        if (isFolder) open.push({ path: entry.path, chain });
      }
    } catch (error) {
      const code = codeOf(error);
      if (!isAbsent(code)) problems.push({ path, code, action: 'list' });
    }
    yield;
  }
  return { entries, problems };
}

/** Counts a folder of the replica and all that would be removed with it; listings alone tell. */
export function* countEntries(
  { path, proof, chain }: CountedFolder, context: JobContext,
): Generator<void, number, void> {
  let count = 1;
  const open = [''];
  for (let below = open.pop(); below !== undefined; below = open.pop()) {
    const folder = joinPath(joinPath(context.replica, path), below);
    try {
      for (const entry of readdirSync(fsPath(folder), { withFileTypes: true, encoding: 'latin1' })) {
        const at = joinPath(below, entry.name);
        const isFolder = entry.isDirectory();
        if (chain.length > 0 && isIgnored(chain, joinPath(proof, at), isFolder)) continue;
        count += 1;
        if (isFolder) open.push(at);
      }
    } catch {
      // What cannot be listed cannot be removed either: its removal will tell.
    }
    yield;
  }
  return count;
}

function look(root: Path, path: Path): WalkedEntry | undefined {
  const stat = lstatSync(fsPath(joinPath(root, path)), { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? undefined : { path, stat: statOf(stat) };
}
