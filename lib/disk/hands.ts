import type { JobContext } from './job.ts';
import { openRoot, type Pinned, type Trash } from './pinned.ts';
import { openTrash } from './trash.ts';

/** What one thread keeps open of the two roots between jobs. */
export interface Hands {
  roots(context: JobContext): { readonly source: Pinned; readonly replica: Pinned };
  cancelled(): boolean;
  /** Counts bytes that the job in hand has read, so that others see how far a long one is. */
  read(bytes: number): void;
  jobIsOver(): void;
  /** Lets go of every descriptor: folders may be renamed by others from now on. */
  rest(): void;
}

/** What the threads of a pool share: whether to end, and how many KiB their jobs have read. */
export const newShared = (): Int32Array => new Int32Array(new SharedArrayBuffer(8));
export const [CANCELLED, READ_KIB] = [0, 1] as const;

/** The hands of a thread; nothing is open before it is needed. */
export function openHands(shared: Int32Array): Hands {
  let readBytes = 0;
  let open: { source: Pinned; replica: Pinned; passAt: string | undefined } | undefined;

  function rest(): void {
    const { source, replica } = open ?? {};
    // Whatever becomes of it, it is not closed twice.
    open = undefined;
    source?.close();
    replica?.close();
    replica?.trash?.close();
  }

  function readSoFar(bytes: number): void {
    const kib = (n: number): number => Math.floor(n / 1_024);
    Atomics.add(shared, READ_KIB, kib(bytes) - kib(readBytes));
    readBytes = bytes;
  }

  return {
    rest,
    cancelled: () => Atomics.load(shared, CANCELLED) === 1,
    read: (bytes) => readSoFar(readBytes + bytes),
    jobIsOver: () => readSoFar(0),
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
