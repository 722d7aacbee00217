import fs from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { globalExcludes } from '../../lib/disk/git-excludes.ts';
import { tempFolder } from '../support/temp.ts';

const finding = suite('globalExcludes');

const VARIABLES =
  ['HOME', 'XDG_CONFIG_HOME', 'GIT_CONFIG_NOSYSTEM', 'GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM'];

/** A home with files in it, and what the rules of a source there begin with. */
function textsWith(
  files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {},
): string[] {
  const home = tempFolder();
  for (const [at, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(`${home}/${at}`), { recursive: true });
    fs.writeFileSync(`${home}/${at}`, text.replaceAll('HOME', home));
  }
  const before = { ...process.env };
  try {
    for (const name of VARIABLES) process.env[name] = '';
    Object.assign(process.env, { HOME: home, GIT_CONFIG_NOSYSTEM: '1' });
    for (const [name, value] of Object.entries(env)) {
      process.env[name] = value.replaceAll('HOME', home);
    }
    return globalExcludes(`${home}/S`).map(({ base, text, file }) =>
      `${base}|${file!.replace(home, '~')}|${text}`);
  } finally {
    for (const name of VARIABLES) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}

const SAY = (file: string): string => `[core]\nexcludesFile = ${file}`;

finding('is where git has it when nobody says otherwise', () => {
  assert.equal(textsWith({ '.config/git/ignore': '*.o' }), ['|~/.config/git/ignore|*.o']);
  assert.equal(textsWith({ 'x/git/ignore': '*.o' }, { XDG_CONFIG_HOME: 'HOME/x' }),
    ['|~/x/git/ignore|*.o']);
  assert.equal(textsWith({}), []);
});

finding('is named by the last config file that names one', () => {
  const files = { 'a': 'a', 'b': 'b', 'c': 'c', 'd': 'd', 'S/e': 'e', '.config/git/ignore': 'no',
    'system': SAY('~/a') };
  const system = { GIT_CONFIG_NOSYSTEM: '', GIT_CONFIG_SYSTEM: 'HOME/system' };
  const named: Record<string, string> = { ...files };
  assert.equal(textsWith(named, system), ['|~/a|a']);
  assert.equal(textsWith(named, { ...system, GIT_CONFIG_NOSYSTEM: 'true' }),
    ['|~/.config/git/ignore|no']);
  named['.config/git/config'] = SAY('HOME/b');
  assert.equal(textsWith(named, system), ['|~/b|b']);
  named['.gitconfig'] = SAY('~/c');
  assert.equal(textsWith(named, system), ['|~/c|c']);
  named['S/.git/config'] = SAY('e');
  assert.equal(textsWith(named, system), ['|~/S/e|e']);
  named['other'] = SAY('~/d');
  delete named['S/.git/config'];
  assert.equal(textsWith(named, { ...system, GIT_CONFIG_GLOBAL: 'HOME/other' }), ['|~/d|d']);
});

finding('is named by the repository of a work tree, which is elsewhere', () => {
  assert.equal(textsWith({
    'S/.git': 'gitdir: HOME/repo/.git/worktrees/S\n', 'S/e': 'e', 'repo/.git/config': SAY('e'),
    'repo/.git/worktrees/S/commondir': '../..\n', '.gitconfig': SAY('~/none'),
  }), ['|~/S/e|e']);
});

finding('is named by a file that another one includes, but not for ever', () => {
  const include = '[include]\npath = more\n';
  assert.equal(textsWith({ '.gitconfig': include, 'more': SAY('~/a'), 'a': 'a' }), ['|~/a|a']);
  assert.equal(textsWith({ '.gitconfig': `${SAY('~/a')}\n${include}`, 'more': include, 'a': 'a' }),
    ['|~/a|a']);
});

finding('is none where its name is empty, or nothing regular is there', () => {
  const ignore = { '.config/git/ignore': 'no' };
  assert.equal(textsWith({ ...ignore, '.gitconfig': SAY('') }), []);
  assert.equal(textsWith({ ...ignore, '.gitconfig': SAY('~/none') }), []);
  assert.equal(textsWith({ ...ignore, '.gitconfig': SAY('/dev/null') }), []);
});

finding('is read over a link, since people keep it elsewhere', () => {
  const home = tempFolder();
  fs.writeFileSync(`${home}/real`, '*.o');
  fs.symlinkSync(`${home}/real`, `${home}/link`);
  assert.equal(textsWith({ '.gitconfig': SAY(`${home}/link`) }), [`|${home}/link|*.o`]);
});

finding.run();
