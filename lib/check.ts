import { Observable } from 'rxjs';
import { metaDifference, type Difference, type Powers } from './core/difference.ts';
import { byPath, type EntryType, type Path } from './core/entry.ts';
import type { SyncEvent } from './core/event.ts';
import { planLinks } from './core/links.ts';
import type { Options, Word } from './core/options.ts';
import { trigger } from './core/scope.ts';
import type { Mirror, Work } from './mirror.ts';
import { withMirror } from './open.ts';
import { beginPass } from './steps/begin.ts';
import { compareUnsure } from './steps/contents.ts';
import { listLevel, unlisted, type NewTree } from './steps/expand.ts';
import { scanScope } from './steps/scan.ts';
import { stayingFolders } from './steps/stuck.ts';

/** What `check` says: a line for each difference, told in the order of paths. */
export const checkFolders = (options: Options, word$: Observable<Word>): Observable<SyncEvent> =>
  withMirror(options, word$, (mirror) => new Observable((subscriber) => {
    mirror.memory.inHand = compareAll(mirror, (event) => subscriber.next(event))
      .then(() => subscriber.complete(), (error: unknown) => subscriber.error(error));
  }), 'check');

type DifferenceEvent = Extract<SyncEvent, { kind: 'difference' }>;
type EqualEvent = Extract<SyncEvent, { kind: 'equal' }>;

/** The scan of a full pass without a record. Content is read only with --checksum. */
async function compareAll(mirror: Mirror, tell: (event: SyncEvent) => void): Promise<void> {
  const startedMs = Date.now();
  const work = await beginPass(mirror, trigger({ reason: 'asked', full: true }), tell);
  if ('code' in work) return tell({ kind: 'pass-failed', ...work, exitCode: 3 });

  const found = await scanScope(work);
  if (mirror.options.checksum) await compareUnsure(work, found);
  const staying = await stayingFolders(work, found.differences);
  const told = found.differences.flatMap((one) => asEvent(one, work.context.powers))
    .filter((one) => one.what !== 'extra' || !staying.has(one.path));
  const known = new Set<Path>(told.map((one) => one.path));
  const { links, rewrite } = planLinks(found.linked, known, new Map());
  for (const path of [...links.map((one) => one.path), ...rewrite]) {
    if (!known.has(path)) told.push({ kind: 'difference', path, type: 'file', what: 'links' });
  }
  const equal = mirror.options.detail ? await allEqual(work, told) : [];
  for (const event of [...told, ...equal].sort((a, b) => byPath(a.path, b.path))) tell(event);
  const count = (...what: readonly DifferenceEvent['what'][]): number =>
    told.filter((one) => what.includes(one.what)).length;
  const [missing, extra, unreadable] = [count('missing'), count('extra'), count('unreadable')];
  tell({ kind: 'checked', entries: work.tally.checked, differences: told.length, missing, extra,
    changed: told.length - missing - extra - unreadable, unreadable, ms: Date.now() - startedMs });
}

/** All that is in the source, but for what was told, and what is in folders of which all is. */
async function allEqual(work: Work, told: readonly DifferenceEvent[]): Promise<EqualEvent[]> {
  const known = new Map(told.map(({ path, what }) => [path, what]));
  const isWhole = (path: Path): boolean =>
    ['missing', 'type', 'unreadable'].includes(known.get(path) ?? '');
  const tree: NewTree = new Map();
  let level = isWhole('') ? [] : unlisted(work, '', tree);
  while (level.length > 0) {
    level = (await listLevel(work, level)).filter(({ path }) => !isWhole(path));
  }
  const equal: EqualEvent[] = known.has('') ? [] : [{ kind: 'equal', path: '', type: 'folder' }];
  for (const { path, stat: { type } } of [...tree.values()].flat()) {
    if (!known.has(path) && type !== 'special') equal.push({ kind: 'equal', path, type });
  }
  return equal;
}

function asEvent(one: Difference, powers: Powers): DifferenceEvent[] {
  const path = one.at.source;
  type What = DifferenceEvent['what'];
  const differs = (type: EntryType, what: What): DifferenceEvent[] =>
    [{ kind: 'difference', path, type, what }];
  switch (one.kind) {
    case 'new': return differs(one.source.type, 'missing');
    case 'vanished': case 'extraneous': return differs(one.replica.type, 'extra');
    case 'unknown': return differs('file', 'unreadable');
    case 'special': case 'swapped': return [];
    case 'unsure':
      return differs('file', metaDifference(one.source, one.replica, powers) ?? 'content');
    case 'changed': return differs(one.source.type, whatChanged(one, powers));
    default: return one satisfies never;
  }
}

function whatChanged(
  one: Extract<Difference, { kind: 'changed' }>, powers: Powers,
): DifferenceEvent['what'] {
  if (one.what === 'meta') return metaDifference(one.source, one.replica, powers) ?? 'time';
  if (one.what === 'content') return one.source.size === one.replica.size ? 'content' : 'size';
  return one.what;
}
