/**
 * Works off a queue that grows while it is worked on: takes batches, keeps `lanes` of them in hand,
 * and ends when the queue is empty and nothing is in hand. The first error ends it, once the
 * batches in hand are done.
 */
export async function drain<T>(
  queue: T[], lanes: number, batchOf: (queue: T[]) => T[], work: (batch: T[]) => Promise<void>,
): Promise<void> {
  const inHand = new Set<Promise<void>>();
  let failed: { error: unknown } | undefined;
  while ((queue.length > 0 && failed === undefined) || inHand.size > 0) {
    while (queue.length > 0 && failed === undefined && inHand.size < lanes) {
      const job: Promise<void> = work(batchOf(queue))
        .catch((error: unknown) => void (failed ??= { error }))
        .finally(() => inHand.delete(job));
      inHand.add(job);
    }
    await Promise.race(inHand);
  }
  if (failed !== undefined) throw failed.error;
}

/** What all of them bring; the first error is thrown once each has ended. */
export async function allOf<T extends readonly unknown[]>(
  running: { readonly [K in keyof T]: Promise<T[K]> },
): Promise<T> {
  await Promise.allSettled(running);
  return await Promise.all(running) as unknown as T;
}

/** A list in batches of at most `most` items whose weights sum up to about `weight`. */
export function batches<T>(
  items: readonly T[], most: number, weightOf: (item: T) => number, weight: number,
): T[][] {
  const all: T[][] = [];
  let batch: T[] = [];
  let sum = 0;
  for (const item of items) {
    if (batch.length >= most || (batch.length > 0 && sum + weightOf(item) > weight)) {
      all.push(batch);
      batch = [];
      sum = 0;
    }
    batch.push(item);
    sum += weightOf(item);
  }
  if (batch.length > 0) all.push(batch);
  return all;
}
