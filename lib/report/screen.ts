import { columnsOf } from './columns.ts';
import type { Terminal } from './outlet.ts';
import type { Sink } from './sink.ts';
import { fit, textOf, type Part } from './status-line.ts';

/** A terminal: lines scroll, and below them one status line is redrawn in place. */
export interface Screen {
  /** A line that scrolls; what the status line shows is drawn again below it. */
  write(text: string): void;
  /** What the status line shows from now on; nothing, and that at once, when there are no parts. */
  status(parts: readonly Part[]): void;
  /** A line was typed: the cursor is below what was drawn, where nothing is. */
  typed(): void;
  /** Leaves the cursor at the start of an empty line. */
  close(): void;
}

/** At most ten drawings a second. */
const DRAW_EVERY_MS = 100;
/** How often it is asked whether we are in the terminal's foreground again. */
const LOOK_EVERY_MS = 1_000;

/**
 * Draws only while all that was written has left: a terminal that is stopped by Ctrl-S, or slow,
 * gets lines in its queue, but never old states of the status line. Nor does it draw in the
 * background, where the line at the cursor is the shell's: there it is a plain list of lines.
 */
export function createScreen(
  sink: Sink, terminal: Terminal, paint?: (part: Part) => string,
): Screen {
  let parts: readonly Part[] = [];
  let shown = '';
  let shownColumns = 0;
  let drawnMs = -Infinity;
  let timer: NodeJS.Timeout | undefined;

  const stopListening = terminal.onTurn((turn) => {
    // The shell has the cursor since we were stopped, and wrote where the line was.
    if (turn === 'continued') forget();
    clearTimeout(timer);
    timer = undefined;
    drawSoon(0);
  });

  return {
    write(text) {
      sink.write(shown === '' ? text : erasing() + text);
      forget();
      if (parts.length === 0) return;
      if (performance.now() - drawnMs >= DRAW_EVERY_MS && sink.isIdle()) draw();
      else drawSoon();
    },
    status(next) {
      parts = next;
      if (next.length === 0) draw();
      else drawSoon();
    },
    typed() {
      forget();
      if (parts.length > 0) drawSoon();
    },
    close() {
      stopListening();
      clearTimeout(timer);
      timer = undefined;
      parts = [];
      draw();
    },
  };

  function drawSoon(ms = DRAW_EVERY_MS): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      if (sink.isIdle()) draw();
      else drawSoon();
    }, ms).unref();
  }

  function draw(): void {
    if (parts.length > 0 && !terminal.isOurs()) {
      drawSoon(LOOK_EVERY_MS);
      return;
    }
    // The last column stays empty: a character there makes some terminals start a new line.
    const fitting = fit(parts, terminal.columns() - 1);
    const text = textOf(fitting, paint);
    if (text === shown && shownColumns < terminal.columns()) return;
    sink.write(erasing() + text, '');
    shown = text;
    shownColumns = columnsOf(textOf(fitting));
    drawnMs = performance.now();
  }

  function forget(): void {
    shown = '';
    shownColumns = 0;
  }

  function erasing(): string {
    return eraser(shownColumns, terminal.columns());
  }
}

/**
 * What takes away a line that was drawn so wide, in a terminal that may have become narrower since:
 * most break such a line anew, so that it has several rows, and the cursor is in the last one.
 */
export function eraser(drawn: number, columns: number): string {
  const rows = Math.max(1, Math.ceil(drawn / Math.max(1, columns)));
  return rows === 1 ? '\r\x1b[K' : `\r\x1b[${rows - 1}A\x1b[J`;
}
