import fs from 'node:fs';
import path from 'node:path';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { watchedRoot } from '../../lib/rx/watched-root.ts';
import { skip } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';

const there = suite('watchedRoot: isThere');

there('until it is deleted', () => {
  const at = tempFolder();
  const root = watchedRoot(at);
  assert.ok(root.isThere());
  fs.writeFileSync(path.join(at, 'file'), '');
  fs.chmodSync(at, 0o750);
  assert.ok(root.isThere());
  fs.unlinkSync(path.join(at, 'file'));
  fs.rmdirSync(at);
  assert.not(root.isThere());
});

const knowsBirths = fs.statSync(tempFolder(), { bigint: true }).birthtimeNs !== 0n;
const withBirths = knowsBirths ? there : skip(there, 'needs birth times in the temporary folder');

// An inode may be used again at once, by a folder that is as young as the one before was.
withBirths('not where another folder took its place before anything happened in either', () => {
  const at = path.join(tempFolder(), 'root');
  for (let n = 0; n < 10; n += 1) {
    fs.mkdirSync(at);
    const root = watchedRoot(at);
    const { birthtimeNs } = fs.statSync(at, { bigint: true });
    do {
      fs.rmdirSync(at);
      fs.mkdirSync(at);
    } while (fs.statSync(at, { bigint: true }).birthtimeNs === birthtimeNs);
    assert.not(root.isThere());
    fs.rmdirSync(at);
  }
});

there('not where there was none', () => {
  assert.not(watchedRoot(path.join(tempFolder(), 'none')).isThere());
});

there.run();
