import type { LinkedName } from '../core/difference.ts';
import { samePath, type Path } from '../core/entry.ts';
import type { SyncEvent } from '../core/event.ts';
import { planLinks } from '../core/links.ts';
import type { Operation } from '../core/operation.ts';
import type { TreeFolder, WalkedEntry } from '../disk/job.ts';
import type { Work } from '../mirror.ts';
import type { Plan } from './plan.ts';
import { aroundOf } from './scope.ts';
import { count, operationEvent, tellSpecial } from './tell.ts';

/** Folders a batch: some milliseconds each, so that it ends soon where it is told to. */
const BATCH = 64;

type Done = Extract<SyncEvent, { kind: 'operation-done' }>;

/** What would be copied with a new folder. */
interface Amount {
  entries: number;
  bytes: number;
}

/** What a dry run prints: the operations as if they were done, also what is in new folders. */
export async function tellPlan(
  work: Work, { operations, deletions: { staying } }: Plan, linked: readonly LinkedName[],
): Promise<void> {
  const left: WalkedEntry[] = [];
  for (const operation of operations) {
    const partly = operation.kind === 'remove' && staying.has(operation.path);
    tellPlanned(work, operation, operation.kind === 'copy-tree'
      ? await tellTree(work, operation.path, left) : partly ? { partly } : {});
  }
  for (const operation of namesOf(left, linked)) tellPlanned(work, operation, {});
}

function tellPlanned(work: Work, operation: Operation, more: Partial<Done>): void {
  const { tally, tell } = work;
  const event = operationEvent(operation);
  if (event === undefined) return;
  tell({ ...event, ...more, dryRun: true });
  count(tally, operation);
  if (operation.kind === 'copy') tally.bytes += operation.size;
  if (operation.kind === 'remove' && operation.because !== 'litter') {
    tally.removed += operation.entries;
  }
}

/** Lists a new folder with all below it. Files with several names go to `left`. */
async function tellTree(work: Work, root: Path, left: WalkedEntry[]): Promise<Amount> {
  const { mirror: { pool, memory }, context, tally } = work;
  const amount = { entries: 0, bytes: 0 };
  const around = aroundOf(work, root);
  const queue: TreeFolder[] = around === undefined ? [] : [{ path: root, chain: around.chain }];
  while (queue.length > 0 && !memory.cancelled) {
    const folders = queue.splice(-BATCH);
    const listings = await pool.run({ kind: 'list', side: 'source', folders }, context);
    listings.forEach(({ entries, chain }, at) => {
      const { path } = folders[at]!;
      tally.folders += 1;
      amount.entries += 1;
      if (path !== root) tellEntry(work, { operation: 'mkdir', path, type: 'folder' });
      for (const one of entries) {
        if (one.stat.type === 'folder') queue.push({ path: one.path, chain });
        else if (one.stat.type === 'file' && one.stat.nlink > 1) left.push(one);
        else countEntry(work, one, amount);
      }
    });
  }
  return amount;
}

function countEntry(work: Work, { path, stat: { type, size } }: WalkedEntry, amount: Amount): void {
  if (type === 'special') return tellSpecial(work, path);
  const { tally } = work;
  const bytes = type === 'file' ? size : 0;
  tally.copied += 1;
  tally.bytes += bytes;
  amount.entries += 1;
  amount.bytes += bytes;
  tellEntry(work, type === 'file' ? { operation: 'copy', path, type, bytes }
    : { operation: 'symlink', path, type: 'symlink' });
}

/** In detail, as of a folder that is copied whole. */
function tellEntry({ mirror: { options }, tell }: Work, entry: Omit<Done, 'kind'>): void {
  if (options.detail) tell({ kind: 'operation-done', ...entry, inTree: true, dryRun: true });
}

/** The first name of a file is a copy, unless it has one outside, and the others are its links. */
function namesOf(left: readonly WalkedEntry[], linked: readonly LinkedName[]): Operation[] {
  const names = left.map(({ path, stat }): LinkedName =>
    ({ at: samePath(path), source: `${stat.dev}:${stat.ino}`, replica: undefined }));
  const files = new Set(names.map(({ source }) => source));
  const mates = linked.filter(({ source }) => files.has(source));
  const placed = new Map(mates.map(({ at, source }) => [at.source, source]));
  const written = new Set(left.map(({ path }) => path));
  const { links } = planLinks([...names, ...mates], written, placed);
  const isLink = new Set(links.map(({ path }) => path));
  return [
    ...left.filter(({ path }) => !isLink.has(path)).map(({ path, stat }): Operation =>
      ({ kind: 'copy', path, size: stat.size, replaces: false })),
    ...links.map(({ path, target }): Operation => ({ kind: 'link', path, target })),
  ];
}
