import fs from 'node:fs';

/** A change of one file, in the words of a text editor: `find` occurs exactly once in it. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/**
 * How a promise (docs/promises.md) would be broken: with this change the test that is named there
 * must fail. Else that test proves nothing. `and`: where more than one guard has to go.
 */
export interface Break extends Edit {
  readonly promise: string;
  readonly and?: readonly Edit[];
}

/** Why an edit cannot be made in the tree at `root`; undefined where it can. */
export function unfit(root: string, { file, find }: Edit): string | undefined {
  if (!fs.existsSync(root + file)) return `there is no ${file}`;
  const times = fs.readFileSync(root + file, 'utf8').split(find).length - 1;
  return times === 1 ? undefined : `in ${file} there is ${times} times: ${find}`;
}
