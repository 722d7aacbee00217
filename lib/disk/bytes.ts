import { randomFillSync } from 'node:crypto';
import { TEMPORARY_PREFIX, type Path } from '../core/entry.ts';

/**
 * A latin1 path as fs takes it. Node would encode a string as UTF-8, so that only pure ASCII may go
 * as it is (no copy); any other name goes as the bytes it stands for.
 */
export function fsPath(path: Path): string | Buffer {
  // oxlint-disable-next-line no-control-regex -- ASCII is what the range says.
  return /^[\x00-\x7f]*$/.test(path) ? path : Buffer.from(path, 'latin1');
}

/** The code of a thrown value: the system's, or one of ours in kebab-case. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : 'unknown';
}

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
  let name = TEMPORARY_PREFIX;
  for (const end = used + 16; used < end; used += 1) name += (random[used]! % 36).toString(36);
  return name;
}

/** Run a generator to its end at once: what a worker does, which has nothing else to look after. */
export function runThrough<T>(steps: Generator<unknown, T, void>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
