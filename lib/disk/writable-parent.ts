import { parentOf, type Path } from '../core/entry.ts';
import type { Operation } from '../core/operation.ts';
import { codeOf } from './bytes.ts';
import type { Pinned } from './pinned.ts';
import { makeWritable, setMode } from './set.ts';

/** Do something that needs a writable parent, which we open for it if it is ours. */
export function withWritableParent(replica: Pinned, path: Path, act: () => void): void {
  try {
    act();
  } catch (error) {
    const parent = parentOf(path);
    const mode = codeOf(error) === 'EACCES' ? makeWritable(replica, parent) : undefined;
    if (mode === undefined) throw error;
    try {
      act();
    } finally {
      restoreMode(replica, parent, mode);
    }
  }
}

/** Give a folder its mode again, as far as that is possible. */
export function restoreMode(replica: Pinned, path: Path, mode: number): void {
  try {
    setMode(replica, path, mode);
  } catch {
    // The pass sets the mode of every folder that stays.
  }
}

/** Open a folder of ours that its mode closes to us. Returns the mode to restore. */
export function ownAccess(replica: Pinned, path: Path): number | undefined {
  try {
    replica.folder(path);
    return undefined;
  } catch (error) {
    if (codeOf(error) !== 'EACCES') throw error;
    return makeWritable(replica, path);
  }
}

/** Open the folders of ours that an operation writes in; true if any was closed to us. */
export const openParents = (operation: Operation, replica: Pinned): boolean =>
  foldersOf(operation).filter((path) => makeWritable(replica, path) !== undefined).length > 0;

/** A folder that moves is written in as well: it names the one around it. */
function foldersOf(operation: Operation): readonly Path[] {
  const { kind, path } = operation;
  if (kind !== 'rename' && kind !== 'park') return [parentOf(path)];
  const [from, to] = kind === 'rename' ? [operation.from, path] : [path, operation.temporary];
  return [parentOf(from), parentOf(to), ...(operation.type === 'folder' ? [from] : [])];
}
