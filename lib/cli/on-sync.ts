import { spawn, type ChildProcess } from 'node:child_process';
import { Readable, pipeline } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import type { Changes, Hook } from '../core/hook.ts';
import { fullPath } from '../full-path.ts';
import { droppedJsonLine, jsonLine } from '../report/json.ts';
import { startedIn } from './standing.ts';

/** How long a command that was asked to end has to do so. */
const GRACE_MS = 1_000;

/**
 * A command line as a hook: run by the shell, with the changes on its stdin, a line of JSON each,
 * and the counts in its environment. What it prints goes to our stderr. It has a process group of
 * its own, so that a Ctrl-C meant for fsync does not end it in the middle of its work.
 */
export const commandHook = (command: string): Hook => (changes, signal) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, {
      shell: true, detached: process.platform !== 'win32', stdio: ['pipe', 2, 2],
      env: { ...process.env, ...variablesOf(changes) },
    });
    let ending: Promise<void> | undefined;
    const endIt = (): void => void (ending = endGroup(child));
    signal.addEventListener('abort', endIt);

    child.on('error', (error) => reject(new Error(`it cannot be run: ${error.message}`)));
    child.on('exit', async (code, killedBy) => {
      signal.removeEventListener('abort', endIt);
      // What it started may outlive it, and nobody else would end that.
      await ending;
      if (code === 0) resolve();
      else if (signal.aborted) reject(new Error('it was ended, since fsync ends'));
      else reject(new Error(code === null ? `it was ended by ${killedBy}` : `exit code ${code}`));
    });
    // It may end before it read all, or any of it; none is there where no pipe could be made.
    if (child.stdin) pipeline(Readable.from(linesOf(changes)), child.stdin, () => {});
  });

/** What the command finds in its environment. */
export function variablesOf(changes: Changes): Readonly<Record<string, string>> {
  const { source, replica, counts, bytes, passes, problems } = changes;
  const numbers = { ...counts, bytes, passes, problems };
  return {
    ...Object.fromEntries(Object.entries(numbers)
      .map(([name, value]) => [`FSYNC_${name.toUpperCase()}`, String(value)])),
    FSYNC_SOURCE: fullText(source),
    FSYNC_REPLICA: fullText(replica),
  };
}

const fullText = (root: string): string =>
  fullPath(Buffer.from(root, 'latin1').toString(), startedIn);

/** The events as `--json` prints them; in the end how many did not find room. */
export function* linesOf({ events, left }: Changes, time = new Date()): Generator<string> {
  for (const event of events) yield `${jsonLine(event, time)}\n`;
  if (left > 0) yield `${droppedJsonLine(left, time)}\n`;
}

async function endGroup(child: ChildProcess): Promise<void> {
  const kill = (name: NodeJS.Signals): void => {
    try {
      if (process.platform === 'win32' || child.pid === undefined) child.kill(name);
      else process.kill(-child.pid, name);
    } catch {
      // It has ended by itself.
    }
  };
  kill('SIGTERM');
  await delay(GRACE_MS);
  kill('SIGKILL');
}
