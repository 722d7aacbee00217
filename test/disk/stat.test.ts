import {
  chmodSync, linkSync, lstatSync, mkdirSync, symlinkSync, utimesSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isUnmoved, lstat, readLink } from '../../lib/disk/stat.ts';
import { codeThrown, withRoots } from './two-roots.ts';

const look = suite('lstat');
look('tells type, exact times, the twelve mode bits, links', withRoots(({ s }) => {
  writeFileSync(join(s, 'f'), 'four');
  chmodSync(join(s, 'f'), 0o6751);
  linkSync(join(s, 'f'), join(s, 'g'));
  utimesSync(join(s, 'f'), '-1.5', '-1.5');
  const stat = lstat(join(s, 'f'))!;
  assert.is(stat.type, 'file');
  assert.is(stat.size, 4);
  assert.is(stat.mode, 0o6751);
  assert.is(stat.nlink, 2);
  assert.is(stat.mtimeNs, -1_500_000_000n);
  assert.is(stat.ino, lstatSync(join(s, 'f'), { bigint: true }).ino);
}));
look('tells folders, links and what is never mirrored apart', withRoots(({ s }) => {
  mkdirSync(join(s, 'd'));
  symlinkSync('d', join(s, 'l'));
  execFileSync('mkfifo', [join(s, 'p')]);
  const types = ['d', 'l', 'p'].map((name) => lstat(join(s, name))?.type);
  assert.equal(types, ['folder', 'symlink', 'special']);
}));
look('is undefined for what is absent, and throws for what is unknown', withRoots(({ s }) => {
  writeFileSync(join(s, 'f'), '');
  symlinkSync('loop', join(s, 'loop'));
  assert.is(lstat(join(s, 'no')), undefined);
  assert.is(lstat(join(s, 'f/below')), undefined);
  assert.is(codeThrown(() => lstat(join(s, 'loop/below'))), 'ELOOP');
}));
look('finds names that are not UTF-8', withRoots(({ s }) => {
  writeFileSync(Buffer.from(`${s}/\xff`, 'latin1'), '');
  assert.is(lstat(`${s}/\xff`)?.type, 'file');
}));
look.run();

// ---

const link = suite('readLink');
link('gives 4095 bytes exactly, whatever they are', withRoots(({ s }) => {
  const target = `\xff\n${'x'.repeat(4_093)}`;
  symlinkSync(Buffer.from(target, 'latin1'), join(s, 'l'));
  assert.is(readLink(join(s, 'l')), target);
}));
link.run();

// ---

const unmoved = suite('isUnmoved');
unmoved('a mode that changed moves the change time', withRoots(({ s }) => {
  writeFileSync(join(s, 'f'), '');
  const before = lstat(join(s, 'f'))!;
  assert.ok(isUnmoved(before, lstat(join(s, 'f'))!));
  // The kernel's clock may not have moved on: try until it has.
  do chmodSync(join(s, 'f'), 0o600); while (lstat(join(s, 'f'))!.ctimeNs === before.ctimeNs);
  assert.not(isUnmoved(before, lstat(join(s, 'f'))!));
}));
unmoved.run();
