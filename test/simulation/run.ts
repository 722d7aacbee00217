import { World } from './world.ts';

import { temporaryName } from '../../lib/disk/bytes.ts';
import { drive } from '../../lib/disk/pool.ts';
import { Subject, type Observable } from 'rxjs';
import { nameOf } from '../../lib/core/entry.ts';
import { exitCodeOf, sync, watch, type Asked, type SyncEvent, type Word } from '../../lib/index.ts';
import { differences } from '../support/same.ts';
import { readTree } from '../support/tree.ts';
import { REPLICA, SOURCE, STATE, TRASH } from './places.ts';
import type { During, Row, Step } from './row.ts';
import { ruledDifferences, type Ruled } from './ruled.ts';

/** What a run broke of the promise, in words; nothing where it was kept. */
export interface Outcome {
  readonly wrong: readonly string[];
  readonly log: readonly string[];
  /** Calls that the engine made. */
  readonly calls: number;
}

/** Runs a row: all that happens, then a pass without faults, and one that must find nothing. */
export async function run(row: Row): Promise<Outcome> {
  const world = new World(row.seed, row.settings ?? {}, isHonest(row));
  const wrong: string[] = [];
  let calls = 0;
  const reject = (error: unknown): void => {
    if (!world.isKilled) wrong.push(`nobody caught: ${(error as Error).stack}`);
  };
  process.on('unhandledRejection', reject);
  world.enter();
  try {
    await forget(world);
    for (const step of row.steps) {
      calls += await take(world, row, step, wrong);
      wrong.push(...world.guard.violations.splice(0));
      if (wrong.length > 0) return { wrong, log: world.log, calls };
    }
    wrong.push(...await settle(world, row));
  } catch (error) {
    wrong.push(`thrown: ${(error as Error).stack}`);
  } finally {
    world.bury();
    world.leave();
    process.off('unhandledRejection', reject);
  }
  return { wrong, log: world.log, calls };
}

/** Without a record, equal size and time are accepted as equal: then no two contents have both. */
function isHonest({ steps }: Row): boolean {
  const onReplica = (one: object): boolean =>
    ('edit' in one && one.edit === 'D') || ('hit' in one && one.hit === 'D') || 'spoil' in one;
  return steps.some((step) => 'forget' in step || 'power' in step || onReplica(step)
    || duringOf(step).some((one) =>
      'crash' in one || 'error' in one || 'blind' in one || onReplica(one)));
}

const duringOf = (step: Step): readonly During[] =>
  ('sync' in step ? step.sync : 'watch' in step ? step.during : []);

/** What the engine's modules keep for the process is as if they had just been loaded. */
async function forget(world: World): Promise<void> {
  const { now } = performance;
  const times = [Infinity, -Infinity];
  performance.now = () => times.shift() ?? 0;
  // Its slices of time begin anew, and so do its random names.
  const driven = drive((function* nothing(): Generator<void, void> {})());
  while (world.drawn === 0) temporaryName();
  await world.clock.turn();
  await driven;
  performance.now = now;
}

async function take(world: World, row: Row, step: Step, wrong: string[]): Promise<number> {
  if ('edit' in step) world.edit(step.edit, step.seed, step.times);
  if ('power' in step) world.cut(step.power);
  if ('wait' in step) world.clock.advance(step.wait);
  if ('clock' in step) world.clock.wallMs += step.clock;
  if ('forget' in step) {
    for (const stored of world.databases.values()) {
      stored.batches.length = Math.max(0, stored.batches.length - step.forget);
    }
  }
  if ('sync' in step) await syncIn(world, row, step.sync, wrong);
  if ('watch' in step) await watchIn(world, row, step, wrong);
  return 'sync' in step || 'watch' in step ? world.count : 0;
}

/** A process of the engine, and what it has said so far. */
interface Process {
  readonly events: readonly SyncEvent[];
  isOver: boolean;
  /** It ends in its own time, or has been killed: nothing of it is left. */
  end(): Promise<void>;
}

function start(world: World, wrong: string[], event$: Observable<SyncEvent>): Process {
  const events: SyncEvent[] = [];
  const subscription = event$.subscribe({
    next: (event) => {
      events.push(event);
      world.log.push(shown(event));
      if (event.kind === 'pass-started' && event.aside !== true) {
        world.outside(() => world.guard.passBegins(world.count));
      }
      if (event.kind !== 'pass-failed' || event.code !== 'internal' || world.isKilled) return;
      wrong.push(event.text);
    },
    error: (error: Error) => {
      wrong.push(`the stream failed: ${error.stack}`);
      process.isOver = true;
    },
    complete: () => { process.isOver = true; },
  });
  const process: Process = {
    events, isOver: false,
    async end() {
      if (!world.isKilled && !await world.clock.until(() => process.isOver, 3_600_000)) {
        wrong.push('it never ended');
      }
      const { isKilled } = world;
      // What it leaves behind has a while to happen; of one that was killed nothing comes of it.
      subscription.unsubscribe();
      await world.clock.until(() => false, 70_000);
      const held = world.disk.open.size;
      if (!isKilled && held > 0) wrong.push(`${held} descriptors stay open`);
      world.bury();
    },
  };
  return process;
}

