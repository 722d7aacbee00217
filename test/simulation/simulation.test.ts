import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { generate } from './generate.ts';
import { KEPT } from './kept.ts';
import { run } from './run.ts';

/** More of them: `npm run test:long`. */
const SEEDS = 120;

const simulation = suite('the engine on a simulated machine');

for (const { found, ...row } of KEPT) {
  simulation(`keeps its promise where it once failed: ${found}`, async () => {
    const { wrong, log } = await run(row);
    assert.equal(wrong, [], log.join('\n'));
  });
}

simulation('keeps its promise, whatever happens', async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { wrong } = await run(generate(seed));
    assert.equal(wrong, [], `seed ${seed}: npm run test:long -- 1 ${seed}`);
  }
});

simulation('has each file of a new folder on the disk before the folder shows, with --durable',
  async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const { wrong } = await run({ seed, settings: { durable: true, chunk: 4096 }, steps: [
        { edit: 'S', seed, times: 12 }, { sync: [] }, { edit: 'S', seed: seed * 7, times: 6 },
      ] });
      assert.equal(wrong, [], `seed ${seed}`);
    }
  });

simulation('gives the same for the same seed', async () => {
  const [first, second] = [await run(generate(7)), await run(generate(7))];
  assert.equal(first.log, second.log);
});

simulation.run();
