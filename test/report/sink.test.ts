import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import type { Channel } from '../../lib/report/channel.ts';
import { createSink, queueSink } from '../../lib/report/sink.ts';
import { needs } from '../support/needs.ts';
import { tempFolder, until } from '../support/temp.ts';

const sink = suite('createSink');
const onLinux = needs(sink, { platform: 'linux' });

const CHILD = fileURLToPath(new URL('./sink-child.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');
const LINES = 200_000;

interface Report {
  readonly longest: number;
  readonly closeMs: number;
  readonly reasons: readonly string[];
}

/** Runs the child in a shell, with `$CHILD` as its command, and reads its report. */
async function run(script: string, ...more: readonly string[]): Promise<Report> {
  const folder = tempFolder();
  const report = path.join(folder, 'report');
  const child = `'${process.execPath}' --import '${TSX}' '${CHILD}' '${report}' ${more.join(' ')}`;
  const shell = spawn('sh', ['-c', script.replace('$CHILD', child)],
    { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  // A socket: the output stays unread, unless the script has its own.
  try {
    await until(() => fs.existsSync(report), { timeoutMs: 30_000, what: 'the child reports' });
    await until(() => shell.exitCode !== null, { what: 'the child ends' });
  } finally {
    // A child that waits after all, and so fails the test, is to end with it.
    if (shell.exitCode === null && shell.pid !== undefined) process.kill(-shell.pid, 'SIGKILL');
  }
  return JSON.parse(fs.readFileSync(report, 'utf8')) as Report;
}

/** No turn waited for a reader: the shortest wait of a script is two seconds. */
const LONGEST_MS = 1_500;

onLinux('never waits for a pipe nobody reads', async () => {
  const { longest, closeMs } = await run('mkfifo p; exec 3<>p; $CHILD > p');
  $.ok(longest < LONGEST_MS, `a turn took ${longest} ms`);
  $.ok(closeMs >= 290 && closeMs < LONGEST_MS, `closing took ${closeMs} ms`);
});

onLinux('never waits for a socket nobody reads', async () => {
  const { longest, closeMs } = await run('$CHILD');
  $.ok(longest < LONGEST_MS, `a turn took ${longest} ms`);
  $.ok(closeMs < LONGEST_MS, `closing took ${closeMs} ms`);
});

needs(sink, { platform: 'linux', tools: ['python3'] })(
  'never waits for a terminal that takes no more', async () => {
    // Ctrl-S does the same as a master that nobody reads.
    const terminal = 'import os,pty,sys; p,f=pty.fork(); '
      + 'p or os.execvp("sh",["sh","-c",sys.argv[1]]); os.waitpid(p,0)';
    const { longest, closeMs } = await run(`python3 -c '${terminal}' "$CHILD"`);
    $.ok(longest < LONGEST_MS, `a turn took ${longest} ms`);
    $.ok(closeMs >= 290 && closeMs < LONGEST_MS, `closing took ${closeMs} ms`);
  });

/** The numbers of the lines, and of those told to be dropped, in order. */
function read(file: string): { kept: number[]; dropped: number; last: string } {
  const lines = fs.readFileSync(file, 'utf8').trimEnd().split('\n');
  const kept: number[] = [];
  let dropped = 0;
  for (const line of lines.slice(0, -1)) {
    const told = /^… ([\d,]+) lines dropped: the output was not read$/.exec(line)?.[1];
    if (told === undefined) {
      $.match(line, /^\d+ é{45}$/);
      kept.push(Number.parseInt(line, 10));
    } else dropped += Number(told.replaceAll(',', ''));
  }
  return { kept, dropped, last: lines.at(-1) ?? '' };
}

onLinux('tells a late reader how many lines were dropped, and where', async () => {
  const folder = tempFolder();
  const [out, goOn] = [path.join(folder, 'out'), path.join(folder, 'go-on')];
  const reader = `until [ -e report.written ]; do sleep 0.05; done; touch ${goOn}; cat > ${out}`;
  await run(`$CHILD | { ${reader}; }`, goOn);
  const { kept, dropped, last } = read(out);
  $.is(kept.length + dropped, LINES);
  $.ok(dropped > 0);
  $.equal(kept, [...kept].sort((a, b) => a - b));
  $.is(last, 'the end');
});

onLinux('loses nothing on its way to a file', async () => {
  const folder = tempFolder();
  const [out, goOn] = [path.join(folder, 'out'), path.join(folder, 'go-on')];
  fs.writeFileSync(goOn, '');
  await run(`$CHILD > ${out}`, goOn);
  const { kept, dropped, last } = read(out);
  $.is(kept.length, LINES);
  $.is(dropped, 0);
  $.is(last, 'the end');
});

onLinux('outlives a reader that leaves', async () => {
  const { longest, closeMs, reasons } = await run('$CHILD | head -n 1');
  $.ok(longest < LONGEST_MS);
  $.ok(closeMs < 290, `closing took ${closeMs} ms, as if a line could still leave`);
  $.equal(reasons, []);
});

onLinux('outlives a full disk, and says so once', async () => {
  const { longest, reasons } = await run('$CHILD > /dev/full');
  $.ok(longest < LONGEST_MS);
  $.equal(reasons, ['no space left on the disk (ENOSPC): make room there']);
});

onLinux('outlives a closed stdout', async () => {
  const { reasons } = await run('$CHILD >&-');
  $.equal(reasons, []);
});

sink('knows a file by device and inode, and appends to it', () => {
  const file = path.join(tempFolder(), 'out');
  fs.writeFileSync(file, 'old\n');
  const fd = fs.openSync(file, 'a');
  const out = createSink(fd);
  out.write('new');
  const { dev, ino } = fs.fstatSync(fd, { bigint: true });
  $.equal(out.identity(), { dev, ino });
  $.is(fs.readFileSync(file, 'utf8'), 'old\nnew\n');
  fs.closeSync(fd);
});

sink('has no identity where there is no file', () => {
  const fd = fs.openSync('/dev/null', 'w');
  $.is(createSink(fd).identity(), undefined);
  fs.closeSync(fd);
});

sink.run();

// ---

const queued = suite('queueSink');

/** A channel that answers each put with the next of its answers: bytes to take, or a code. */
function scripted(answers: (number | string)[]): Channel & { readonly text: () => string } {
  let text = '';
  return {
    chunkBytes: 4_096,
    text: () => text,
    put(bytes) {
      const answer = answers.shift() ?? bytes.length;
      if (typeof answer === 'string') throw Object.assign(new Error(answer), { code: answer });
      const taken = Math.min(answer, bytes.length);
      text += bytes.subarray(0, taken).toString('latin1');
      return taken;
    },
    pending: () => 0,
    isLost: (code) => code === 'EPIPE',
    identity: () => undefined,
    close: () => {},
  };
}

queued('goes on after short writes and a full pipe', async () => {
  const channel = scripted([2, 'EAGAIN', 1, 0]);
  const out = queueSink(channel, {});
  out.write('abcdef');
  out.write('gh');
  $.not(out.isIdle());
  await out.flush(1_000);
  $.is(channel.text(), 'abcdef\ngh\n');
  $.ok(out.isIdle());
});

queued('keeps its lines in trouble, and tells it once', async () => {
  const channel = scripted(['ENOSPC', 'ENOSPC']);
  const reasons: string[] = [];
  const out = queueSink(channel, { onTrouble: (reason) => reasons.push(reason) });
  out.write('a');
  await out.flush(1_000);
  out.write('b');
  await out.flush(1_000);
  $.is(channel.text(), 'a\nb\n');
  $.is(reasons.length, 1);
});

queued('stops for good once the other end is gone', async () => {
  const channel = scripted([2, 'EPIPE']);
  const out = queueSink(channel, {});
  out.write('abcdef');
  out.write('gh');
  await out.close(1_000);
  $.is(channel.text(), 'ab');
});

queued('gathers the lines of one turn, up to a limit', async () => {
  const channel = scripted([]);
  const out = queueSink(channel, { gathers: true });
  out.write('a');
  out.write('b');
  $.is(channel.text(), '');
  $.not(out.isIdle());
  await new Promise((resolve) => { setImmediate(resolve); });
  $.is(channel.text(), 'a\nb\n');
  out.write('x'.repeat(65_536));
  $.is(channel.text().length, 4 + 65_537);
});

queued('lets what it gathered leave at once when it is closed: there may be no other turn', () => {
  const channel = scripted([]);
  const out = queueSink(channel, { gathers: true });
  out.write('a');
  void out.close(0);
  $.is(channel.text(), 'a\n');
});

queued.run();
