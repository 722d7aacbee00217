import fs from 'node:fs';

import { isTemporary } from '../../lib/core/entry.ts';
import { random, type Random } from '../support/random.ts';
import { removeTree } from '../support/temp.ts';
import { pathIn } from '../support/tree.ts';
import { OUTSIDE, REPLICA, SOURCE } from './places.ts';

/**
 * Changes just what the engine is about to use, or used a moment ago: `paths`, the newest last.
 * Says what it did; undefined where nothing came of it.
 */
export function hit(paths: readonly string[], side: 'S' | 'D', seed: number): string | undefined {
  const rng = random(seed);
  const path = rng.once(2) ? paths.at(-1) : rng.pick(paths);
  const below = path?.startsWith(`${SOURCE}/`) === true ? path.slice(SOURCE.length + 1)
    : path?.startsWith(`${REPLICA}/`) === true ? path.slice(REPLICA.length + 1) : undefined;
  if (below === undefined) return undefined;
  const at = pathIn(side === 'S' ? SOURCE : REPLICA, below);
  try {
    const stat = fs.lstatSync(at, { throwIfNoEntry: false });
    // What has a temporary name may be cleared away. Nobody else writes to it, or takes its name.
    const isOurs = below.split('/').some(isTemporary);
    const did = isOurs ? clear(at) : stat === undefined ? make(at, rng)
      : stat.isDirectory() ? hitFolder(at, rng)
      : stat.isFile() ? hitFile(at, rng)
      : replace(at, rng);
    return `hit: ${did} ${JSON.stringify(`${side}/${below}`)}`;
  } catch (error) {
    // The folder is gone, or in the way.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return undefined;
  }
}

function make(at: Buffer, rng: Random): string {
  switch (rng.below(4)) {
    case 0:
      fs.mkdirSync(at);
      fs.writeFileSync(Buffer.concat([at, Buffer.from('/inside')]), rng.bytes(9));
      return 'made a folder';
    case 1:
      fs.symlinkSync(rng.pick([OUTSIDE, 'a']), at);
      return 'made a symlink';
    default:
      fs.writeFileSync(at, rng.bytes(rng.pick([9, 20])));
      return 'made a file';
  }
}

function hitFile(at: Buffer, rng: Random): string {
  const size = fs.lstatSync(at).size;
  switch (rng.below(8)) {
    case 0: case 1:
      fs.writeFileSync(at, rng.bytes(size), { flag: 'r+' });
      return 'rewrote';
    case 2:
      fs.appendFileSync(at, rng.bytes(7));
      return 'appended to';
    case 3:
      fs.truncateSync(at, size >> 1);
      return 'halved';
    case 4:
      fs.renameSync(at, beside(at, rng));
      return 'renamed';
    case 5: {
      const other = beside(at, rng);
      fs.writeFileSync(other, rng.bytes(size));
      fs.renameSync(other, at);
      return 'saved over';
    }
    default:
      return replace(at, rng);
  }
}

function hitFolder(at: Buffer, rng: Random): string {
  switch (rng.below(4)) {
    case 0:
      fs.renameSync(at, beside(at, rng));
      return 'renamed';
    case 1:
      fs.writeFileSync(Buffer.concat([at, Buffer.from('/new')]), rng.bytes(12));
      return 'made a file in';
    case 2:
      fs.renameSync(at, beside(at, rng));
      return `renamed, and ${make(at, rng)} at`;
    default:
      return replace(at, rng);
  }
}

function replace(at: Buffer, rng: Random): string {
  removeTree(at);
  return rng.once(2) ? 'removed' : `removed, and ${make(at, rng)} at`;
}

function clear(at: Buffer): string {
  removeTree(at);
  return 'cleared';
}

const beside = (at: Buffer, rng: Random): Buffer =>
  Buffer.concat([at.subarray(0, at.lastIndexOf('/') + 1), Buffer.from(rng.pick(['a', 'b', 'm']))]);
