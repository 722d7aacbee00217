import { fit, type Part } from './progress.ts';
import type { Sink } from './sink.ts';

/** A terminal: lines scroll, and below them one status line is redrawn in place. */
export interface Screen {
  /** A line that scrolls; what the status line shows is drawn again below it. */
  write(text: string): void;
  /** What the status line shows from now on; nothing when there are no parts. */
  status(parts: readonly Part[]): void;
  /** Leaves the cursor at the start of an empty line. */
  close(): void;
}

/** At most ten drawings a second. */
const DRAW_EVERY_MS = 100;
const ERASE = '\r\x1b[K';

/**
 * Draws only while all that was written has left: a terminal that is stopped by Ctrl-S, or slow,
 * gets lines in its queue, but never old states of the status line.
 */
export function createScreen(sink: Sink, columns: () => number): Screen {
  let parts: readonly Part[] = [];
  let shown = '';
  let timer: NodeJS.Timeout | undefined;

  return {
    write(text) {
      sink.write(shown === '' ? text : ERASE + text);
      shown = '';
      if (parts.length > 0) drawSoon();
    },
    status(next) {
      parts = next;
      drawSoon();
    },
    close() {
      clearTimeout(timer);
      parts = [];
      timer = undefined;
      draw();
    },
  };

  function drawSoon(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      if (sink.isIdle()) draw();
      else drawSoon();
    }, DRAW_EVERY_MS).unref();
  }

  /** The last column stays empty: a character there makes some terminals start a new line. */
  function draw(): void {
    const text = parts.length === 0 ? '' : fit(parts, columns() - 1);
    if (text !== shown) sink.write(ERASE + text, '');
    shown = text;
  }
}
