import path from 'node:path';

import { placesIn, takeApart } from './argv.ts';
import { commandNamed } from './option-table.ts';
import { quoted } from './quote.ts';

/** The folder that fsync was started in: relative paths count from it. Undefined: it is gone. */
export const startedIn = workingFolder();

function workingFolder(): string | undefined {
  try {
    // Node remembers the answer, but for this.
    process.chdir('.');
    return process.cwd();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return process.cwd();
    return undefined;
  }
}

/**
 * Node begins no thread where the working folder was removed, as the source is by `rm -rf` and
 * `git clone` below whoever stands in it. Then fsync stands in the one that took its place, or in
 * none that would be in anybody's way.
 */
export function keepStanding(): void {
  if (workingFolder() !== undefined) return;
  for (const folder of [startedIn ?? '/', '/']) {
    try {
      process.chdir(folder);
      return;
    } catch { /* It is not back. */ }
  }
}

/** Why an argv leads nowhere, where fsync was started in a folder that was removed. */
export function lostPlace(argv: readonly string[]): string | undefined {
  const apart = takeApart(argv);
  if (startedIn !== undefined || !apart.ok) return undefined;

  const named = placesIn(apart);
  // Without folders there are those of a config file here.
  const isNamed = named.length > 0
    || !/^(watch|sync|check)$/.test(commandNamed(apart.rest[0])?.name ?? '');
  const relative = isNamed ? named.find((each) => !path.isAbsolute(each)) : '.';
  return relative === undefined ? undefined
    : `${quoted(relative)} leads nowhere, since the working folder does not exist any more: `
      + 'change to another one, or give absolute paths';
}
