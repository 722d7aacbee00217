import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { createLogFile } from '../../lib/report/log-file.ts';
import { tempFolder, until } from '../support/temp.ts';

const close = suite('a log that cannot be closed without an error');

close('is forgotten, and the next one made', async () => {
  const file = `${tempFolder()}/a.log`;
  const reasons: string[] = [];
  const log = createLogFile(file, { onTrouble: (reason) => void reasons.push(reason) });
  log.write('before');
  fs.renameSync(file, `${file}.1`);
  await failingToClose(() => until(() => {
    log.write('after');
    return reasons.length > 0;
  }));
  await until(() => {
    log.write('later');
    return fs.existsSync(file);
  }, { timeoutMs: 9_000 });
  assert.match(fs.readFileSync(file, 'utf8'), 'later\n');
});

close('is no trouble in the end', async () => {
  const log = createLogFile(`${tempFolder()}/a.log`);
  log.write('one');
  await failingToClose(() => log.close(0));
});

close.run();

/** Meanwhile every file is closed, as the system does, and an error of its disk met at that. */
async function failingToClose(act: () => Promise<void>): Promise<void> {
  const { closeSync } = fs;
  fs.closeSync = (fd) => {
    closeSync(fd);
    throw Object.assign(new Error('EDQUOT'), { code: 'EDQUOT' });
  };
  try {
    await act();
  } finally {
    fs.closeSync = closeSync;
  }
}
