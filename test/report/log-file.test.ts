import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { createLogFile } from '../../lib/report/log-file.ts';
import type { Sink } from '../../lib/report/sink.ts';
import { needs } from '../support/needs.ts';
import { tempFolder, until } from '../support/temp.ts';

const logFile = suite('createLogFile');
const onLinux = needs(logFile, { platform: 'linux' });

const read = (file: string): string => fs.readFileSync(file, 'utf8');
const NOON = new Date(2026, 10, 21, 12);

/** A log that gathers what it says of trouble; `{}` at the end of a reason stands for the path. */
function open(file: string, now = () => NOON): { log: Sink; reasons: string[] } {
  const reasons: string[] = [];
  const onTrouble = (reason: string): void => void reasons.push(reason.replace(file, '{}'));
  return { log: createLogFile(file, { now, onTrouble }), reasons };
}

logFile('appends to a file that nobody else may read', () => {
  const file = path.join(tempFolder(), 'a.log');
  open(file).log.write('one');
  open(file).log.write('two');
  $.is(read(file), 'one\ntwo\n');
  $.is(fs.statSync(file).mode & 0o777, 0o600);
});

logFile('is known by device and inode before its first line', () => {
  const file = path.join(tempFolder(), 'a.log');
  const { log } = open(file);
  const { dev, ino } = fs.statSync(file, { bigint: true });
  $.equal(log.identity(), { dev, ino, path: file });
});

logFile('is made anew when it was rotated away', async () => {
  const file = path.join(tempFolder(), 'a.log');
  const { log } = open(file);
  log.write('before');
  fs.renameSync(file, `${file}.1`);
  await until(() => {
    log.write('after');
    return fs.existsSync(file);
  });
  log.write('last');
  $.match(read(`${file}.1`), /^before\n(?:after\n)*$/);
  $.match(read(file), /^after\nlast\n$/);
  $.is(log.identity()?.ino, fs.statSync(file, { bigint: true }).ino);
});

logFile('follows a log that was replaced', async () => {
  const file = path.join(tempFolder(), 'a.log');
  const { log } = open(file);
  log.write('before');
  fs.renameSync(file, `${file}.1`);
  fs.writeFileSync(file, 'new\n');
  await until(() => {
    log.write('after');
    return read(file) !== 'new\n';
  });
  $.is(read(file), 'new\nafter\n');
});

logFile('has a file a day in a folder, and makes the folder', async () => {
  const folder = `${tempFolder()}/logs/`;
  let now = NOON;
  const { log, reasons } = open(folder, () => now);
  log.write('one');
  now = new Date(2026, 10, 22, 0, 0, 1);
  const next = `${folder}fsync-2026-11-22.log`;
  await until(() => {
    log.write('two');
    return fs.existsSync(next);
  });
  $.match(read(`${folder}fsync-2026-11-21.log`), /^one\n(?:two\n)*$/);
  $.is(read(next), 'two\n');
  $.equal(reasons, []);
});

logFile('removes the days that are over, when it is opened and on a new day', async () => {
  const folder = `${tempFolder()}/`;
  const days = (...names: string[]): void =>
    names.forEach((day) => fs.writeFileSync(`${folder}fsync-${day}.log`, ''));
  const left = (): string[] => fs.readdirSync(folder).toSorted();
  days('2026-11-18', '2026-11-19', '2026-11-20');
  let now = NOON;
  const log = createLogFile(folder, { now: () => now, keepMs: 2 * 86_400_000 });
  const [two, one, today] = ['19', '20', '21'].map((day) => `fsync-2026-11-${day}.log`);
  $.equal(left(), [two, one, today]);
  now = new Date(2026, 10, 22, 0, 1);
  await until(() => {
    log.write('new');
    return left().length !== 3 || left()[0] !== two;
  });
  $.equal(left(), [one, today, 'fsync-2026-11-22.log']);
});

logFile('knows a folder without a slash', () => {
  const folder = tempFolder();
  open(folder).log.write('one');
  $.equal(fs.readdirSync(folder), ['fsync-2026-11-21.log']);
});

logFile('names what is missing above a folder of logs', async () => {
  const missing = path.join(tempFolder(), 'missing');
  const { log, reasons } = open(`${missing}/logs/`);
  log.write('one');
  await log.flush(1_000);
  $.equal(reasons, [`the folder ${missing} does not exist: make it first`]);
});

onLinux('blames no folder that is there', () => {
  const dangling = path.join(tempFolder(), 'link');
  fs.symlinkSync('nowhere', dangling);
  for (const [file, why] of [
    ['/proc/no-such-log', '{} cannot be made: choose another place'],
    [dangling, '{} is a symlink that leads nowhere: remove it'],
  ] as const) {
    const { log, reasons } = open(file);
    log.write('one');
    $.equal(reasons, [why]);
  }
});

logFile('names the folder that is missing, once, and goes on when it is there', async () => {
  const folder = path.join(tempFolder(), 'logs');
  const file = path.join(folder, 'a.log');
  const { log, reasons } = open(file);
  log.write('one');
  log.write('two');
  await log.flush(1_000);
  $.equal(reasons, [`the folder ${folder} does not exist: make it first`]);
  fs.mkdirSync(folder);
  await log.flush(1_000);
  $.is(read(file), 'one\ntwo\n');
  $.is(reasons.length, 1);
});

onLinux('outlives a full disk', () => {
  const { log, reasons } = open('/dev/full');
  log.write('one');
  log.write('two');
  $.equal(reasons, ['no space left on the disk (ENOSPC): make room there']);
});

onLinux('never waits for a FIFO', () => {
  const file = path.join(tempFolder(), 'fifo');
  execFileSync('mkfifo', [file]);
  const { log, reasons } = open(file);
  log.write('one');
  $.equal(reasons, ['{} is not a file']);

  const reader = fs.openSync(file, fs.constants.O_RDWR);
  const again = open(file);
  again.log.write('one');
  $.equal(again.reasons, ['{} is not a file']);
  fs.closeSync(reader);
});

logFile('follows a symlink of our own', () => {
  const folder = tempFolder();
  fs.symlinkSync('real', path.join(folder, 'link'));
  fs.writeFileSync(path.join(folder, 'real'), '');
  open(path.join(folder, 'link')).log.write('one');
  $.is(read(path.join(folder, 'real')), 'one\n');
});

needs(logFile, { root: true })("never writes through another user's symlink", () => {
  const folder = tempFolder();
  const [real, link] = [path.join(folder, 'real'), path.join(folder, 'link')];
  fs.writeFileSync(real, 'precious\n');
  fs.symlinkSync('real', link);
  fs.lchownSync(link, 65_534, 65_534);
  const { log, reasons } = open(link);
  log.write('one');
  $.equal(reasons, ['{} is a symlink that belongs to another user']);
  $.is(read(real), 'precious\n');
});

needs(logFile, { root: true })("never logs into a folder behind another user's symlink", () => {
  const folder = tempFolder();
  fs.mkdirSync(path.join(folder, 'real'));
  fs.symlinkSync('real', path.join(folder, 'link'));
  fs.lchownSync(path.join(folder, 'link'), 65_534, 65_534);
  const { log, reasons } = open(path.join(folder, 'link/'));
  log.write('one');
  $.equal(reasons, [`${folder}/link is a symlink that belongs to another user`]);
  $.equal(fs.readdirSync(path.join(folder, 'real')), []);
});

logFile.run();
