import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

import { ROOT } from './sources.ts';
import { tempFolder } from './temp.ts';

let built: string | undefined;

/**
 * The command as it is shipped, built once: for what depends on how much a start takes, to which
 * running the source adds.
 */
export function builtCli(): string {
  if (built !== undefined) return built;
  const folder = tempFolder();
  execFileSync(process.execPath, ['--import', 'tsx', `${ROOT}build.ts`, `${folder}/dist`], {
    cwd: ROOT, stdio: 'pipe',
  });
  fs.copyFileSync(`${ROOT}package.json`, `${folder}/package.json`);
  fs.symlinkSync(`${ROOT}node_modules`, `${folder}/node_modules`);
  return built = `${folder}/dist/cli.js`;
}
