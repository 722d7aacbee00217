import { closeSync, constants, fsyncSync, openSync } from 'node:fs';
import { parentOf, type Path } from '../core/entry.ts';
import type { Operation } from '../core/operation.ts';
import { codeOf, fsPath, isAbsent } from './bytes.ts';
import type { CopiedTreeFolder, Outcome } from './job.ts';
import { openFile } from './open-pinned.ts';
import type { Pinned } from './pinned.ts';

/**
 * With --durable an operation counts as done when the names that it made or took are on the disk;
 * the content was before it had its name. So nothing is told, or recorded, that a power cut undoes.
 * A folder is asked for once a batch, whatever was done in it.
 */
export function durably(
  operations: readonly Operation[], outcomes: readonly Outcome[], replica: Pinned,
): readonly Outcome[] {
  const failing = syncAll(replica,
    operations.flatMap((one, at) => (outcomes[at]!.done ? changedBy(one) : [])));
  if (failing.size === 0) return outcomes;
  return outcomes.map((outcome, at): Outcome => {
    const operation = operations[at]!;
    const code = outcome.done
      ? changedBy(operation).map((path) => failing.get(path)).find((one) => one) : undefined;
    if (code === undefined) return outcome;
    const problem = { path: operation.path, code, action: operation.kind };
    return { done: false, bytes: 0, entries: 0, problems: [...outcome.problems, problem] };
  });
}

/** The same of new folders, whose own names are on the disk before their parents'. */
export function foldersDurably(
  copied: readonly CopiedTreeFolder[], replica: Pinned,
): readonly CopiedTreeFolder[] {
  const failing = syncAll(replica,
    copied.flatMap(({ path, made, finished }) =>
      (made ? [parentOf(path), ...(finished ? [path] : [])] : [])));
  if (failing.size === 0) return copied;
  return copied.map((one) => {
    const code = one.made ? failing.get(parentOf(one.path)) ?? failing.get(one.path) : undefined;
    const problem = { path: one.path, code: code ?? '', action: 'copy' } as const;
    return code === undefined ? one : { ...one, problems: [...one.problems, problem] };
  });
}

/** Waits until the names in a folder are on the disk, where its file system can say so. */
export function syncFolder(fd: number): void {
  try {
    fsyncSync(fd);
  } catch (error) {
    if (!CANNOT.has(codeOf(error))) throw error;
  }
}

/** The same of a folder by its absolute path. */
export function syncFolderAt(path: Path): void {
  const fd = openSync(fsPath(path), constants.O_RDONLY);
  try {
    syncFolder(fd);
  } finally {
    closeSync(fd);
  }
}

/** Some file systems, and Windows, know this of files only. */
const CANNOT = new Set(['EINVAL', 'ENOTSUP', 'ENOSYS', 'EBADF', 'EPERM', 'EISDIR']);

/** What an operation changed besides content: folders with their names, what was set. */
function changedBy(operation: Operation): readonly Path[] {
  switch (operation.kind) {
    case 'set': return operation.type === 'symlink' ? [] : [operation.path];
    case 'rename': return [parentOf(operation.from), parentOf(operation.path)];
    case 'park': return [parentOf(operation.path), parentOf(operation.temporary)];
    default: return [parentOf(operation.path)];
  }
}

/** Those that failed, with the reason; what is gone by now has nothing to keep. */
function syncAll(replica: Pinned, paths: readonly Path[]): ReadonlyMap<Path, string> {
  const failing = new Map<Path, string>();
  for (const path of new Set(paths)) {
    try {
      syncPath(replica, path);
    } catch (error) {
      const code = codeOf(error);
      if (!isAbsent(code)) failing.set(path, code);
    }
  }
  return failing;
}

function syncPath(replica: Pinned, path: Path): void {
  try {
    syncFolder(replica.folder(path));
  } catch (error) {
    if (codeOf(error) !== 'ENOTDIR') throw error;
    syncFile(replica, path);
  }
}

/** One that we may not open to read keeps its content, and is set anew if need be. */
function syncFile(replica: Pinned, path: Path): void {
  let fd: number;
  try {
    ({ fd } = openFile(replica, path));
  } catch {
    return;
  }
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
