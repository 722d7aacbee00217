import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import type { PairEvent, SyncEvent } from '../../lib/core/event.ts';
import { createReporter, type Reporter, type ReporterOptions } from '../../lib/report/reporter.ts';
import { tempFolder, until } from '../support/temp.ts';
import { pipeOf, recorder, terminalOf, type Recorder } from './recorder.ts';

const TIME = '2026-11-21T09:00:00.000Z';
const now = (): Date => new Date(TIME);

interface Told {
  readonly reporter: Reporter;
  readonly out: Recorder;
  readonly err: Recorder;
}

function start(options: Partial<ReporterOptions> = {}): Told {
  const [out, err] = [recorder(), recorder()];
  const reporter = createReporter({
    json: false, quiet: false, verbose: false, stdout: pipeOf(out), stderr: pipeOf(err), now,
    ...options,
  });
  return { reporter, out, err };
}

function tell(options: Partial<ReporterOptions>, events: readonly PairEvent[]): Told {
  const told = start(options);
  for (const event of events) told.reporter.report(event);
  return told;
}

const EVENTS: readonly SyncEvent[] = [
  { kind: 'started', source: '/s', replica: '/r', command: 'watch', dryRun: false },
  { kind: 'pass-started', pass: 1, scope: 'full', reason: 'start' },
  { kind: 'progress', phase: 'apply', files: 1, bytes: 1 },
  { kind: 'operation-done', operation: 'copy', path: 'a', type: 'file', bytes: 1 },
  { kind: 'problem', path: 'b', code: 'EIO', action: 'read' },
  { kind: 'pass-failed', code: 'source-missing', text: 'the source is missing', exitCode: 3 },
  { kind: 'stopped', reason: 'quit' },
];

/** What is gathered leaves at the end of a turn of the event loop. */
const aTurn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

/** The lines that have scrolled, without the last one that was drawn and taken away. */
const linesOn = (sink: Recorder): readonly string[] =>
  sink.text().split('\n').slice(0, -1).map((line) => line.slice(line.lastIndexOf('\r') + 1)
    .replace('\x1b[K', ''));

/** What is drawn below them. */
const lastLineOn = (sink: Recorder): string => sink.text().split('\n').at(-1) ?? '';

const EIO = 'cannot read b: input/output error (EIO): check the disk or the connection (dmesg)';

const reports = suite('createReporter');

reports('tells events on stdout and failures on stderr', () => {
  const { out, err } = tell({}, EVENTS);
  $.is(out.text(), `${TIME} INFO  mirroring /s to /r\n${TIME} INFO  copied a (1 B)\n`
    + `${TIME} WARN  ${EIO}\n${TIME} INFO  stopped: quit\n`);
  $.is(err.text(), `${TIME} ERROR the source is missing\n`);
});

reports('tells details when asked for', () => {
  const { out } = tell({ verbose: true }, EVENTS);
  $.is(out.text(), `${TIME} INFO  mirroring /s to /r\n${TIME} DEBUG full pass started (start)\n`
    + `${TIME} INFO  copied a (1 B)\n${TIME} WARN  ${EIO}\n${TIME} INFO  stopped: quit\n`);
});

reports('tells only what matters when asked to be quiet', () => {
  const { out, err } = tell({ quiet: true }, EVENTS);
  $.is(out.text(), `${TIME} WARN  ${EIO}\n`);
  $.is(err.text(), `${TIME} ERROR the source is missing\n`);
});

reports('tells several pairs apart', () => {
  const events: readonly PairEvent[] = [
    { kind: 'started', source: '/s', replica: '/r', command: 'watch', dryRun: false, pair: 'a' },
    { kind: 'started', source: '/t', replica: '/q', command: 'sync', dryRun: false, pair: 'b' },
    { kind: 'operation-done', operation: 'copy', path: 'c', type: 'file', bytes: 1, pair: 'b' },
    { kind: 'held', reason: 'source-emptied', limit: 0, entries: 1, of: 1, paths: ['x'],
      pair: 'a' },
    { kind: 'pass-failed', code: 'x', text: 'no', exitCode: 3, pair: 'b' },
  ];
  const { out, err } = tell({}, events);
  $.is(out.text(), `${TIME} INFO  [a] mirroring /s to /r\n${TIME} INFO  [b] copied c (1 B)\n`
    + `${TIME} WARN  [a] held: 1 deletion of 1 entry, because the source is empty; first: x; `
    + 'to approve, run fsync approve /s /r, or give this watch the word "approve"\n');
  $.is(err.text(), `${TIME} ERROR [b] no\n`);
  const lines = tell({ json: true }, events).out.text().trimEnd().split('\n');
  $.equal(lines.map((text) => (JSON.parse(text) as PairEvent).pair), ['a', 'b', 'b', 'a', 'b']);
});

reports('tells every event as JSON, one a line, and nothing else on stdout', () => {
  const { out, err } = tell({ json: true }, EVENTS);
  const lines = out.text().trimEnd().split('\n').map((line) => JSON.parse(line) as object);
  $.equal(lines, EVENTS.map((event) => ({ time: TIME, ...event })));
  $.is(err.text(), `${TIME} ERROR the source is missing\n`);
});

reports('tells nothing but JSON where stderr leads to the same', () => {
  const both = recorder();
  const outlet = pipeOf(both);
  tell({ json: true, stdout: outlet, stderr: outlet }, EVENTS);
  $.equal(both.text().trimEnd().split('\n').map((line) => JSON.parse(line) as object),
    EVENTS.map((event) => ({ time: TIME, ...event })));
});

