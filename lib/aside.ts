import { EMPTY, filter, mergeMap, Observable, take } from 'rxjs';
import { joinPath, type Path } from './core/entry.ts';
import type { SyncEvent } from './core/event.ts';
import type { Operation } from './core/operation.ts';
import { placesOf, type Places } from './core/places.ts';
import { addChanges, trigger, type Change, type ChangedPaths, type Trigger } from './core/scope.ts';
import { lstat } from './disk/stat.ts';
import type { Mirror } from './mirror.ts';
import { pass } from './pass.ts';

/**
 * A small pass beside a long one, so that a saved file does not wait until a first copy has ended.
 * It takes what changed where the long pass has nothing to do, or nothing any more; the rest waits.
 *
 * Nothing depends on it: all that came during a pass is looked at once more by the next one. So a
 * failure here is not told, and what it leaves undone is not lost.
 */
export function asidePass(mirror: Mirror, asked: Trigger): Observable<SyncEvent> {
  const { memory } = mirror;
  return memory.plan$.pipe(
    filter((plan) => plan !== 'not yet'),
    take(1),
    mergeMap((plan) => (plan === 'none' ? EMPTY : besides(mirror, asked, plan))),
  );
}

function besides(
  mirror: Mirror, asked: Trigger, plan: readonly Operation[],
): Observable<SyncEvent> {
  return new Observable((subscriber) => {
    const { memory } = mirror;
    // Its start waits for what comes next: a pass that gives up before that is none.
    let waiting: SyncEvent[] = [];
    const tell = (event: SyncEvent): void => {
      if (!TOLD.has(event.kind)) return;
      waiting.push({ ...event, aside: true } as SyncEvent);
      if (event.kind === 'pass-started') return;
      for (const one of waiting) subscriber.next(one);
      waiting = [];
    };
    const run = async (): Promise<void> => {
      memory.asides += 1;
      try {
        const atWork = placesOf(plan);
        const changes = await apartFrom(mirror, asked.changes, atWork);
        if (changes.size === 0 || memory.cancelled) return;
        const ahead = { ...mirror, atWork, pool: mirror.pool.ahead };
        await pass(ahead, trigger({ reason: 'changes', changes }), tell);
      } catch {
        // Told, if it lasts, by the pass that looks again.
      } finally {
        memory.asides -= 1;
        subscriber.complete();
      }
    };
    // The mirror is closed when both are over.
    const before = memory.inHand;
    memory.inHand = run().then(() => before);
  });
}

/** What failed or is held is told by the pass that looks again. */
const TOLD = new Set<SyncEvent['kind']>(['pass-started', 'operation-done', 'pass-finished']);

/**
 * The names that can be looked at while a plan is carried out: those of files, in folders that both
 * sides have and the record knows, and that no operation touches or moves.
 */
async function apartFrom(
  mirror: Mirror, changes: ChangedPaths, atWork: Places,
): Promise<ChangedPaths> {
  const apart: Change[] = [];
  for (const [folder, what] of changes) {
    if (typeof what === 'string' || atWork.isMoved(folder)) continue;
    if (!isFolder(mirror.source, folder) || !isFolder(mirror.replica, folder)) continue;
    if (await mirror.record.get(folder, []) === undefined) continue;
    for (const name of what) {
      const path = joinPath(folder, name);
      // A folder that moves would take what the plan still has to do inside it along.
      const isOne = isFolder(mirror.source, path) || isFolder(mirror.replica, path);
      if (!isOne && !atWork.isTouched(path)) apart.push({ folder, name });
    }
  }
  return addChanges(undefined, apart);
}

function isFolder(root: Path, path: Path): boolean {
  if (path === '') return true;
  try {
    return lstat(joinPath(root, path))?.type === 'folder';
  } catch {
    return false;
  }
}
