import fs from 'node:fs';
import {
  concat, defer, ignoreElements, lastValueFrom, NEVER, toArray, type Observable,
} from 'rxjs';
import * as assert from 'uvu/assert';

import { addChanges, trigger, type Change, type Trigger } from '../../lib/core/scope.ts';
import {
  check, DEFAULTS, exitCodeOf, sync, type Counts, type Hold, type Options, type SyncEvent,
} from '../../lib/index.ts';
import type { Mirror } from '../../lib/mirror.ts';
import { withMirror } from '../../lib/open.ts';
import { passOf } from '../../lib/pass-of.ts';
import { differences, rsyncDifferences } from './same.ts';
import { tempFolder, until } from './temp.ts';
import { makeTree, pathIn, type TreeSpec } from './tree.ts';

// What the user of this machine lets git ignore is not to decide here.
Object.assign(process.env, {
  GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', XDG_CONFIG_HOME: '/dev/null',
});

/** A source, a replica and a state folder, below one temporary folder. */
export interface Pair {
  readonly dir: string;
  readonly source: string;
  readonly replica: string;
  readonly state: string;
}

/** A pair of which only the source is there. */
export function newPair(spec: TreeSpec = {}): Pair {
  const dir = tempFolder();
  const pair = { dir, source: `${dir}/S`, replica: `${dir}/D`, state: `${dir}/state` };
  fs.mkdirSync(pair.source);
  makeTree(pair.source, spec);
  return pair;
}

/** A pair that was synced once, quietly proven, and is equal. */
export async function syncedPair(spec: TreeSpec, options: Partial<Options> = {}): Promise<Pair> {
  const pair = newPair(spec);
  const passed = await syncNow(pair, options);
  assert.is(passed.exitCode, 0, trouble(passed));
  assertMirrored(pair);
  return pair;
}

/** What a pass said, and what a script would make of it. */
export interface Passed {
  readonly events: readonly SyncEvent[];
  readonly exitCode: 0 | 1 | 2 | 3;
  /** The operations, a line each, sorted: `copy a`, `rename a -> b`, `remove d (3)`. */
  readonly done: readonly string[];
  /** The same without `set`, which comes with whatever changes in a folder. */
  readonly moved: readonly string[];
  /** The failing paths, sorted, as `EACCES a/b`. */
  readonly problems: readonly string[];
  /** What `check` found, in its order, as `time a/b`. */
  readonly differences: readonly string[];
  readonly notices: readonly string[];
  readonly held: Hold | undefined;
  /** Why the pass could not be done at all. */
  readonly refused: { readonly code: string; readonly text: string } | undefined;
  /** Absent where the pass was refused. */
  readonly counts: Counts | undefined;
  readonly quiet: boolean;
}

/** One `sync` of a pair, in this process, to its end. */
export const syncNow = (
  { source, replica, state }: Pair, options: Partial<Options> = {},
): Promise<Passed> => collect(sync({ source, replica, stateDir: state, ...options }));

/** One `check` of a pair. */
export const checkNow = (
  { source, replica, state }: Pair, options: Partial<Options> = {},
): Promise<Passed> => collect(check({ source, replica, stateDir: state, ...options }));

/** One pass of a pair, in the main thread alone, with a mirror that is tampered with. */
export function passOnce(
  { source, replica, state }: Pair, asked: Trigger, tamper: (mirror: Mirror) => Mirror,
): Promise<Passed> {
  const options = { ...DEFAULTS, source, replica, stateDir: state, workers: 0 };
  return collect(withMirror(options, NEVER, (mirror) => passOf(tamper(mirror), asked), 'sync'));
}

/** Passes of one mirror, as a watch makes them: full ones, unless told otherwise. */
export async function passesOf(
  { source, replica, state }: Pair,
  act: (mirror: Mirror, pass: (asked?: Trigger) => Promise<Passed>) => Promise<void>,
  more: Partial<Options> = {},
): Promise<void> {
  const options = { ...DEFAULTS, source, replica, stateDir: state, workers: 0, ...more };
  const full = trigger({ reason: 'asked', full: true });
  await lastValueFrom(withMirror(options, NEVER, (mirror) => defer(() => act(mirror,
    (asked = full) => collect(passOf(mirror, asked)))).pipe(ignoreElements()), 'watch'));
}

