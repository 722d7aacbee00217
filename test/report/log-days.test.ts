import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { dayName, oldDays, removeOldDays } from '../../lib/report/log-days.ts';
import { tempFolder } from '../support/temp.ts';

const DAY_MS = 86_400_000;
const NOON = new Date(2026, 10, 21, 12);

const names = suite('oldDays');

names('are those whose day is over for so long', () => {
  const days = ['fsync-2026-11-21.log', 'fsync-2026-10-22.log', 'fsync-2026-10-21.log',
    'fsync-2025-12-31.log', 'fsync-2027-01-01.log'];
  $.equal(oldDays(days, NOON, 30 * DAY_MS), ['fsync-2026-10-21.log', 'fsync-2025-12-31.log']);
  $.equal(oldDays(days, NOON, DAY_MS).length, 3);
});

names('are by the calendar, also where a day has 23 hours or 25', () => {
  for (let n = 0; n < 400; n += 1) {
    const day = new Date(2026, 0, 1 + n, 0, 30);
    const kept = dayName(new Date(2026, 0, 1 + n - 7, 12));
    const old = dayName(new Date(2026, 0, 1 + n - 8, 12));
    $.equal(oldDays([kept, old], day, 7 * DAY_MS), [old]);
  }
});

for (const name of [
  'fsync-2020-01-01.log.gz', 'fsync-2020-01-01.log.1', 'fsync-2020-13-01.log',
  'fsync-2020-02-30.log', 'fsync-20-01-01.log', 'fsync-2020-1-1.log', 'my-fsync-2020-01-01.log',
  'FSYNC-2020-01-01.log', 'fsync-2020-01-01.txt', 'fsync-2020-01-01.log\n', 'notes', '',
]) {
  names(`are never others :: ${JSON.stringify(name)}`, () =>
    $.equal(oldDays([name], NOON, DAY_MS), []));
}

names.run();

// ---

const removing = suite('removeOldDays');

removing('removes files only: no folder, and not what a symlink leads to', () => {
  const folder = tempFolder();
  const at = (name: string): string => path.join(folder, name);
  fs.writeFileSync(at('fsync-2020-01-01.log'), 'old');
  fs.writeFileSync(at('fsync-2026-11-21.log'), 'new');
  fs.writeFileSync(at('notes'), 'mine');
  fs.mkdirSync(at('fsync-2020-01-02.log'));
  fs.symlinkSync('notes', at('fsync-2020-01-03.log'));
  removeOldDays(folder, NOON, 30 * DAY_MS);
  $.equal(fs.readdirSync(folder).toSorted(), ['fsync-2020-01-02.log', 'fsync-2020-01-03.log',
    'fsync-2026-11-21.log', 'notes']);
});

removing.run();
