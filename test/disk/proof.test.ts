import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { JobContext } from '../../lib/disk/job.ts';
import { idOf } from '../../lib/disk/overlap.ts';
import { rootsStand } from '../../lib/disk/proof.ts';
import { codeThrown, withRoots } from './two-roots.ts';

const standing = suite('rootsStand');

for (const side of ['s', 'd'] as const) {
  standing(`is true until one of both is replaced, by anything: ${side}`, withRoots((roots) => {
    const { s, d, [side]: at } = roots;
    const began = { source: s, replica: d, sourceId: idOf(s), replicaId: idOf(d) } as JobContext;
    const stand = (): boolean => rootsStand(began);
    assert.ok(stand());
    fs.renameSync(at, `${at}.old`);
    assert.not(stand(), 'gone');
    fs.mkdirSync(at);
    assert.not(stand(), 'another folder');
    fs.rmdirSync(at);
    fs.symlinkSync(`${at}.old`, at);
    assert.not(stand(), 'a link, be it to this very folder');
    fs.unlinkSync(at);
    fs.writeFileSync(at, '');
    assert.not(stand(), 'a file');
    fs.unlinkSync(at);
    fs.renameSync(`${at}.old`, at);
    assert.ok(stand());
  }));
}

standing('is not told where the system does not say what is there', withRoots(({ s, d }) => {
  const began = { source: s, replica: d, sourceId: idOf(s), replicaId: idOf(d) } as JobContext;
  const tooLong = `${d}/${'x'.repeat(300)}`;
  assert.is(codeThrown(() => rootsStand({ ...began, replica: tooLong })), 'ENAMETOOLONG');
}));

standing.run();
