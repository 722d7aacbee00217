import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';

import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { builtCli } from './support/built.ts';
import { lacking, skip } from './support/needs.ts';
import { ROOT } from './support/sources.ts';
import { tempFolder } from './support/temp.ts';

const UNIT = 'fsync-project';

/**
 * Runs a shell script beside a user's systemd of its own, in namespaces, so that the one of this
 * machine, if there is one, knows nothing of it; with the script's end all that it started is gone.
 */
const beside = (home: string, script: string): readonly string[] => ['timeout', '--kill-after=1',
  '60', 'unshare', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child', 'bash', '-c', `
    set -eu
    mount -t tmpfs none /run && mkdir -p /run/systemd/system
    export HOME=${home} XDG_RUNTIME_DIR=${home}/run PATH=${home}/.local/bin:$PATH
    unset XDG_STATE_HOME XDG_CONFIG_HOME
    "$(command -v systemd || echo /lib/systemd/systemd)" --user > ${home}/systemd.log 2>&1 &
    manager=$!
    until systemctl --user daemon-reload 2> /dev/null; do kill -0 $manager; sleep 0.1; done
    ${script}`];

/** A home with the unit, as the recipe has it installed, and two folders to mirror. */
function newHome(): string {
  const home = tempFolder();
  const units = `${home}/.config/systemd/user`;
  for (const folder of [units, `${home}/.local/bin`, `${home}/project`, `${home}/mirror`]) {
    fs.mkdirSync(folder, { recursive: true });
  }
  fs.mkdirSync(`${home}/run`, { mode: 0o700 });
  fs.writeFileSync(`${home}/project/file`, 'hello');
  fs.copyFileSync(`${ROOT}docs/fsync.service`, `${units}/${UNIT}.service`);
  return home;
}

/** Not every machine lets one have namespaces and groups of processes. */
function whyNot(): string | undefined {
  const lacks = lacking({ root: true, platform: 'linux',
    tools: ['bash', 'unshare', 'timeout', 'systemctl'] });
  if (lacks !== undefined) return lacks;
  const [command = '', ...args] = beside(newHome(), 'systemctl --user is-system-running || true');
  const { status } = spawnSync(command, args);
  return status === 0 ? undefined : 'needs a systemd that can run for a user';
}

const service = suite('the service of docs/recipes.md');
const reason = whyNot();

(reason === undefined ? service : skip(service, reason))(
  'mirrors, heeds systemctl, and is not started again where somebody has to look first', () => {
    const home = newHome();
    fs.writeFileSync(`${home}/.local/bin/fsync`,
      `#!/bin/sh\nexec ${process.execPath} ${builtCli()} "$@"\n`, { mode: 0o755 });
    const [command = '', ...args] = beside(home, `
      state() { systemctl --user show ${UNIT} -p Result -p ExecMainStatus -p NRestarts; }
      systemctl --user start ${UNIT}
      until fsync flush --wait --quiet 2> /dev/null; do sleep 0.1; done
      cat ${home}/mirror/project/file
      systemctl --user kill -s USR2 ${UNIT}
      systemctl --user is-active ${UNIT}
      systemctl --user stop ${UNIT} && state
      rm -r ${home}/project && systemctl --user start ${UNIT}
      until systemctl --user is-failed --quiet ${UNIT}; do sleep 0.1; done
      state`);
    const output = execFileSync(command, args, { encoding: 'utf8' });
    assert.equal(output.split('\n').map((line) => line.replace(/^hello/, 'hello ')), [
      'hello active',
      'Result=success', 'NRestarts=0', 'ExecMainStatus=0',
      'Result=exit-code', 'NRestarts=0', 'ExecMainStatus=3', '',
    ]);
  });

service.run();
