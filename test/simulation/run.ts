import { World } from './world.ts';

import { temporaryName } from '../../lib/disk/bytes.ts';
import { drive } from '../../lib/disk/pool.ts';
import { exitCodeOf, sync, type SyncEvent } from '../../lib/index.ts';
import { differences } from '../support/same.ts';
import { REPLICA, SOURCE, STATE } from './places.ts';
import type { During, Row, Step } from './row.ts';

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
    ('edit' in one && one.edit === 'D') || ('hit' in one && one.hit === 'D');
  return steps.some((step) => 'forget' in step || 'power' in step || onReplica(step)
    || ('sync' in step && step.sync.some((one) =>
      'crash' in one || 'error' in one || onReplica(one))));
}

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
  if ('wait' in step) world.clock.advance(step.wait);
  if ('clock' in step) world.clock.wallMs += step.clock;
  if ('forget' in step) {
    for (const stored of world.databases.values()) {
      stored.batches.length = Math.max(0, stored.batches.length - step.forget);
    }
  }
  if (!('sync' in step)) return 0;
  const { events } = await syncIn(world, row, step.sync, wrong);
  for (const event of events) world.log.push(shown(event));
  return world.count;
}

interface Synced {
  readonly events: readonly SyncEvent[];
  readonly exitCode: number;
}

/** A process that runs one `sync`, from its start to its end or its death. */
async function syncIn(
  world: World, row: Row, during: readonly During[], wrong: string[], approveDeletes = false,
): Promise<Synced> {
  world.begin(during);
  const events: SyncEvent[] = [];
  let isOver = false;
  const subscription = sync({
    source: SOURCE, replica: REPLICA, stateDir: STATE, workers: row.settings?.workers ?? 0,
    chunkBytes: row.settings?.chunk ?? 65_536, checksum: row.settings?.checksum === true,
    approveDeletes,
  }).subscribe({
    next: (event) => {
      events.push(event);
      if (event.kind === 'pass-started') world.outside(() => world.guard.passBegins());
    },
    error: (error: Error) => {
      wrong.push(`the stream failed: ${error.stack}`);
      isOver = true;
    },
    complete: () => { isOver = true; },
  });
  const ended = await world.clock.until(() => isOver || world.isKilled, 3_600_000);
  if (!ended) wrong.push('it never ended');
  if (world.isKilled) {
    subscription.unsubscribe();
    // What the process had begun comes to nothing, call by call.
    await world.clock.until(() => false, 60_000);
  } else {
    // What it leaves behind has a while to happen.
    await world.clock.until(() => false, 10_000);
    if (world.disk.open.size > 0) wrong.push(`${world.disk.open.size} descriptors stay open`);
  }
  for (const event of events) {
    if (event.kind !== 'pass-failed' || world.isKilled) continue;
    if (event.code === 'internal') wrong.push(event.text);
  }
  world.bury();
  return { events, exitCode: Math.max(0, ...events.map(exitCodeOf)) };
}

/** Without faults the replica is the source after one full pass, and the next does nothing. */
async function settle(world: World, row: Row): Promise<string[]> {
  const wrong: string[] = [];
  const pass = async (approve: boolean): Promise<Synced> => {
    world.clock.advance(20_000);
    const synced = await syncIn(world, row, [], wrong, approve);
    for (const event of synced.events) world.log.push(shown(event));
    wrong.push(...world.guard.violations.splice(0));
    return synced;
  };
  let last = await pass(false);
  if (last.events.some(({ kind }) => kind === 'held')) last = await pass(true);
  if (last.exitCode !== 0) wrong.push(`the final pass ended with ${last.exitCode}`);
  wrong.push(...world.outside(() => differences(SOURCE, REPLICA)));
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

function shown(event: SyncEvent): string {
  return JSON.stringify(event, (_, value: unknown) =>
    (typeof value === 'bigint' ? String(value) : value));
}
