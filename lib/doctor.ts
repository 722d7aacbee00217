import { Observable } from 'rxjs';
import { fromText } from './core/entry.ts';
import type { SyncEvent } from './core/event.ts';
import type { Options } from './core/options.ts';
import { descriptors } from './disk/pool.ts';
import { resolveRoots } from './disk/roots.ts';
import { keptPairs, stateFolder, stateTrouble } from './disk/state.ts';
import { findingsOfRoots, findingOfWatches, type Finding } from './doctor-roots.ts';

/** What is asked of the doctor: the folders may be left out. */
export type Patient = Pick<Options, 'ignore' | 'gitignore' | 'stateDir'>
  & { readonly source?: string; readonly replica?: string;
    /** Of fsync and of what it brings, as far as the caller knows them. */
    readonly versions?: Readonly<Record<string, string>>;
    /** The watches of this user, as far as the caller looked for them. */
    readonly running?: Running };

/** How many answer, and the processes that do not. */
interface Running {
  readonly watches: number;
  readonly silent: readonly string[];
}

/** Looks at all that fsync needs of this machine, a line each, and says what to do. Reads only. */
export const examineMachine = (patient: Patient): Observable<SyncEvent> => new Observable((out) => {
  for (const finding of findings(patient)) out.next({ kind: 'finding', ...finding });
  out.complete();
});

function* findings(patient: Patient): Generator<Finding> {
  yield ofVersions(process.version.slice(1), patient.versions ?? {});
  yield ofDescriptors(descriptors());
  yield ofClock(Date.now());
  yield ofState(patient);
  if (patient.running !== undefined) yield ofRunning(patient.running);
  const { source, replica } = patient;
  if (source === undefined || replica === undefined) {
    yield findingOfWatches(undefined, patient);
    return;
  }
  const roots = resolveRoots(fromText(source), fromText(replica));
  if ('code' in roots) {
    yield { about: 'folders', ok: false, text: roots.text };
    return;
  }
  yield findingOfWatches(roots.source.real, patient);
  yield* findingsOfRoots(roots);
}

function ofVersions(node: string, others: Readonly<Record<string, string>>): Finding {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const ok = major === 20 ? minor >= 19 : major === 22 ? minor >= 12 : major > 22;
  const text = Object.entries({ Node: node, ...others })
    .map(([name, version]) => `${name} ${version}`).join(', ');
  return { about: 'versions', ok,
    text: ok ? text : `${text}: fsync needs Node 20.19 or newer of the 20s, or 22.12 or newer` };
}

/** A pass with threads wants some hundred; with fewer it works, slower. */
const ENOUGH_DESCRIPTORS = 256;

function ofDescriptors(limit: number): Finding {
  const ok = limit >= ENOUGH_DESCRIPTORS;
  const text = limit === Infinity ? 'no limit is known' : `${limit} may be open at a time`;
  return { about: 'descriptors', ok, text: ok ? text : `${text}: raise it (ulimit -n 1024)` };
}

/** The day this was written: no clock that is right is before it. */
const LATELY_MS = Date.UTC(2026, 10, 1);

function ofClock(nowMs: number): Finding {
  const ok = nowMs >= LATELY_MS;
  const text = `it is ${new Date(nowMs).toISOString().slice(0, 19)}Z here`;
  return { about: 'clock', ok, text: ok ? text : `${text}, which is past: set the clock` };
}

function ofState({ stateDir }: Patient): Finding {
  const folder = stateFolder(stateDir);
  if (typeof folder === 'object') return { about: 'state', ok: false, text: folder.text };
  const trouble = stateTrouble(folder);
  if (trouble !== undefined) {
    return { about: 'state', ok: false, text: `no record can be kept in ${fromText(folder)}`
      + ` (${trouble}): give yourself access to it, or use --state-dir` };
  }
  const pairs = keptPairs(folder);
  const lost = pairs.filter(({ gone }) => gone !== undefined);
  const have = pairs.length === 1 ? 'pair has' : 'pairs have';
  const text = `${pairs.length} ${have} a record in ${fromText(folder)}`;
  if (lost.length === 0) return { about: 'state', ok: true, text };
  const names = lost.map(({ name, gone }) => `${name} (${gone} is gone)`).join(', ');
  return { about: 'state', ok: false, text: `${text}; of ${lost.length} a folder is gone: if it`
    + ` will not come back, remove there ${names}` };
}

function ofRunning({ watches, silent }: Running): Finding {
  const text = watches === 0 ? 'no watch of yours answers'
    : watches === 1 ? '1 watch of yours answers' : `${watches} watches of yours answer`;
  if (silent.length === 0) return { about: 'running', ok: true, text };
  const others = silent.map((pid) => `process ${pid} does not: if it was stopped, let it go on with`
    + ` kill -CONT ${pid}, else end it`);
  return { about: 'running', ok: false, text: [text, ...others].join('; ') };
}
