// The long run: `npm run test:long`, or `npm run test:long -- 500 17` for 500 seeds from 17 on. A
// seed that fails is shrunk and printed as a row for kept.ts.
import { generate } from './generate.ts';
import type { Row } from './row.ts';
import { run } from './run.ts';
import { shrink } from './shrink.ts';

const [count = 10_000, first = 1] = process.argv.slice(2).map(Number);
let failed = 0;
let calls = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const row = generate(seed);
  const outcome = await run(row);
  calls += outcome.calls;
  if (outcome.wrong.length === 0) continue;
  failed += 1;
  const kind = kindOf(outcome.wrong);
  const smallest = await shrink(row, async (smaller: Row) =>
    kindOf((await run(smaller)).wrong) === kind);
  const { wrong } = await run(smallest);
  const told = wrong.slice(0, 6).join('\n  ');
  console.log(`seed ${seed} fails:\n  ${told}\n${JSON.stringify(smallest)},`);
  if (failed >= Number(process.env['FSYNC_MOST'] ?? 10)) break;
}
console.log(`${count} seeds, ${calls} calls, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** What is wrong, without the names: a smaller row has others. */
function kindOf(wrong: readonly string[]): string {
  return wrong[0] === undefined ? '' : `: ${wrong[0].replace(/".*?"|[\d-]+/g, '').slice(0, 24)}`;
}
