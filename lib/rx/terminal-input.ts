import fs from 'node:fs';
import tty from 'node:tty';

import { Observable } from 'rxjs';

import { isForeground } from '../core/foreground.ts';

/**
 * What is typed on the terminal that stdin is, while we are in its foreground; of a device that is
 * no terminal, nothing. A background job that reads its terminal is stopped by SIGTTIN without a
 * word, and a job changes between foreground and background without being told. So nothing waits
 * for input: every quarter of a second, if the terminal is ours, what is there is taken without
 * blocking. The descriptor is opened anew, as O_NONBLOCK on stdin itself would reach the shell.
 */
export function terminalInput(fd = 0, everyMs = 250): Observable<Buffer> {
  return new Observable((out) => {
    const input = reopened(fd);
    if (input === undefined) return out.complete();

    const timer = setInterval(() => {
      const chunk = ownStat(isForeground) ? available(input) : undefined;
      if (chunk) out.next(chunk);
    }, everyMs).unref();

    return () => {
      clearInterval(timer);
      fs.closeSync(input);
    };
  });
}

/** Where there is no /proc, nobody can tell, and the terminal is not read. */
function ownStat(holds: (stat: string) => boolean): boolean {
  try {
    return holds(fs.readFileSync('/proc/self/stat', 'latin1'));
  } catch {
    return false;
  }
}

/** Fails after `su`, when the terminal is another user's: then there are no words from it. */
function reopened(fd: number): number | undefined {
  if (!tty.isatty(fd)) return undefined;
  try {
    const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;
    return fs.openSync(`/proc/self/fd/${fd}`, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return undefined;
  }
}

/** At most one buffer a turn. Nothing typed is EAGAIN; Ctrl-D and a terminal that is gone, 0. */
function available(input: number): Buffer | undefined {
  const buffer = Buffer.alloc(4096);
  try {
    const bytes = fs.readSync(input, buffer);
    return bytes > 0 ? buffer.subarray(0, bytes) : undefined;
  } catch {
    return undefined;
  }
}
