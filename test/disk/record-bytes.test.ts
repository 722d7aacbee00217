import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { editFolder } from '../../lib/core/record.ts';
import { countNames, decodeFolder, encodeFolder } from '../../lib/disk/record-bytes.ts';
import { names, row, self, make, rowFrom, plain } from '../support/records.ts';

const coding = suite('encodeFolder and decodeFolder');

coding('give back what they were given', () => {
  fc.assert(fc.property(names, fc.array(row), self, (list, rows, own) => {
    const map = new Map(list.map((each, at) => [each, rows[at] ?? rowFrom(at)]));
    const record = editFolder(undefined, map, own);
    const bytes = encodeFolder(record);
    assert.equal(plain(decodeFolder(bytes)), plain(record));
    assert.is(countNames(bytes), list.length);
  }));
});

coding('work at any alignment, and on a plain Uint8Array', () => {
  const record = make(['a', 'b'], rowFrom(7));
  const bytes = encodeFolder(record);
  for (let shift = 0; shift < 8; shift += 1) {
    const moved = new Uint8Array(bytes.length + shift);
    moved.set(bytes, shift);
    assert.equal(plain(decodeFolder(moved.subarray(shift))), plain(record), `shifted by ${shift}`);
  }
});

coding('give bytes with an ArrayBuffer of their own, to be handed over', () => {
  const bytes = encodeFolder(make(['a']));
  assert.is(bytes.buffer.byteLength, bytes.length);
});

coding('know damage at every length', () => {
  const bytes = encodeFolder(make(['a', 'bc', 'def'], rowFrom(3)));
  for (let length = 0; length < bytes.length; length += 1) {
    assert.is(decodeFolder(bytes.subarray(0, length)), undefined, `${length} bytes`);
  }
  assert.is(decodeFolder(Buffer.concat([bytes, Buffer.from('x')])), undefined);
});

coding('know every flipped bit', () => {
  const bytes = encodeFolder(make(['a', 'bc'], rowFrom(3)));
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    assert.is(decodeFolder(damaged), undefined, `bit ${bit}`);
  }
});

coding('take no other bytes for a record', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
    assert.is(decodeFolder(bytes), undefined);
  }));
});

coding.run();