reports('is quiet in JSON, too', () => {
  const { out } = tell({ json: true, quiet: true }, EVENTS);
  const kinds = out.text().trimEnd().split('\n').map((line) => JSON.parse(line).kind as string);
  $.equal(kinds, ['problem', 'pass-failed']);
});

reports('repeats what is repeated', () => {
  const many = Array.from({ length: 20 }, () => ({ kind: 'paused' }) as const);
  const { out } = tell({}, many);
  $.is(out.text().split('\n').length, 21);
});

reports('is short and coloured on a terminal, the status below', async () => {
  const sink = recorder();
  const stdout = terminalOf(sink, 60);
  const { reporter } = tell({ stdout, stderr: stdout }, EVENTS.slice(0, 5));
  reporter.report({ kind: 'watching', folders: 2, intervalMs: 600_000 });
  const lines = [
    'mirroring /s to /r', '\x1b[32mcopied\x1b[0m a (1 B)', `\x1b[33mwarning:\x1b[0m ${EIO}`,
    'watching 2 folders, a full pass every 10 min',
  ];
  $.equal(linesOn(sink), lines);
  await until(() => /watching.*2 folders.*next full pass at \d\d:10:00/.test(lastLineOn(sink)));
  $.match(lastLineOn(sink), '\x1b[32mwatching\x1b[0m');
  reporter.report(EVENTS[5] as SyncEvent);
  $.equal(linesOn(sink), [...lines, '\x1b[31merror:\x1b[0m the source is missing']);
  await reporter.close();
});

reports('folds a burst on a terminal, and nowhere else', async () => {
  const burst = Array.from({ length: 3_000 }, () => EVENTS[3] as SyncEvent);
  const told: readonly SyncEvent[] = [...burst, EVENTS[6] as SyncEvent];
  const logFile = path.join(tempFolder(), 'a.log');
  const sink = recorder();
  const { reporter } = tell({ stdout: terminalOf(sink, 60), logFile }, told);
  await reporter.close();
  $.is(sink.text().split('\n').length, 12);
  $.match(sink.text(), /^… and 2,990 more operations$/m);
  $.is(fs.readFileSync(logFile, 'utf8').split('\n').length, 3_002);

  for (const options of [{}, { stdout: terminalOf(recorder(), 60), verbose: true }]) {
    const lines = tell(options, told);
    const all = 'stdout' in options ? options.stdout.sink as Recorder : lines.out;
    $.is(all.text().split('\n').filter((line) => line.includes('copied')).length, 3_000);
    await lines.reporter.close();
  }
});

reports('draws no status below JSON, or for the quiet', async () => {
  for (const options of [{ json: true }, { quiet: true }]) {
    const sink = recorder();
    const stdout = terminalOf(sink, 60);
    const { reporter } = tell({ stdout, ...options },
      [{ kind: 'watching', folders: 2, intervalMs: 600_000 }]);
    await new Promise((resolve) => setTimeout(resolve, 150));
    $.not.match(sink.text(), '\x1b');
    await reporter.close();
  }
});

reports('tells the log file every detail, with time, whatever the screen is told', async () => {
  const logFile = path.join(tempFolder(), 'a.log');
  const { reporter } = tell({ logFile, quiet: true }, EVENTS);
  await reporter.close();
  $.is(fs.readFileSync(logFile, 'utf8'), `${TIME} INFO  mirroring /s to /r\n`
    + `${TIME} DEBUG full pass started (start)\n${TIME} INFO  copied a (1 B)\n`
    + `${TIME} WARN  ${EIO}\n${TIME} ERROR the source is missing\n${TIME} INFO  stopped: quit\n`);
});

reports('writes JSON into the log file when asked for, but no progress', async () => {
  const logFile = path.join(tempFolder(), 'a.log');
  const { reporter } = tell({ logFile, json: true }, EVENTS);
  await reporter.close();
  const kinds = fs.readFileSync(logFile, 'utf8').trimEnd().split('\n')
    .map((line) => (JSON.parse(line) as SyncEvent).kind);
  $.equal(kinds, EVENTS.map(({ kind }) => kind).filter((kind) => kind !== 'progress'));
});

reports('tells once on stderr that the log cannot be written, and goes on', async () => {
  const folder = path.join(tempFolder(), 'logs');
  const { reporter, out, err } = tell({ logFile: `${folder}/a.log` }, EVENTS.slice(0, 1));
  await aTurn();
  for (const event of EVENTS.slice(1)) reporter.report(event);
  $.is(err.text(), `${TIME} WARN  cannot write to ${folder}/a.log: the folder ${folder} does not`
    + ' exist: make it first; mirroring goes on, lines wait for a later try, and are lost where'
    + ' fsync ends before\n'
    + `${TIME} ERROR the source is missing\n`);
  $.is(out.text().split('\n').length, 5);
  fs.mkdirSync(folder);
  await reporter.close();
  $.is(fs.readFileSync(`${folder}/a.log`, 'utf8').split('\n').length, 7);
});

reports('tells trouble with the log in JSON, too', async () => {
  const { reporter, out } = tell({ json: true, logFile: `${tempFolder()}/logs/a.log` },
    EVENTS.slice(0, 1));
  await aTurn();
  $.match(out.text(), /^\{[^\n]*"kind":"notice","level":"warn","code":"output-trouble",/m);
  await reporter.close();
});

reports('names the files it writes', async () => {
  const logFile = path.join(tempFolder(), 'a.log');
  const { reporter } = start({ logFile });
  const { dev, ino } = fs.statSync(logFile, { bigint: true });
  $.equal(reporter.outputs(), [{ dev, ino, path: logFile }]);
  await reporter.close();
});

reports.run();