const asked = ({ settings = {} }: Row): Asked => ({
  source: SOURCE, replica: REPLICA, stateDir: STATE, workers: settings.workers ?? 0,
  chunkBytes: settings.chunk ?? 65_536, checksum: settings.checksum === true,
  durable: settings.durable === true,
  ...(settings.maxDelete === undefined ? {} : { maxDelete: { entries: settings.maxDelete } }),
  deleteIgnored: settings.deleteIgnored === true,
  ...(settings.trash === true ? { trash: TRASH } : {}),
  intervalMs: settings.interval ?? 600_000,
});

/** A process that runs one `sync`, from its start to its end or its death. */
async function syncIn(
  world: World, row: Row, during: readonly During[], wrong: string[], approveDeletes = false,
): Promise<Process> {
  world.begin(during);
  world.guard.isApproved = approveDeletes;
  const process = start(world, wrong, sync({ ...asked(row), approveDeletes }));
  await world.clock.until(() => process.isOver || world.isKilled, 3_600_000);
  await process.end();
  return process;
}

/** A process that watches: once all is calm it catches up by itself, and ends when it is told. */
async function watchIn(
  world: World, row: Row, step: Extract<Step, { watch: number }>, wrong: string[],
): Promise<void> {
  const word$ = new Subject<Word>();
  world.say = (word) => {
    if (word === 'approve') world.guard.isApproved = true;
    word$.next(word);
  };
  world.begin(step.during);
  const process = start(world, wrong, watch(asked(row), word$));
  const isGone = (): boolean => process.isOver || world.isKilled;
  await world.clock.until(isGone, step.watch);
  world.calm();
  const catchUp = (ms: number): Promise<boolean> => world.clock.until(isGone, ms);
  if (!isGone()) {
    const words = new Set(step.during.flatMap((one) => ('word' in one ? [one.word] : [])));
    if (words.has('pause')) world.say('resume');
    const interval = row.settings?.interval ?? 600_000;
    await catchUp(isGentle(row) ? 5_000 : 2 * interval + 70_000);
    // Approved is what was told: what waits beside that is told then.
    const toldHeld = (): number => process.events.filter(asks).length;
    for (let approved = 0; approved < toldHeld() && approved < 3;) {
      approved = toldHeld();
      world.say('approve');
      await catchUp(5_000);
    }
    // It may have been told to end just before, in a pass that it left undone.
    const isTold = process.isOver && words.has('quit');
    const judged = isTold ? [] : world.outside(() => judge(row)).wrong;
    wrong.push(...judged.map((line) => `while watched: ${line}`));
    world.log.push('quit');
    world.say('quit');
  }
  await process.end();
}

/** Whether the replica is the source. A mishap may make an ignore file, and an edit rules in it. */
const judge = ({ settings = {} }: Row): Ruled => (settings.rules === true || hasRules()
  ? ruledDifferences(SOURCE, REPLICA, settings.deleteIgnored === true)
  : { wrong: differences(SOURCE, REPLICA), stuck: new Set() });

const hasRules = (): boolean =>
  [...readTree(SOURCE).keys()].some((path) => nameOf(path) === '.fsyncignore');

/** Deletions that wait for approval, or a folder that may have been a mount, for all we know. */
const asks = (event: SyncEvent): boolean => event.kind === 'held'
  || (event.kind === 'problem' && event.code === 'mount-unknown');

/** Everything is announced, and nothing goes wrong: it need not wait for a full pass. */
function isGentle({ settings = {}, steps }: Row): boolean {
  return settings.hearing?.lost === undefined && steps.every((step) =>
    !('watch' in step) || step.during.every((one) =>
      ('edit' in one && one.edit === 'S') || ('hit' in one && one.hit === 'S')));
}

/** Without faults the replica is the source after one full pass, and the next does nothing. */
async function settle(world: World, ran: Row): Promise<string[]> {
  const wrong: string[] = [];
  const checksum = isForgotten(world, ran) ? { checksum: true as const } : {};
  const row = { ...ran, settings: { ...ran.settings, ...checksum } };
  const pass = async (approve: boolean): Promise<Process> => {
    world.clock.advance(20_000);
    const synced = await syncIn(world, row, [], wrong, approve);
    wrong.push(...world.guard.violations.splice(0));
    return synced;
  };
  let last = await pass(false);
  if (last.events.some(asks)) last = await pass(true);
  const exitCode = Math.max(...last.events.map(exitCodeOf));
  const judged = world.outside(() => judge(row));
  if (exitCode !== (judged.stuck.size === 0 ? 0 : 1)) {
    wrong.push(`the final pass ended with ${exitCode}`);
  }
  wrong.push(...judged.wrong);
  if (wrong.length > 0) return wrong;

  // What a pass changed beside what it looked at (a second name's times) the next may note down.
  for (const andRecord of [false, true]) {
    const before = world.snapshot(andRecord);
    const quiet = await pass(false);
    wrong.push(...quiet.events.filter(({ kind }) => kind === 'operation-done').map((event) =>
      `a pass more had something to do: ${shown(event)}`));
    const after = new Set(world.snapshot(andRecord));
    wrong.push(...before.filter((line) => !after.has(line)).map((line) =>
      `a pass more wrote something, there was: ${line}`));
  }
  return wrong;
}

/** Where it told that it could keep no record, nobody knows what a power cut took. */
const isForgotten = ({ log }: World, { steps }: Row): boolean =>
  steps.some((step) => 'power' in step)
    && log.some((line) => /state-folder-unusable|record-in-memory|record-unwritable/.test(line));

function shown(event: SyncEvent): string {
  return JSON.stringify(event, (_, value: unknown) =>
    (typeof value === 'bigint' ? String(value) : value));
}
