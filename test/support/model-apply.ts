import { joinPath, parentOf, type Path } from '../../lib/core/entry.ts';
import type { Operation } from '../../lib/core/operation.ts';
import { fail, micros, mirrorEntry, mirrorMeta, type Disk } from './model.ts';

/** The name of what is written before it is renamed over. */
const FRESH = '.fsync-aaaaaaaaaaaaaaaa';

/**
 * Performs one operation on a model as apply does on a disk, but throws where that would only be a
 * problem of one path: a plan must not make such an operation. Returns the names of files with
 * several names that a copied tree left out.
 */
export function perform(operation: Operation, source: Disk, replica: Disk): Path[] {
  const { path } = operation;
  switch (operation.kind) {
    case 'park':
      typed(replica, path, operation.type);
      if (operation.type === 'folder') replica.rename(path, operation.temporary);
      else replica.link(path, operation.temporary);
      return [];
    case 'rename': {
      const { from, stat, type } = operation;
      const there = typed(replica, from, type);
      if (there.ino !== stat.ino || (type === 'file' && there.mtimeNs !== stat.mtimeNs)) {
        fail(`another than was planned: ${from}`);
      }
      replica.rename(from, path);
      if (operation.seen !== undefined) mirrorMeta(source, replica, path);
      return [];
    }
    case 'mkdir':
      if (replica.at(path)?.type !== 'folder') replica.mkdir(path, 0o700);
      return [];
    case 'copy':
    case 'symlink': {
      typed(source, path, operation.kind === 'copy' ? 'file' : 'symlink');
      replaceBy(replica, path, (fresh) => placeAt(source, replica, path, fresh));
      return [];
    }
    case 'copy-tree':
      typed(source, path, 'folder');
      return copyTree(source, replica, path);
    case 'link':
      if (replica.at(path) === typed(replica, operation.target, 'file')) return [];
      replaceBy(replica, path, (fresh) => replica.link(operation.target, fresh));
      return [];
    case 'set':
      typed(source, path, operation.type);
      typed(replica, path, operation.type);
      mirrorMeta(source, replica, path);
      return [];
    case 'remove':
      verify(operation, source, replica);
      replica.remove(path);
      return [];
    default:
      return operation satisfies never;
  }
}

/** A deletion is certain only where the source lacks the path, and all that is below it. */
function verify(
  operation: Extract<Operation, { kind: 'remove' }>, source: Disk, replica: Disk,
): void {
  const { path, proof, because, type, entries } = operation;
  typed(replica, path, type);
  const below = type === 'folder' ? replica.below(path) : [];
  if (entries !== below.length + 1) fail(`${below.length + 1} entries, not ${entries}: ${path}`);
  if (because === 'replaced') {
    if (source.at(proof) === undefined) fail(`not replaced: ${proof}`);
  } else {
    const standing = [path, ...below].map((one) => proof + one.slice(path.length))
      .filter((one) => source.at(one) !== undefined);
    if (standing.length > 0) fail(`the source still has ${standing.join(', ')}`);
  }
}

function copyTree(source: Disk, replica: Disk, path: Path): Path[] {
  const inode = source.get(path);
  if (inode.type === 'file' && inode.nlink > 1) return [path];
  mirrorEntry(source, replica, path);
  if (inode.type !== 'folder') return [];
  const left = source.names(path)
    .flatMap((name) => copyTree(source, replica, joinPath(path, name)));
  perform({ kind: 'set', path, type: 'folder', touched: true }, source, replica);
  return left;
}

function replaceBy(replica: Disk, path: Path, place: (fresh: Path) => void): void {
  const fresh = joinPath(parentOf(path), FRESH);
  place(fresh);
  replica.rename(fresh, path);
}

function placeAt(source: Disk, replica: Disk, from: Path, to: Path): void {
  const { type, content, mode, mtimeNs } = source.get(from);
  if (type === 'file') replica.write(to, content, mode);
  else replica.symlink(to, content);
  replica.setTime(to, micros(mtimeNs) * 1000n);
}

function typed(disk: Disk, path: Path, type: string): ReturnType<Disk['get']> {
  const inode = disk.get(path);
  return inode.type === type ? inode : fail(`a ${inode.type}, no ${type}: ${path}`);
}
