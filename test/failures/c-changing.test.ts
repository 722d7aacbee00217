import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { contentOf, newPair, syncNow, syncWell } from '../support/pass.ts';
import { until } from '../support/temp.ts';
import { assertNoLitter, beside, script } from './support.ts';

const changing = suite('a source that changes while it is copied:');

changing('C10: it never rests: its last complete state is kept, told, all else done', async () => {
  // Long enough to copy that the writer, which writes all the time, gets its turn meanwhile.
  const size = 1 << 25;
  const pair = newPair({ 'busy': Buffer.alloc(size, 'a'), 'd/f': 'f', 'z': 'z' });
  const writes = `const fd = fs.openSync(argv[0], 'r+');
    for (let at = 0; ; at += 1) fs.writeSync(fd, 'written', at % ${size - 7});`;
  await beside(script(writes, `${pair.source}/busy`), async () => {
    // On a busy machine the writer may sleep through a copy, which then is a good one.
    await until(async () => {
      const { exitCode, problems } = await syncNow(pair);
      assert.is(exitCode, problems.length > 0 ? 1 : 0);
      return problems.join() === 'never-rests busy';
    }, { timeoutMs: 30_000, what: 'a copy that the writer disturbed' });
    assert.is(fs.statSync(`${pair.replica}/busy`).size, size);
    assert.equal([contentOf(pair.replica, 'd/f'), contentOf(pair.replica, 'z')], ['f', 'z']);
    assertNoLitter(pair.replica);
  });
  await syncWell(pair);
});

changing('C01: it grows, shrinks, is replaced: what is copied is a state it had', async () => {
  const pair = newPair({ 'busy': 'x', 'z': 'z' });
  const changes = `for (let i = 0; ; i += 1) {
    const [at] = argv;
    fs.writeFileSync(at + '.new', Buffer.alloc(300_000 * (i % 3), 97 + i % 26));
    fs.renameSync(at + '.new', at);
    fs.appendFileSync(at, 'more');
    fs.truncateSync(at, 1000);
  }`;
  await beside(script(changes, `${pair.source}/busy`), async () => {
    for (let at = 0; at < 5; at += 1) {
      const { exitCode } = await syncNow(pair);
      assert.ok(exitCode <= 1);
      assert.is(contentOf(pair.replica, 'z'), 'z');
      // Whatever state it caught: one letter, and what was appended.
      assert.match(contentOf(pair.replica, 'busy'), /^(x|(.?)\2*(more)?\0*)$/);
    }
  });
  await syncWell(pair);
});

changing.run();
