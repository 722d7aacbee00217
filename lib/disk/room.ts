import { codeOf } from './bytes.ts';

/** All caches of descriptors in this thread: they share what the process has. */
const retreats = new Set<() => number>();

/** Joins those that give descriptors up when there are no more; returns how to leave. */
export function giveWay(retreat: () => number): () => void {
  retreats.add(retreat);
  return () => void retreats.delete(retreat);
}

/** Does something that opens a descriptor; where there is none left, caches give way. */
export function withRoom<T>(act: () => T): T {
  for (;;) {
    try {
      return act();
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'EMFILE' && code !== 'ENFILE') throw error;
      let freed = 0;
      for (const retreat of retreats) freed += retreat();
      if (freed === 0) throw error;
    }
  }
}
