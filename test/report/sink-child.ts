import fs from 'node:fs';

import { createSink } from '../../lib/report/sink.ts';

/**
 * Writes 200,000 lines (about 19 MB) to stdout in a hundred turns of the event loop, then what
 * happened into the file of the first argument: the longest turn, and how long it took to close.
 * With a second argument it waits for that file before it closes.
 */
async function main([report = '', goOn]: readonly string[]): Promise<void> {
  const reasons: string[] = [];
  const sink = createSink(1, { onTrouble: (reason) => reasons.push(reason) });
  let longest = 0;
  for (let turn = 0; turn < 100; turn += 1) {
    const start = performance.now();
    for (let n = 0; n < 2_000; n += 1) sink.write(`${turn * 2_000 + n} ${'é'.repeat(45)}`);
    longest = Math.max(longest, performance.now() - start);
    await new Promise((resolve) => setImmediate(resolve));
  }

  fs.writeFileSync(`${report}.written`, '');
  while (goOn !== undefined && !fs.existsSync(goOn)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  if (goOn !== undefined) {
    await sink.flush(10_000);
    sink.write('the end');
  }

  const start = performance.now();
  await sink.close(goOn === undefined ? 300 : 10_000);
  const closeMs = performance.now() - start;
  fs.writeFileSync(report, JSON.stringify({ longest, closeMs, reasons }));
}

void main(process.argv.slice(2));
