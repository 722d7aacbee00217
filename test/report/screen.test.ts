import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import type { Part } from '../../lib/report/progress.ts';
import { createScreen } from '../../lib/report/screen.ts';
import { until } from '../support/temp.ts';
import { recorder } from './recorder.ts';

const screen = suite('createScreen');

const ERASE = '\r\x1b[K';
const status = (text: string): readonly Part[] => [{ text, rank: 0 }];

screen('is a plain list of lines without a status', () => {
  const sink = recorder();
  const terminal = createScreen(sink, () => 80);
  terminal.write('one');
  terminal.write('two');
  terminal.close();
  $.is(sink.text(), 'one\ntwo\n');
});

screen('scrolls lines above the status', async () => {
  const sink = recorder();
  const terminal = createScreen(sink, () => 80);
  terminal.status(status('watching'));
  await until(() => sink.text() === `${ERASE}watching`);
  terminal.write('one');
  terminal.write('two');
  const after = `${ERASE}watching${ERASE}one\ntwo\n`;
  $.is(sink.text(), after);
  await until(() => sink.text() === `${after}${ERASE}watching`);
  terminal.close();
  $.is(sink.text(), `${after}${ERASE}watching${ERASE}`);
});

screen('draws only the newest of many states, and leaves the last column free', async () => {
  const sink = recorder();
  const terminal = createScreen(sink, () => 5);
  for (let n = 1_000; n <= 1_100; n += 1) terminal.status(status(`${n}xyz`));
  await until(() => sink.text() !== '');
  $.is(sink.text(), `${ERASE}1100`);
  terminal.close();
});

screen('draws nothing on a terminal that takes no more', async () => {
  const sink = recorder();
  sink.reads = false;
  const terminal = createScreen(sink, () => 80);
  terminal.status(status('old'));
  await new Promise((resolve) => setTimeout(resolve, 250));
  $.is(sink.text(), '');
  terminal.status(status('new'));
  sink.reads = true;
  await until(() => sink.text() === `${ERASE}new`);
  terminal.close();
});

screen('draws nothing after its end', async () => {
  const sink = recorder();
  const terminal = createScreen(sink, () => 80);
  terminal.status(status('watching'));
  terminal.close();
  await new Promise((resolve) => setTimeout(resolve, 150));
  $.is(sink.text(), '');
});

screen.run();
