import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import type { Terminal, Turn } from '../../lib/report/outlet.ts';
import { createScreen, eraser } from '../../lib/report/screen.ts';
import type { Part } from '../../lib/report/status-line.ts';
import { until } from '../support/temp.ts';
import { recorder } from './recorder.ts';

const screen = suite('createScreen');

const ERASE = '\r\x1b[K';
const status = (text: string): readonly Part[] => [{ text, rank: 0 }];

/** A terminal of some width; `turn` tells of what happens to it. */
function terminalOf(width: number): Terminal & { width: number; ours: boolean;
  readonly turn: (turn: Turn) => void } {
  let listener: ((turn: Turn) => void) | undefined;
  const terminal = {
    width, ours: true,
    columns: () => terminal.width,
    isOurs: () => terminal.ours,
    onTurn(one: (turn: Turn) => void) {
      listener = one;
      return () => (listener = undefined);
    },
    turn: (turn: Turn) => listener?.(turn),
  };
  return terminal;
}

screen('is a plain list of lines without a status', () => {
  const sink = recorder();
  const shown = createScreen(sink, terminalOf(80));
  shown.write('one');
  shown.write('two');
  shown.close();
  $.is(sink.text(), 'one\ntwo\n');
});

screen('scrolls lines above the status', async () => {
  const sink = recorder();
  const shown = createScreen(sink, terminalOf(80));
  shown.status(status('watching'));
  await until(() => sink.text() === `${ERASE}watching`);
  shown.write('one');
  shown.write('two');
  await until(() => sink.text().endsWith(`two\n${ERASE}watching`));
  $.is(sink.text().replaceAll(`${ERASE}watching`, '').replaceAll(ERASE, ''), 'one\ntwo\n');
  shown.close();
  $.ok(sink.text().endsWith(`watching${ERASE}`));
});

screen('draws only the newest of many states, and leaves the last column free', async () => {
  const sink = recorder();
  const shown = createScreen(sink, terminalOf(5));
  for (let n = 1_000; n <= 1_100; n += 1) shown.status(status(`${n}xyz`));
  await until(() => sink.text() !== '');
  $.is(sink.text(), `${ERASE}1100`);
  shown.close();
});

screen('draws again below a line that was typed', async () => {
  const sink = recorder();
  const shown = createScreen(sink, terminalOf(80));
  shown.status(status('watching'));
  await until(() => sink.text() === `${ERASE}watching`);
  shown.typed();
  await until(() => sink.text() === `${ERASE}watching${ERASE}watching`);
  shown.close();
});

screen('draws nothing on a terminal that takes no more', async () => {
  const sink = recorder();
  sink.reads = false;
  const shown = createScreen(sink, terminalOf(80));
  shown.status(status('old'));
  await new Promise((resolve) => setTimeout(resolve, 250));
  $.is(sink.text(), '');
  shown.status(status('new'));
  sink.reads = true;
  await until(() => sink.text() === `${ERASE}new`);
  shown.close();
});

screen('takes the status away at once, where there is none', async () => {
  const sink = recorder();
  const shown = createScreen(sink, terminalOf(80));
  shown.status(status('watching'));
  await until(() => sink.text() === `${ERASE}watching`);
  shown.status([]);
  $.is(sink.text(), `${ERASE}watching${ERASE}`);
  shown.close();
});

screen('draws anew, as wide as it fits, when the size changed', async () => {
  const sink = recorder();
  const terminal = terminalOf(80);
  const shown = createScreen(sink, terminal);
  const parts = [{ text: 'watching', rank: 0 }, { text: 'x'.repeat(40), rank: 1 }];
  shown.status(parts);
  await until(() => sink.text().endsWith('x'));
  terminal.width = 40;
  terminal.turn('resized');
  await until(() => sink.text().endsWith('\r\x1b[1A\x1b[Jwatching'));
  terminal.width = 80;
  terminal.turn('resized');
  await until(() => sink.text().endsWith(`${ERASE}watching  ${'x'.repeat(40)}`));
  shown.close();
});

screen('draws nothing in the background, where the cursor is the shell\'s', async () => {
  const sink = recorder();
  const terminal = terminalOf(80);
  terminal.ours = false;
  const shown = createScreen(sink, terminal);
  shown.status(status('watching'));
  shown.write('one');
  await new Promise((resolve) => setTimeout(resolve, 250));
  $.is(sink.text(), 'one\n');
  terminal.ours = true;
  terminal.turn('continued');
  await until(() => sink.text() === `one\n${ERASE}watching`);
  shown.close();
});

screen('draws the line anew after it was stopped, and lets be what the shell wrote', async () => {
  const sink = recorder();
  const terminal = terminalOf(80);
  const shown = createScreen(sink, terminal);
  shown.status(status('watching'));
  await until(() => sink.text() === `${ERASE}watching`);
  terminal.ours = false;
  terminal.turn('continued');
  shown.write('one');
  $.is(sink.text(), `${ERASE}watchingone\n`);
  terminal.ours = true;
  terminal.turn('continued');
  await until(() => sink.text() === `${ERASE}watchingone\n${ERASE}watching`);
  shown.close();
});

screen('draws nothing after its end', async () => {
  const sink = recorder();
  const shown = createScreen(sink, terminalOf(80));
  shown.status(status('watching'));
  shown.close();
  await new Promise((resolve) => setTimeout(resolve, 150));
  $.is(sink.text(), '');
});

screen.run();

// ---

const erasing = suite('eraser');

const rows: readonly (readonly [number, number, string])[] = [
  [0, 80, ERASE], [79, 80, ERASE], [40, 40, ERASE], [41, 40, '\r\x1b[1A\x1b[J'],
  [79, 20, '\r\x1b[3A\x1b[J'], [79, 0, '\r\x1b[78A\x1b[J'],
];
for (const [drawn, columns, expected] of rows) {
  erasing(`of ${drawn} columns in ${columns}`, () => $.is(eraser(drawn, columns), expected));
}

erasing.run();
