import { randomFillSync } from 'node:crypto';
import { constants } from 'node:os';
import { TEMPORARY_PREFIX, type Path } from '../core/entry.ts';

/**
 * A latin1 path as fs takes it. Node would encode a string as UTF-8, so that only pure ASCII may go
 * as it is (no copy); any other name goes as the bytes it stands for.
 */
export function fsPath(path: Path): string | Buffer {
  // As UTF-8 only ASCII has as many bytes as characters; asking for that costs less than a pattern.
  return Buffer.byteLength(path) === path.length ? path : Buffer.from(path, 'latin1');
}

/** Whether fs takes it as it is: faster than a pattern for what is as short as a name. */
export function isAscii(name: string): boolean {
  for (let at = 0; at < name.length; at += 1) if (name.charCodeAt(at) > 0x7f) return false;
  return true;
}

/** The code of a thrown value: the system's, or one of ours in kebab-case. */
export function codeOf(error: unknown): string {
  const { code, errno } = Object(error) as { code?: unknown; errno?: unknown };
  if (typeof code !== 'string') return 'unknown';
  return /^unknown/i.test(code) && typeof errno === 'number'
    ? NAMELESS.get(-errno) ?? `Unknown system error ${errno}` : code;
}

/**
 * What Node's own table of errors lacks, it calls UNKNOWN: among it the used-up quota (EDQUOT), the
 * network file system that lost a file (ESTALE), and the damaged file system (EUCLEAN).
 */
const NAMELESS = new Map([
  ...Object.entries(constants.errno).map(([name, number]) => [number, name] as const),
  ...(process.platform === 'linux' ? [[117, 'EUCLEAN']] as const : []),
]);

/**
 * Whether a code means that there is no such entry. Only these two do: every other one, also those
 * that Node has no name for, means that nothing is known.
 */
export const isAbsent = (code: string): boolean => code === 'ENOENT' || code === 'ENOTDIR';

/** An error with a code of ours, thrown where the system would not have complained. */
export function failure(code: string, path: Path): Error & { readonly code: string } {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

const random = Buffer.allocUnsafe(4096);
let used = random.length;

/**
 * A fresh temporary name, as isTemporary() knows it. Random, not counted: threads and processes
 * would count alike, and a name that can be guessed can be planted.
 */
export function temporaryName(): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  used += 8;
  return TEMPORARY_PREFIX + random.toString('hex', used - 8, used);
}

/** Run a generator to its end at once: what a worker does, which has nothing else to look after. */
export function runThrough<T>(steps: Generator<unknown, T, void>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
