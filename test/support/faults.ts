import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** A call of the system that fsync is about to make in this thread. */
export interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** The calls that change something on a disk. `openSync` does where it makes a file. */
export const CHANGING = [
  'chmodSync', 'chownSync', 'fchmodSync', 'fchownSync', 'ftruncateSync', 'fsyncSync', 'futimesSync',
  'lchownSync', 'linkSync', 'lutimesSync', 'mkdirSync', 'openSync', 'renameSync', 'rmdirSync',
  'symlinkSync', 'unlinkSync', 'utimesSync', 'writeSync',
] as const;

/** Those that only look. */
export const LOOKING = [
  'fstatSync', 'lstatSync', 'openSync', 'readSync', 'readdirSync', 'readlinkSync',
] as const;

type FsName = (typeof CHANGING | typeof LOOKING)[number];
type AnyFunction = (...args: unknown[]) => unknown;

/**
 * Runs something while each call of some functions of `node:fs` is shown before it is made, which
 * can throw instead. Only in this thread: `workers: 0` keeps all of fsync's work there.
 */
export async function watchingCalls<T>(
  names: readonly FsName[], before: (call: Call) => void, act: () => Promise<T>,
): Promise<T> {
  const module = fs as unknown as Record<string, AnyFunction>;
  const originals = names.map((name) => [name, module[name]!] as const);
  // What `before` itself does is not shown to it.
  let inside = false;
  for (const [name, original] of originals) {
    const shown: AnyFunction = (...args) => {
      if (!inside && !(name === 'openSync' && names.includes('writeSync') && !makes(args))) {
        inside = true;
        try {
          before({ name, args });
        } finally {
          inside = false;
        }
      }
      return original(...args);
    };
    module[name] = shown;
  }
  syncBuiltinESMExports();
  try {
    return await act();
  } finally {
    for (const [name, original] of originals) module[name] = original;
    syncBuiltinESMExports();
  }
}

const makes = ([, flags]: readonly unknown[]): boolean =>
  typeof flags === 'number' && (flags & fs.constants.O_CREAT) !== 0;

/** What the system would throw. */
export const systemError = (code: string, { name, args }: Call): Error =>
  Object.assign(new Error(`${code}: made up, ${name} '${String(args[0])}'`), { code });
