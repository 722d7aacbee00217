import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { addChanges, isInScope, type Change } from '../../lib/core/scope.ts';
import { outbox } from '../../lib/rx/outbox.ts';
import { until } from '../support/temp.ts';

const boxes = suite('outbox');

boxes('sends what came in one turn at once, without repetitions', async () => {
  const sent: (readonly Change[])[] = [];
  const box = outbox((changes) => sent.push(changes));
  for (const name of ['x', 'y', 'x']) box.add({ folder: 'a', name });
  assert.equal(sent, []);

  await until(() => sent.length > 0);
  assert.equal(sent, [[{ folder: 'a', name: 'x' }, { folder: 'a', name: 'y' }]]);
});

boxes('has one batch under way, and merges what comes meanwhile', async () => {
  const sent: (readonly Change[])[] = [];
  const box = outbox((changes) => sent.push(changes));
  box.add({ folder: 'a', name: 'first' });
  await until(() => sent.length > 0);

  const burst = Array.from({ length: 5_000 }, (_, n) => ({ folder: 'a', name: `${n}` }));
  for (const change of burst) box.add(change);
  // Many pauses long.
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.is(sent.length, 1);

  box.taken();
  await until(() => sent.length > 1);
  assert.equal(sent[1], [{ folder: 'a', whole: 'listing' }]);
  box.taken();
  box.add({ folder: 'b', name: 'last' });
  await until(() => sent.length > 2);
  assert.equal(sent[2], [{ folder: 'b', name: 'last' }]);
});

boxes('loses nothing, whatever is taken when', async () => {
  const announced = Array.from({ length: 20_000 }, (_, n) => `d${n % 7}/e${n % 100}/f${n}`);
  let told = addChanges(undefined, []);
  let batches = 0;
  const box = outbox((changes) => {
    batches += 1;
    told = addChanges(told, changes);
    setImmediate(() => box.taken());
  });

  for (const [n, path] of announced.entries()) {
    const cut = path.lastIndexOf('/');
    box.add({ folder: path.slice(0, cut), name: path.slice(cut + 1) });
    if (n % 1_500 === 0) await new Promise((resolve) => setTimeout(resolve, n % 20));
  }
  await until(() => announced.every((path) => isInScope(told, path)));
  assert.ok(batches > 1 && batches < 50, `${batches} batches`);
});

boxes.run();