/** An incremental one, over what is said to have changed. */
export const passOver = (
  pair: Pair, changes: readonly Change[], tamper: (mirror: Mirror) => Mirror = (mirror) => mirror,
): Promise<Passed> =>
  passOnce(pair, trigger({ reason: 'changes', changes: addChanges(undefined, changes) }), tamper);

/** One `sync` that must leave the replica equal, and a second one that must find nothing to do. */
export async function syncWell(pair: Pair, options: Partial<Options> = {}): Promise<Passed> {
  const passed = await syncNow(pair, options);
  assert.is(passed.exitCode, 0, trouble(passed));
  assertMirrored(pair);
  await assertQuiet(pair, options);
  return passed;
}

/** One `sync` that waits until all that was written before it is known to be on the disk. */
export async function syncConfirmed({ source, replica, state }: Pair): Promise<void> {
  const options = { ...DEFAULTS, source, replica, stateDir: state };
  await lastValueFrom(withMirror(options, NEVER, (mirror) => concat(
    passOf(mirror, trigger({ reason: 'start', full: true })),
    defer(() => until(() => mirror.record.meta.open === undefined)).pipe(ignoreElements()),
  ), 'sync'));
}

/** Both judges agree that the replica is the source. */
export function assertMirrored({ source, replica }: Pair): void {
  assert.equal(differences(source, replica), []);
  assert.equal(rsyncDifferences(source, replica), []);
}

export async function assertQuiet(pair: Pair, options: Partial<Options> = {}): Promise<void> {
  const again = await syncNow(pair, options);
  assert.equal(again.done, [], 'a second pass had something to do');
  assert.is(again.quiet, true, trouble(again));
}

/** The inode of an entry: what a rename keeps and a copy does not. */
export const inodeOf = (dir: string, at: string): bigint =>
  fs.lstatSync(pathIn(dir, at), { bigint: true }).ino;

/** The content of a file, as latin1. */
export const contentOf = (dir: string, at: string): string =>
  fs.readFileSync(pathIn(dir, at), 'latin1');

/** Whether there is anything at a path. */
export const isThere = (dir: string, at: string): boolean =>
  fs.lstatSync(pathIn(dir, at), { throwIfNoEntry: false }) !== undefined;

/** The operations of one kind among `done`. */
export const doneOf = ({ done }: Passed, ...kinds: readonly string[]): string[] =>
  done.filter((each) => kinds.includes(each.slice(0, each.indexOf(' '))));

export async function collect(event$: Observable<SyncEvent>): Promise<Passed> {
  const events = await lastValueFrom(event$.pipe(toArray()));
  const of = <K extends SyncEvent['kind']>(kind: K): Extract<SyncEvent, { kind: K }>[] =>
    events.filter((event): event is Extract<SyncEvent, { kind: K }> => event.kind === kind);
  const [finished] = of('pass-finished');
  const done = of('operation-done').map(line).toSorted();

  return {
    events,
    exitCode: Math.max(...events.map(exitCodeOf)) as Passed['exitCode'],
    done,
    moved: done.filter((each) => !each.startsWith('set ')),
    problems: of('problem').map(({ code, path }) => `${code} ${path}`).toSorted(),
    differences: of('difference').map(({ what, path }) => `${what} ${path}`),
    notices: of('notice').map(({ code }) => code),
    held: of('held')[0],
    refused: of('pass-failed')[0],
    counts: finished?.counts,
    quiet: finished?.quiet ?? false,
  };
}

function line(event: Extract<SyncEvent, { kind: 'operation-done' }>): string {
  const { operation, path, from, target, entries } = event;
  if (from !== undefined) return `${operation} ${from} -> ${path}`;
  if (target !== undefined) return `${operation} ${path} = ${target}`;
  return operation === 'remove' && event.type === 'folder'
    ? `${operation} ${path} (${entries})` : `${operation} ${path}`;
}

const trouble = ({ problems, refused, held, done }: Passed): string =>
  JSON.stringify({ problems, refused, held, done });
