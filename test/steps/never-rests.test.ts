import fs from 'node:fs';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { watchingCalls } from '../support/faults.ts';
import { contentOf, newPair, passesOf, syncNow, syncWell } from '../support/pass.ts';
import { until } from '../support/temp.ts';

const busy = suite('a file that never rests');

/** Runs something while a file is written to at each reading, of whatever file. */
function whileWritten<T>(at: string, act: () => Promise<T>, slowMs = 0): Promise<T> {
  let times = 0;
  return watchingCalls(['readSync'], () => {
    times += 1;
    fs.writeFileSync(at, `writing ${times}`);
    for (const since = performance.now(); performance.now() - since < slowMs;);
  }, act);
}

for (const name of ['busy', 'new/folder/busy']) {
  busy(`is told, its last complete reading kept, and copied once it rests: ${name}`, async () => {
    const pair = newPair({ [name]: 'resting', 'z': 'z' });
    const { exitCode, problems } = await whileWritten(`${pair.source}/${name}`,
      () => syncNow(pair, { workers: 0 }));
    assert.equal([exitCode, problems], [1, [`never-rests ${name}`]]);
    assert.match(contentOf(pair.replica, name), /^writing \d+$/);
    assert.is(contentOf(pair.replica, 'z'), 'z');
    await syncWell(pair);
  });
}

busy('is not copied again before ten times its copy\'s time', async () => {
  const pair = newPair({ a: 'resting' });
  const at = `${pair.source}/a`;
  await passesOf(pair, async (mirror, pass) => {
    const first = await whileWritten(at, pass, 80);
    assert.equal(first.problems, ['never-rests a']);

    fs.writeFileSync(at, 'it rests now, but it is not believed yet');
    assert.equal((await pass()).moved, []);
    mirror.memory.unstable.set('a', performance.now());
    assert.equal((await pass()).moved, ['copy a']);
    assert.is(contentOf(pair.replica, 'a'), 'it rests now, but it is not believed yet');
  });
});

busy('is left alone no longer where the clock is set back', async () => {
  const pair = newPair({ a: 'resting' });
  const at = `${pair.source}/a`;
  const { now } = Date;
  await passesOf(pair, async (_, pass) => {
    await whileWritten(at, pass);
    const since = performance.now();
    fs.writeFileSync(at, 'it rests');
    Date.now = () => now() - 86_400_000;
    try {
      await until(() => performance.now() - since > 500);
      assert.equal((await pass()).moved, ['copy a']);
    } finally {
      Date.now = now;
    }
  });
});

busy('is tried again when it was left alone for long enough, however often it failed', async () => {
  const pair = newPair({ a: 'resting' });
  const at = `${pair.source}/a`;
  await passesOf(pair, async (mirror, pass) => {
    for (let times = 1; times <= 4; times += 1) {
      mirror.memory.unstable.delete('a');
      const { events } = await whileWritten(at, pass);
      const retries = events.flatMap((event) => (event.kind === 'problem' ? [event.retryMs] : []));
      assert.equal(retries, [1_000]);
    }
    // A pass that leaves it alone does not take it for mended.
    mirror.memory.unstable.set('a', performance.now() + 60_000);
    await pass();
    assert.equal([...mirror.memory.failing.keys()], ['a']);
    mirror.memory.unstable.set('a', performance.now());
    await pass();
    assert.equal([...mirror.memory.failing.keys()], []);
  });
});

busy('is forgotten when it is gone, with its folder say', async () => {
  const pair = newPair({ 'd/a': 'resting', b: '' });
  await passesOf(pair, async ({ memory }, pass) => {
    await pass();
    fs.writeFileSync(`${pair.source}/d/a`, 'it changes');
    await whileWritten(`${pair.source}/d/a`, pass);
    assert.equal([...memory.unstable.keys()], ['d/a']);
    fs.rmSync(`${pair.source}/d`, { recursive: true });
    await pass();
    memory.unstable.set('d/a', performance.now());
    await pass();
    assert.equal([...memory.unstable.keys()], []);
    assert.equal([...memory.failing.keys()], []);
  });
});

busy.run();
