import { createHash } from 'node:crypto';
import {
  accessSync, closeSync, constants, existsSync, fchmodSync, fstatSync, lstatSync, mkdirSync,
  openSync, readFileSync, readdirSync, writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fromText, nameOf, type Path } from '../core/entry.ts';
import { reasonOf } from '../core/reasons.ts';
import { absolute } from './absolute.ts';
import { codeOf, fsPath, isAbsent } from './bytes.ts';
import { realOf } from './overlap.ts';

/** The state folder of a pair, or why there is none. A text, not bytes: the store wants it so. */
export type PairFolder =
  | { readonly kind: 'ready'; readonly folder: string }
  /** Someone planted something at its place: nothing is to be done before that is looked into. */
  | Refused
  /** No space, no rights: the record can be kept in memory for this run. */
  | { readonly kind: 'unusable'; readonly code: 'state-folder-unusable'; readonly text: string };

interface Refused {
  readonly kind: 'refused';
  readonly code: 'state-folder-refused' | 'no-home';
  readonly text: string;
}

/**
 * The user's state folder: as asked for, else XDG_STATE_HOME's, else where the platform has it.
 * Refused where nothing of all that is known, as of a container's user without a name.
 */
export function stateFolder(asked: string | undefined): string | Refused {
  if (asked !== undefined) return Buffer.from(absolute(fromText(asked)), 'latin1').toString();
  const xdg = process.env.XDG_STATE_HOME;
  // The specification ignores relative paths. One of HOME would lead to where somebody stands.
  if (xdg !== undefined && path.isAbsolute(xdg)) return path.join(xdg, 'fsync');
  if (platformFolder !== undefined) return platformFolder;
  const home = homeFolder();
  return home === undefined ? { kind: 'refused', code: 'no-home', text: 'there is no home folder to'
    + ' keep the record in: set HOME, or say with --state-dir where it is to be' }
    : path.join(home, '.local', 'state', 'fsync');
}

/** Loaded elsewhere only: it throws as it is loaded where there is no home. */
const platformFolder = process.platform === 'linux' ? undefined
  : (await import('env-paths')).default('fsync', { suffix: '' }).data;

/** HOME may be anything: then the system's list of users counts, if we are on it. */
function homeFolder(): string | undefined {
  try {
    return path.isAbsolute(os.homedir()) ? os.homedir() : os.userInfo().homedir;
  } catch {
    return undefined;
  }
}

/**
 * The name of a pair's folder: readable, and told apart by a hash of both paths. These are the
 * absolute paths as the user gave them, not the real ones: a link that leads elsewhere now must
 * meet the record of where it led before.
 */
export function pairFolderName(source: Path, replica: Path): string {
  const hash = createHash('sha256').update(`${source}\0${replica}`, 'latin1').digest('hex');
  const readable = [source, replica]
    .map((each) => nameOf(each).replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 40) || 'root');
  return `${readable.join('-to-')}-${hash.slice(0, 16)}`;
}

/** In a root it is left out by its name, which a root has not: it would mirror or remove itself. */
export function refusedAsRoot(state: string, source: Path, replica: Path): Refused | undefined {
  const at = realOf(fromText(state));
  const root = at === realOf(source) ? 'source' : at === realOf(replica) ? 'replica' : undefined;
  return root === undefined ? undefined : { kind: 'refused', code: 'state-folder-refused',
    text: `the state folder ${state} is the ${root}: choose another folder` };
}

/** Makes the folder of a pair, and what lacks above it, for this user alone. Never throws. */
export function makePairFolder(state: string, source: Path, replica: Path): PairFolder {
  const folder = path.join(state, pairFolderName(source, replica));
  try {
    makeFolders(folder);
    const trouble = own(folder);
    if (trouble === undefined) {
      namePair(folder, source, replica);
      return { kind: 'ready', folder };
    }
    return { kind: 'refused', code: 'state-folder-refused', text: `${folder} ${trouble}` };
  } catch (error) {
    const text = `the state folder ${folder} cannot be used: ${reasonOf(codeOf(error))}; `
      + 'no record is kept, and the next run compares all anew';
    return { kind: 'unusable', code: 'state-folder-unusable', text };
  }
}

/**
 * Node's own `recursive` asks on for ever where the one above is there and what is to be made is
 * no such path all the same: in /proc, and where an automounter knows no such name.
 */
export function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  makeFolders(path.dirname(folder));
  try {
    mkdirSync(folder, 0o700);
  } catch (error) {
    if (codeOf(error) !== /* it is there, whatever it is */ 'EEXIST') throw error;
  }
}

/** For people, and for `doctor`: whose folder it is. A name that is there is left as it is. */
function namePair(folder: string, source: Path, replica: Path): void {
  const pair = Buffer.from(`${JSON.stringify({ source, replica })}\n`, 'latin1');
  try {
    writeFileSync(path.join(folder, PAIR_FILE), pair, { flag: 'wx', mode: 0o600 });
  } catch { /* It is there, or cannot be written: nothing depends on it. */ }
}

const PAIR_FILE = 'pair.json';

/** A pair that has a folder in the state folder; `gone`: a root that is not there any more. */
export interface KeptPair {
  readonly name: string;
  readonly gone: Path | undefined;
}

/** All such pairs, as far as their names are known. Reads only. */
export function keptPairs(state: string): readonly KeptPair[] {
  return namesIn(state).flatMap((name): KeptPair[] => {
    try {
      const text = readFileSync(path.join(state, name, PAIR_FILE), 'latin1');
      const { source, replica } = JSON.parse(text) as { source: Path; replica: Path };
      return [{ name, gone: [source, replica].find(isGone) }];
    } catch {
      return [];
    }
  });
}

/** Why nothing can be kept in a state folder, or none be made; undefined where it can. */
export function stateTrouble(state: string): string | undefined {
  try {
    accessSync(state, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const above = path.dirname(state);
    return isAbsent(codeOf(error)) && above !== state ? stateTrouble(above) : codeOf(error);
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

function isGone(at: Path): boolean {
  try {
    return lstatSync(fsPath(at), { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** What is wrong with it; else it is ours alone when this returns. */
function own(folder: string): string | undefined {
  if (lstatSync(folder).isSymbolicLink()) return 'is a symbolic link: remove it';
  if (!lstatSync(folder).isDirectory()) return 'is no folder: remove it';

  // Opened without following: what is checked is what is changed.
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const { uid, mode } = fstatSync(fd);
    if (process.geteuid !== undefined && uid !== process.geteuid()) {
      return 'belongs to another user: remove it, or use --state-dir';
    }
    if ((mode & 0o077) !== 0) fchmodSync(fd, 0o700);
    return undefined;
  } finally {
    closeSync(fd);
  }
}
