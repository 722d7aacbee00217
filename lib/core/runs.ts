import { depthOf } from './entry.ts';
import type { Operation } from './operation.ts';

/** How the operations of a run are performed. */
type Way = 'copies' | 'links' | 'side by side' | 'one by one';

/** Operations in a row for which one way serves; runs follow one another. */
export interface Run {
  readonly way: Way;
  readonly operations: readonly Operation[];
}

/** Cuts a plan, in its order, into runs. */
export function runsOf(operations: readonly Operation[]): readonly Run[] {
  const runs: { readonly way: Way; readonly operations: Operation[] }[] = [];
  for (const one of operations) {
    const way = wayOf(one);
    const run = runs.at(-1);
    if (run?.way === way && mayGoWith(run.operations.at(-1)!, one, way)) run.operations.push(one);
    else runs.push({ way, operations: [one] });
  }
  return runs;
}

function wayOf(one: Operation): Way {
  switch (one.kind) {
    case 'copy': case 'symlink': case 'copy-tree': return 'copies';
    case 'link': return 'links';
    case 'set': return 'side by side';
    // Folders are in place by then, and files that are needed elsewhere have a second name.
    case 'rename': return one.type === 'file' ? 'side by side' : 'one by one';
    // A file in a folder's place is removed just before that folder is made.
    case 'remove':
      return one.because === 'replaced' && one.type !== 'folder' ? 'one by one' : 'side by side';
    default: return 'one by one';
  }
}

/** What is side by side has no order: a folder's times are set once those inside are. */
function mayGoWith(before: Operation, one: Operation, way: Way): boolean {
  if (way !== 'side by side') return true;
  return before.kind === one.kind
    && (one.kind !== 'set' || depthOf(before.path) === depthOf(one.path));
}
