import type { Counts, SyncEvent } from './event.ts';

/** What passes changed since the hook ran last. */
export interface Changes {
  /** The folders as they were given; bytes, as all paths. */
  readonly source: string;
  readonly replica: string;
  /** The `operation-done` events of the passes, and the `pass-finished` of each after its own. */
  readonly events: readonly SyncEvent[];
  /** How many operations there were. */
  readonly operations: number;
  /** How many more events there were than are kept. */
  readonly left: number;
  readonly passes: number;
  /** Of all these passes. */
  readonly counts: Counts;
  readonly bytes: number;
  readonly problems: number;
}

/**
 * What is to be done after passes that changed something, one at a time: resolves when it is done,
 * rejects when it failed. Asked by the signal to end, it has some seconds left.
 */
export type Hook = (changes: Changes, signal: AbortSignal) => Promise<void>;

/** Gathers events until the hook can run. */
export interface Gatherer {
  /** Takes note of an event. */
  add(event: SyncEvent): void;
  /** Whether a pass that changed something has ended since they were taken. */
  isDue(): boolean;
  take(): Changes;
}

/** Of more changes than these only the number is kept: a hook may be slow, and memory is not. */
const MOST_KEPT = 100_000;

/**
 * Gathers what passes change. A new folder with all in it is one change. Passes beside one another
 * are told one after the other: each is a list of its own until it ends. One that did no more than
 * set folders is none that changed something: a hook that makes something ignored in the source
 * gives its folder another time, and would run for ever.
 */
export function createGatherer(mostKept = MOST_KEPT): Gatherer {
  let roots = { source: '', replica: '' };
  let ended = NOTHING;
  let lists = { main: newList(), aside: newList() };

  return {
    add(event) {
      if (event.kind === 'started') roots = { source: event.source, replica: event.replica };
      if (event.kind !== 'operation-done' && event.kind !== 'pass-finished') return;

      const which = event.aside === true ? 'aside' : 'main';
      const list = lists[which];
      if (event.kind === 'operation-done') {
        if (event.inTree === true) return;
        list.operations += 1;
        list.isNews ||= event.operation !== 'set' || event.type !== 'folder';
        if (ended.events.length + list.events.length < mostKept) list.events.push(event);
        return;
      }
      const { set: _set, ...others } = event.counts;
      const isNews = list.isNews || Object.values(others).some((n) => n > 0);
      if (isNews) ended = joined(ended, list, event, mostKept);
      lists = { ...lists, [which]: newList() };
    },
    isDue: () => ended.passes > 0,
    take() {
      const changes = { ...roots, ...ended };
      ended = NOTHING;
      return changes;
    },
  };
}

/** The changes of a pass that has not ended. */
interface List {
  readonly events: SyncEvent[];
  operations: number;
  isNews: boolean;
}

const newList = (): List => ({ events: [], operations: 0, isNews: false });

type Ended = Omit<Changes, 'source' | 'replica'>;

const NO_COUNTS: Counts = { copied: 0, folders: 0, renamed: 0, linked: 0, set: 0, removed: 0 };
const NOTHING: Ended =
  { events: [], operations: 0, left: 0, passes: 0, counts: NO_COUNTS, bytes: 0, problems: 0 };

function joined(
  ended: Ended, list: List, finished: Extract<SyncEvent, { kind: 'pass-finished' }>,
  mostKept: number,
): Ended {
  const { counts, bytes, problems } = finished;
  const kinds = Object.keys(NO_COUNTS) as readonly (keyof Counts)[];
  const events = [...ended.events, ...list.events, finished].slice(0, mostKept);
  const operations = ended.operations + list.operations;
  const passes = ended.passes + 1;
  return {
    events, operations, passes, left: operations + passes - events.length,
    counts: Object.fromEntries(
      kinds.map((kind) => [kind, ended.counts[kind] + counts[kind]])) as unknown as Counts,
    bytes: ended.bytes + bytes,
    problems: ended.problems + problems,
  };
}
