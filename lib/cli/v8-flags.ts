import v8 from 'node:v8';

/**
 * All of the garbage is collected once the heap is half again what was found to be in use, not four
 * times that: it takes hardly longer.
 */
const GROWTH = '--heap-growing-percent=50';

/**
 * Code is optimized once it has run seven times as long as V8 would wait. V8 made it beside the
 * threads that were to run it, on the same cores: a fifth of the processor's time of a pass of a
 * second, and a third where a watch took up a checkout, for code that had soon done its work.
 */
const PATIENCE = (major: number): string =>
  (major < 12 ? '--interrupt-budget=1000000' : '--invocation-count-for-turbofan=21000');

/**
 * The majors of V8, those of Node 20 to 26, that have these flags. Of one that it lacks V8
 * complains on stderr, in words that nobody who mirrors a folder understands: others are asked for
 * nothing.
 */
const KNOWN: ReadonlySet<number> = new Set([11, 12, 13, 14]);

/** What a command asks of a V8 of that version when it begins. */
export const startFlags = (version: string): readonly string[] =>
  knownTo(version, (major) => [GROWTH, PATIENCE(major)]);

/**
 * Garbage is collected still earlier, in every thread, for a fifth of a processor's time where much
 * is done; or it is not any more.
 */
export const memoryFlags = (version: string, saves: boolean): readonly string[] =>
  knownTo(version, () => [saves ? '--optimize-for-size' : '--no-optimize-for-size']);

/** Asks it of the V8 that runs this. */
export function askV8(flags: (version: string) => readonly string[]): void {
  for (const flag of flags(process.versions.v8)) v8.setFlagsFromString(flag);
}

function knownTo(
  version: string, flags: (major: number) => readonly string[],
): readonly string[] {
  const major = Number.parseInt(version, 10);
  return KNOWN.has(major) ? flags(major) : [];
}
