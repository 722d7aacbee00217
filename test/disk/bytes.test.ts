import { constants } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isTemporary } from '../../lib/core/entry.ts';
import {
  codeOf, failure, fsPath, isAbsent, runThrough, temporaryName,
} from '../../lib/disk/bytes.ts';

const paths = suite('fsPath');
paths('leaves ASCII as it is, control characters too', () => {
  assert.is(fsPath('/a/b\n c'), '/a/b\n c');
});
paths('turns any other path into the bytes it stands for', () => {
  assert.equal(fsPath('/\xff\xc3\xa9'), Buffer.from([0x2f, 0xff, 0xc3, 0xa9]));
});
paths.run();

// ---

const codes = suite('isAbsent');
codes('only two codes mean that there is no such entry', () => {
  assert.ok(isAbsent('ENOENT') && isAbsent('ENOTDIR'));
  for (const code of ['EACCES', 'EIO', 'ELOOP', 'Unknown system error -116', 'vanished']) {
    assert.not(isAbsent(code), code);
  }
});
codes('codeOf names what Node has no name for', () => {
  const thrown = (code: string, errno: number): unknown =>
    Object.assign(new Error(), { code, errno });
  assert.is(codeOf(thrown('UNKNOWN', -constants.errno.EDQUOT)), 'EDQUOT');
  assert.is(codeOf(thrown('Unknown system error -116', -constants.errno.ESTALE)), 'ESTALE');
  assert.is(codeOf(thrown('UNKNOWN', -98_765)), 'Unknown system error -98765');
  assert.is(codeOf(thrown('EIO', -122)), 'EIO');
});

codes('codeOf takes whatever was thrown', () => {
  assert.is(codeOf(failure('never-ends', 'a')), 'never-ends');
  for (const thrown of [undefined, null, 'text', new Error('x'), { code: 5 }]) {
    assert.is(codeOf(thrown), 'unknown');
  }
});
codes.run();

// ---

const names = suite('temporaryName');
names('is known by its pattern, and never twice the same', () => {
  const made = Array.from({ length: 1_000 }, temporaryName);
  assert.ok(made.every(isTemporary));
  assert.is(new Set(made).size, made.length);
});
names.run();

// ---

const through = suite('runThrough');
through('returns what the generator returns', () => {
  function* steps(): Generator<number, string, void> {
    yield 1;
    yield 2;
    return 'end';
  }
  assert.is(runThrough(steps()), 'end');
});
through.run();
