import fs from 'node:fs';

import { NAMES, removeAll, STEPS, type Tree } from './churn-steps.ts';
import { random } from './random.ts';
import { pathIn } from './tree.ts';

/** What people and programs do to a tree, a random step at a time; the same for the same seed. */
export interface Churn {
  /** Does one thing, and says what. */
  step(): string;
  /** All steps so far: what to print when a seed fails. */
  readonly log: readonly string[];
}

/** Most entries a tree grows to; beyond it steps only remove, so that a long run stays small. */
const MOST_ENTRIES = 250;

/** Names in UTF-8: a folder with another one cannot be watched. */
export const WATCHABLE_NAMES = NAMES.filter((name) =>
  Buffer.from(Buffer.from(name, 'latin1').toString('utf8')).toString('latin1') === name);

/** Begins to churn a folder; the folder itself stays. */
export function startChurn(dir: string, seed: number, names: readonly string[] = NAMES): Churn {
  const rng = random(seed);
  const log: string[] = [];

  return {
    log,
    step() {
      for (;;) {
        const tree = { ...listTree(dir), names };
        const kinds = tree.all.length > MOST_ENTRIES ? [removeAll] : STEPS;
        const did = rng.pick(kinds)(dir, tree, rng);
        if (did === undefined) continue;
        log.push(`${log.length + 1}. ${did}`);
        return log.at(-1)!;
      }
    },
  };
}

/** Does so many steps at once; the log is what to print when the outcome is wrong. */
export function churn(dir: string, seed: number, steps: number): readonly string[] {
  const churning = startChurn(dir, seed);
  for (let at = 0; at < steps; at += 1) churning.step();
  return churning.log;
}

function listTree(dir: string): Omit<Tree, 'names'> {
  const all: string[] = [];
  const files: string[] = [];
  const folders = [''];
  for (const at of folders) {
    for (const name of fs.readdirSync(pathIn(dir, at), { encoding: 'latin1' }).toSorted()) {
      const path = at === '' ? name : `${at}/${name}`;
      const stat = fs.lstatSync(pathIn(dir, path));
      all.push(path);
      if (stat.isFile()) files.push(path);
      if (stat.isDirectory()) folders.push(path);
    }
  }
  return { all, files, folders };
}
