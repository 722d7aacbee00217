/** Lines that wait for a channel, up to a number of bytes; what comes then is counted, not kept. */
export interface LineQueue {
  add(text: string): void;
  /** The bytes to offer next: whole lines up to `maxBytes`, one at least, or their rest. */
  head(maxBytes: number): Buffer;
  /** So many bytes of the head have left. */
  taken(bytes: number): void;
  isEmpty(): boolean;
  /** How many bytes wait. */
  bytes(): number;
  clear(): void;
}

/**
 * A queue of at most `limitBytes`. The number of lines dropped becomes a line itself, `tell` makes
 * it, in the place where they would have been.
 *
 * After an overflow lines are taken again only once half of the room is free, so that gaps are few.
 */
export function createLineQueue(limitBytes: number, tell: (dropped: number) => string): LineQueue {
  let lines: string[] = [];
  let next = 0;
  let waitingBytes = 0;
  let dropped = 0;
  let chunk: Buffer = NOTHING;

  return {
    add(text) {
      const limit = dropped > 0 ? limitBytes / 2 : limitBytes;
      if (waitingBytes + Buffer.byteLength(text) > limit) {
        dropped += 1;
        return;
      }
      if (dropped > 0) tellDropped();
      push(text);
    },

    head(maxBytes) {
      if (chunk.length > 0) return chunk;
      if (next === lines.length && dropped > 0) tellDropped();
      chunk = Buffer.from(takeLines(maxBytes));
      return chunk;
    },

    taken(bytes) {
      chunk = chunk.subarray(bytes);
      waitingBytes -= bytes;
    },

    bytes: () => waitingBytes,

    isEmpty: () => chunk.length === 0 && next === lines.length && dropped === 0,

    clear() {
      lines = [];
      next = 0;
      waitingBytes = 0;
      dropped = 0;
      chunk = NOTHING;
    },
  };

  function push(text: string): void {
    lines.push(text);
    waitingBytes += Buffer.byteLength(text);
  }

  function tellDropped(): void {
    const text = tell(dropped);
    dropped = 0;
    push(text);
  }

  function takeLines(maxBytes: number): string {
    let text = lines[next] ?? '';
    let bytes = Buffer.byteLength(text);
    for (next = Math.min(next + 1, lines.length); next < lines.length; next += 1) {
      const line = lines[next] ?? '';
      bytes += Buffer.byteLength(line);
      if (bytes > maxBytes) break;
      text += line;
    }

    // The lines that left are forgotten in portions: shifting each would be quadratic.
    if (next === lines.length || next > PORTION) {
      lines = lines.slice(next);
      next = 0;
    }
    return text;
  }
}

const NOTHING = Buffer.alloc(0);
const PORTION = 4_096;
