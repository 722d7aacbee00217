import { byPath, isInside, parentOf, type Path } from '../core/entry.ts';
import { isPageOf, ownerOf } from './record-keys.ts';

/** Undefined: removed, or never there. */
export type Bytes = Uint8Array | undefined;

/** The value at a path, in an ArrayBuffer of its own, which may be handed to another thread. */
export type ValueAt = (path: Path) => Bytes;

/** What is to be the value at a path. */
export type Write = readonly [path: Path, bytes: Bytes];

/**
 * Values that are not in the database yet, newest last: those that wait, and those being written.
 * A class because that is state to hide.
 */
export class WriteQueue {
  private waiting = new Values();
  private writing = new Values();
  private count = 0;

  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  /** How much memory waits, roughly. */
  get bytes(): number {
    return this.count;
  }

  add(folder: Path, bytes: Bytes): void {
    this.waiting.set(folder, bytes);
    this.count += folder.length + (bytes?.length ?? 0) + OVERHEAD;
  }

  /** A copy of what waits, or else what is stored. */
  valueOr(folder: Path, stored: () => Bytes): Bytes {
    const map = this.waiting.has(folder) ? this.waiting : this.writing;
    if (!map.has(folder)) return stored();
    const bytes = map.get(folder);
    return bytes && new Uint8Array(bytes);
  }

  /** The values of a folder and of all below it, sorted. */
  tree(folder: Path): readonly (readonly [Path, Bytes])[] {
    // Asked for each folder of some thousand: only what belongs to it is made into anything.
    const found = new Map<Path, Bytes>();
    for (const values of [this.writing, this.waiting]) {
      if (!values.isAnyIn(folder)) continue;
      for (const [path, bytes] of values) {
        if (path === folder || isInside(path, folder) || isPageOf(path, folder)) {
          found.set(path, bytes);
        }
      }
    }
    return [...found].sort(([a], [b]) => byPath(a, b));
  }

  /** All that waits, being written from now on. */
  take(): readonly (readonly [Path, Bytes])[] {
    this.writing = this.waiting;
    this.waiting = new Values();
    this.count = 0;
    return [...this.writing];
  }

  written(): void {
    this.writing = new Values();
  }

  /** What could not be written waits again, before what came meanwhile. */
  notWritten(): void {
    const all = [...this.writing, ...this.take()];
    this.writing = new Values();
    for (const [path, bytes] of all) this.add(path, bytes);
  }
}

/** Values by path that know in which folders there are any: most that are asked for have none. */
class Values extends Map<Path, Bytes> {
  private readonly folders = new Set<Path>();

  override set(path: Path, bytes: Bytes): this {
    for (let at = ownerOf(path); !this.folders.has(at); at = parentOf(at)) this.folders.add(at);
    return super.set(path, bytes);
  }

  /** Whether there is a value of a folder, or of one below it. */
  isAnyIn(folder: Path): boolean {
    return this.folders.has(folder);
  }
}

/** Two sorted lists as one: what is stored, but for what changed. */
export async function* overlay(
  changed: readonly (readonly [Path, Bytes])[], stored: AsyncIterable<[Path, Uint8Array]>,
): AsyncGenerator<[Path, Uint8Array]> {
  let next = 0;
  for await (const entry of stored) {
    for (; next < changed.length && changed[next]![0] < entry[0]; next += 1) {
      const [path, bytes] = changed[next]!;
      if (bytes !== undefined) yield [path, bytes];
    }
    if (changed[next]?.[0] !== entry[0]) yield entry;
  }
  for (const [path, bytes] of changed.slice(next)) {
    if (bytes !== undefined) yield [path, bytes];
  }
}

/** What one value takes besides its bytes and its path. */
const OVERHEAD = 100;
