import type { JobContext } from './job.ts';
import { openRoot, type Pinned } from './pinned.ts';
import { openTrash, type Trash } from './trash.ts';

/** What one thread keeps open of the two roots between jobs. */
export interface Hands {
  roots(context: JobContext): { readonly source: Pinned; readonly replica: Pinned };
  cancelled(): boolean;
  /** Lets go of every descriptor: folders may be renamed by others from now on. */
  rest(): void;
}

/** The hands of a thread; nothing is open before it is needed. */
export function openHands(cancelled: Int32Array): Hands {
  let open: { source: Pinned; replica: Pinned; passAt: string | undefined } | undefined;

  function rest(): void {
    const { source, replica } = open ?? {};
    // Whatever becomes of it, it is not closed twice.
    open = undefined;
    source?.close();
    replica?.close();
    replica?.trash?.close();
  }

  return {
    rest,
    cancelled: () => Atomics.load(cancelled, 0) === 1,
    roots(context) {
      const { source: from, replica: to, trash: kept } = context;
      if (open?.source.root === from && open.replica.root === to && open.passAt === kept?.passAt) {
        return open;
      }
      rest();
      const source = openRoot(from);
      let trash: Trash | undefined;
      try {
        if (kept !== undefined) trash = openTrash(kept.root, kept.passAt, context.durable);
        const replica = openRoot(to, trash === undefined ? {} : { trash });
        open = { source, replica, passAt: kept?.passAt };
        return open;
      } catch (error) {
        source.close();
        trash?.close();
        throw error;
      }
    },
  };
}
