import type { Path } from '../core/entry.ts';
import type { Rules } from '../core/ignore.ts';
import type { Options } from '../core/options.ts';
import { codeOf } from '../disk/bytes.ts';
import { globalExcludes } from '../disk/git-excludes.ts';
import type { Refusal } from '../mirror.ts';

/** Git's global rules, where they are asked for; refused where it is unknown what they protect. */
export function globalRules(options: Options, source: Path): readonly Rules[] | Refusal {
  try {
    return options.gitignore ? globalExcludes(source) : [];
  } catch (error) {
    return { code: 'ignore-unreadable', text: `${(error as NodeJS.ErrnoException).path} cannot be`
      + ` read (${codeOf(error)}), so that it is unknown what git ignores: make it readable, or`
      + ' leave --gitignore out' };
  }
}
