import fs from 'node:fs';
import path from 'node:path';
import type { Callback, Test } from 'uvu';

/** What a test cannot do without. */
export interface Needs {
  readonly root?: boolean;
  readonly platform?: NodeJS.Platform;
  /** Commands to be found on the PATH. */
  readonly tools?: readonly string[];
}

type Register<T> = (name: string, body: Callback<T>) => void;

/**
 * `needs(test, { root: true })('name', body)` registers a test, or skips it and says why in a line
 * that the runner repeats at its end.
 */
export function needs<T>(test: Test<T>, what: Needs): Register<T> {
  const reason = lacking(what);
  return reason === undefined ? test : skip(test, reason);
}

/** `skip(test, reason)('name', body)` skips, told and counted. */
export function skip<T>(test: Test<T>, reason: string): Register<T> {
  return (name) => {
    console.log(`skipped: ${name}: ${reason}`);
    test.skip();
  };
}

/** Why the needs are not met here; undefined where they are. */
export function lacking({ root, platform, tools }: Needs): string | undefined {
  if (platform !== undefined && process.platform !== platform) return `needs ${platform}`;
  if (root === true && !isRoot()) return 'needs root';

  const missing = (tools ?? []).filter((tool) => !hasTool(tool));
  return missing.length === 0 ? undefined : `needs ${missing.join(', ')}`;
}

/** Whether it is not chokidar that watches, as support/plainly.ts has it. */
export const isPlain = (): boolean => process.env['FSYNC_MOST_FOR_CHOKIDAR'] === '0';

/** Whether we run as root, who may read, own and mount everything. */
export const isRoot = (): boolean => process.getuid?.() === 0;

/** Whether a command is on the PATH. */
export function hasTool(name: string): boolean {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      fs.accessSync(path.join(folder, name), fs.constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
