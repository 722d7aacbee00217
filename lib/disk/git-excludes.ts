import os from 'node:os';
import { fromText, joinPath, parentOf, type Path } from '../core/entry.ts';
import { settingsOf } from '../core/git-config.ts';
import { repositoryOf, type Rules } from '../core/ignore.ts';
import { readText } from './ignore-files.ts';

/**
 * The rules of git's global excludes file: the one that `core.excludesFile` names in git's config
 * files, the source's own included, else the one in git's folder of the user. Throws where a file
 * is there and cannot be read: then it is unknown what is protected.
 */
export function globalExcludes(source: Path): readonly Rules[] {
  const home = fromText(process.env['HOME'] ?? os.homedir());
  const user = joinPath(ofEnvironment('XDG_CONFIG_HOME') ?? joinPath(home, '.config'), 'git');
  const files = [...systemConfig(), ...userConfig(home, user),
    joinPath(repositoryOf(source, readText), 'config')];
  const named = files.flatMap((file) => excludesFiles(file, home, 0)).at(-1);
  // An empty name says that there is none.
  const file = named === undefined ? joinPath(user, 'ignore')
    : named === '' || named.startsWith('/') ? named : joinPath(source, named);
  const text = file === '' ? undefined : readText(file, 'followed');
  return text === undefined ? [] : [{ base: '', text, file }];
}

function systemConfig(): readonly Path[] {
  if (/^(?:1|true|yes|on)$/i.test(process.env['GIT_CONFIG_NOSYSTEM'] ?? '')) return [];
  return [ofEnvironment('GIT_CONFIG_SYSTEM') ?? '/etc/gitconfig'];
}

function userConfig(home: Path, user: Path): readonly Path[] {
  const instead = ofEnvironment('GIT_CONFIG_GLOBAL');
  return instead === undefined
    ? [joinPath(user, 'config'), joinPath(home, '.gitconfig')] : [instead];
}

function ofEnvironment(name: string): Path | undefined {
  const value = process.env[name] ?? '';
  return value === '' ? undefined : fromText(value);
}

/** Git's own limit, lest a file includes itself. */
const MOST_INCLUDED = 10;

/** What a config file, with those it includes, says in turn; the last one counts. */
function excludesFiles(file: Path, home: Path, depth: number): Path[] {
  const text = depth > MOST_INCLUDED ? undefined : readText(file, 'followed');
  return settingsOf(text ?? '').flatMap(({ key, value }) => {
    if (value === undefined) return [];
    const path = value.startsWith('~/') ? joinPath(home, value.slice(2)) : value;
    if (key === 'core.excludesfile') return [path];
    if (key !== 'include.path' || path === '') return [];
    const included = path.startsWith('/') ? path : joinPath(parentOf(file), path);
    return excludesFiles(included, home, depth + 1);
  });
}
