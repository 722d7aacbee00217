import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { createLineQueue, type LineQueue } from '../../lib/report/line-queue.ts';

const queue = suite('createLineQueue');

const make = (limitBytes: number): LineQueue =>
  createLineQueue(limitBytes, (dropped) => `${dropped} dropped\n`);

/** Takes all that waits, `maxBytes` offered at a time, `step` bytes taken. */
function drained(from: LineQueue, maxBytes = 8, step = maxBytes): string {
  const parts: Buffer[] = [];
  while (!from.isEmpty()) {
    const part = Buffer.from(from.head(maxBytes).subarray(0, step));
    from.taken(part.length);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

queue('gives lines in order, whole ones together', () => {
  const lines = make(1_000);
  for (const line of ['one\n', 'two\n', 'three\n']) lines.add(line);
  $.is(lines.head(8).toString(), 'one\ntwo\n');
  lines.taken(8);
  $.is(lines.head(8).toString(), 'three\n');
});

queue('gives a line that is longer than asked for', () => {
  const lines = make(1_000);
  lines.add('a long line\n');
  $.is(lines.head(2).toString(), 'a long line\n');
});

queue('goes on at the right byte', () => {
  const lines = make(1_000);
  for (const line of ['é\n', 'ü\n', '☃☃\n']) lines.add(line);
  $.is(drained(lines, 8, 1), 'é\nü\n☃☃\n');
});

queue('counts what does not fit, and tells it in its place', () => {
  const lines = make(20);
  for (let n = 1; n <= 9; n += 1) lines.add(`${n}234\n`);
  $.is(drained(lines), '1234\n2234\n3234\n4234\n5 dropped\n');
});

queue('counts bytes, not characters', () => {
  const lines = make(6);
  lines.add('☃☃\n');
  $.is(drained(lines), '1 dropped\n');
});

queue('takes lines again once half of it is free', () => {
  const lines = make(20);
  for (let n = 1; n <= 5; n += 1) lines.add(`${n}234\n`);
  lines.head(5);
  lines.taken(5);
  lines.add('late\n');
  lines.taken(lines.head(10).length);
  lines.add('then\n');
  $.is(drained(lines), '4234\n2 dropped\nthen\n');
});

queue('forgets no line of many', () => {
  const lines = make(1_000_000);
  const all = Array.from({ length: 10_000 }, (_, n) => `${n}\n`);
  for (const line of all) lines.add(line);
  $.is(drained(lines, 100), all.join(''));
});

queue.run();
