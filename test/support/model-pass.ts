import type { Difference } from '../../lib/core/difference.ts';
import { ancestorIn, joinPath, parentOf, samePath, type Path } from '../../lib/core/entry.ts';
import { planLinks } from '../../lib/core/links.ts';
import type { Operation } from '../../lib/core/operation.ts';
import { DEFAULTS, type Options } from '../../lib/core/options.ts';
import { folderRow, rowOf, selfRow } from '../../lib/core/record-check.ts';
import { encodeFolder } from '../../lib/disk/record-bytes.ts';
import { editFolder, type FolderRecord, type Row } from '../../lib/core/record.ts';
import { emptyScan, tasksOf } from '../../lib/core/scan-task.ts';
import { trigger } from '../../lib/core/scope.ts';
import type { Job } from '../../lib/disk/job.ts';
import { newMemory, type Work } from '../../lib/mirror.ts';
import { newTally } from '../../lib/tally.ts';
import type { Candidates } from '../../lib/steps/candidates.ts';
import { compareUnsure } from '../../lib/steps/contents.ts';
import type { Deletions } from '../../lib/steps/deletions.ts';
import { makePlan } from '../../lib/steps/plan.ts';
import { detectRenames } from '../../lib/steps/renames.ts';
import { scanScope } from '../../lib/steps/scan.ts';
import { perform } from './model-apply.ts';
import { POWERS, scanFolder } from './model-scan.ts';
import type { Disk, Pair } from './model.ts';

export type ModelRecord = ReadonlyMap<Path, FolderRecord>;

export interface Planned {
  readonly operations: readonly Operation[];
  readonly candidates: Candidates;
  readonly deletions: Deletions;
}

export interface PlanOptions extends Partial<Pick<Options, 'maxDelete' | 'checksum'>> {
  /** Deletions to be carried out where `maxDelete` holds all. */
  readonly approved?: readonly Path[];
  /** Another order of what the scan found, which threads do not promise. */
  readonly shuffle?: (differences: Difference[]) => void;
}

/** The plan of a full pass: the real steps, with models for disks, and for what threads do. */
export async function planPass(
  pair: Pair, record: ModelRecord, options: PlanOptions = {},
): Promise<Planned> {
  const work = workOf(pair, record, options);
  const found = await scanScope(work);
  options.shuffle?.(found.differences);
  const candidates = await detectRenames(work, found);
  await compareUnsure(work, found);
  options.shuffle?.(found.differences);
  return { candidates, ...await makePlan(work, candidates) };
}

/** Performs a plan, and then what its copied trees left; `after` is told of each operation. */
export function applyTo(
  { source, replica }: Pair, { operations, candidates }: Planned,
  after: (operation: Operation) => void = () => {},
): void {
  const left: Path[] = [];
  for (const one of operations) {
    try {
      left.push(...perform(one, source, replica));
      after(one);
    } catch (error) {
      const { kind, path } = one;
      throw new Error(`${kind} ${path}: ${(error as Error).message}`, { cause: error });
    }
  }
  for (const one of placing({ source, replica }, left, candidates)) {
    perform(one, source, replica);
    after(one);
  }
}

/** As placeLinked() does: names of one file, brought together when all are known. */
function placing(
  { source, replica }: Pair, left: readonly Path[], candidates: Candidates,
): Operation[] {
  const idOf = (path: Path): string => `1:${source.get(path).ino}`;
  const files = new Set(left.map(idOf));
  const mates = candidates.found.linked.map((one) => one.at.source)
    .filter((path) => source.at(path)?.type === 'file' && files.has(idOf(path)))
    .filter((path) => replica.at(path)?.type === 'file');
  const names = [...left, ...mates].map((path) => {
    const there = replica.at(path);
    return { at: samePath(path), source: idOf(path),
      replica: there?.type === 'file' ? `2:${there.ino}` : undefined };
  });
  const { links } = planLinks(names, new Set(left), new Map());
  const linked = new Set(links.map((one) => one.path));
  return [
    ...left.filter((path) => !linked.has(path))
      .map((path): Operation => ({ kind: 'copy', path, size: 0, replaces: false })),
    ...links.map(({ path, target }): Operation => ({ kind: 'link', path, target })),
    ...[...new Set([...left, ...linked].map(parentOf))].map((path): Operation =>
      ({ kind: 'set', path, type: 'folder', touched: true })),
  ];
}

