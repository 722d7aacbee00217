import type { JobContext } from './job.ts';
import { openRoot, type Pinned } from './pinned.ts';

/** What one thread keeps open of the two roots between jobs. */
export interface Hands {
  roots(context: JobContext): { readonly source: Pinned; readonly replica: Pinned };
  cancelled(): boolean;
  /** Lets go of every descriptor: folders may be renamed by others from now on. */
  rest(): void;
}

export function openHands(cancelled: Int32Array): Hands {
  let open: { source: Pinned; replica: Pinned } | undefined;

  function rest(): void {
    open?.source.close();
    open?.replica.close();
    open = undefined;
  }

  return {
    rest,
    cancelled: () => Atomics.load(cancelled, 0) === 1,
    roots(context) {
      const { source: from, replica: to } = context;
      if (open?.source.root === from && open.replica.root === to) return open;
      rest();
      const source = openRoot(context.source);
      try {
        open = { source, replica: openRoot(context.replica) };
        return open;
      } catch (error) {
        source.close();
        throw error;
      }
    },
  };
}
