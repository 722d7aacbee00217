import fs from 'node:fs';
import net from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { openControl, type Control } from '../../lib/rx/control.ts';
import { tempFolder, until } from '../support/temp.ts';

const control = suite('the socket of a watch');

control('that goes as it comes is told of, and is no reason not to watch', async () => {
  await withControl(async (opened, at, troubles) => {
    // It is bound by now; that it listens is yet to be told.
    fs.unlinkSync(at);
    await until(() => troubles.length > 0);
    assert.is(troubles.length, 1);
    assert.match(troubles[0]!, /ENOENT/);
  });
});

control('lets words wait until somebody listens to them', async () => {
  await withControl(async (opened, at) => {
    const said: string[] = [];
    opened.word$.subscribe((word) => said.push(word));
    const other = net.connect(at).unref();
    let heard = '';
    other.on('data', (chunk) => (heard += String(chunk)));
    other.write('status\n');
    await until(() => heard.includes('hello'));
    opened.tell({ kind: 'notice', level: 'info', code: 'after-restart', text: '' });
    assert.equal(said, []);
    opened.tell({ kind: 'pass-started', pass: 1, scope: 'full', reason: 'start' });
    await until(() => said.length > 0);
    assert.equal(said, ['status']);
    other.destroy();
  });
});

async function withControl(
  test: (opened: Control, at: string, troubles: readonly string[]) => Promise<void>,
): Promise<void> {
  const { XDG_RUNTIME_DIR: before } = process.env;
  const runtime = process.env['XDG_RUNTIME_DIR'] = tempFolder();
  const troubles: string[] = [];
  try {
    const opened = openControl(
      { source: '/S', replica: '/D', options: {} }, 1, () => '', (reason) => troubles.push(reason));
    await test(opened, `${runtime}/fsync/${fs.readdirSync(`${runtime}/fsync`)[0]}`, troubles);
    opened.close();
  } finally {
    process.env['XDG_RUNTIME_DIR'] = before;
    if (before === undefined) delete process.env['XDG_RUNTIME_DIR'];
  }
}

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