/** The record of what both sides have, as they are now. */
export function recordOf({ source, replica }: Pair): ModelRecord {
  const record = new Map<Path, FolderRecord>();
  for (const folder of ['', ...source.below()]) {
    const from = source.stat(folder)!;
    const to = replica.stat(folder);
    if (from.type !== 'folder' || to?.type !== 'folder') continue;
    const rows = source.names(folder).flatMap((name): [string, Row][] => {
      const one = source.stat(joinPath(folder, name))!;
      const other = replica.stat(joinPath(folder, name));
      if (other?.type !== one.type) return [];
      return [[name, one.type === 'folder' ? folderRow(one, other) : rowOf(one, other, false)]];
    });
    record.set(folder, editFolder(undefined, new Map(rows), selfRow(from, to, 0)));
  }
  return record;
}

/** What the steps of a pass need of a mirror; the rest is not there. */
function workOf(pair: Pair, record: ModelRecord, options: PlanOptions): Work {
  const { maxDelete, checksum = false, approved } = options;
  const memory = { ...newMemory(DEFAULTS.intervalMs), held: approved ?? [] };
  const context = {
    source: '/nonexistent/source', replica: '/nonexistent/replica', powers: POWERS, checksum,
    gitignore: false, deleteIgnored: false, grainMs: 20, careful: false, own: [], mounts: new Map(),
    replicaId: '',
  };
  const store = {
    setMeta: async () => {},
    getMany: async (folders: readonly Path[]) => folders.map((one) => {
      const known = record.get(one);
      return known === undefined ? undefined : encodeFolder(known);
    }),
    get: async (folder: Path) => record.get(folder),
    async* subtree(folder: Path) {
      for (const [path, one] of record) {
        if (path === folder || path.startsWith(`${folder}/`)) yield [path, one] as const;
      }
    },
    entries: async () => [...record.values()].reduce((sum, one) => sum + one.names.length, 0),
    meta: { proven: true },
  };
  const pool = {
    inHand: () => 0,
    lanes: 1, rest: () => {}, run: async (job: Job) => runJob(job, pair, checksum),
  };
  const mirror = {
    options: {
      ...DEFAULTS, source: '', replica: '', checksum, maxDelete,
      approveDeletes: approved === undefined,
    },
    record: store, pool, memory,
  };
  const work: Omit<Work, 'mirror' | 'context'> = {
    tell: () => {}, number: 1, startedMs: 0, beganMs: 0, tally: newTally(), rules: new Map(),
    top: [], waiting: new Map(),
    trigger: trigger({ full: true, reason: 'start',
      ...(approved && { approve: [{ paths: approved, refusal: '', mounts: [] }] }) }),
  };
  return { ...work, mirror, context } as unknown as Work;
}

/** Nothing is below what is not there. */
const belowIn = (disk: Disk, path: Path): readonly Path[] =>
  (disk.stat(path) === undefined ? [] : disk.below(path));

function runJob(job: Job, pair: Pair, checksum: boolean): unknown {
  switch (job.kind) {
    case 'scan': {
      const found = emptyScan();
      for (const task of tasksOf(job.folders, job.records)) {
        scanFolder(task, pair, checksum, found);
      }
      return found;
    }
    case 'list':
      return job.folders.map(({ path }) => ({
        chain: [], entries: belowIn(pair[job.side], path)
          .filter((one) => parentOf(one) === path)
          .map((one) => ({ path: one, stat: pair[job.side].stat(one)! })),
      }));
    case 'stat':
      return job.paths.map((path) => pair.replica.stat(path));
    case 'count':
      return job.folders.map(({ path, leaving }) => ({
        entries: 1 + belowIn(pair.replica, path)
          .filter((one) => !leaving.has(one) && ancestorIn(one, leaving) === undefined).length,
        ignored: 0, parts: [], closed: [],
      }));
    case 'expose':
      return job.folders.map(() => false);
    case 'compare':
      return job.pairs.map(({ source, replica }) => compareOne(pair, source, replica));
    case 'digest':
      return job.paths.map((path) => {
        const inode = pair[job.side].at(path);
        return inode?.type === 'file' ? inode.content : undefined;
      });
    default:
      throw new Error(`no pass before its plan does this: ${job.kind}`);
  }
}

/** What a record told of may be gone, or another thing by now. */
function compareOne(pair: Pair, source: Path, replica: Path): unknown {
  const [a, b] = [pair.source.at(source), pair.replica.at(replica)];
  if (a?.type !== 'file' || b?.type !== 'file') return { code: 'ENOENT' };
  return { result: a.content === b.content ? 'same' : 'different', readAtMs: Infinity,
    source: pair.source.stat(source), replica: pair.replica.stat(replica) };
}
