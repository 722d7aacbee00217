import fs from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { openControl } from '../../lib/rx/control.ts';
import { tempFolder, until } from '../support/temp.ts';

const control = suite('the socket of a watch');

control('that goes as it comes is told of, and is no reason not to watch', async () => {
  const { XDG_RUNTIME_DIR: before } = process.env;
  const runtime = process.env['XDG_RUNTIME_DIR'] = tempFolder();
  const troubles: string[] = [];
  try {
    const opened = openControl(
      { source: '/S', replica: '/D', options: {} }, 1, () => '', (reason) => troubles.push(reason));
    // It is bound by now; that it listens is yet to be told.
    const [name] = fs.readdirSync(`${runtime}/fsync`);
    fs.unlinkSync(`${runtime}/fsync/${name}`);
    await until(() => troubles.length > 0);
    assert.is(troubles.length, 1);
    assert.match(troubles[0]!, /ENOENT/);
    opened.close();
  } finally {
    process.env['XDG_RUNTIME_DIR'] = before;
    if (before === undefined) delete process.env['XDG_RUNTIME_DIR'];
  }
});

control('with too long a path is told of, and none is made under another name', () => {
  const { XDG_RUNTIME_DIR: before } = process.env;
  const home = tempFolder();
  process.env['XDG_RUNTIME_DIR'] = `${home}/${'x'.repeat(107 - home.length)}`;
  const troubles: string[] = [];
  try {
    openControl({ source: '/S', replica: '/D', options: {} }, 0, () => '',
      (reason) => troubles.push(reason)).close();
    assert.is(troubles.length, 1);
    assert.match(troubles[0]!, /too long a path for a socket/);
    assert.is(fs.readdirSync(home).length, 1);
  } finally {
    process.env['XDG_RUNTIME_DIR'] = before;
    if (before === undefined) delete process.env['XDG_RUNTIME_DIR'];
  }
});

control.run();
