import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const folders: string[] = [];

/** A fresh folder with a real path in plain ASCII, removed when the process ends. */
export function tempFolder(): string {
  if (folders.length === 0) {
    process.on('exit', () => {
      for (const folder of folders) removeTree(folder);
    });
  }

  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'fsync-test-')));
  folders.push(folder);
  return folder;
}

/** `rm -rf`, for names of any bytes; what cannot be removed (a mount) stays, told. */
export function removeTree(at: string | Buffer): void {
  try {
    remove(typeof at === 'string' ? Buffer.from(at, 'latin1') : at);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') console.log(`not removed: ${error}`);
  }
}

function remove(at: Buffer): void {
  if (!fs.lstatSync(at).isDirectory()) {
    fs.unlinkSync(at);
    return;
  }

  // A test may have taken our own rights away.
  fs.chmodSync(at, 0o700);
  for (const name of fs.readdirSync(at, { encoding: 'buffer' })) {
    remove(Buffer.concat([at, Buffer.from('/'), name]));
  }
  fs.rmdirSync(at);
}

interface UntilOptions {
  /** How long; generous unless told, for a machine that is busy with other things. */
  readonly timeoutMs?: number;
  readonly everyMs?: number;
  /** What is waited for, as the failure's message says it. */
  readonly what?: string;
}

/**
 * Waits until `condition` is true, asking again and again. A condition that throws, such as an
 * assertion, is not true yet; its last error is the failure's cause.
 */
export async function until(
  condition: () => boolean | Promise<boolean>, options: UntilOptions = {},
): Promise<void> {
  const { timeoutMs = 60_000, everyMs = 10, what = String(condition) } = options;
  const end = performance.now() + timeoutMs;

  for (;;) {
    let cause: unknown;
    try {
      if (await condition()) return;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > end) {
      const why = cause === undefined ? '' : `: ${cause instanceof Error ? cause.message : cause}`;
      throw new Error(`not within ${timeoutMs} ms: ${what}${why}`, { cause });
    }
    await delay(everyMs);
  }
}

/** Waits until what is there by now counts as older than the name that it gets next. */
export async function grownOld(): Promise<void> {
  const bornMs = Date.now();
  await until(() => Date.now() - bornMs > 2_100, { what: 'it is old', timeoutMs: 9_000 });
}

/** Waits until what is there by now is older than the clock's grain: a pass may believe it then. */
export async function aGrain(): Promise<void> {
  const startMs = Date.now();
  await until(() => Date.now() > startMs + GRAIN_MS);
}

/** Twice what lib/steps/begin.ts takes a fine clock's grain for. */
const GRAIN_MS = 40;
