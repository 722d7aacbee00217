import { lstatSync, readdirSync } from 'node:fs';
import { joinPath, type Path, type Side } from './core/entry.ts';
import type { SyncEvent } from './core/event.ts';
import type { Options } from './core/options.ts';
import { fsPath } from './disk/bytes.ts';
import { mountOf, readMounts } from './disk/mounts.ts';
import { overlap } from './disk/overlap.ts';
import type { RootIdentity, Roots } from './disk/roots.ts';
import { lstat } from './disk/stat.ts';
import { foldersIn } from './rx/folder-facts.ts';
import { ignoredPaths } from './rx/ignored-paths.ts';
import { remoteOf } from './rx/remote.ts';
import { inotifyLimits } from './rx/watch-limits.ts';
import { isLocal } from './steps/begin.ts';

/** What is said of one thing. */
export type Finding = Omit<Extract<SyncEvent, { kind: 'finding' }>, 'kind'>;

/** How many folders of a source need a watch, and how many may have one. */
export function findingOfWatches(
  source: Path | undefined, options: Pick<Options, 'ignore' | 'gitignore'>,
  { watches, instances, queued } = inotifyLimits(),
): Finding {
  if (watches === undefined) {
    return { about: 'watches', ok: true, text: 'this system names no limits' };
  }
  const limits = `the limits are ${watches} watches, ${instances ?? '?'} watchers and`
    + ` ${queued ?? '?'} events that wait`;
  const few = [
    ...(instances !== undefined && instances < LEAST_INSTANCES
      ? [`fs.inotify.max_user_instances to ${LEAST_INSTANCES}`] : []),
    ...(queued !== undefined && queued < LEAST_QUEUED
      ? [`fs.inotify.max_queued_events to ${LEAST_QUEUED}`] : []),
  ];
  const needed = source === undefined ? 0 : countFolders(source, options);
  if (needed >= watches) few.unshift(`fs.inotify.max_user_watches to ${roomFor(needed)}`);
  const many = needed === 1 ? '1 folder needs' : `${needed} folders need`;
  const text = source === undefined ? limits : `${many} a watch; ${limits}`;
  return few.length === 0 ? { about: 'watches', ok: true, text }
    : { about: 'watches', ok: false, text: `${text}: raise ${few.join(' and ')} (sysctl)` };
}

const LEAST_INSTANCES = 16;
/** What Linux itself takes; less overflows when a branch is changed. */
const LEAST_QUEUED = 16_384;

/** Other programs of the user watch, too. */
const roomFor = (needed: number): number => 2 ** Math.ceil(Math.log2(needed * 2));

function countFolders(
  source: Path, options: Pick<Options, 'ignore' | 'gitignore'>,
): number {
  const { ignore, gitignore } = options;
  const ignored = ignoredPaths({ source, ignore, gitignore });
  const isIgnored = (folder: Path): boolean => ignored.has(folder, true);
  const handlers = { isIgnored, heard() {}, made() {}, gone() {} };
  const open: Path[] = [''];
  let count = 0;
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    count += 1;
    try {
      for (const inside of foldersIn(source, folder, handlers)) open.push(inside);
    } catch { /* What cannot be listed is told by a pass. */ }
  }
  return count;
}

/** What the file systems of both folders can do. */
export function* findingsOfRoots(roots: Roots): Generator<Finding> {
  const { source, replica } = roots;
  const overlapping = overlap(source.real, roots.replicaPath);
  if (overlapping !== undefined) {
    yield { about: 'folders', ok: false, text: `${overlapping}: choose others` };
  }
  yield ofRoot('source', source);
  const at = replica ?? roots.replicaParent;
  if (at === undefined) return;
  const found = ofRoot('replica', at);
  yield found.ok && foldsCase(at.real) === true && foldsCase(source.real) !== true
    ? { ...found, ok: false, text: `${found.text}: of names that differ in nothing else only one`
      + ' can be there, so rename the others or choose another file system' }
    : found;
}

function ofRoot(side: Side, { real, dev }: RootIdentity): Finding {
  const { remote } = remoteOf(real);
  const type = mountOf(real, readMounts(), BigInt(dev))?.type ?? remote ?? 'unknown';
  const grain = isLocal(real) ? 'fine times' : 'times may be coarse, what changed within 2 s of a'
    + ' pass is compared once more';
  const told = [`${type} at ${real}`, grain, ...(foldsCase(real) === true
    ? ['upper and lower case are the same'] : [])].join(', ');
  const aheadMs = lstatSync(fsPath(real)).ctimeMs - Date.now();
  if (aheadMs > AHEAD_MS) {
    return { about: side, ok: false, text: `${told}; its clock is ${Math.round(aheadMs / 1000)} s`
      + ' ahead of this machine: set both by NTP' };
  }
  if (side === 'source' && remote !== undefined) {
    return { about: side, ok: false, text: `${told}; what other machines change there is not`
      + ' announced, only full passes find it: use a shorter --interval' };
  }
  return { about: side, ok: true, text: told };
}

const AHEAD_MS = 2_000;

/** Whether a name is found in other letters, too; undefined where no name could tell. */
function foldsCase(folder: Path): boolean | undefined {
  try {
    const names = readdirSync(fsPath(folder), 'latin1');
    const name = names.find((each) => /[a-z]/i.test(each) && !names.includes(swapped(each)));
    if (name === undefined) return undefined;
    const at = (each: string): bigint | undefined => lstat(joinPath(folder, each))?.ino;
    return at(swapped(name)) !== undefined && at(swapped(name)) === at(name);
  } catch {
    return undefined;
  }
}

const swapped = (name: string): string => name.replace(/[a-z]/gi, (letter) =>
  (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()));
