import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Subject, fromEvent, takeUntil, type Observable } from 'rxjs';

import type { SyncEvent, SyncEventKind } from '../core/event.ts';
import type { Options, Word } from '../core/options.ts';
import { makeControlFolder, socketName } from './control-folder.ts';
import { isWord, toWords } from './words.ts';

/** How other processes of this user speak to a running watch: words in, every event out. */
export interface Control {
  readonly word$: Observable<Word>;
  /** Whether an event only answers the word that is passed on: no news but to listeners. */
  isAnswer(event: SyncEvent): boolean;
  /** Sends an event to all who listen. */
  tell(event: SyncEvent): void;
  close(): void;
}

/** A listener that does not read is left behind when so much waits for it. */
const MOST_WAITING = 4 * 1_048_576;

/** What is told at once, and changes nothing. Asked again and again, it would fill a log. */
const ANSWERS: Readonly<Partial<Record<Word, readonly SyncEventKind[]>>> = {
  status: ['status'], pending: ['held', 'notice'], sync: ['paused'], approve: ['paused', 'notice'],
};

/** What is told while the engine gathers itself, and hears nobody. */
const BEFORE_WORDS: ReadonlySet<SyncEventKind> = new Set(['started', 'notice']);

/**
 * Opens the socket of a pair of this process, the first of which has the number 0, in a folder
 * that only its user can enter. A listener is told first who speaks (`{"kind":"hello"}`, with the
 * folders as full paths, and the options that say what is mirrored). A line from it is a word, and
 * is answered by `{"kind":"heard"}`: what was told before that was not caused by the word.
 *
 * Trouble is told through `trouble`, and is no reason not to watch.
 */
export function openControl(
  pair: { readonly source: string; readonly replica: string;
    readonly options: Partial<Options> }, number: number,
  lineOf: (event: SyncEvent) => string, trouble: (reason: string) => void,
): Control {
  const word$ = new Subject<Word>();
  const listeners = new Set<net.Socket>();
  let server: net.Server | undefined;
  let socketPath: string | undefined;
  let told = '';
  let answers: readonly SyncEventKind[] = [];
  /** Somebody listens to the words: until then they wait in their sockets. */
  let isHeard = false;

  const serve = (socket: net.Socket): void => {
    listeners.add(socket);
    socket.on('error', () => {}).on('close', () => listeners.delete(socket));
    socket.unref();
    write(socket, { kind: 'hello', pid: process.pid, ...pair });
    if (isHeard) attend(socket);
  };
  const attend = (socket: net.Socket): void => {
    const gone = fromEvent(socket, 'close');
    (fromEvent(socket, 'data') as Observable<Buffer>).pipe(takeUntil(gone), toWords)
      .subscribe((said) => {
        write(socket, { kind: 'heard' });
        if (!isWord(said)) return;
        answers = ANSWERS[said] ?? [];
        word$.next(said);
        answers = [];
      });
  };
  /** The same is not told again at each pass. */
  const tellOnce = (reason: string): void => {
    if (reason !== told) trouble(reason);
    told = reason;
  };
  const guard = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      tellOnce((error as Error).message);
    }
  };

  const listen = (): void => guard(() => {
    const at = path.join(makeControlFolder(), socketName(process.pid, number));
    if (Buffer.byteLength(at) > LONGEST_PATH) {
      throw new Error(`${at} is too long a path for a socket: give XDG_RUNTIME_DIR a shorter one`);
    }
    // One whose name is gone would take the new name with it when it is closed.
    server?.close();
    // Left over by a process of the same number that was killed.
    fs.rmSync(at, { force: true });
    server = net.createServer(serve).unref();
    server.on('error', (error) => tellOnce(error.message));
    server.listen(at, () => guard(() => fs.chmodSync(at, 0o600)));
    socketPath = at;
  });
  listen();

  return {
    word$,
    isAnswer: ({ kind }) => answers.includes(kind),
    tell(event): void {
      if (!isHeard && !BEFORE_WORDS.has(event.kind)) {
        isHeard = true;
        listeners.forEach(attend);
      }
      // The folder of a user who logged out is removed, by systemd say.
      const isDue = event.kind === 'pass-started' && event.scope === 'full';
      if (isDue && (socketPath === undefined || !fs.existsSync(socketPath))) listen();
      if (listeners.size === 0) return;
      const line = `${lineOf(event)}\n`;
      for (const listener of listeners) {
        if (listener.writableLength > MOST_WAITING) listener.destroy();
        else listener.write(line);
      }
    },
    close(): void {
      server?.close();
      for (const listener of listeners) listener.end();
      const at = socketPath;
      if (at !== undefined) guard(() => fs.rmSync(at, { force: true }));
    },
  };
}

/** Node would cut a longer one, and make a socket of another name. */
const LONGEST_PATH = process.platform === 'linux' ? 107 : 103;

const write = (socket: net.Socket, message: object): void =>
  void socket.write(`${JSON.stringify(message)}\n`);
