import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import readline from 'node:readline';

import { Observable, firstValueFrom, share, take, timeout } from 'rxjs';

import { fullPath } from '../full-path.ts';
import { controlFolder, pidOfSocket } from '../rx/control-folder.ts';
import type { Options, Word } from '../core/options.ts';

/** A running watch of this user, as another process speaks to it. */
export interface Peer {
  readonly pid: number;
  /** Full paths. */
  readonly source: string;
  readonly replica: string;
  /** Those that say what is mirrored, and where its record is. */
  readonly options: Partial<Options>;
  say(word: Word): void;
  /** What it tells, a line of JSON an event; ends with it. */
  readonly line$: Observable<string>;
  close(): void;
}

/** One that was stopped, or hangs, accepts a listener and then says nothing. */
const PATIENCE_MS = 2_000;

/** What is said of one that does not answer. */
export const silentText = (pid: string): string => `process ${pid} does not answer: `
  + `if it is stopped, let it go on with kill -CONT ${pid}, else end it`;

/** All watches of this user that answer. Sockets that nobody listens at any more are removed. */
export async function findPeers(): Promise<{ peers: readonly Peer[]; silent: readonly string[] }> {
  const folder = controlFolder();
  const names = namesIn(folder).filter((name) => pidOfSocket(name) !== undefined)
    .toSorted((a, b) => (stemOf(a) < stemOf(b) ? -1 : 1));
  const silent = new Set<string>();
  const peers = await Promise.all(names.map(async (name) => {
    const peer = await connect(path.join(folder, name)).catch(() => 'silent' as const);
    if (peer === 'silent') silent.add(pidOfSocket(name)!);
    return peer;
  }));
  return { peers: peers.filter((one) => typeof one === 'object'), silent: [...silent] };
}

/** Whether it has these folders, however they are written; one that is not given may be any. */
export function isMeant(
  { source, replica }: Peer,
  asked: { readonly source: string | undefined; readonly replica: string | undefined },
): boolean {
  return isSame(asked.source, source) && isSame(asked.replica, replica);
}

function isSame(asked: string | undefined, full: string): boolean {
  if (asked === undefined || fullPath(asked) === full) return true;
  try {
    return fs.realpathSync.native(asked) === fs.realpathSync.native(full);
  } catch {
    return false;
  }
}

/** By it the pairs of a process come in their order. */
const stemOf = (name: string): string => name.replace(/\.sock$/, '');

function namesIn(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

type Hello = Pick<Peer, 'pid' | 'source' | 'replica' | 'options'>;

/** Undefined where nobody listens any more; an error where nobody answers. */
async function connect(at: string): Promise<Peer | undefined> {
  const socket = net.connect(at);
  let trouble: string | undefined;
  socket.on('error', (error: NodeJS.ErrnoException) => {
    trouble = error.code;
  });
  const line$ = linesOf(socket).pipe(share());
  try {
    const line = await firstValueFrom(line$.pipe(take(1), timeout(PATIENCE_MS)));
    const { pid, source, replica, options } = JSON.parse(line) as Hello;
    return {
      pid, source, replica, options, line$,
      say: (word) => void socket.write(`${word}\n`),
      close: () => void socket.destroy(),
    };
  } catch (error) {
    socket.destroy();
    if (trouble !== 'ECONNREFUSED') throw error;
    fs.rmSync(at, { force: true });
    return undefined;
  }
}

/** Lines as they come; told late, they would be lost, so nothing is awaited between two of them. */
const linesOf = (socket: net.Socket): Observable<string> => new Observable((out) => {
  const lines = readline.createInterface({ input: socket, crlfDelay: Infinity });
  // It also tells the errors of the socket, after which there are no more lines.
  lines.on('line', (line) => out.next(line)).on('close', () => out.complete())
    .on('error', () => out.complete());
  return () => lines.close();
});
