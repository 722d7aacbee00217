import type { Path } from '../core/entry.ts';
import type { Row } from '../core/record.ts';
import type { NewFolder } from '../disk/job.ts';

/** Folders a batch of copying. */
const BATCH = 16;

/** A folder of a tree under way; it is finished when everything in it is in place. */
export interface OpenFolder {
  readonly path: Path;
  /** What must still be placed in it: sub-folders, big files. */
  pending: number;
  /** Its encoded record, and the rows of what was placed in it since. */
  readonly record: Uint8Array;
  readonly rows: Map<string, Row>;
  readonly parent: OpenFolder | undefined;
  readonly root: Root;
}

/** The top of a tree that is copied, as it is told: one event with its counts. */
export interface Root {
  readonly path: Path;
  entries: number;
  bytes: number;
  failed: boolean;
}

/** What is to be done next in the trees under way. */
export type Step =
  | { readonly kind: 'copy'; readonly folder: NewFolder; readonly parent: OpenFolder | undefined;
      readonly root: Root }
  | { readonly kind: 'big'; readonly name: string; readonly bytes: number;
      readonly parent: OpenFolder }
  | { readonly kind: 'finish'; readonly folder: OpenFolder };

/** Steps of one kind from the end of the queue; big files alone. */
export function takeBatch(queue: Step[]): Step[] {
  const last = queue.at(-1);
  if (last === undefined) return [];
  const batch: Step[] = [];
  while (batch.length < (last.kind === 'big' ? 1 : BATCH) && queue.at(-1)?.kind === last.kind) {
    batch.push(queue.pop()!);
  }
  return batch;
}
